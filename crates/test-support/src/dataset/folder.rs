//! A data folder on disk and the true class and quality of its pictures.

use crate::pictures::decode;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tdbal_types::{ClassCounts, ImageClass, Quality};

/// Class and quality of an actor's readable pictures, by file name.
pub type Truth = BTreeMap<String, (ImageClass, Quality)>;

/// Data folder (`actors/`, `actor_manifests/`) written for a test.
#[derive(Debug, Clone)]
pub struct DataSet {
    root: PathBuf,
    pub(super) truth: BTreeMap<String, Truth>,
}

impl DataSet {
    /// Creates an empty data set in `root`, the path to pass to `--data-dir`. The folder does not
    /// have to exist.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            truth: BTreeMap::new(),
        }
    }

    /// Returns the path of the data folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the class and quality of an actor's pictures as they were written.
    ///
    /// # Panics
    /// Panics if the actor has not been written.
    pub fn truth(&self, actor: &str) -> &Truth {
        self.truth
            .get(actor)
            .unwrap_or_else(|| panic!("actor {actor} has not been written"))
    }

    /// Returns the names of the `count` worst pictures of a class: lowest quality first, and among
    /// equal qualities the name that sorts last bytewise.
    ///
    /// Ignores picture sizes, which by default are the same for all pictures.
    pub fn lowest(&self, actor: &str, class: ImageClass, count: usize) -> Vec<String> {
        let mut names: Vec<(Quality, &String)> = self
            .truth(actor)
            .iter()
            .filter(|(_, (its, _))| *its == class)
            .map(|(name, (_, quality))| (*quality, name))
            .collect();
        names.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)));
        names
            .into_iter()
            .take(count)
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// Returns the folder of an actor's pictures.
    pub fn training_data(&self, actor: &str) -> PathBuf {
        self.root.join("actors").join(actor).join("training_data")
    }

    /// Returns the path of an actor's training manifest.
    pub fn training_manifest(&self, actor: &str) -> PathBuf {
        self.training_data(actor).join("manifest.json")
    }

    /// Returns the path of an actor's manifest in `actor_manifests/`.
    pub fn actor_manifest(&self, actor: &str) -> PathBuf {
        let id = actor.split('_').next().unwrap_or(actor);
        self.root
            .join("actor_manifests")
            .join(format!("{id}_manifest.json"))
    }

    /// Reads the class and quality of every readable picture now in an actor's folder.
    pub fn on_disk(&self, actor: &str) -> Truth {
        let mut found = Truth::new();
        for entry in
            fs::read_dir(self.training_data(actor)).expect("the actor's folder is readable")
        {
            let path = entry.expect("the entry is readable").path();
            let file = fs::read(&path).expect("the file is readable");
            if let (Some(code), Some(name)) = (decode(&file), path.file_name()) {
                found.insert(name.to_string_lossy().into_owned(), code);
            }
        }
        found
    }

    /// Counts the readable pictures of each class now in an actor's folder.
    pub fn counts_on_disk(&self, actor: &str) -> ClassCounts {
        self.on_disk(actor)
            .into_values()
            .map(|(class, _)| class)
            .collect()
    }

    /// Reads all files of the data folder. Keys are paths relative to it, separated by `/`.
    ///
    /// Useful to find out what a run changed, or to copy the folder to a bucket.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is readable") {
                let path = entry.expect("the entry is readable").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let below = path.strip_prefix(&self.root).expect("below the root");
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                found.insert(
                    parts.join("/"),
                    fs::read(&path).expect("the file is readable"),
                );
            }
        }
        found
    }
}
