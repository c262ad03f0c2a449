//! What a plan decides on the set of one actor as it is: verifies that the set is what the plan saw,
//! buys what is missing, and puts the change together.

use crate::actor::entries::{manifest_edit, new_training_data};
use crate::error::ExecutionError;
use crate::generation::session::{GenerationSession, Shortfall, last_problem, quarantine_rejected};
use crate::transaction::mover::{self, TrashMover};
use crate::transaction::new_files::Namer;
use crate::transaction::run::{Decide, Decision, EditManifest};
use crate::transaction::scope::ActorScope;
use crate::transaction::verify::{self, contradiction};
use balance_planner::Action;
use bytes::Bytes;
use dataset::layout::{self, found};
use dataset::people::keep_list::read_keep_list;
use dataset::people::labels::read_labels;
use dataset::{ActorSet, DataError};
use evaluation::EvaluationError;
use evaluation::people::{PersonInput, protection};
use journal::run::record::{Added, Change, Leaving, Step};
use journal::run::state::{ActorState, Inspection};
use manifest::{ActorManifest, ManifestError};
use results::audit::{AuditAction, Entry};
use run_plan::budget::Budget;
use run_plan::plan::{PlannedChange, RunPlan};
use std::collections::BTreeSet;
use storage::place::Trashed;
use storage::{ObjectKey, ObjectRead as _, Version};
use tdbal_types::ImageName;

/// How many times the set is read and decided on again after someone else wrote its manifest.
const ATTEMPTS: usize = 5;

/// The decision of a plan on one actor.
pub struct PlanDecision<'a> {
    scope: &'a ActorScope<'a>,
    plan: &'a RunPlan,
    assessed: &'a PlannedChange,
    budget: &'a Budget,
    /// Why not everything came, if not.
    shortfall: Option<Shortfall>,
    /// What people said since the plan, if it speaks against the removals.
    protected: Option<String>,
}

impl<'a> PlanDecision<'a> {
    /// The decision of `plan` on the actor of `scope`.
    pub const fn new(
        scope: &'a ActorScope<'a>,
        plan: &'a RunPlan,
        assessed: &'a PlannedChange,
        budget: &'a Budget,
    ) -> Self {
        Self {
            scope,
            plan,
            assessed,
            budget,
            shortfall: None,
            protected: None,
        }
    }

