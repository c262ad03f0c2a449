//! What still matches a plan, and what contradicts it.

use super::*;
use async_trait::async_trait;
use dataset::discovery;
use dataset::people::labels::Statement;
use dataset::set;
use run_plan::plan::fixture::{actor, protected};
use std::sync::Arc;
use storage::{MemoryStore, ObjectKey, ObjectStore, ObjectStores, PutMode, StoreError, Version};
use tdbal_types::{ActorId, ImageClass, ImageName, Quality, SheetNumber};

const ACTOR: &str = "9001_test";

fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

fn names(change: &PlannedChange) -> Vec<ImageName> {
    let removed = change.plan.with(Action::Remove);
    removed.map(|decision| decision.name.clone()).collect()
}

/// A change that removes 3 of 16 photorealistic pictures.
fn change() -> PlannedChange {
    actor(ACTOR, [16, 2, 3]).assessed().unwrap().clone()
}

/// A change that removes `9001_test_0.png`, because a person asked for it.
fn change_by_hand() -> (PlannedChange, Protection) {
    let protection = Protection {
        to_remove: BTreeSet::from([name("9001_test_0.png")]),
        ..Protection::default()
    };
    let planned = protected(ACTOR, [13, 4, 3], &protection);
    (planned.assessed().unwrap().clone(), protection)
}

/// Labels that say this of one picture of a change.
fn labelled(
    change: &PlannedChange,
    picture: &ImageName,
    class: Option<ImageClass>,
    quality: Option<i64>,
) -> Labels {
    let mut labels = Labels::default();
    let statement = Statement {
        actor: ActorId::new(ACTOR).unwrap(),
        file: picture.clone(),
        class,
        quality: quality.map(|quality| Quality::new(quality).unwrap()),
        wish: None,
        said_at: "2026-11-22T12:00:00.000000".into(),
        said_by: "anna".into(),
    };
    labels.say(change.picture(picture).unwrap().sha256, statement);
    labels
}

fn contradiction_of(change: &PlannedChange, labels: &Labels) -> Option<String> {
    contradiction(change, &Protection::default(), labels)
}

#[test]
fn nothing_said_contradicts_nothing() {
    assert_eq!(names(&change()).len(), 3);
    assert_eq!(contradiction_of(&change(), &Labels::default()), None);
}

#[test]
fn actor_marked_as_good_contradicts_removals() {
    let protection = Protection {
        set_is_good: true,
        ..Protection::default()
    };
    assert_eq!(
        contradiction(&change(), &protection, &Labels::default()).unwrap(),
        "training_data_good was set in the actor manifest"
    );
}

#[test]
fn keeping_contradicts_only_if_the_picture_is_to_be_removed() {
    let change = change();
    let removed = names(&change);
    for picture in &change.seen.pictures {
        let protection = Protection {
            kept: BTreeSet::from([picture.name.clone()]),
            ..Protection::default()
        };
        let expected = removed
            .contains(&picture.name)
            .then(|| format!("{} was added to the keep list", picture.name));
        let found = contradiction(&change, &protection, &Labels::default());
        assert_eq!(found, expected);
    }
}

#[test]
fn withdrawn_request_to_remove_contradicts_the_removal() {
    let (change, protection) = change_by_hand();
    assert_eq!(names(&change), [name("9001_test_0.png")]);
    let none = Labels::default();
    assert_eq!(contradiction(&change, &protection, &none), None);
    assert_eq!(
        contradiction_of(&change, &none).unwrap(),
        "the request to remove 9001_test_0.png was withdrawn"
    );
}

#[test]
fn label_with_another_class_contradicts_for_every_picture() {
    let change = change();
    for picture in &change.seen.pictures {
        let seen = picture.class.unwrap();
        for class in ImageClass::ALL {
            let labels = labelled(&change, &picture.name, Some(class), None);
            let expected =
                (class != seen).then(|| format!("{} was labelled {class}", picture.name));
            assert_eq!(contradiction_of(&change, &labels), expected);
        }
    }
}

#[test]
fn withdrawn_label_contradicts_what_it_decided() {
    let mut change = change();
    let picture = &mut change.seen.pictures[0];
    picture.rules = vec![Rule::Person];
    let (file, class) = (picture.name.clone(), picture.class.unwrap());
    assert_eq!(
        contradiction_of(&change, &Labels::default()).unwrap(),
        format!("the label {class} of {file} was withdrawn")
    );
    let labels = labelled(&change, &file, Some(class), None);
    assert_eq!(contradiction_of(&change, &labels), None);
}

#[test]
fn label_of_an_unreadable_picture_is_ignored() {
    let mut change = change();
    change.seen.pictures[0].class = None;
    let file = change.seen.pictures[0].name.clone();
    let labels = labelled(&change, &file, Some(ImageClass::ALL[1]), None);
    assert_eq!(contradiction_of(&change, &labels), None);
}

