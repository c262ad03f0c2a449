//! Takes a run back: what it removed comes back from the trash, what it generated goes there, and the
//! manifests are as they were. By the same journal and the same commit as the run itself.

use crate::error::{ExecutionError, RunError};
use crate::executor::Executor;
use crate::transaction::commit::{Commit, Transaction, parse, wrong};
use crate::transaction::lock as locking;
use crate::transaction::mover::TrashMover;
use dataset::error::DataError;
use dataset::layout;
use dataset::layout::found;
use journal::run::actor_journal::{ActorJournal, unfinished};
use journal::run::record::{Added, Change, Leaving, Returning, Step};
use journal::run::state::{ActorState, ChangeState, Undo};
use manifest::{ActorManifest, TrainingManifest};
use results::audit::Trail;
use results::events::Observer;
use serde::Serialize;
use std::collections::BTreeSet;
use storage::place::Place;
use storage::{ObjectRead as _, sha256};
use tdbal_types::{ActorId, Digest, ImageName, RunId, chain};
use tokio_util::sync::CancellationToken;

/// How often the manifest is read and decided upon again after somebody else wrote it.
const TRIES: usize = 5;

/// What taking a run back did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoReport {
    /// The run.
    pub run_id: RunId,
    /// Whether anything was done.
    pub executed: bool,
    /// Every actor that the run changed or began to change, by name.
    pub actors: Vec<ActorUndo>,
}

/// One actor of a run that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorUndo {
    /// The actor.
    pub actor: ActorId,
    /// What became of it.
    #[serde(flatten)]
    pub status: UndoStatus,
    /// Pictures that come back.
    pub returns: Vec<ImageName>,
    /// Pictures that leave: those that the run generated.
    pub leaves: Vec<ImageName>,
}

/// What became of an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum UndoStatus {
    /// It would be taken back; this was a dry run.
    ToUndo,
    /// It is as it was before the run.
    Undone,
    /// It was taken back before.
    UndoneAlready,
    /// The run changed nothing of it.
    Unchanged,
    /// Something stands in the way; nothing was touched.
    Refused {
        /// What.
        error: String,
    },
    /// It was begun and could not be ended: asking again goes on with it.
    Failed {
        /// Why.
        error: String,
    },
    /// The operator stopped before it was its turn.
    Remaining,
}

