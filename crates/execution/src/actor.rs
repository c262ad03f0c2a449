//! Carries out one actor's part of a plan, from wherever an earlier attempt left it.

use crate::budget::Budget;
use crate::error::ExecutionError;
use crate::executor::Executor;
use crate::generation::session::{GenerationSession, Shortfall, quarantine_rejected};
use crate::plan::{PlannedChange, RunPlan};
use crate::transaction::commit::{Commit, Transaction};
use crate::transaction::mover::TrashMover;
use crate::transaction::new_files::Namer;
use crate::transaction::verify::contradiction;
use crate::transaction::{lock as locking, mover as removal, new_files as naming, verify};
use actor_lock::HeldLocks;
use balance_planner::Action;
use bytes::Bytes;
use dataset::error::DataError;
use dataset::people::keep_list::read_keep_list;
use dataset::people::labels::read_labels;
use dataset::set::ActorSet;
use dataset::{discovery, layout, set};
use evaluation::error::EvaluationError;
use evaluation::people::{PersonInput, protection};
use journal::run::actor_journal::ActorJournal;
use journal::run::record::{Added, Change, Ending, Leaving, Step};
use journal::run::state::{ActorState, Inspection, NewFile, Paid};
use manifest::{ActorManifest, Edit, GenerationNote, NewImage, NewTrainingData};
use results::audit::{AuditAction, Entry, Trail};
use results::events::Observer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use storage::ObjectRead as _;
use tdbal_types::{ActorId, ImageName};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// How often the set is read and decided upon again after somebody else wrote its manifest.
const TRIES: usize = 5;

/// What carrying out one actor's part needs.
pub struct ActorExecution<'a> {
    pub executor: &'a Executor,
    pub plan: &'a RunPlan,
    pub actor: &'a ActorId,
    pub assessed: &'a PlannedChange,
    pub budget: &'a Budget,
    pub observer: &'a dyn Observer,
    pub cancel: &'a CancellationToken,
}

/// How it ended, with everything that the journal says of it.
pub struct Executed {
    pub result: Result<(), ExecutionError>,
    pub state: ActorState,
}

