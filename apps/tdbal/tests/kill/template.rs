//! The initial data sets of the tests, and the facts about them.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use storage::sha256;
use tdbal_types::{ClassCounts, Digest};
use test_support::dataset::DataSet;

/// Placeholder for the name of the bucket.
pub(crate) const BUCKET: &str = "kill-template-bucket";

/// Target of a set, as in the settings.
pub(crate) const TARGET: &str = "total=6,photorealistic=50,bw_stylized=33,color_stylized=17";
/// Target of a set, as counts.
pub(crate) const WANTED: ClassCounts = counts(3, 2, 1);

/// Number of pictures to generate until all actors are balanced.
pub(crate) const TO_GENERATE: usize = 4;

/// Actors with their counts per class. The last one is balanced.
const ACTORS: [(&str, ClassCounts); 4] = [
    ("9101_a", counts(5, 1, 1)),
    ("9102_b", counts(4, 1, 0)),
    ("9103_c", counts(2, 2, 3)),
    ("9104_d", counts(3, 2, 1)),
];

const fn counts(photorealistic: usize, bw_stylized: usize, color_stylized: usize) -> ClassCounts {
    ClassCounts {
        photorealistic,
        bw_stylized,
        color_stylized,
    }
}

/// Location of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Everything in a folder.
    Folder,
    /// Manifests in a folder; pictures of three actors in a bucket, those of one actor only there.
    Objects,
    /// Everything in a bucket.
    Bucket,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Folder, Self::Objects, Self::Bucket];
}

/// A data set.
#[derive(Debug)]
pub(crate) struct Template {
    /// Files of the data folder, by path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Objects by key.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Facts about each actor.
    pub(crate) actors: BTreeMap<&'static str, Actor>,
}

/// What is true of an actor.
#[derive(Debug)]
pub(crate) struct Actor {
    /// Its pictures.
    pub(crate) pictures: BTreeMap<String, Digest>,
    /// Whether they are objects.
    pub(crate) has_objects: bool,
    /// Whether they are files of the data folder.
    pub(crate) has_copies: bool,
}

impl Template {
    /// The data set of a kind, made once.
    pub(crate) fn of(kind: Kind) -> &'static Self {
        static MADE: [OnceLock<Template>; 3] = [const { OnceLock::new() }; 3];
        MADE[kind as usize].get_or_init(|| Self::make(kind))
    }

    fn make(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut set = DataSet::new(folder.path());
        let mut objects = BTreeMap::new();
        let mut actors = BTreeMap::new();
        for (position, (name, counts)) in ACTORS.into_iter().enumerate() {
            let has_objects = kind == Kind::Objects && position < 3;
            let has_copies = !(kind == Kind::Objects && position == 1);
            let mut actor = set.actor(name).size(96, 128).pictures_of(counts);
            if has_objects {
                actor = actor.objects_at(&format!("s3://{BUCKET}/{}", object_folder(name)));
            }
            if !has_copies {
                actor = actor.without_local_copies();
            }
            let mut pictures = BTreeMap::new();
            for picture in actor.write() {
                pictures.insert(picture.name.clone(), sha256(&picture.bytes));
                if has_objects {
                    let key = format!("{}/{}", object_folder(name), picture.name);
                    objects.insert(key, picture.bytes);
                }
            }
            let actor = Actor {
                pictures,
                has_objects,
                has_copies,
            };
            actors.insert(name, actor);
        }
        Self {
            files: set.files(),
            objects,
            actors,
        }
    }
}

/// Prefix of the objects of an actor.
pub(crate) fn object_folder(actor: &str) -> String {
    format!("o/{actor}")
}