    /// Moves pictures of this actor to the trash and back.
    pub const fn mover(&self) -> TrashMover<'a> {
        TrashMover {
            scope: self.scope,
            limit: self.plan.settings.max_bytes,
        }
    }

    /// Everything up to the change itself: nothing of the set is changed by it. `None` if the training
    /// manifest was written by someone else meanwhile.
    async fn prepare(&mut self) -> Result<Option<Decision>, ExecutionError> {
        let data = &self.scope.executor.data;
        let journal = self.scope.journal;
        let state = journal.state().await;
        let set = self.scope.load_set().await?;
        let removals = self.assessed.plan.with(Action::Remove);
        let remove: BTreeSet<ImageName> = removals.map(|decision| decision.name.clone()).collect();
        if state.begun {
            // The manifest may say something else by now, as long as it says the same of every
            // picture.
            verify::verify_pictures(data, &self.assessed.seen, &set).await?;
        } else {
            verify::verify(data, &self.assessed.seen, &set).await?;
            if let Some(what) = self.objection(&set, &remove).await? {
                return Err(ExecutionError::SetChanged { what });
            }
        }
        set.required_actor_manifest()?;
        let limit = self.plan.settings.max_bytes;
        let leaving = mover::find_places(data, &set, self.assessed, &remove, limit).await?;
        if self.assessed.generate().is_empty() {
            self.begin(&state, &set, &leaving).await?;
        } else {
            self.generate(&state, &set, &leaving).await?;
        }
        let state = journal.state().await;
        // A person may have said meanwhile that something must stay.
        self.protected = self.objection(&set, &remove).await?;
        let is_whole =
            self.shortfall.is_none() && self.protected.is_none() && !is_uninspected(&state);
        let leaving = if is_whole { leaving } else { Vec::new() };
        if leaving.is_empty() && state.taken().is_empty() {
            return Ok(Some(Decision::Nothing));
        }
        let change = self.change(&set, &state, leaving).await?;
        Ok(change.map(|change| Decision::Commit(Box::new(change))))
    }

    /// Buys what the set lacks.
    async fn generate(
        &mut self,
        state: &ActorState,
        set: &ActorSet,
        leaving: &[Leaving],
    ) -> Result<(), ExecutionError> {
        let session = self.session()?;
        let used = state
            .paid()
            .filter_map(|(_, paid)| paid.file.as_ref())
            .map(|file| file.number)
            .max();
        let destination = self.plan.settings.destination.as_ref();
        let data = &self.scope.executor.data;
        let mut namer = Namer::new(data, set, destination, used).await?;
        if state.orders.is_empty() {
            // Before anything is bought it must be known what it is made from.
            session.base_image(set).await?;
        }
        self.begin(state, set, leaving).await?;
        self.shortfall = session.run(set, &mut namer).await?;
        Ok(())
    }

    fn session(&self) -> Result<GenerationSession<'a>, ExecutionError> {
        let Some(generator) = self.scope.executor.generator.as_deref() else {
            return Err(ExecutionError::Unfinished {
                what: "the plan generates pictures and no generator is set up".into(),
                next: "set one up, then run tdbal resume".into(),
            });
        };
        Ok(GenerationSession::new(
            self.scope,
            generator,
            self.plan,
            self.assessed,
            self.budget,
        ))
    }

    /// Records that work on the actor begins, and keeps its manifests beside what leaves.
    async fn begin(
        &self,
        state: &ActorState,
        set: &ActorSet,
        leaving: &[Leaving],
    ) -> Result<(), ExecutionError> {
        if self.scope.cancel.is_cancelled() {
            return Err(EvaluationError::Interrupted.into());
        }
        // The marker first: a journal that no one finds would be work that no one resumes. It may be
        // missing although work has begun, if the response to the first record was lost.
        self.scope.journal.mark_open().await?;
        if !state.begun {
            self.scope.journal.write(Step::Begun).await?;
        }
        if !leaving.is_empty() {
            mover::keep_manifests(self.scope, set).await?;
        }
        Ok(())
    }

    /// What people said since the plan, if it speaks against the removals.
    async fn objection(
        &self,
        set: &ActorSet,
        remove: &BTreeSet<ImageName>,
    ) -> Result<Option<String>, ExecutionError> {
        if remove.is_empty() {
            return Ok(None);
        }
        let reader = &self.scope.executor.evaluation.data;
        let (marks, labels) = (read_keep_list(reader).await?, read_labels(reader).await?);
        let words = PersonInput {
            keep_list: &marks,
            labels: &labels,
        };
        let pictures = self.assessed.seen.pictures.iter();
        let named = pictures.map(|picture| (&picture.name, picture.sha256));
        let protection = protection(set, words, named);
        Ok(contradiction(self.assessed, &protection, &labels))
    }

    /// The change: the manifest as it is and as it will be, and what comes and goes. `None` if the
    /// manifest was written by someone else since the set was read.
    async fn change(
        &self,
        set: &ActorSet,
        state: &ActorState,
        leaving: Vec<Leaving>,
    ) -> Result<Option<Change>, ExecutionError> {
        let journal = self.scope.journal;
        let taken = state.taken();
        let edit = manifest_edit(self.scope, self.plan, self.assessed, &taken, &leaving);
        let key = layout::training_manifest(self.scope.actor)?;
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
                None => return Ok(None),
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
        Ok(Some(Change {
            from: set.training_version.clone(),
            before,
            after: Some(after),
            added,
            leaving,
        }))
    }

    /// The training manifest as it is stored, byte for byte; nothing if it is another by now.
    async fn stored_manifest(&self, version: &Version) -> Result<Option<Bytes>, ExecutionError> {
        let key = layout::training_manifest(self.scope.actor)?;
        let store = &self.scope.executor.data.store;
        let object = found(store.get(&key, layout::MANIFEST_LIMIT).await)?;
        let object = object.filter(|object| object.version == *version);
        Ok(object.map(|object| object.bytes))
    }

    /// Moves everything that was made for the set to the trash, and fetches what is paid for and did
    /// not come yet straight into it; returns how many pictures are there.
    ///
    /// # Errors
    /// When something that is paid for may still come: the journal stays open.
    pub async fn quarantine_new_pictures(
        &self,
        why: &ExecutionError,
    ) -> Result<usize, ExecutionError> {
        let journal = self.scope.journal;
        if journal.state().await.is_owed_pictures() {
            self.session()?.salvage().await?;
        }
        for (order, paid) in journal.state().await.paid() {
            if paid.reject.is_none() {
                let reason = why.chain();
                journal.write(Step::Reject { order, reason }).await?;
            }
        }
        quarantine_rejected(&self.mover()).await?;
        let state = journal.state().await;
        let files = state.paid().filter_map(|(_, paid)| paid.file.as_ref());
        let is_kept = |places: &Vec<Trashed>| !places.is_empty();
        Ok(files
            .filter(|file| file.trashed.as_ref().is_some_and(is_kept))
            .count())
    }

    /// The set changed while pictures were made for it: they go to the trash.
    async fn give_up(&self, what: String) -> Result<ExecutionError, ExecutionError> {
        let why = ExecutionError::SetChanged { what: what.clone() };
        let kept = self.quarantine_new_pictures(&why).await?;
        let folder = layout::rejected_folder(&self.plan.run_id, self.scope.actor);
        Ok(if kept == 0 {
            why
        } else {
            ExecutionError::CommitLost { what, kept, folder }
        })
    }

    /// Checks that everything came: what did is in the set by now, and if not, nothing left it.
    ///
    /// # Errors
    /// [`ExecutionError::NotAllGenerated`] or [`ExecutionError::Protected`].
    pub fn check_complete(self, state: &ActorState) -> Result<(), ExecutionError> {
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
            return match self.protected {
                Some(what) => Err(ExecutionError::Protected { what }),
                None => Ok(()),
            };
        }
        let problem = unlooked
            .or(self.shortfall.map(|shortfall| shortfall.problem))
            .or_else(|| last_problem(state))
            .unwrap_or_default();
        Err(ExecutionError::NotAllGenerated {
            came,
            wanted,
            problem,
        })
    }
}

