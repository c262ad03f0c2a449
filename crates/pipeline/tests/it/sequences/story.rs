//! A world in which runs, crashes and people's changes follow each other, and what must hold of it at
//! the end.

use super::acts::{ACTORS, Act, Death, Doing, TARGETS};
use crate::in_step::{assert_accounted_for, assert_in_step, digests, journals, pictures_of};
use crate::mortal::{
    Life, assert_same, bucket_of, empty_mortal_world, everything, give_objects, without_trash,
};
use crate::world::{Behaviour, Generator, World, pictures, png};
use bytes::Bytes;
use dataset::people::keep_list::KeepEntry;
use execution::Executor;
use execution::undo::UndoStatus;
use journal::run::record::Step;
use journal::run::state::ActorState;
use pipeline::Resume;
use proptest::sample::Index;
use results::{Mode, Silent};
use run_plan::limits::Limits;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use storage::{Condition, ObjectKey, ObjectStore as _, sha256};
use tdbal_types::{ActorId, Digest, ImageClass, ImageName, RunId};

fn moods(order: usize) -> Behaviour {
    match order % 12 {
        3 => Behaviour::Flagged,
        5 => Behaviour::WrongClass,
        7 => Behaviour::Lost,
        9 => Behaviour::Broken,
        11 => Behaviour::NeverTaken,
        _ => Behaviour::Good,
    }
}

/// What happened in all sequences together.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) deaths: usize,
    pub(super) commits: usize,
    pub(super) undone: usize,
    pub(super) given_back: usize,
}

pub(super) struct Story {
    pub(super) world: World,
    pub(super) life: Arc<Life>,
    first: BTreeMap<String, Bytes>,
    /// Every picture that there ever was, but for those that a person deleted.
    ever: BTreeMap<Digest, String>,
    /// What each name of an actor stood for.
    names: BTreeMap<(String, String), Digest>,
    /// Files that a person put into folders.
    added: [BTreeSet<String>; 2],
    /// Whether a person did something.
    is_meddled: bool,
    /// Whether a run was taken back while a later one stood.
    is_out_of_order: bool,
    seen: Seen,
}

impl Story {
    pub(super) async fn begin() -> Self {
        let (mut world, life) = empty_mortal_world();
        world.generator = Arc::new(Generator::new(moods));
        world.limits = Limits {
            max_delete_percent: 100.0,
            ..Limits::default()
        };
        world.allow_shrunk_listing = true;
        for (actor, counts) in ACTORS.into_iter().zip([[3, 1, 1], [1, 3, 0]]) {
            let mut set = pictures(actor, counts, &[(0, 3), (1, 7)]);
            let salt = if actor == ACTORS[0] { 100 } else { 200 };
            for (position, (_, bytes)) in set.iter_mut().enumerate() {
                // No two actors have the same picture.
                let quality = u8::try_from(position % 5 + 2).unwrap();
                let class = class_at(counts, position);
                *bytes = png(class, quality, salt + u32::try_from(position).unwrap());
            }
            world.actor(actor, &set).await;
            if actor == ACTORS[0] {
                give_objects(&world, actor, &set, 1).await;
            }
        }
        let mut story = Self {
            first: without_trash(&world).await,
            world,
            life,
            ever: BTreeMap::new(),
            names: BTreeMap::new(),
            added: Default::default(),
            is_meddled: false,
            is_out_of_order: false,
            seen: Seen::default(),
        };
        story.look().await;
        story
    }

    /// Notes every picture that there is.
    async fn look(&mut self) {
        for (key, bytes) in pictures_of(&self.world).await {
            let digest = sha256(&bytes);
            self.ever.entry(digest).or_insert_with(|| key.clone());
            // Each run names what it rejects by its own orders: those names are not the set's.
            let name = match key.contains("/rejected/") {
                true => key.clone(),
                false => key.rsplit('/').next().unwrap().to_owned(),
            };
            let actor = ACTORS
                .into_iter()
                .find(|actor| key.contains(&format!("/{actor}/")));
            let name = (actor.unwrap().to_owned(), name);
            let known = *self.names.entry(name).or_insert(digest);
            assert_eq!(known, digest, "{key}: the name stood for another picture");
        }
    }

