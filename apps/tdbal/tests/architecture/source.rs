//! Imports and paths in the source text of a module.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, Meta, UseTree, Visibility};

/// One name imported by a `use` declaration.
pub(crate) struct Import {
    /// Name in the importing module; `None` for a glob import.
    pub(crate) name: Option<String>,
    /// Path as written; without the star of a glob import.
    pub(crate) segments: Vec<String>,
    /// Whether the declaration has a visibility, such as `pub` or `pub(crate)`.
    pub(crate) is_reexport: bool,
    pub(crate) line: usize,
}

/// A path of two or more segments in code, such as `crate::place::open`.
pub(crate) struct CodePath {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// What a module imports and uses, without its child modules and tests.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<CodePath>,
}

/// Reads the imports and paths of a module with these items.
pub(crate) fn read(items: &[Item]) -> Contents {
    let mut contents = Contents::default();
    for item in items {
        contents.visit_item(item);
    }
    contents
}

/// Returns the name that an item defines, other than modules and imports.
pub(crate) fn defined_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Returns true if an item is compiled for tests only: `cfg(test)` or `cfg(all(test, ...))`.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| {
                let condition = list.tokens.to_string().replace(' ', "");
                condition == "test" || condition.starts_with("all(test,")
            })
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Contents {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    /// Child modules are read on their own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// Imports inside functions count as imports of the module.
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let is_reexport = !matches!(item.vis, Visibility::Inherited);
            self.add_import(&item.tree, &mut Vec::new(), is_reexport);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments = path.segments.iter().map(|part| part.ident.to_string());
            self.paths.push(CodePath {
                segments: segments.collect(),
                line: path.segments[0].ident.span().start().line,
            });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }
}

impl Contents {
    fn add_import(&mut self, tree: &UseTree, segments: &mut Vec<String>, is_reexport: bool) {
        let (original, name) = match tree {
            UseTree::Path(path) => {
                segments.push(path.ident.to_string());
                self.add_import(&path.tree, segments, is_reexport);
                segments.pop();
                return;
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_import(tree, segments, is_reexport);
                }
                return;
            }
            UseTree::Glob(glob) => {
                self.imports.push(Import {
                    name: None,
                    segments: segments.clone(),
                    is_reexport,
                    line: glob.star_token.spans[0].start().line,
                });
                return;
            }
            UseTree::Name(name) => (&name.ident, &name.ident),
            UseTree::Rename(name) => (&name.ident, &name.rename),
        };
        let mut segments = segments.clone();
        // `use place::{self}` imports the module `place`.
        if original != "self" || segments.is_empty() {
            segments.push(original.to_string());
        }
        self.imports.push(Import {
            name: if name == "self" {
                segments.last().cloned()
            } else {
                Some(name.to_string())
            },
            segments,
            is_reexport,
            line: original.span().start().line,
        });
    }

    /// Finds paths in the tokens of a macro call or an attribute, which `syn` does not parse.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path = CodePath {
            segments: Vec::new(),
            line: 0,
        };
        // Number of colons since the last name; two of them continue a path.
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.end_path(&mut path);
                        path.line = name.span().start().line;
                    }
                    path.segments.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end_path(&mut path);
                    self.add_tokens(group.stream());
                    colons = 0;
                }
                TokenTree::Literal(literal) => {
                    self.end_path(&mut path);
                    self.add_literal(&literal);
                    colons = 0;
                }
                TokenTree::Punct(_) => {
                    self.end_path(&mut path);
                    colons = 0;
                }
            }
        }
        self.end_path(&mut path);
    }

    fn end_path(&mut self, path: &mut CodePath) {
        let segments = std::mem::take(&mut path.segments);
        if segments.len() > 1 {
            let line = path.line;
            self.paths.push(CodePath { segments, line });
        }
    }

    /// Adds a path in a string, as in `#[serde(with = "crate::seconds")]`.
    fn add_literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        let text = text.trim_matches('"');
        if text.contains("::") && syn::parse_str::<syn::Path>(text).is_ok() {
            self.paths.push(CodePath {
                segments: text.split("::").map(ToOwned::to_owned).collect(),
                line: literal.span().start().line,
            });
        }
    }
}