impl Decide for PlanDecision<'_> {
    async fn decide(&mut self, attempt: usize) -> Result<Decision, ExecutionError> {
        if attempt > ATTEMPTS {
            let what = "other processes kept writing the training manifest".to_owned();
            return Err(self.give_up(what).await?);
        }
        match self.prepare().await {
            Err(ExecutionError::SetChanged { what }) if self.scope.journal.state().await.begun => {
                Err(self.give_up(what).await?)
            }
            prepared => Ok(prepared?.unwrap_or(Decision::Again)),
        }
    }

    async fn actor_manifest(&self) -> Result<Option<(ObjectKey, EditManifest)>, ExecutionError> {
        let state = self.scope.journal.state().await;
        let section = &state.change;
        let Some(change) = section.change.as_ref().filter(|_| section.committed) else {
            return Ok(None);
        };
        if section.removed.is_empty() && change.added.is_empty() {
            return Ok(None);
        }
        // A person may have taken a picture out of the training manifest since, or put it back: the
        // actor manifest follows that.
        let set = self.scope.load_set().await?;
        let is_listed = |name: &ImageName| set.training.contains(name);
        let removed = section.removed.keys().filter(|name| !is_listed(name));
        let remove: BTreeSet<ImageName> = removed.cloned().collect();
        let mut add = Vec::new();
        for (_, _, file) in state.taken() {
            if is_listed(&file.name) {
                add.extend(new_training_data(self.scope, file).await?);
            }
        }
        let Ok(stored) = &set.actor_manifest else {
            let entry = Entry::new(AuditAction::ActorManifest, "the actor manifest is gone");
            self.scope.audit().record(entry).await;
            return Ok(None);
        };
        let now = self.scope.executor.evaluation.clock.stamp();
        let edit = move |bytes: &Bytes| -> Result<Bytes, ManifestError> {
            let manifest = ActorManifest::parse(bytes)?;
            let edited = manifest.edited(&remove, &add, &now);
            Ok(if edited == manifest {
                bytes.clone()
            } else {
                edited.to_bytes().into()
            })
        };
        Ok(Some((stored.key.clone(), Box::new(edit))))
    }
}

/// Whether a new picture was neither inspected nor rejected.
fn is_uninspected(state: &ActorState) -> bool {
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