    pub(super) async fn act(&mut self, act: &Act) {
        match act {
            Act::Plan => self.plan().await,
            Act::Execute(doing) => self.execute(doing).await,
            Act::Resume => self.resume().await,
            Act::Undo { of, death } => self.undo(of.as_ref(), *death).await,
            Act::Add { actor, class } => {
                self.add(*actor, *class).await;
            }
            Act::Delete { actor, which } => self.delete(*actor, which).await,
            Act::Keep { actor, which } => self.keep(*actor, which).await,
        }
        self.look().await;
    }

    async fn plan(&self) {
        let before = everything(&self.world).await;
        let engine = self.world.engine();
        let planned = self
            .world
            .try_start(&engine, Mode::DryRun, Resume::No)
            .await;
        planned.unwrap();
        assert_same(&everything(&self.world).await, &before, "a dry run");
    }

    fn live(&mut self, death: Option<Death>) {
        if let Some(Death { at, does_last }) = death {
            self.life.begin(at, does_last);
        }
    }

    pub(super) fn be_born_again(&mut self) {
        self.seen.deaths += usize::from(self.life.is_over());
        self.life.go_on();
    }

    pub(super) async fn execute(&mut self, doing: &Doing) {
        self.world.policy.target = TARGETS[doing.target].parse().unwrap();
        let engine = self.world.engine();
        self.live(doing.death);
        let done = self.finish_and_execute(&engine).await;
        assert!(done.is_ok() || self.life.is_over(), "{done:?}");
        self.be_born_again();
    }

    pub(super) async fn execute_whole(&mut self, target: usize) {
        let doing = Doing {
            target,
            death: None,
        };
        self.execute(&doing).await;
        self.look().await;
    }

    async fn finish_and_execute(&self, engine: &Executor) -> Result<(), execution::RunError> {
        let mut how = Resume::Unfinished;
        for run in pipeline::unfinished_runs(engine).await? {
            pipeline::resume(engine, &run, &Silent, &self.world.cancel).await?;
            how = Resume::JustFinished;
        }
        if !self.life.is_over() {
            self.world.try_start(engine, Mode::Execute, how).await?;
        }
        Ok(())
    }

    async fn resume(&self) {
        let engine = self.world.engine();
        for run in pipeline::unfinished_runs(&engine).await.unwrap() {
            let resumed = pipeline::resume(&engine, &run, &Silent, &self.world.cancel).await;
            assert!(resumed.is_ok(), "{resumed:?}");
        }
    }

    /// All runs in the order in which they were begun, with whether they changed something that
    /// still stands.
    async fn runs(&self) -> Vec<(RunId, bool)> {
        let mut runs: BTreeMap<u32, (RunId, bool)> = BTreeMap::new();
        for (run, _, records) in journals(&self.world.engine()).await {
            let number = run.as_str().strip_prefix("run-").unwrap().parse().unwrap();
            let state = ActorState::of(&records);
            let is_undone = state.undo.as_ref().is_some_and(|undo| undo.done);
            let stands = state.change.committed && !is_undone;
            let known = runs.entry(number).or_insert((run, false));
            known.1 |= stands;
        }
        runs.into_values().collect()
    }

    async fn undo(&mut self, of: Option<&Index>, death: Option<Death>) {
        let runs = self.runs().await;
        let latest = runs.iter().rposition(|(_, stands)| *stands);
        let Some(at) = of.map_or(latest, |of| {
            (!runs.is_empty()).then(|| of.index(runs.len()))
        }) else {
            return;
        };
        let (run, stands) = &runs[at];
        self.is_out_of_order |= *stands && Some(at) != latest;
        self.live(death);
        let undone = self.take_back(run).await;
        assert!(undone.is_ok() || self.life.is_over(), "{undone:?}");
        self.be_born_again();
    }

