//! A data folder on disk, and what is true of its pictures.

use crate::pictures::decode;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tdbal_types::{ClassCounts, ImageClass, Quality};

/// What is true of an actor's readable pictures, by file name.
pub type Truth = BTreeMap<String, (ImageClass, Quality)>;

/// A data folder (`actors/`, `actor_manifests/`) that is written for a test.
#[derive(Debug, Clone)]
pub struct DataSet {
    root: PathBuf,
    pub(super) truth: BTreeMap<String, Truth>,
}

impl DataSet {
    /// A data folder at `root`, which need not exist; `--data-dir` is given that path.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            truth: BTreeMap::new(),
        }
    }

    /// The data folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What was true of an actor when it was written.
    ///
    /// # Panics
    /// When there is no such actor.
    pub fn truth(&self, actor: &str) -> &Truth {
        self.truth
            .get(actor)
            .unwrap_or_else(|| panic!("no actor {actor} was written"))
    }

    /// The names of the `count` lowest pictures of a class: lowest quality first, then the last name
    /// bytewise (all pictures of this set are of one size unless a test says otherwise).
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

    /// The folder of an actor's pictures.
    pub fn training_data(&self, actor: &str) -> PathBuf {
        self.root.join("actors").join(actor).join("training_data")
    }

    /// The path of an actor's training manifest.
    pub fn training_manifest(&self, actor: &str) -> PathBuf {
        self.training_data(actor).join("manifest.json")
    }

    /// The path of an actor's own manifest.
    pub fn actor_manifest(&self, actor: &str) -> PathBuf {
        let id = actor.split('_').next().unwrap_or(actor);
        self.root
            .join("actor_manifests")
            .join(format!("{id}_manifest.json"))
    }

    /// What is true of an actor's folder now, by looking at the files.
    pub fn on_disk(&self, actor: &str) -> Truth {
        let mut found = Truth::new();
        for entry in fs::read_dir(self.training_data(actor)).expect("the actor's folder") {
            let path = entry.expect("an entry of the actor's folder").path();
            let file = fs::read(&path).expect("a file of the actor's folder");
            if let (Some(code), Some(name)) = (decode(&file), path.file_name()) {
                found.insert(name.to_string_lossy().into_owned(), code);
            }
        }
        found
    }

    /// The readable pictures of each class in an actor's folder now.
    pub fn counts_on_disk(&self, actor: &str) -> ClassCounts {
        self.on_disk(actor)
            .into_values()
            .map(|(class, _)| class)
            .collect()
    }

    /// Every file of the data folder with its bytes, by its path from there with `/` between the
    /// parts: to see what changed, or to put it into a bucket.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder of the data set") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let below = path.strip_prefix(&self.root).expect("below the root");
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                found.insert(parts.join("/"), fs::read(&path).expect("a file"));
            }
        }
        found
    }
}