/// Takes a run back, or with `dry_run` says what that would do. Actors are taken one after another.
///
/// # Errors
/// When there is no such run, or the journals cannot be read.
pub async fn undo(
    executor: &Executor,
    run: &RunId,
    only: Option<&BTreeSet<ActorId>>,
    dry_run: bool,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<UndoReport, RunError> {
    let journals = &executor.data.journals;
    let begun = journals.actors(run).await.map_err(DataError::from)?;
    let documents = journals.documents(run).await.map_err(DataError::from)?;
    if begun.is_empty() && documents.is_empty() {
        return Err(RunError::NoRun {
            run: run.clone(),
            data: executor.data.identity.clone(),
        });
    }
    let mut actors = Vec::new();
    for actor in begun
        .into_iter()
        .filter(|actor| only.is_none_or(|only| only.contains(actor)))
    {
        if cancel.is_cancelled() {
            actors.push(ActorUndo::new(actor, UndoStatus::Remaining));
            continue;
        }
        let undoing = Undoing {
            executor,
            run,
            actor: &actor,
            observer,
        };
        let done = undoing.take_back(dry_run).await;
        actors.push(done);
    }
    if !dry_run {
        executor.leave_census().await;
    }
    Ok(UndoReport {
        run_id: run.clone(),
        executed: !dry_run,
        actors,
    })
}

/// Goes on with what an interrupted undo of a run left, if there is any.
pub async fn resume(
    executor: &Executor,
    run: &RunId,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<Option<UndoReport>, RunError> {
    let open = unfinished(executor.data.journals.as_ref()).await;
    let begun: BTreeSet<ActorId> = open
        .map_err(DataError::from)?
        .into_iter()
        .filter(|(of, _, state)| of == run && state.undo.is_some())
        .map(|(_, actor, _)| actor)
        .collect();
    if begun.is_empty() {
        return Ok(None);
    }
    undo(executor, run, Some(&begun), false, observer, cancel)
        .await
        .map(Some)
}

impl ActorUndo {
    fn new(actor: ActorId, status: UndoStatus) -> Self {
        Self {
            actor,
            status,
            returns: Vec::new(),
            leaves: Vec::new(),
        }
    }

    fn of(actor: &ActorId, status: UndoStatus, section: &ChangeState) -> Self {
        let added = section.change.iter().flat_map(|change| &change.added);
        Self {
            actor: actor.clone(),
            status,
            returns: section.removed.keys().cloned().collect(),
            leaves: added.map(|added| added.name.clone()).collect(),
        }
    }
}

struct Undoing<'a> {
    executor: &'a Executor,
    run: &'a RunId,
    actor: &'a ActorId,
    observer: &'a dyn Observer,
}

impl Undoing<'_> {
    async fn take_back(&self, dry_run: bool) -> ActorUndo {
        match self.try_take_back(dry_run).await {
            Ok(done) => done,
            Err(error) => {
                let status = UndoStatus::Failed {
                    error: error.chain(),
                };
                ActorUndo::new(self.actor.clone(), status)
            }
        }
    }

    async fn try_take_back(&self, dry_run: bool) -> Result<ActorUndo, ExecutionError> {
        let executor = self.executor;
        // A dry run looks without a lock: what it says may be old a moment later anyway.
        let locks = if dry_run {
            None
        } else {
            Some(locking::lock(executor, self.run, self.actor, None).await?)
        };
        let journals = executor.data.journals.clone();
        let journal =
            ActorJournal::open(journals, self.run, self.actor, &executor.evaluation.clock).await?;
        let result = self.with(&journal, dry_run).await;
        if let Some(locks) = locks {
            if !journal.state().await.is_open() {
                journal.mark_closed().await?;
            }
            locks.release().await?;
        }
        result
    }

    async fn with(
        &self,
        journal: &ActorJournal,
        dry_run: bool,
    ) -> Result<ActorUndo, ExecutionError> {
        let state = journal.state().await;
        let told = |status| Ok(ActorUndo::of(self.actor, status, &state.change));
        let refused = |error: String| told(UndoStatus::Refused { error });
        match &state.undo {
            Some(undo) if undo.done => return told(UndoStatus::UndoneAlready),
            None if state.is_open() => {
                let run = self.run;
                return refused(format!(
                    "it was left unfinished: finish it first with tdbal resume {run}"
                ));
            }
            None if !state.change.committed => return told(UndoStatus::Unchanged),
            None if state.purged && !state.change.removed.is_empty() => {
                return refused("what it removed was purged from the trash".into());
            }
            Some(_) | None => {}
        }
        let back = returning(&state);
        if state.undo.is_none() {
            if let Err(problem) = self.check(&state, &back).await? {
                return refused(problem);
            }
            if dry_run {
                return told(UndoStatus::ToUndo);
            }
            journal.mark_open().await?;
            journal.write(Step::Undo { back: back.clone() }).await?;
        } else if dry_run {
            return told(UndoStatus::ToUndo);
        }
        match self.run(journal, &state, &back).await? {
            None => told(UndoStatus::Undone),
            Some(problem) => refused(problem),
        }
    }

    /// What stands in the way: pictures that the run generated and that changed or left since, and
    /// names or places that something else has by now.
    async fn check(
        &self,
        state: &ActorState,
        back: &[Returning],
    ) -> Result<Result<(), String>, ExecutionError> {
        let data = &self.executor.data;
        let (_, now) = self.manifest_now().await?;
        let added = state.change.change.iter().flat_map(|change| &change.added);
        for picture in added {
            let name = &picture.name;
            if !now.as_ref().is_some_and(|manifest| manifest.contains(name)) {
                return Ok(Err(format!(
                    "{name}, which the run generated, is no longer in the training manifest"
                )));
            }
            for place in &picture.places {
                let head = data.open(&place.store).await?.head(&place.key).await;
                let version = found(head)?.and_then(|meta| meta.version);
                if version.as_ref() != Some(&place.version) {
                    return Ok(Err(format!(
                        "{place}, which the run generated, changed or is gone"
                    )));
                }
            }
        }
        for picture in back {
            let name = &picture.name;
            if now.as_ref().is_some_and(|manifest| manifest.contains(name)) {
                return Ok(Err(format!("the training manifest has {name} again")));
            }
            for from in &picture.places {
                let store = data.open(&from.place.store).await?;
                let limit = self.executor.evaluation.settings.look.max_bytes;
                let copy = found(store.get(&from.trash, limit).await)?;
                if copy.is_none_or(|copy| sha256(&copy.bytes) != picture.sha256) {
                    return Ok(Err(format!(
                        "the copy of {name} in the trash ({}) is gone or damaged",
                        from.trash
                    )));
                }
                let there = found(store.get(&from.place.key, limit).await)?;
                if there.is_some_and(|there| sha256(&there.bytes) != picture.sha256) {
                    return Ok(Err(format!("{} holds something else by now", from.place)));
                }
            }
        }
        Ok(Ok(()))
    }

    async fn manifest_now(
        &self,
    ) -> Result<(Option<storage::Object>, Option<TrainingManifest>), ExecutionError> {
        let key = layout::training_manifest(self.actor)?;
        let store = &self.executor.data.store;
        let object = found(store.get(&key, layout::MANIFEST_LIMIT).await)?;
        let manifest = match &object {
            Some(object) => Some(parse(&key, &object.bytes)?),
            None => None,
        };
        Ok((object, manifest))
    }

    /// Brings back, commits, and takes away; says what stands in the way if that turns up only now.
    async fn run(
        &self,
        journal: &ActorJournal,
        state: &ActorState,
        back: &[Returning],
    ) -> Result<Option<String>, ExecutionError> {
        let executor = self.executor;
        let trail = Trail {
            output: &executor.evaluation.output,
            clock: &executor.evaluation.clock,
            run: self.run,
            actor: self.actor,
        };
        let mover = TrashMover {
            data: &executor.data,
            run: self.run,
            trail: &trail,
            limit: executor.evaluation.settings.look.max_bytes,
        };
        let changing = Transaction {
            data: &executor.data,
            actor: self.actor,
            journal,
            mover,
            trail,
            observer: self.observer,
            is_undo: true,
            mark: Some(format!("undo of {}", self.run)),
        };
        if let Some(why) = undo_of(journal).await.abandoning {
            return self.abandon(journal, &mover, why).await.map(Some);
        }
        self.restore(journal, &mover, back).await?;
        let mut tries = 0;
        while !changing.is_committed().await? {
            if tries == TRIES {
                let why = "the training manifest keeps being written by somebody else";
                return self
                    .abandon(journal, &mover, why.to_owned())
                    .await
                    .map(Some);
            }
            tries += 1;
            if let Err(why) = self.record_intent(journal, &state.change).await? {
                return self.abandon(journal, &mover, why).await.map(Some);
            }
            if matches!(changing.commit().await?, Commit::Done) {
                break;
            }
        }
        let removed = match changing.remove().await {
            Err(error) if !matches!(error, ExecutionError::NotAllRemoved { .. }) => {
                return Err(error);
            }
            removed => removed,
        };
        self.restore_actor_manifest(journal, &changing, &state.change)
            .await?;
        journal.write(Step::Undone).await?;
        removed?;
        Ok(None)
    }

    async fn restore(
        &self,
        journal: &ActorJournal,
        mover: &TrashMover<'_>,
        back: &[Returning],
    ) -> Result<(), ExecutionError> {
        let undo = undo_of(journal).await;
        for picture in back
            .iter()
            .filter(|picture| !undo.returned.contains_key(&picture.name))
        {
            let places = mover
                .restore(&picture.name, &picture.sha256, &picture.places)
                .await
                .map_err(|error| ExecutionError::Unfinished {
                    what: format!(
                        "{} could not be brought back ({})",
                        picture.name,
                        chain(&error)
                    ),
                    next: "put that right, then ask for the undo again".into(),
                })?;
            let name = picture.name.clone();
            journal.write(Step::Returned { name, places }).await?;
        }
        Ok(())
    }

    /// Puts the change on record that takes the run's back.
    async fn record_intent(
        &self,
        journal: &ActorJournal,
        forward: &ChangeState,
    ) -> Result<Result<(), String>, ExecutionError> {
        let Some(change) = &forward.change else {
            return Err(ExecutionError::internal("nothing was changed"));
        };
        let key = layout::training_manifest(self.actor)?;
        let (object, now) = self.manifest_now().await?;
        let undo = undo_of(journal).await;
        let out: BTreeSet<ImageName> = change.added.iter().map(|one| one.name.clone()).collect();
        let back: BTreeSet<ImageName> = undo.back.iter().map(|one| one.name.clone()).collect();
        if let Some(name) = out
            .iter()
            .find(|name| !now.as_ref().is_some_and(|manifest| manifest.contains(name)))
        {
            return Ok(Err(format!("{name} is no longer in the training manifest")));
        }
        let left = forward.left();
        let is_untouched = object.as_ref().map(|object| sha256(&object.bytes)) == left;
        let after = if is_untouched && forward.reinstated.is_empty() {
            // Nobody wrote since: the manifest is again what it was, byte for byte.
            change.before
        } else {
            let before = match &change.before {
                Some(digest) => parse(&key, &journal.kept(digest).await?)?,
                None => {
                    TrainingManifest::empty(self.actor, &self.executor.evaluation.clock.stamp())
                }
            };
            let now = now.unwrap_or_else(|| {
                TrainingManifest::empty(self.actor, &self.executor.evaluation.clock.stamp())
            });
            let stamp = self.executor.evaluation.clock.stamp();
            // A file that no manifest named comes back as it was: into the folder, without an entry.
            let listed = back
                .iter()
                .filter(|name| before.contains(name))
                .cloned()
                .collect();
            match now.restored(&before, &listed, &out, &stamp) {
                Ok(restored) => {
                    let restored = restored.marked(&format!("undo of {}", self.run));
                    Some(journal.keep(restored.to_bytes().into()).await?)
                }
                Err(error) => return Ok(Err(chain(&wrong(&key)(error)))),
            }
        };
        let before = match &object {
            Some(object) => Some(journal.keep(object.bytes.clone()).await?),
            None => None,
        };
        let added = undo.back.iter().map(|picture| Added {
            name: picture.name.clone(),
            sha256: picture.sha256,
            places: undo
                .returned
                .get(&picture.name)
                .cloned()
                .unwrap_or_default(),
        });
        let leaving = change.added.iter().map(|picture| Leaving {
            name: picture.name.clone(),
            sha256: picture.sha256,
            places: object_first(&picture.places),
        });
        let change = Change {
            from: object.map(|object| object.version),
            before,
            after,
            added: added.collect(),
            leaving: leaving.collect(),
        };
        journal.write(Step::Commit(Box::new(change))).await?;
        Ok(Ok(()))
    }

    /// Puts what came back into the trash again.
    async fn abandon(
        &self,
        journal: &ActorJournal,
        mover: &TrashMover<'_>,
        problem: String,
    ) -> Result<String, ExecutionError> {
        let undo = undo_of(journal).await;
        if undo.abandoning.is_none() {
            let step = Step::UndoAbandoning {
                problem: problem.clone(),
            };
            journal.write(step).await?;
        }
        let (_, now) = self.manifest_now().await?;
        for picture in &undo.back {
            let Some(places) = undo.returned.get(&picture.name) else {
                continue;
            };
            // A picture that the manifest lists is in the set, whoever put it there: moving its file
            // away would leave an entry without one. Its copy is in the trash all the same.
            if now.as_ref().is_some_and(|now| now.contains(&picture.name)) {
                continue;
            }
            let leaving = Leaving {
                name: picture.name.clone(),
                sha256: picture.sha256,
                places: places.clone(),
            };
            mover
                .trash(&leaving)
                .await
                .map_err(|error| ExecutionError::Unfinished {
                    what: format!(
                        "{} could not be put aside again ({})",
                        picture.name,
                        chain(&error)
                    ),
                    next: "put that right, then ask for the undo again".into(),
                })?;
        }
        let step = Step::UndoAbandoned {
            problem: problem.clone(),
        };
        journal.write(step).await?;
        Ok(problem)
    }

    /// Pictures that the commit of the undo put back into the training manifest and that a person
    /// deleted since.
    async fn gone_since(
        &self,
        journal: &ActorJournal,
        section: &ChangeState,
    ) -> Result<BTreeSet<ImageName>, ExecutionError> {
        let Some(change) = &section.change else {
            return Ok(BTreeSet::new());
        };
        let Some(after) = change.after else {
            return Ok(BTreeSet::new());
        };
        let key = layout::training_manifest(self.actor)?;
        let committed = parse(&key, &journal.kept(&after).await?)?;
        let (_, now) = self.manifest_now().await?;
        let has = |name: &ImageName| now.as_ref().is_some_and(|now| now.contains(name));
        let back = change.added.iter().map(|added| &added.name);
        let gone = back.filter(|name| committed.contains(name) && !has(name));
        Ok(gone.cloned().collect())
    }

    async fn restore_actor_manifest(
        &self,
        journal: &ActorJournal,
        changing: &Transaction<'_>,
        forward: &ChangeState,
    ) -> Result<(), ExecutionError> {
        let Some(write) = forward
            .actor_manifest
            .as_ref()
            .filter(|write| write.written)
        else {
            return Ok(());
        };
        let before = journal.kept(&write.before).await?;
        let undo = undo_of(journal).await;
        let gone = self.gone_since(journal, &undo.change).await?;
        let back = forward.removed.keys();
        let back = back.filter(|name| !gone.contains(name)).cloned().collect();
        let out = undo.change.removed.keys().cloned().collect();
        let is_whole = undo.change.reinstated.is_empty() && gone.is_empty();
        let stamp = self.executor.evaluation.clock.stamp();
        let left: Digest = write.after;
        changing
            .write_actor_manifest(&write.key, |bytes| {
                // Nobody wrote since: it is again what it was, byte for byte.
                if is_whole && sha256(bytes) == left {
                    return Ok(before.clone());
                }
                let then = ActorManifest::parse(&before)?;
                let restored = ActorManifest::parse(bytes)?.restored(&then, &back, &out, &stamp)?;
                Ok(restored.to_bytes().into())
            })
            .await
    }
}

/// Where the undo stands that is under way.
async fn undo_of(journal: &ActorJournal) -> Undo {
    journal.state().await.undo.unwrap_or_default()
}

/// What comes back: everything that the run moved to the trash.
fn returning(state: &ActorState) -> Vec<Returning> {
    let section = &state.change;
    let leaving = section.change.iter().flat_map(|change| &change.leaving);
    leaving
        .filter_map(|picture| {
            Some(Returning {
                name: picture.name.clone(),
                sha256: picture.sha256,
                places: section.removed.get(&picture.name)?.clone(),
            })
        })
        .collect()
}

/// Objects before local copies, so that a picture is only gone from the folder when it is gone
/// elsewhere.
fn object_first(places: &[Place]) -> Vec<Place> {
    let mut places = places.to_vec();
    places.sort_by_key(|place| place.store == storage::place::PlaceStore::Data);
    places
}
