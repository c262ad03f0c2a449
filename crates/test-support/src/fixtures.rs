//! Locations of the fixtures and recorded data, and the expected result for each actor of the
//! demonstration set.

use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tdbal_types::ClassCounts;

/// Contents of `fixtures/index.json`: the expected result for each actor of the demonstration set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Version of the file format; see [`Self::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Expected results, sorted by actor name.
    pub actors: Vec<Expected>,
}

/// Result of a dry run for one actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The set already meets the target.
    Balanced,
    /// The set needs changes.
    ToChange,
    /// The model's reply is unusable, so the set is left alone.
    Unassessed,
}

/// Expected result for one actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Full name of the actor.
    pub actor: String,
    /// One line that says what this set demonstrates.
    pub title: String,
    /// Result of the dry run.
    pub outcome: OutcomeKind,
    /// Names of all picture files in sheet order; the first one has number 1.
    pub sheet: Vec<String>,
    /// Names of files that cannot be decoded.
    pub unreadable: Vec<String>,
    /// Names of files missing from the training manifest.
    pub unlisted: Vec<String>,
    /// Names that appear in the actor manifest only; no such files exist.
    pub only_in_actor_manifest: Vec<String>,
    /// Whether the counts or delete lists in the recorded reply contradict its own answers.
    pub model_contradicts_itself: bool,
    /// Readable pictures of each class before the run; `None` if the actor is not assessed.
    pub counts_before: Option<ClassCounts>,
    /// Expected changes; `None` if the actor is not assessed.
    pub plan: Option<ExpectedPlan>,
    /// Readable pictures of each class after the plan is applied; `None` if the actor is not
    /// assessed.
    pub counts_after: Option<ClassCounts>,
}

/// Expected changes to the set of one actor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPlan {
    /// Names of pictures to remove, class by class and in order of removal.
    pub remove: Vec<String>,
    /// Number of pictures to generate in each class.
    pub generate: ClassCounts,
}

impl Index {
    /// Version of the index format that this crate reads and writes.
    pub const SCHEMA_VERSION: u32 = 1;

    /// Reads an index file.
    ///
    /// # Panics
    /// Panics if the file cannot be read or is not an index of [`Self::SCHEMA_VERSION`].
    pub fn load(path: &Path) -> Self {
        let bytes = fs::read(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let index: Self = serde_json::from_slice(&bytes)
            .unwrap_or_else(|error| panic!("cannot parse index {}: {error}", path.display()));
        assert_eq!(index.schema_version, Self::SCHEMA_VERSION);
        index
    }

    /// Reads the index of the demonstration set in [`fixtures_dir`].
    pub fn of_fixtures() -> Self {
        Self::load(&fixtures_dir().join("index.json"))
    }

    /// Returns the expected result for an actor, by full name.
    ///
    /// # Panics
    /// Panics if the index does not contain the actor.
    pub fn actor(&self, name: &str) -> &Expected {
        self.actors
            .iter()
            .find(|expected| expected.actor == name)
            .unwrap_or_else(|| panic!("actor {name} is not in the index"))
    }
}

/// Returns the folder of the demonstration set: `fixtures/` in the workspace root.
pub fn fixtures_dir() -> PathBuf {
    workspace().join("fixtures")
}

/// Returns the root of the workspace this crate was built in.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate is two levels below the workspace root")
        .to_owned()
}

/// Returns the folder with data recorded from the original system, the scripts that tdbal replaces.
///
/// The folder is given by the environment variable `TDBAL_RECORDED` and defaults to
/// `../shared/recorded`, relative to the workspace root. If it does not exist, prints a line to
/// standard error and returns `None`; the caller should skip its test.
///
/// # Panics
/// Panics if the folder does not exist and `TDBAL_REQUIRE_RECORDED` is `1`.
pub fn recorded_dir() -> Option<PathBuf> {
    let folder = env::var_os("TDBAL_RECORDED")
        .map_or_else(|| workspace().join("../shared/recorded"), PathBuf::from);
    let required = env::var_os("TDBAL_REQUIRE_RECORDED").is_some_and(|value| value == "1");
    // Written to the stream directly: the test harness captures `eprintln!`, so a skip would go
    // unnoticed.
    recorded_in(folder, required, &mut std::io::stderr())
}

fn recorded_in(folder: PathBuf, required: bool, notes: &mut dyn Write) -> Option<PathBuf> {
    if folder.is_dir() {
        return Some(folder);
    }
    let absent = format!("recorded data not found in {}", folder.display());
    assert!(
        !required,
        "{absent}, but TDBAL_REQUIRE_RECORDED=1 requires it"
    );
    let note = format!("SKIPPED: {absent}; set TDBAL_RECORDED to the folder that contains it\n");
    notes
        .write_all(note.as_bytes())
        .expect("writing the note succeeds");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_recordings_are_skipped_unless_required() {
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
