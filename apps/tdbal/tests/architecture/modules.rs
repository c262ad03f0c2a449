//! Module tree of a crate, read from its source files.

use crate::source::{self, CodePath, Import, is_test};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Item, ItemMod};

/// A module that is not for tests only, inline or in a file of its own.
pub(crate) struct Module {
    pub(crate) parent: Option<usize>,
    /// Index in [`Tree::files`].
    pub(crate) file: usize,
    pub(crate) children: BTreeMap<String, usize>,
    /// Names that the module itself defines.
    pub(crate) items: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    /// Paths in the code of the module.
    pub(crate) paths: Vec<CodePath>,
}

/// All modules of a library or binary. The root has index 0.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
    /// Files that contain the modules.
    pub(crate) files: Vec<PathBuf>,
    /// Files that contain only tests.
    pub(crate) test_files: Vec<PathBuf>,
}

impl Tree {
    /// Reads the crate with this root file.
    pub(crate) fn read(root: &Path) -> Self {
        let mut tree = Self::default();
        tree.read_file(None, root, root.parent().unwrap());
        tree
    }

    /// Reads the module in `file`; files of its children are in `folder`. Returns its index.
    fn read_file(&mut self, parent: Option<usize>, file: &Path, folder: &Path) -> usize {
        let parsed = parse(file);
        self.files.push(file.to_owned());
        self.read_module(parent, self.files.len() - 1, &parsed.items, folder)
    }

    fn read_module(
        &mut self,
        parent: Option<usize>,
        file: usize,
        items: &[Item],
        folder: &Path,
    ) -> usize {
        let contents = source::read(items);
        let index = self.modules.len();
        self.modules.push(Module {
            parent,
            file,
            children: BTreeMap::new(),
            items: items.iter().filter_map(source::defined_name).collect(),
            imports: contents.imports,
            paths: contents.paths,
        });
        for item in items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            if is_test(&module.attrs) {
                self.skip_tests(module, folder);
            } else {
                let child = match &module.content {
                    Some((_, items)) => {
                        self.read_module(Some(index), file, items, &folder.join(&name))
                    }
                    None => {
                        let (file, folder) = find(module, folder);
                        self.read_file(Some(index), &file, &folder)
                    }
                };
                self.modules[index].children.insert(name, child);
            }
        }
        index
    }

    /// Remembers the files of a module that is for tests only.
    fn skip_tests(&mut self, module: &ItemMod, folder: &Path) {
        match &module.content {
            Some((_, items)) => {
                let folder = folder.join(module.ident.to_string());
                self.skip_children(items, &folder);
            }
            None => {
                let (file, folder) = find(module, folder);
                let items = parse(&file).items;
                self.test_files.push(file);
                self.skip_children(&items, &folder);
            }
        }
    }

    fn skip_children(&mut self, items: &[Item], folder: &Path) {
        for item in items {
            if let Item::Mod(module) = item {
                self.skip_tests(module, folder);
            }
        }
    }
}

fn parse(file: &Path) -> syn::File {
    let text = fs::read_to_string(file).unwrap();
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Returns the file of a module declared in a file whose children are in `folder`, and the folder of
/// its own children.
fn find(module: &ItemMod, folder: &Path) -> (PathBuf, PathBuf) {
    let name = module.ident.to_string();
    let has_path = module
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("path"));
    assert!(!has_path, "{name}: #[path] is not supported in src");
    let below = folder.join(&name);
    let [plain, nested] = [folder.join(format!("{name}.rs")), below.join("mod.rs")];
    assert!(
        plain.is_file() != nested.is_file(),
        "file of {name} in {}",
        folder.display()
    );
    (if plain.is_file() { plain } else { nested }, below)
}
