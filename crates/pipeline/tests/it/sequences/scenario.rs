//! A data set on which runs, crashes and edits by people follow each other, and what must hold in the
//! end.

use super::actions::{ACTORS, Action, Crash, Execution, TARGETS};
use crate::crashing_store::{
    SimulatedProcess, assert_same, bucket_of, empty_crashing_world, give_objects, snapshot,
    snapshot_without_trash,
};
use crate::invariants::{
    assert_consistent, assert_orders_accounted_for, digests, journals, pictures_of,
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

fn behaviours(order: usize) -> Behaviour {
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
pub(super) struct Counts {
    pub(super) crashes: usize,
    pub(super) commits: usize,
    pub(super) undone: usize,
    pub(super) restored: usize,
}

pub(super) struct Scenario {
    pub(super) world: World,
    pub(super) process: Arc<SimulatedProcess>,
    first: BTreeMap<String, Bytes>,
    /// Every picture so far, except those that a person deleted.
    known_pictures: BTreeMap<Digest, String>,
    /// The picture behind each name of an actor.
    names: BTreeMap<(String, String), Digest>,
    /// Files that a person put into the folders.
    added: [BTreeSet<String>; 2],
    /// Whether a person edited something.
    has_manual_edits: bool,
    /// Whether a run was undone while the change of a later one still stood.
    is_out_of_order: bool,
    seen: Counts,
}

impl Scenario {
    pub(super) async fn new() -> Self {
        let (mut world, process) = empty_crashing_world();
        world.generator = Arc::new(Generator::new(behaviours));
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
        let mut scenario = Self {
            first: snapshot_without_trash(&world).await,
            world,
            process,
            known_pictures: BTreeMap::new(),
            names: BTreeMap::new(),
            added: Default::default(),
            has_manual_edits: false,
            is_out_of_order: false,
            seen: Counts::default(),
        };
        scenario.record_pictures().await;
        scenario
    }

    /// Records every picture that exists now.
    async fn record_pictures(&mut self) {
        for (key, bytes) in pictures_of(&self.world).await {
            let digest = sha256(&bytes);
            self.known_pictures
                .entry(digest)
                .or_insert_with(|| key.clone());
            // Names of rejected pictures belong to the run, not to the set.
            let name = if key.contains("/rejected/") {
                key.clone()
            } else {
                key.rsplit('/').next().unwrap().to_owned()
            };
            let actor = ACTORS
                .into_iter()
                .find(|actor| key.contains(&format!("/{actor}/")));
            let name = (actor.unwrap().to_owned(), name);
            let known = *self.names.entry(name).or_insert(digest);
            assert_eq!(known, digest, "{key}: the name stood for another picture");
        }
    }

    pub(super) async fn perform(&mut self, action: &Action) {
        match action {
            Action::Plan => self.plan().await,
            Action::Execute(execution) => self.execute(execution).await,
            Action::Resume => self.resume().await,
            Action::Undo { of, crash } => self.undo(of.as_ref(), *crash).await,
            Action::Add { actor, class } => {
                self.add(*actor, *class).await;
            }
            Action::Delete { actor, which } => self.delete(*actor, which).await,
            Action::Keep { actor, which } => self.keep(*actor, which).await,
        }
        self.record_pictures().await;
    }

    async fn plan(&self) {
        let before = snapshot(&self.world).await;
        let executor = self.world.executor();
        let planned = self
            .world
            .try_start(&executor, Mode::DryRun, Resume::No)
            .await;
        planned.unwrap();
        assert_same(&snapshot(&self.world).await, &before, "a dry run");
    }

    fn schedule_crash(&mut self, crash: Option<Crash>) {
        if let Some(Crash { at, completes }) = crash {
            self.process.crash_at_write(at, completes);
        }
    }

    pub(super) fn restart(&mut self) {
        self.seen.crashes += usize::from(self.process.has_crashed());
        self.process.restart();
    }

    pub(super) async fn execute(&mut self, execution: &Execution) {
        self.world.policy.target = TARGETS[execution.target].parse().unwrap();
        let executor = self.world.executor();
        self.schedule_crash(execution.crash);
        let done = self.finish_and_execute(&executor).await;
        assert!(done.is_ok() || self.process.has_crashed(), "{done:?}");
        self.restart();
    }

    pub(super) async fn execute_whole(&mut self, target: usize) {
        let execution = Execution {
            target,
            crash: None,
        };
        self.execute(&execution).await;
        self.record_pictures().await;
    }

    async fn finish_and_execute(&self, executor: &Executor) -> Result<(), execution::RunError> {
        let mut how = Resume::Unfinished;
        for run in pipeline::unfinished_runs(executor).await? {
            pipeline::resume(executor, &run, &Silent, &self.world.cancel).await?;
            how = Resume::JustFinished;
        }
        if !self.process.has_crashed() {
            self.world.try_start(executor, Mode::Execute, how).await?;
        }
        Ok(())
    }

    async fn resume(&self) {
        let executor = self.world.executor();
        for run in pipeline::unfinished_runs(&executor).await.unwrap() {
            let resumed = pipeline::resume(&executor, &run, &Silent, &self.world.cancel).await;
            assert!(resumed.is_ok(), "{resumed:?}");
        }
    }

    /// All runs in the order they began, with whether their change still stands.
    async fn runs(&self) -> Vec<(RunId, bool)> {
        let mut runs: BTreeMap<u32, (RunId, bool)> = BTreeMap::new();
        for (run, _, records) in journals(&self.world.executor()).await {
            let number = run.as_str().strip_prefix("run-").unwrap().parse().unwrap();
            let state = ActorState::of(&records);
            let is_undone = state.undo.as_ref().is_some_and(|undo| undo.done);
            let stands = state.change.committed && !is_undone;
            let known = runs.entry(number).or_insert((run, false));
            known.1 |= stands;
        }
        runs.into_values().collect()
    }

    async fn undo(&mut self, of: Option<&Index>, crash: Option<Crash>) {
        let runs = self.runs().await;
        let latest = runs.iter().rposition(|(_, stands)| *stands);
        let Some(at) = of.map_or(latest, |of| {
            (!runs.is_empty()).then(|| of.index(runs.len()))
        }) else {
            return;
        };
        let (run, stands) = &runs[at];
        self.is_out_of_order |= *stands && Some(at) != latest;
        self.schedule_crash(crash);
        let undone = self.undo_run(run).await;
        assert!(undone.is_ok() || self.process.has_crashed(), "{undone:?}");
        self.restart();
    }

    pub(super) async fn undo_run(
        &self,
        run: &RunId,
    ) -> Result<Vec<UndoStatus>, execution::RunError> {
        let executor = self.world.executor();
        let cancel = &self.world.cancel;
        let report = execution::undo::undo(&executor, run, None, false, &Silent, cancel).await?;
        Ok(report
            .actors
            .into_iter()
            .map(|actor| actor.status)
            .collect())
    }

    /// Adds a picture of the class with this number to the actor without objects.
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
        self.has_manual_edits = true;
        name
    }

    /// A picture of the training manifest.
    async fn choose(&self, actor: usize, which: &Index) -> Option<String> {
        let entries = self.world.entries(ACTORS[actor]).await;
        (!entries.is_empty()).then(|| entries[which.index(entries.len())].clone())
    }

    /// A person deletes a picture from everywhere.
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
        self.known_pictures.remove(&sha256(&bytes));
        self.has_manual_edits = true;
    }

    async fn keep(&mut self, actor: usize, which: &Index) {
        if let Some(name) = self.choose(actor, which).await {
            self.keep_named(ACTORS[actor], &ImageName::new(name).unwrap())
                .await;
        }
    }

    /// A person lists a file of an actor's folder in both manifests.
    pub(super) async fn list_named(&mut self, actor: &str, name: &ImageName) {
        let mut manifest = self.world.manifest(actor).await;
        let images = manifest["images"].as_object_mut().unwrap();
        images.insert(name.to_string(), json!({ "prompt": "listed by hand" }));
        let total = images.len();
        manifest["total_images"] = total.into();
        let key = format!("actors/{actor}/training_data/manifest.json");
        self.world.put(&key, manifest.to_string()).await;
        let id = actor.split('_').next().unwrap();
        let key = format!("actor_manifests/{id}_manifest.json");
        let listed = self.world.get(&key).await.unwrap();
        let mut manifest: Value = serde_json::from_slice(&listed).unwrap();
        let training = manifest["training_data"].as_array_mut().unwrap();
        if training
            .iter()
            .all(|entry| entry["filename"] != name.as_str())
        {
            training.push(json!({ "filename": name.as_str() }));
        }
        let count = training.len();
        manifest["statistics"]["training_images_count"] = count.into();
        self.world.put(&key, manifest.to_string()).await;
        self.has_manual_edits = true;
    }

    pub(super) async fn keep_named(&mut self, actor: &str, name: &ImageName) {
        let entry = KeepEntry {
            actor: ActorId::new(actor).unwrap(),
            file: name.clone(),
            marked_at: "t".into(),
            marked_by: "a person".into(),
        };
        let executor = self.world.executor();
        let journals = executor.data.journals.as_ref();
        dataset::people::keep_list::edit_keep_list(journals, |keep_list| {
            keep_list.keep(vec![entry.clone()])
        })
        .await
        .unwrap();
        self.has_manual_edits = true;
    }

    pub(super) async fn finish(&mut self) {
        for _ in 0..5 {
            self.resume().await;
        }
        let executor = self.world.executor();
        let left = pipeline::unfinished_runs(&executor).await.unwrap();
        assert!(left.is_empty(), "{left:?} is never finished");
        self.record_pictures().await;
        self.assert_nothing_lost().await;
        assert_orders_accounted_for(&self.world, &executor).await;
        for (_, _, records) in journals(&executor).await {
            let is_commit = |record: &&journal::run::record::Record| {
                matches!(record.step, Step::Committed { .. })
            };
            self.seen.commits += records.iter().filter(is_commit).count();
        }
        if !self.has_manual_edits {
            self.undo_everything().await;
        }
    }

    async fn assert_nothing_lost(&self) {
        let pictures = pictures_of(&self.world).await;
        let there = digests(pictures.values());
        for (digest, key) in &self.known_pictures {
            assert!(there.contains(digest), "{key} is nowhere any more");
        }
        for (actor, added) in ACTORS.into_iter().zip(&self.added) {
            assert_consistent(&self.world, actor, added).await;
        }
    }

    async fn undo_everything(&mut self) {
        for (run, _) in self.runs().await.into_iter().rev() {
            for status in self.undo_run(&run).await.unwrap() {
                let is_good = matches!(
                    status,
                    UndoStatus::Undone | UndoStatus::UndoneAlready | UndoStatus::Unchanged
                );
                assert!(is_good, "{run}: {status:?}");
                self.seen.undone += usize::from(status == UndoStatus::Undone);
            }
        }
        self.assert_nothing_lost().await;
        let end = snapshot_without_trash(&self.world).await;
        if self.is_out_of_order {
            assert_same(
                &contents(&end),
                &contents(&self.first),
                "all undone, out of order",
            );
        } else {
            assert_same(&end, &self.first, "all undone");
            self.seen.restored += 1;
        }
    }
}

/// The snapshot, with manifests reduced to their pictures. If runs are undone out of order, entries
/// return one by one: the time of the last change and the order of entries may differ.
fn contents(all: &BTreeMap<String, Bytes>) -> BTreeMap<String, String> {
    let describe = |key: &String, bytes: &Bytes| {
        if key.ends_with("manifest.json") {
            entries(bytes).to_string()
        } else {
            sha256(bytes).to_string()
        }
    };
    let each = all
        .iter()
        .map(|(key, bytes)| (key.clone(), describe(key, bytes)));
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

pub(super) async fn run_scenario(actions: &[Action]) -> Counts {
    let mut scenario = Scenario::new().await;
    for action in actions {
        scenario.perform(action).await;
    }
    scenario.finish().await;
    scenario.seen
}