    pub(super) async fn take_back(
        &self,
        run: &RunId,
    ) -> Result<Vec<UndoStatus>, execution::RunError> {
        let engine = self.world.engine();
        let cancel = &self.world.cancel;
        let report = execution::undo::undo(&engine, run, None, false, &Silent, cancel).await?;
        Ok(report
            .actors
            .into_iter()
            .map(|actor| actor.status)
            .collect())
    }

    /// Adds a picture to the actor without objects, of the class with this number.
    pub(super) async fn add_named(&mut self, class: usize) -> String {
        self.add(1, class).await
    }

    async fn add(&mut self, actor: usize, class: usize) -> String {
        let number = u32::try_from(self.names.len()).unwrap();
        let name = format!("{}_of_mine_{number}.png", ACTORS[actor]);
        let bytes = png(ImageClass::ALL[class], 8, 5000 + number);
        let key = format!("actors/{}/training_data/{name}", ACTORS[actor]);
        self.world.put(&key, bytes).await;
        self.added[actor].insert(name.clone());
        self.is_meddled = true;
        name
    }

    /// One of the pictures that the training manifest names.
    async fn choose(&self, actor: usize, which: &Index) -> Option<String> {
        let entries = self.world.entries(ACTORS[actor]).await;
        (!entries.is_empty()).then(|| entries[which.index(entries.len())].clone())
    }

    /// A person who knows all places deletes a picture from all of them.
    async fn delete(&mut self, actor: usize, which: &Index) {
        if let Some(name) = self.choose(actor, which).await {
            self.delete_named(ACTORS[actor], &ImageName::new(name).unwrap())
                .await;
        }
    }

    pub(super) async fn delete_named(&mut self, actor: &str, name: &ImageName) {
        let folder = format!("actors/{actor}/training_data");
        let key = ObjectKey::new(format!("{folder}/{name}")).unwrap();
        let bytes = self.world.get(key.as_str()).await.unwrap();
        self.world
            .data
            .delete(&key, Condition::Always)
            .await
            .unwrap();
        let object = ObjectKey::new(format!("pictures/{actor}/{name}")).unwrap();
        let bucket = bucket_of(&self.world);
        bucket.delete(&object, Condition::Always).await.unwrap();
        let mut manifest = self.world.manifest(actor).await;
        let images = manifest["images"].as_object_mut().unwrap();
        images.remove(name.as_str());
        let left = images.len();
        manifest["total_images"] = left.into();
        let key = format!("{folder}/manifest.json");
        self.world.put(&key, manifest.to_string()).await;
        let id = actor.split('_').next().unwrap();
        let key = format!("actor_manifests/{id}_manifest.json");
        let listed = self.world.get(&key).await.unwrap();
        let mut manifest: Value = serde_json::from_slice(&listed).unwrap();
        let training = manifest["training_data"].as_array_mut().unwrap();
        training.retain(|entry| entry["filename"] != name.as_str());
        manifest["statistics"]["training_images_count"] = training.len().into();
        self.world.put(&key, manifest.to_string()).await;
        self.ever.remove(&sha256(&bytes));
        self.is_meddled = true;
    }

    async fn keep(&mut self, actor: usize, which: &Index) {
        if let Some(name) = self.choose(actor, which).await {
            self.keep_named(ACTORS[actor], &ImageName::new(name).unwrap())
                .await;
        }
    }