#[test]
fn only_a_better_quality_of_a_removed_picture_contradicts() {
    let change = change();
    let removed = names(&change).remove(0);
    let stays = change.plan.with(Action::Keep).next().unwrap();
    for quality in [1, 5] {
        let labels = labelled(&change, &removed, None, Some(quality));
        assert_eq!(contradiction_of(&change, &labels), None, "{quality}");
    }
    let better = labelled(&change, &removed, None, Some(6));
    assert_eq!(
        contradiction_of(&change, &better).unwrap(),
        format!("{removed} was labelled with quality 6")
    );
    let better = labelled(&change, &stays.name, None, Some(6));
    assert_eq!(contradiction_of(&change, &better), None);
}

/// Buckets that are never opened.
#[derive(Debug)]
struct NoBuckets;

#[async_trait]
impl ObjectStores for NoBuckets {
    async fn bucket(
        &self,
        name: &str,
        _region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        panic!("{name} is opened")
    }
}

/// A data folder with one actor.
struct Folder {
    data: DataFolder,
}

impl Folder {
    async fn with(files: &[&str]) -> Self {
        let folder = Self {
            data: DataFolder {
                store: Arc::new(MemoryStore::new("data")),
                ..DataFolder::local("does/not/exist", Arc::new(NoBuckets))
            },
        };
        for file in files {
            folder.put(file, file).await;
        }
        folder.put("manifest.json", "{\"images\": {}}").await;
        folder
    }

    async fn put(&self, file: &str, text: &str) -> Version {
        let key = ObjectKey::new(format!("actors/{ACTOR}/training_data/{file}")).unwrap();
        let bytes = text.to_owned().into();
        let put = self.data.store.put(&key, bytes, PutMode::Overwrite);
        put.await.unwrap()
    }

    async fn delete(&self, file: &str) {
        let key = ObjectKey::new(format!("actors/{ACTOR}/training_data/{file}")).unwrap();
        let deleted = self.data.store.delete(&key, storage::Condition::Always);
        deleted.await.unwrap();
    }

    async fn set(&self) -> ActorSet {
        let reader = self.data.reader();
        let actor = ActorId::new(ACTOR).unwrap();
        let files = discovery::files_of(&reader, &actor).await.unwrap();
        let now = "2026-11-22T12:00:00.000000";
        set::load(&reader, &actor, &files, now).await.unwrap()
    }

    async fn snapshot(&self) -> SetSnapshot {
        let set = self.set().await;
        let template = change().seen.pictures.remove(0);
        let mut pictures = Vec::new();
        for (position, picture) in set.pictures.iter().enumerate() {
            let key = layout::picture(&set.actor, &picture.name).unwrap();
            let meta = self.data.store.head(&key).await.unwrap();
            pictures.push(PictureSnapshot {
                name: picture.name.clone(),
                number: SheetNumber::from_position(position),
                size: meta.size,
                version: meta.version.unwrap(),
                ..template.clone()
            });
        }
        SetSnapshot {
            training_manifest: set.training_version,
            base_image: None,
            pictures,
        }
    }
}

fn changed(result: Result<(), ExecutionError>) -> String {
    match result {
        Err(ExecutionError::SetChanged { what }) => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn same_pictures_do_not_differ() {
    let folder = Folder::with(&["a.png", "b.png"]).await;
    let seen = folder.snapshot().await;
    assert_eq!(difference(&seen, &folder.set().await), None);
    verify(&folder.data, &seen, &folder.set().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn new_picture_is_a_difference() {
    let folder = Folder::with(&["b.png"]).await;
    let seen = folder.snapshot().await;
    folder.put("c.png", "c").await;
    folder.put("a.png", "a").await;
    let found = difference(&seen, &folder.set().await);
    assert_eq!(found.unwrap(), "a.png appeared");
}

#[tokio::test]
async fn missing_picture_is_named_before_a_new_one() {
    let folder = Folder::with(&["b.png", "c.png"]).await;
    let seen = folder.snapshot().await;
    folder.delete("c.png").await;
    folder.put("a.png", "a").await;
    let found = difference(&seen, &folder.set().await);
    assert_eq!(found.unwrap(), "c.png disappeared");
}

#[tokio::test]
async fn other_bytes_under_the_same_name_are_a_change() {
    let folder = Folder::with(&["a.png", "b.png"]).await;
    let seen = folder.snapshot().await;
    folder.put("b.png", "other").await;
    let result = verify_pictures(&folder.data, &seen, &folder.set().await).await;
    assert_eq!(changed(result), "b.png changed");
}

#[tokio::test]
async fn edited_manifest_matters_only_where_it_is_checked() {
    let folder = Folder::with(&["a.png"]).await;
    let seen = folder.snapshot().await;
    let edited = "{\"images\": {\"a.png\": {\"note\": 1}}}";
    folder.put("manifest.json", edited).await;
    let set = folder.set().await;
    let result = verify(&folder.data, &seen, &set).await;
    assert_eq!(changed(result), "the training manifest changed");
    verify_pictures(&folder.data, &seen, &set).await.unwrap();
}

#[tokio::test]
async fn other_address_is_a_change() {
    let folder = Folder::with(&["a.png"]).await;
    let seen = folder.snapshot().await;
    let edited = "{\"images\": {\"a.png\": {\"s3_url\": \"s3://bucket/a.png\"}}}";
    folder.put("manifest.json", edited).await;
    let result = verify_pictures(&folder.data, &seen, &folder.set().await).await;
    assert_eq!(changed(result), "the address of a.png changed");
}