impl ActorExecution<'_> {
    /// Does what is left to do. The actor is locked meanwhile.
    pub async fn run(&self) -> Executed {
        let mut state = ActorState::default();
        let result = self.locked(&mut state).await;
        Executed { result, state }
    }

    /// Says in the journal that nothing is done, for this reason.
    pub async fn refuse(&self, why: ExecutionError) -> Executed {
        let journals = self.executor.data.journals.clone();
        let run = &self.plan.run_id;
        let state = ActorState::default();
        let written = async {
            let journal =
                ActorJournal::open(journals, run, self.actor, &self.executor.evaluation.clock)
                    .await?;
            if journal.state().await.ending.is_none() {
                let error = why.chain();
                let ending = Ending::Refused { error };
                journal.write(Step::Done { ending }).await?;
            }
            Ok::<_, ExecutionError>(())
        };
        let result = match written.await {
            Ok(()) => Err(why),
            Err(error) => Err(error),
        };
        Executed { result, state }
    }

    async fn locked(&self, told: &mut ActorState) -> Result<(), ExecutionError> {
        let executor = self.executor;
        let run = &self.plan.run_id;
        let locks = locking::lock(
            executor,
            run,
            self.actor,
            self.plan.settings.destination.as_ref(),
        )
        .await?;
        let journals = executor.data.journals.clone();
        let journal =
            ActorJournal::open(journals, run, self.actor, &executor.evaluation.clock).await?;
        let result = self.go_on(&journal, &locks).await;
        *told = journal.state().await;
        // What is over is not looked for any more; an error here only leaves a marker behind.
        if !told.is_open()
            && let Err(error) = journal.mark_closed().await
        {
            tracing::warn!(actor = %self.actor, "{}", tdbal_types::chain(&error));
        }
        if let Err(error) = locks.release().await {
            tracing::warn!(actor = %self.actor, "{}", tdbal_types::chain(&error));
        }
        result
    }

    fn trail(&self) -> Trail<'_> {
        Trail {
            output: &self.executor.evaluation.output,
            clock: &self.executor.evaluation.clock,
            run: &self.plan.run_id,
            actor: self.actor,
        }
    }

    fn limit(&self) -> u64 {
        self.plan.settings.max_bytes
    }

    async fn go_on(&self, journal: &ActorJournal, locks: &HeldLocks) -> Result<(), ExecutionError> {
        let state = journal.state().await;
        if state.undo.is_some() {
            let what = "it was applied, and taken back since".to_owned();
            return Err(ExecutionError::Earlier(what));
        }
        if let Some(ending) = &state.ending {
            return match ending {
                Ending::Complete => Ok(()),
                Ending::Failed { error } | Ending::Refused { error } => {
                    Err(ExecutionError::Earlier(error.clone()))
                }
            };
        }
        let result = self.execute(journal, locks).await;
        let is_committed = journal.state().await.change.committed;
        match &result {
            Ok(()) => {
                let ending = Ending::Complete;
                journal.write(Step::Done { ending }).await?;
            }
            Err(error) if error.leaves_open() => {}
            // What follows from a commit is done, sooner or later.
            Err(error) if is_committed && !error.ends_a_commit() => {}
            Err(error) => self.close(journal, locks, error).await?,
        }
        result
    }

    /// Ends the actor's part of the run with an error that going on would not mend.
    async fn close(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        error: &ExecutionError,
    ) -> Result<(), ExecutionError> {
        let state = journal.state().await;
        let section = &state.change;
        let is_settled = section.committed || section.withdrawn.is_some();
        if section.change.is_some() && !is_settled {
            // Whether the commit was done has to be found out first.
            return Ok(());
        }
        if state.begun && !section.committed {
            let trail = self.trail();
            self.quarantine_new_pictures(journal, locks, &self.mover(&trail), error)
                .await?;
        }
        let error = error.chain();
        let ending = if state.begun {
            Ending::Failed { error }
        } else {
            Ending::Refused { error }
        };
        Ok(journal.write(Step::Done { ending }).await?)
    }

    fn mover<'m>(&'m self, trail: &'m Trail<'m>) -> TrashMover<'m> {
        TrashMover {
            data: &self.executor.data,
            run: &self.plan.run_id,
            trail,
            limit: self.limit(),
        }
    }

    async fn execute(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
    ) -> Result<(), ExecutionError> {
        let trail = self.trail();
        let mover = self.mover(&trail);
        let changing = Transaction {
            data: &self.executor.data,
            actor: self.actor,
            journal,
            mover,
            trail,
            observer: self.observer,
            is_undo: false,
            mark: Some(self.plan.run_id.to_string()),
        };
        let mut prepared = Prepared::default();
        let mut tries = 0;
        while !changing.is_committed().await? {
            prepared = match self.prepare(journal, locks, mover).await {
                Err(ExecutionError::SetChanged { what }) if journal.state().await.begun => {
                    return Err(self.give_up(journal, locks, &mover, what).await?);
                }
                prepared => prepared?,
            };
            if prepared.is_empty {
                break;
            }
            locks.check().await?;
            if !prepared.is_stale && matches!(changing.commit().await?, Commit::Done) {
                break;
            }
            // What the set is by now is read, and decided upon, again.
            tries += 1;
            if tries > TRIES {
                let what = "the training manifest keeps being written by someone else".to_owned();
                return Err(self.give_up(journal, locks, &mover, what).await?);
            }
        }
        let removed = match changing.remove().await {
            Err(error) if !matches!(error, ExecutionError::NotAllRemoved { .. }) => {
                return Err(error);
            }
            removed => removed,
        };
        self.note_in_actor_manifest(journal, &changing).await?;
        removed?;
        let state = journal.state().await;
        self.completeness(&state, prepared)
    }

    /// Everything up to the intent of the commit: nothing of the set is changed by it.
    async fn prepare(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        mover: TrashMover<'_>,
    ) -> Result<Prepared, ExecutionError> {
        let data = &self.executor.data;
        let state = journal.state().await;
        let set = self.load().await?;
        let remove: BTreeSet<ImageName> = self
            .assessed
            .plan
            .with(Action::Remove)
            .map(|decision| decision.name.clone())
            .collect();
        if state.begun {
            // The manifest may say something else by now, as long as it says the same of every
            // picture.
            verify::verify_pictures(data, &self.assessed.seen, &set).await?;
        } else {
            verify::verify(data, &self.assessed.seen, &set).await?;
            if let Some(what) = self.protected(&set, &remove).await? {
                return Err(ExecutionError::SetChanged { what });
            }
        }
        set.required_actor_manifest()?;
        let leaving =
            removal::find_places(data, &set, self.assessed, &remove, self.limit()).await?;
        let mut prepared = Prepared::default();
        if self.assessed.generate().is_empty() {
            self.begin(journal, &state, &set, &leaving).await?;
        } else {
            let orders = self.orders(journal, locks, mover)?;
            let used = state
                .paid()
                .filter_map(|(_, paid)| paid.file.as_ref())
                .map(|file| file.number)
                .max();
            let destination = self.plan.settings.destination.as_ref();
            let mut namer = Namer::new(data, &set, destination, used).await?;
            if state.orders.is_empty() {
                // Before anything is bought it must be known where from.
                orders.base_image(&set).await?;
            }
            self.begin(journal, &state, &set, &leaving).await?;
            prepared.shortfall = orders.run(&set, &mut namer).await?;
        }
        let state = journal.state().await;
        // A person may have said meanwhile that something must stay.
        prepared.protected = self.protected(&set, &remove).await?;
        let is_whole =
            prepared.shortfall.is_none() && prepared.protected.is_none() && !is_unlooked(&state);
        let leaving = if is_whole { leaving } else { Vec::new() };
        prepared.is_empty = leaving.is_empty() && state.taken().is_empty();
        if !prepared.is_empty {
            prepared.is_stale = !self.record_intent(journal, &set, &state, leaving).await?;
        }
        Ok(prepared)
    }

    fn orders<'o>(
        &'o self,
        journal: &'o ActorJournal,
        locks: &'o HeldLocks,
        mover: TrashMover<'o>,
    ) -> Result<GenerationSession<'o>, ExecutionError> {
        let executor = self.executor;
        let Some(generator) = executor.generator.as_deref() else {
            return Err(ExecutionError::Unfinished {
                what: "pictures are to be generated and there is no generator".into(),
                next: "set one up, then go on with tdbal resume".into(),
            });
        };
        Ok(GenerationSession {
            executor,
            generator,
            actor: self.actor,
            run: &self.plan.run_id,
            plan: self.plan,
            assessed: self.assessed,
            base_image: OnceCell::new(),
            journal,
            locks,
            budget: self.budget,
            mover,
            trail: self.trail(),
            observer: self.observer,
            cancel: self.cancel,
            bytes: Mutex::new(BTreeMap::new()),
        })
    }

    /// Puts on record that the actor is begun, and keeps its manifests beside what leaves.
    async fn begin(
        &self,
        journal: &ActorJournal,
        state: &ActorState,
        set: &ActorSet,
        leaving: &[Leaving],
    ) -> Result<(), ExecutionError> {
        if self.cancel.is_cancelled() {
            return Err(EvaluationError::Interrupted.into());
        }
        if !state.begun {
            journal.mark_open().await?;
            journal.write(Step::Begun).await?;
        }
        if !leaving.is_empty() {
            removal::keep_manifests(&self.executor.data, set, &self.plan.run_id).await?;
        }
        Ok(())
    }

    /// What a person said since the plan that speaks against removing what is to go, if there is
    /// anything.
    async fn protected(
        &self,
        set: &ActorSet,
        remove: &BTreeSet<ImageName>,
    ) -> Result<Option<String>, ExecutionError> {
        if remove.is_empty() {
            return Ok(None);
        }
        let reader = self.executor.data.reader();
        let (marks, labels) = (read_keep_list(&reader).await?, read_labels(&reader).await?);
        let words = PersonInput {
            keep_list: &marks,
            labels: &labels,
        };
        let pictures = self.assessed.seen.pictures.iter();
        let named = pictures.map(|picture| (&picture.name, picture.sha256));
        let protection = protection(set, words, named);
        Ok(contradiction(self.assessed, &protection, &labels))
    }

    async fn load(&self) -> Result<ActorSet, ExecutionError> {
        let reader = self.executor.data.reader();
        let files = discovery::files_of(&reader, self.actor).await?;
        let now = self.executor.evaluation.clock.stamp();
        Ok(set::load(&reader, self.actor, &files, &now).await?)
    }

    /// Puts the change on record: the manifest as it is and as it will be, and what comes and goes.
    /// False where the manifest was written by somebody else since the set was read.
    async fn record_intent(
        &self,
        journal: &ActorJournal,
        set: &ActorSet,
        state: &ActorState,
        leaving: Vec<Leaving>,
    ) -> Result<bool, ExecutionError> {
        let taken = state.taken();
        let edit = self.edit(&taken, &leaving);
        let key = layout::training_manifest(self.actor)?;
        let edited = if taken.is_empty() && leaving.is_empty() {
            set.training.clone()
        } else {
            set.training
                .edited(&edit)
                .map_err(|source| DataError::Manifest {
                    key: key.to_string(),
                    source,
                })?
                .marked(self.plan.run_id.as_str())
        };
        let before = match &set.training_version {
            None => None,
            Some(version) => match self.stored_manifest(version).await? {
                Some(bytes) => Some(journal.keep(bytes).await?),
                None => return Ok(false),
            },
        };
        let after = journal.keep(edited.to_bytes().into()).await?;
        let added = taken
            .iter()
            .map(|(_, _, file)| Added {
                name: file.name.clone(),
                sha256: file.sha256,
                places: file.stored.clone().unwrap_or_default(),
            })
            .collect();
        let change = Change {
            from: set.training_version.clone(),
            before,
            after: Some(after),
            added,
            leaving,
        };
        journal.write(Step::Commit(Box::new(change))).await?;
        Ok(true)
    }

    /// The training manifest as it is stored, byte for byte; nothing if it is another by now.
    async fn stored_manifest(
        &self,
        version: &storage::Version,
    ) -> Result<Option<Bytes>, ExecutionError> {
        let key = layout::training_manifest(self.actor)?;
        let store = &self.executor.data.store;
        let object = layout::found(store.get(&key, layout::MANIFEST_LIMIT).await)?;
        let object = object.filter(|object| object.version == *version);
        Ok(object.map(|object| object.bytes))
    }

    fn edit(
        &self,
        taken: &[(journal::run::record::OrderKey, &Paid, &NewFile)],
        leaving: &[Leaving],
    ) -> Edit {
        let now = self.executor.evaluation.clock.stamp();
        let note = GenerationNote {
            run: self.plan.run_id.clone(),
            generated_by: self.plan.settings.generated_by.clone(),
        };
        let add = taken
            .iter()
            .map(|(order, paid, file)| NewImage {
                name: file.name.clone(),
                index: file.number,
                class: order.class,
                prompt: self.prompt_of(*order),
                s3_url: file.s3_url.clone(),
                local_path: self.local_path(&file.name),
                prediction_id: paid.prediction.to_string(),
                model: paid.model.clone(),
                generated_at: now.clone(),
            })
            .collect();
        Edit {
            remove: leaving.iter().map(|leaving| leaving.name.clone()).collect(),
            add,
            note,
            now,
        }
    }

    /// The prompt of an order: the plan has all of them, in the order of their numbers.
    fn prompt_of(&self, order: journal::run::record::OrderKey) -> String {
        let all = self.assessed.orders.iter().chain(&self.assessed.spare);
        let mut own = all.filter(|prompt| prompt.class == order.class);
        own.nth(order.ordinal.saturating_sub(1) as usize)
            .map(|prompt| prompt.text.clone())
            .unwrap_or_default()
    }

    fn local_path(&self, name: &ImageName) -> String {
        let folder = layout::training_folder(self.actor);
        format!("{}/{folder}/{name}", self.executor.data.path_prefix)
    }

    /// Moves everything that was made for the set to the trash, and fetches what is paid for and did
    /// not come yet straight into it; says how many pictures are there.
    async fn quarantine_new_pictures(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        mover: &TrashMover<'_>,
        why: &ExecutionError,
    ) -> Result<usize, ExecutionError> {
        if journal.state().await.is_owed_pictures() {
            self.orders(journal, locks, *mover)?.salvage().await?;
        }
        for (order, paid) in journal.state().await.paid() {
            if paid.reject.is_none() {
                let reason = why.chain();
                journal.write(Step::Reject { order, reason }).await?;
            }
        }
        quarantine_rejected(mover, self.actor, journal).await?;
        let state = journal.state().await;
        let files = state.paid().filter_map(|(_, paid)| paid.file.as_ref());
        Ok(files.filter(|file| file.trashed.is_some()).count())
    }

    /// The set changed while pictures were being made for it: they go to the trash.
    async fn give_up(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        mover: &TrashMover<'_>,
        what: String,
    ) -> Result<ExecutionError, ExecutionError> {
        let why = ExecutionError::SetChanged { what: what.clone() };
        let kept = self
            .quarantine_new_pictures(journal, locks, mover, &why)
            .await?;
        let folder = layout::rejected_folder(&self.plan.run_id, self.actor);
        Ok(if kept == 0 {
            why
        } else {
            ExecutionError::CommitLost { what, kept, folder }
        })
    }

    /// Brings `training_data` and the statistics of the actor manifest in step.
    async fn note_in_actor_manifest(
        &self,
        journal: &ActorJournal,
        changing: &Transaction<'_>,
    ) -> Result<(), ExecutionError> {
        let state = journal.state().await;
        let section = &state.change;
        let Some(change) = section.change.as_ref().filter(|_| section.committed) else {
            return Ok(());
        };
        if section.removed.is_empty() && change.added.is_empty() {
            return Ok(());
        }
        // What a person took out of the training manifest since, or put back into it, is not
        // listed otherwise here.
        let set = self.load().await?;
        let is_listed = |name: &ImageName| set.training.contains(name);
        let removed = section.removed.keys().filter(|name| !is_listed(name));
        let remove: BTreeSet<ImageName> = removed.cloned().collect();
        let mut add = Vec::new();
        for (_, _, file) in state.taken() {
            if is_listed(&file.name) {
                add.extend(self.training_data(file).await?);
            }
        }
        let Ok(stored) = &set.actor_manifest else {
            // It is gone: there is nothing to bring in step.
            let entry = Entry::new(AuditAction::ActorManifest, "it is not there any more");
            self.trail().tell(entry).await;
            return Ok(());
        };
        let key = &stored.key;
        let now = self.executor.evaluation.clock.stamp();
        changing
            .write_actor_manifest(key, |bytes| {
                let manifest = ActorManifest::parse(bytes)?;
                let edited = manifest.edited(&remove, &add, &now);
                Ok(if edited == manifest {
                    bytes.clone()
                } else {
                    edited.to_bytes().into()
                })
            })
            .await
    }

    /// What the actor manifest says of a new picture; nothing if it is gone already.
    async fn training_data(
        &self,
        file: &NewFile,
    ) -> Result<Option<NewTrainingData>, ExecutionError> {
        use md5::Digest as _;
        let Some(bytes) = naming::own_bytes(&self.executor.data, file).await? else {
            return Ok(None);
        };
        let now = self.executor.evaluation.clock.now();
        Ok(Some(NewTrainingData {
            name: file.name.clone(),
            local_path: self.local_path(&file.name),
            size_bytes: file.size,
            modified_timestamp: now.as_microsecond() as f64 / 1e6,
            modified_date: tdbal_types::time::stamp(now),
            md5_hash: hex::encode(md5::Md5::digest(&bytes)),
            s3_url: file.s3_url.clone(),
        }))
    }

    /// Whether everything came: what did is in the set by now, and nothing left it if not.
    fn completeness(&self, state: &ActorState, prepared: Prepared) -> Result<(), ExecutionError> {
        let wanted = self.assessed.generate().total();
        let came = state.taken().len();
        let unlooked = state.paid().find_map(|(_, paid)| match &paid.look {
            Inspection::Unlooked {
                problem,
                accepted: false,
            } if paid.reject.is_none() => Some(problem.clone()),
            _ => None,
        });
        if came == wanted && unlooked.is_none() {
            return match prepared.protected {
                Some(what) => Err(ExecutionError::Protected { what }),
                None => Ok(()),
            };
        }
        let problem = unlooked
            .or(prepared.shortfall.map(|shortfall| shortfall.problem))
            .or_else(|| crate::generation::session::last_problem(state))
            .unwrap_or_default();
        Err(ExecutionError::NotAllGenerated {
            came,
            wanted,
            problem,
        })
    }
}

/// What came of everything before the commit.
#[derive(Debug, Default)]
struct Prepared {
    /// Why not everything came.
    shortfall: Option<Shortfall>,
    /// What must stay that was to go.
    protected: Option<String>,
    /// Whether nothing comes and nothing leaves.
    is_empty: bool,
    /// Whether somebody else wrote the training manifest meanwhile.
    is_stale: bool,
}

/// Whether nobody looked at something that came.
fn is_unlooked(state: &ActorState) -> bool {
    state.paid().any(|(_, paid)| {
        paid.reject.is_none()
            && matches!(
                paid.look,
                Inspection::Unlooked {
                    accepted: false,
                    ..
                }
            )
    })
}

/// Notes in the audit trail that an actor was not done.
pub async fn tell_failure(trail: &Trail<'_>, error: &ExecutionError) {
    if !matches!(
        error,
        ExecutionError::Evaluation(EvaluationError::Interrupted)
    ) {
        let entry = Entry::new(AuditAction::Fail, "the actor was not done");
        trail.tell(entry.failed(error.chain())).await;
    }
}
