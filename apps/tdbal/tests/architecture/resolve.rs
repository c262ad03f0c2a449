//! Resolves imports and paths to the files that define what they name.
//!
//! Follows the rules of Rust closely enough for this workspace: children, items, imports and glob
//! imports of a module, and `crate`, `self` and `super`. A re-exported item resolves to the file that
//! defines it. Names of other crates resolve to nothing.

use crate::modules::{Module, Tree};
use crate::source::Import;
use std::collections::BTreeSet;

/// A line in which one file uses another.
pub(crate) struct Use {
    /// Indices in [`Tree::files`].
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) line: usize,
    /// Path as written.
    pub(crate) path: String,
}

/// What a path names.
#[derive(Clone, Copy)]
enum Definition {
    /// The module itself.
    Module(usize),
    /// Something defined in the module.
    Item(usize),
}

/// Names being looked up, to stop at imports that refer to each other.
type Pending = BTreeSet<(usize, String)>;

/// Returns all uses of one file by another.
///
/// Not a use: naming a module without an item in it, and re-exporting something that is defined in a
/// descendant of the module.
pub(crate) fn uses(tree: &Tree) -> Vec<Use> {
    let mut uses = Vec::new();
    for (index, module) in tree.modules.iter().enumerate() {
        let mut add = |definers: Vec<usize>, line: usize, path: String| {
            for definer in definers {
                let to = tree.modules[definer].file;
                if to != module.file {
                    let (from, path) = (module.file, path.clone());
                    uses.push(Use {
                        from,
                        to,
                        line,
                        path,
                    });
                }
            }
        };
        for import in &module.imports {
            let mut definers = tree.definers(index, import);
            if import.is_reexport {
                definers.retain(|definer| !tree.is_within(*definer, index));
            }
            let star = if import.name.is_none() { "::*" } else { "" };
            add(
                definers,
                import.line,
                format!("{}{star}", import.segments.join("::")),
            );
        }
        for path in &module.paths {
            if let Some(Definition::Item(definer)) = tree.resolve(index, &path.segments) {
                add(vec![definer], path.line, path.segments.join("::"));
            }
        }
    }
    uses
}

impl Tree {
    /// Returns the modules that define what a module imports.
    fn definers(&self, module: usize, import: &Import) -> Vec<usize> {
        match (self.resolve(module, &import.segments), &import.name) {
            (Some(Definition::Item(definer)), _) => vec![definer],
            // A glob import may use anything in the module: its own items and its re-exports.
            (Some(Definition::Module(target)), None) => {
                let Module { items, imports, .. } = &self.modules[target];
                let reexports = imports.iter().filter(|import| import.is_reexport);
                let mut definers: Vec<usize> = reexports
                    .filter(|import| import.name.is_some())
                    .flat_map(|import| self.definers(target, import))
                    .collect();
                if !items.is_empty() {
                    definers.push(target);
                }
                definers
            }
            _ => Vec::new(),
        }
    }

    /// Returns true if `module` is `ancestor` or below it.
    fn is_within(&self, module: usize, ancestor: usize) -> bool {
        let mut next = Some(module);
        while let Some(module) = next {
            if module == ancestor {
                return true;
            }
            next = self.modules[module].parent;
        }
        false
    }

    fn resolve(&self, module: usize, path: &[String]) -> Option<Definition> {
        self.resolve_path(module, path, &mut Pending::new())
    }

    fn resolve_path(
        &self,
        module: usize,
        path: &[String],
        pending: &mut Pending,
    ) -> Option<Definition> {
        let mut found: Option<Definition> = None;
        for (position, name) in path.iter().enumerate() {
            let within = match found {
                None => module,
                Some(Definition::Module(within)) => within,
                // The rest names a variant or an associated item.
                Some(Definition::Item(_)) => return found,
            };
            let is_last = position + 1 == path.len();
            found = match name.as_str() {
                "crate" => Some(Definition::Module(0)),
                "self" => Some(Definition::Module(within)),
                "super" => Some(Definition::Module(self.modules[within].parent?)),
                name => match self.resolve_name(within, name, is_last, pending) {
                    // A name that this crate does not define belongs to another crate.
                    None if position == 0 => return None,
                    // Something that a macro defines, for example.
                    None => Some(Definition::Item(within)),
                    found => found,
                },
            };
        }
        found
    }

    /// Looks up a name in a module. A module and an item may share a name; the last segment of a path
    /// prefers the item, all others the module.
    fn resolve_name(
        &self,
        within: usize,
        name: &str,
        is_last: bool,
        pending: &mut Pending,
    ) -> Option<Definition> {
        let module = &self.modules[within];
        let child = module.children.get(name).copied().map(Definition::Module);
        let item = module
            .items
            .contains(name)
            .then_some(Definition::Item(within));
        let preferred = if is_last { item } else { child };
        if preferred.is_some() {
            return preferred;
        }
        let key = (within, format!("{name} {is_last}"));
        if !pending.insert(key.clone()) {
            return None;
        }
        let found = self
            .imported(module, within, name, pending)
            .or(child)
            .or(item)
            .or_else(|| self.imported_by_glob(module, within, name, is_last, pending));
        pending.remove(&key);
        found
    }

    fn imported(
        &self,
        module: &Module,
        within: usize,
        name: &str,
        pending: &mut Pending,
    ) -> Option<Definition> {
        let named = |import: &&Import| import.name.as_deref() == Some(name);
        let mut imports = module.imports.iter().filter(named);
        imports.find_map(|import| self.resolve_path(within, &import.segments, pending))
    }

    fn imported_by_glob(
        &self,
        module: &Module,
        within: usize,
        name: &str,
        is_last: bool,
        pending: &mut Pending,
    ) -> Option<Definition> {
        let globs = module.imports.iter().filter(|import| import.name.is_none());
        for import in globs {
            let target = self.resolve_path(within, &import.segments, pending);
            if let Some(Definition::Module(target)) = target
                && let Some(found) = self.resolve_name(target, name, is_last, pending)
            {
                return Some(found);
            }
        }
        None
    }
}
