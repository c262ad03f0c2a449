//! Where the fixtures and the recorded data are, and what is expected of each actor of the
//! demonstration set.

use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tdbal_types::ClassCounts;

/// `fixtures/index.json`: what is expected of each actor of the demonstration set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The version of this format.
    pub schema_version: u32,
    /// All actors, by name.
    pub actors: Vec<Expected>,
}

/// How a dry run ends for an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Nothing to do.
    Balanced,
    /// There is a plan.
    ToChange,
    /// No reply could be used; nothing is touched.
    Unassessed,
}

/// What is expected of an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The actor's whole name.
    pub actor: String,
    /// What the set shows, in words.
    pub title: String,
    /// How the dry run ends.
    pub outcome: OutcomeKind,
    /// All files in the order of the sheet; the first has the number 1.
    pub sheet: Vec<String>,
    /// Files that cannot be decoded.
    pub unreadable: Vec<String>,
    /// Files that the training manifest does not know.
    pub unlisted: Vec<String>,
    /// Files that only the actor manifest names; they are in no folder.
    pub only_in_actor_manifest: Vec<String>,
    /// Whether the recorded sums or delete lists differ from the recorded answers.
    pub model_contradicts_itself: bool,
    /// Readable pictures of each class; `None` where the actor is not assessed.
    pub counts_before: Option<ClassCounts>,
    /// What is to be done; `None` where the actor is not assessed.
    pub plan: Option<ExpectedPlan>,
    /// Readable pictures of each class when the plan was carried out.
    pub counts_after: Option<ClassCounts>,
}

/// What is to be done for an actor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPlan {
    /// Files that leave: class by class, in each class the first to leave first.
    pub remove: Vec<String>,
    /// Pictures to generate.
    pub generate: ClassCounts,
}

impl Index {
    /// The version of the format that this program reads and writes.
    pub const SCHEMA_VERSION: u32 = 1;

    /// Reads an index.
    ///
    /// # Panics
    /// When the file is missing or is no index of this version.
    pub fn load(path: &Path) -> Self {
        let bytes = fs::read(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let index: Self = serde_json::from_slice(&bytes)
            .unwrap_or_else(|error| panic!("{} is no index: {error}", path.display()));
        assert_eq!(index.schema_version, Self::SCHEMA_VERSION);
        index
    }

    /// The index of the fixtures.
    pub fn of_fixtures() -> Self {
        Self::load(&fixtures_dir().join("index.json"))
    }

    /// What is expected of an actor.
    ///
    /// # Panics
    /// When there is no such actor.
    pub fn actor(&self, name: &str) -> &Expected {
        self.actors
            .iter()
            .find(|expected| expected.actor == name)
            .unwrap_or_else(|| panic!("no actor {name} in the index"))
    }
}

/// The folder of the demonstration set, `fixtures/` at the top of the workspace.
pub fn fixtures_dir() -> PathBuf {
    workspace().join("fixtures")
}

/// The folder of the workspace in which this crate was built.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate is two folders below the workspace")
        .to_owned()
}

/// The recorded data of the system that tdbal replaces: the folder in the environment variable
/// `TDBAL_RECORDED`, else `../shared/recorded` beside the workspace. `None`, and a line on standard
/// error, where there is none.
///
/// # Panics
/// When there is none and `TDBAL_REQUIRE_RECORDED` is `1`: then no test may skip.
pub fn recorded_dir() -> Option<PathBuf> {
    let folder = env::var_os("TDBAL_RECORDED")
        .map_or_else(|| workspace().join("../shared/recorded"), PathBuf::from);
    let required = env::var_os("TDBAL_REQUIRE_RECORDED").is_some_and(|value| value == "1");
    // Written to the stream itself: the test harness swallows what `eprintln!` writes.
    recorded_in(folder, required, &mut std::io::stderr())
}

fn recorded_in(folder: PathBuf, required: bool, notes: &mut dyn Write) -> Option<PathBuf> {
    if folder.is_dir() {
        return Some(folder);
    }
    let absent = format!("no recorded data in {}", folder.display());
    assert!(
        !required,
        "{absent}, and TDBAL_REQUIRE_RECORDED=1 asks for it"
    );
    let note = format!("SKIPPED: {absent}; set TDBAL_RECORDED to the folder that holds it\n");
    notes
        .write_all(note.as_bytes())
        .expect("the note can be written");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_recordings_are_skipped_unless_they_are_asked_for() {
        let nowhere = PathBuf::from("no/such/folder");
        let mut notes = Vec::new();
        assert_eq!(recorded_in(nowhere.clone(), false, &mut notes), None);
        assert!(String::from_utf8(notes).unwrap().starts_with("SKIPPED"));
        let refused = std::panic::catch_unwind(|| recorded_in(nowhere, true, &mut Vec::new()));
        assert!(refused.is_err());
        let mut notes = Vec::new();
        let found = recorded_in(fixtures_dir(), true, &mut notes);
        assert_eq!((found, notes), (Some(fixtures_dir()), Vec::new()));
    }
}
