//! The import check itself, run on a small crate that contains every kind of use.

use crate::{circles, modules, resolve};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Files of the sample crate.
const FILES: &[(&str, &str)] = &[
    (
        "lib.rs",
        "mod a; mod b; mod c; mod d; mod e; mod f; mod room;
         pub use b::B;
         pub use room::{inner::Inner, Shared};
         pub fn root() {}",
    ),
    // Through a re-export of the root, and in a macro call through an imported module.
    (
        "a.rs",
        "use crate::B;
         use crate::c;
         fn a(b: B) { println!(\"{}\", c::value()); }",
    ),
    // A re-export by a folder that only declares, and a name of another crate.
    (
        "b.rs",
        "use std::fmt::Display;
         pub struct B(crate::room::Inner);",
    ),
    // A glob import, and the root itself.
    (
        "c.rs",
        "use crate::d::*;
         pub fn value() -> D { crate::root(); todo!() }",
    ),
    // Tests do not count, inline or in a file of their own.
    (
        "d.rs",
        "pub struct D;
         #[cfg(test)] mod tests;
         #[cfg(all(test, unix))] use crate::a;
         #[cfg(test)] fn only_in_tests() { crate::a::a(); }",
    ),
    ("d/tests.rs", "use crate::e::E; mod deep;"),
    ("d/tests/deep.rs", "use crate::f::F;"),
    // An attribute that names a function, an enum variant, and an alias.
    (
        "e.rs",
        "use crate::f::F::{self as Choice, First};
         #[serde(with = \"crate::a::text\")] pub struct E;",
    ),
    (
        "f.rs",
        "use self::hidden::Deep; pub enum F { First } mod hidden { use super::super::e::E; }",
    ),
    // A parent with an item that its child uses: a circle of two files.
    (
        "room/mod.rs",
        "mod inner; pub use inner::Inner; pub struct Shared;
         impl Shared { fn new() -> inner::Inner { todo!() } }",
    ),
    (
        "room/inner.rs",
        "use super::Shared; pub struct Inner(Shared);",
    ),
];

fn write_sample(folder: &Path) {
    for (name, text) in FILES {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

#[test]
fn imports_of_a_sample_crate_are_found() {
    let folder = tempfile::tempdir().unwrap();
    write_sample(folder.path());
    let tree = modules::Tree::read(&folder.path().join("lib.rs"));
    assert_eq!(tree.files.len() + tree.test_files.len(), FILES.len());
    assert_eq!(tree.test_files.len(), 2);

    let name = |path: &Path| {
        let path = path.strip_prefix(folder.path()).unwrap();
        path.to_string_lossy().replace('\\', "/")
    };
    let uses = resolve::uses(&tree);
    let found: BTreeSet<(String, String)> = uses
        .iter()
        .map(|one| (name(&tree.files[one.from]), name(&tree.files[one.to])))
        .collect();
    let expected = [
        ("a.rs", "b.rs"),
        ("a.rs", "c.rs"),
        ("b.rs", "room/inner.rs"),
        ("c.rs", "d.rs"),
        ("c.rs", "lib.rs"),
        ("e.rs", "a.rs"),
        ("e.rs", "f.rs"),
        ("f.rs", "e.rs"),
        ("room/inner.rs", "room/mod.rs"),
        ("room/mod.rs", "room/inner.rs"),
    ];
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(found, BTreeSet::from(expected));

    let circles = circles::describe(&tree, &uses, name);
    let files = |text: &String| text.split("\n  closed by:").next().unwrap().to_owned();
    assert_eq!(
        circles.iter().map(files).collect::<Vec<_>>(),
        [
            "circle of 2 files:\n    e.rs\n    f.rs",
            "circle of 2 files:\n    room/mod.rs\n    room/inner.rs",
        ]
    );
    assert!(circles[1].ends_with("room/mod.rs:2 uses inner::Inner (room/inner.rs)"));
}