    pub(super) async fn keep_named(&mut self, actor: &str, name: &ImageName) {
        let mark = KeepEntry {
            actor: ActorId::new(actor).unwrap(),
            file: name.clone(),
            marked_at: "t".into(),
            marked_by: "a person".into(),
        };
        let engine = self.world.engine();
        let journals = engine.data.journals.as_ref();
        dataset::people::keep_list::edit_keep_list(journals, |marks| {
            marks.keep(vec![mark.clone()])
        })
        .await
        .unwrap();
        self.is_meddled = true;
    }

    pub(super) async fn end(&mut self) {
        for _ in 0..5 {
            self.resume().await;
        }
        let engine = self.world.engine();
        let left = pipeline::unfinished_runs(&engine).await.unwrap();
        assert!(left.is_empty(), "{left:?} is never finished");
        self.look().await;
        self.assert_nothing_lost().await;
        assert_accounted_for(&self.world, &engine).await;
        for (_, _, records) in journals(&engine).await {
            let is_commit = |record: &&journal::run::record::Record| {
                matches!(record.step, Step::Committed { .. })
            };
            self.seen.commits += records.iter().filter(is_commit).count();
        }
        if !self.is_meddled {
            self.undo_everything().await;
        }
    }

    async fn assert_nothing_lost(&self) {
        let pictures = pictures_of(&self.world).await;
        let there = digests(pictures.values());
        for (digest, key) in &self.ever {
            assert!(there.contains(digest), "{key} is nowhere any more");
        }
        for (actor, added) in ACTORS.into_iter().zip(&self.added) {
            assert_in_step(&self.world, actor, added).await;
        }
    }

    async fn undo_everything(&mut self) {
        for (run, _) in self.runs().await.into_iter().rev() {
            for status in self.take_back(&run).await.unwrap() {
                let is_good = matches!(
                    status,
                    UndoStatus::Undone | UndoStatus::UndoneAlready | UndoStatus::Unchanged
                );
                assert!(is_good, "{run}: {status:?}");
                self.seen.undone += usize::from(status == UndoStatus::Undone);
            }
        }
        self.assert_nothing_lost().await;
        let end = without_trash(&self.world).await;
        if self.is_out_of_order {
            assert_same(&told(&end), &told(&self.first), "all undone, out of order");
        } else {
            assert_same(&end, &self.first, "all undone");
            self.seen.given_back += 1;
        }
    }
}

/// Everything, with what manifests say of pictures. Where runs are taken back out of order, entries
/// come back one by one: each is what it was, but not the time of the last change, and not where an
/// entry stands in the file, which means nothing.
fn told(all: &BTreeMap<String, Bytes>) -> BTreeMap<String, String> {
    let tell = |key: &String, bytes: &Bytes| {
        if key.ends_with("manifest.json") {
            entries(bytes).to_string()
        } else {
            sha256(bytes).to_string()
        }
    };
    let each = all
        .iter()
        .map(|(key, bytes)| (key.clone(), tell(key, bytes)));
    each.collect()
}

fn entries(manifest: &[u8]) -> Value {
    let manifest: Value = serde_json::from_slice(manifest).unwrap();
    let images = manifest["images"].as_object().into_iter().flatten();
    let images: BTreeMap<&String, &Value> = images.collect();
    let listed = manifest["training_data"].as_array().into_iter().flatten();
    let listed: BTreeMap<&str, &Value> = listed
        .map(|entry| (entry["filename"].as_str().unwrap(), entry))
        .collect();
    json!({
        "images": images,
        "total_images": manifest["total_images"],
        "training_data": listed,
        "count": manifest["statistics"]["training_images_count"],
    })
}

fn class_at(counts: [usize; 3], position: usize) -> ImageClass {
    let mut left = position;
    for (class, count) in ImageClass::ALL.into_iter().zip(counts) {
        if left < count {
            return class;
        }
        left -= count;
    }
    ImageClass::ColorStylized
}

pub(super) async fn tell(acts: &[Act]) -> Seen {
    let mut story = Story::begin().await;
    for act in acts {
        story.act(act).await;
    }
    story.end().await;
    story.seen
}
