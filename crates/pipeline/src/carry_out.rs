//! Carries out one actor's part of a plan, from wherever an earlier attempt left it.

use crate::actor_journal::ActorJournal;
use crate::assess;
use crate::audit::{AuditAction, Entry, Trail};
use crate::base;
use crate::budget::Budget;
use crate::change::{Changing, Commit};
use crate::discovery;
use crate::engine::Engine;
use crate::error::{ActorError, DataError};
use crate::events::Observer;
use crate::layout;
use crate::locking;
use crate::marks::read_marks;
use crate::naming::Namer;
use crate::orders::{Orders, Shortfall, put_rejected_aside};
use crate::plan_file::{Assessed, PlanFile};
use crate::record::{Added, Change, Ending, Leaving, Step};
use crate::removal::{self, Mover};
use crate::set::{self, ActorSet};
use crate::standing::{Look, NewFile, Paid, Standing};
use crate::verify;
use actor_lock::HeldLocks;
use balance_planner::Action;
use bytes::Bytes;
use manifest::{ActorManifest, Edit, GenerationNote, NewImage, NewTrainingData};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use storage::{ObjectRead as _, sha256};
use tdbal_types::{ActorId, ImageName};
use tokio_util::sync::CancellationToken;

/// What carrying out one actor's part needs.
pub(crate) struct CarryOut<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) plan: &'a PlanFile,
    pub(crate) actor: &'a ActorId,
    pub(crate) assessed: &'a Assessed,
    pub(crate) budget: &'a Budget,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
}

/// How it ended, with everything that the journal says of it.
pub(crate) struct CarriedOut {
    pub(crate) result: Result<(), ActorError>,
    pub(crate) standing: Standing,
}

impl CarryOut<'_> {
    /// Does what is left to do. The actor is locked meanwhile.
    pub(crate) async fn carry_out(&self) -> CarriedOut {
        let mut standing = Standing::default();
        let result = self.locked(&mut standing).await;
        CarriedOut { result, standing }
    }

    async fn locked(&self, told: &mut Standing) -> Result<(), ActorError> {
        let engine = self.engine;
        let run = &self.plan.run_id;
        let locks = locking::lock(
            engine,
            run,
            self.actor,
            self.plan.settings.destination.as_ref(),
        )
        .await?;
        let journals = engine.data.journals.clone();
        let journal = ActorJournal::open(journals, run, self.actor, &engine.clock).await?;
        let result = self.go_on(&journal, &locks).await;
        *told = journal.standing().await;
        // What is over is not looked for any more; an error here only leaves a marker behind.
        if !told.is_open()
            && let Err(error) = journal.mark_closed().await
        {
            tracing::warn!(actor = %self.actor, "{}", crate::error::chain(&error));
        }
        if let Err(error) = locks.release().await {
            tracing::warn!(actor = %self.actor, "{}", crate::error::chain(&error));
        }
        result
    }

    fn trail(&self) -> Trail<'_> {
        Trail {
            output: &self.engine.output,
            clock: &self.engine.clock,
            run: &self.plan.run_id,
            actor: self.actor,
        }
    }

    fn limit(&self) -> u64 {
        self.engine.settings.look.max_bytes
    }

    async fn go_on(&self, journal: &ActorJournal, locks: &HeldLocks) -> Result<(), ActorError> {
        let standing = journal.standing().await;
        if let Some(ending) = &standing.ending {
            return match ending {
                Ending::Complete => Ok(()),
                Ending::Failed { error } | Ending::Refused { error } => {
                    Err(ActorError::Earlier(error.clone()))
                }
            };
        }
        let result = self.to_the_end(journal, locks, &standing).await;
        match &result {
            Ok(()) => {
                let ending = Ending::Complete;
                journal.write(Step::Done { ending }).await?;
            }
            Err(error) if error.leaves_open() => {}
            Err(error) => self.close(journal, error).await?,
        }
        result
    }

    /// Ends the actor's part of the run with an error that going on would not mend.
    async fn close(&self, journal: &ActorJournal, error: &ActorError) -> Result<(), ActorError> {
        let standing = journal.standing().await;
        let section = &standing.change;
        let is_settled = section.committed || section.withdrawn.is_some();
        if section.change.is_some() && !is_settled {
            // Whether the commit was done has to be found out first.
            return Ok(());
        }
        if standing.begun && !section.committed {
            let trail = self.trail();
            self.put_all_aside(journal, &self.mover(&trail), error)
                .await?;
        }
        let error = error.chain();
        let ending = if standing.begun {
            Ending::Failed { error }
        } else {
            Ending::Refused { error }
        };
        Ok(journal.write(Step::Done { ending }).await?)
    }

    fn mover<'m>(&'m self, trail: &'m Trail<'m>) -> Mover<'m> {
        Mover {
            data: &self.engine.data,
            run: &self.plan.run_id,
            trail,
            limit: self.limit(),
        }
    }

    async fn to_the_end(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        standing: &Standing,
    ) -> Result<(), ActorError> {
        let trail = self.trail();
        let mover = self.mover(&trail);
        let changing = Changing {
            data: &self.engine.data,
            actor: self.actor,
            journal,
            mover,
            trail,
            observer: self.observer,
            is_undo: false,
        };
        let mut shortfall = None;
        if standing.change.change.is_none() {
            shortfall = self.prepare(journal, locks, mover, standing).await?;
        }
        locks.check().await?;
        match changing.commit().await? {
            Commit::Done => {}
            Commit::Lost => {
                let what = "the training manifest was changed by someone else".to_owned();
                return Err(self.give_up(journal, &mover, what).await?);
            }
        }
        let removed = match changing.remove().await {
            Err(error) if !matches!(error, ActorError::NotAllRemoved { .. }) => return Err(error),
            removed => removed,
        };
        self.note_in_actor_manifest(journal, &changing).await?;
        removed?;
        let standing = journal.standing().await;
        self.completeness(&standing, shortfall)
    }

    /// Everything up to the intent of the commit: nothing of the set is changed by it.
    async fn prepare(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        mover: Mover<'_>,
        standing: &Standing,
    ) -> Result<Option<Shortfall>, ActorError> {
        let (engine, data) = (self.engine, &self.engine.data);
        let set = self.load().await?;
        let remove: BTreeSet<ImageName> = self
            .assessed
            .plan
            .with(Action::Remove)
            .map(|decision| decision.name.clone())
            .collect();
        let verified = match verify::verify(data, &self.assessed.seen, &set).await {
            Ok(()) => self.respect_protection(&set, &remove).await,
            changed => changed,
        };
        match verified {
            Err(ActorError::SetChanged { what }) if standing.begun => {
                return Err(self.give_up(journal, &mover, what).await?);
            }
            verified => verified?,
        }
        set.required_actor_manifest()?;
        let leaving =
            removal::find_places(data, &set, self.assessed, &remove, self.limit()).await?;
        let wanted = self.assessed.generate();
        // Before anything is bought it must be known that it can be stored, and where from.
        let buying = if wanted.is_empty() {
            None
        } else {
            let used = standing
                .paid()
                .filter_map(|(_, paid)| paid.file.as_ref())
                .map(|file| file.number)
                .max();
            let destination = self.plan.settings.destination.as_ref();
            let namer = Namer::new(data, &set, destination, used).await?;
            Some((namer, self.base_image(&set).await?))
        };
        if self.cancel.is_cancelled() {
            return Err(ActorError::Interrupted);
        }
        if !standing.begun {
            journal.mark_open().await?;
            journal.write(Step::Begun).await?;
        }
        if !leaving.is_empty() {
            removal::keep_manifests(data, &set, &self.plan.run_id).await?;
        }
        let mut shortfall = None;
        if let Some((mut namer, base_image)) = buying {
            let Some(generator) = engine.generator.as_deref() else {
                return Err(ActorError::Unfinished {
                    what: "pictures are to be generated and there is no generator".into(),
                    next: "set one up, then go on with tdbal resume".into(),
                });
            };
            let orders = Orders {
                engine,
                generator,
                actor: self.actor,
                run: &self.plan.run_id,
                assessed: self.assessed,
                base_image,
                journal,
                locks,
                budget: self.budget,
                mover,
                trail: self.trail(),
                observer: self.observer,
                cancel: self.cancel,
                bytes: Mutex::new(BTreeMap::new()),
            };
            shortfall = orders.fulfil(&mut namer).await?;
        }
        let standing = journal.standing().await;
        let is_whole = shortfall.is_none() && !is_unlooked(&standing);
        let leaving = if is_whole { leaving } else { Vec::new() };
        self.intend(journal, &set, &standing, leaving).await?;
        Ok(shortfall)
    }

    /// A person may have said since the plan was made that something must stay.
    async fn respect_protection(
        &self,
        set: &ActorSet,
        remove: &BTreeSet<ImageName>,
    ) -> Result<(), ActorError> {
        if remove.is_empty() {
            return Ok(());
        }
        let marks = read_marks(&self.engine.data.reader()).await?;
        let protection = assess::protection(set, &marks);
        let what = if protection.set_is_good {
            "its actor manifest says training_data_good".to_owned()
        } else {
            match protection.kept.intersection(remove).next() {
                Some(name) => format!("{name} was marked to be kept"),
                None => return Ok(()),
            }
        };
        Err(ActorError::SetChanged { what })
    }

    async fn load(&self) -> Result<ActorSet, ActorError> {
        let reader = self.engine.data.reader();
        let files = discovery::files_of(&reader, self.actor).await?;
        let now = self.engine.clock.stamp();
        set::load(&reader, self.actor, &files, &now).await
    }

    async fn base_image(&self, set: &ActorSet) -> Result<Bytes, ActorError> {
        let reader = self.engine.data.reader();
        let jpeg = base::base_image(&reader, set, &self.engine.settings.look).await?;
        match &self.assessed.seen.base_image {
            Some(seen) if *seen != sha256(&jpeg) => Err(ActorError::SetChanged {
                what: "the base image changed".into(),
            }),
            _ => Ok(jpeg),
        }
    }

    /// Puts the change on record: the manifest as it is and as it will be, and what comes and goes.
    async fn intend(
        &self,
        journal: &ActorJournal,
        set: &ActorSet,
        standing: &Standing,
        leaving: Vec<Leaving>,
    ) -> Result<(), ActorError> {
        let taken = standing.taken();
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
        };
        let before = match &set.training_version {
            None => None,
            Some(version) => Some(journal.keep(self.stored_manifest(version).await?).await?),
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
        Ok(journal.write(Step::Commit(Box::new(change))).await?)
    }

    /// The training manifest as it is stored, byte for byte.
    async fn stored_manifest(&self, version: &storage::Version) -> Result<Bytes, ActorError> {
        let key = layout::training_manifest(self.actor)?;
        let object = self
            .engine
            .data
            .store
            .get(&key, discovery::MANIFEST_LIMIT)
            .await?;
        if object.version == *version {
            Ok(object.bytes)
        } else {
            Err(ActorError::SetChanged {
                what: "the training manifest changed".into(),
            })
        }
    }

    fn edit(
        &self,
        taken: &[(crate::record::OrderKey, &Paid, &NewFile)],
        leaving: &[Leaving],
    ) -> Edit {
        let now = self.engine.clock.stamp();
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
    fn prompt_of(&self, order: crate::record::OrderKey) -> String {
        let all = self.assessed.orders.iter().chain(&self.assessed.spare);
        let mut own = all.filter(|prompt| prompt.class == order.class);
        own.nth(order.ordinal.saturating_sub(1) as usize)
            .map(|prompt| prompt.text.clone())
            .unwrap_or_default()
    }

    fn local_path(&self, name: &ImageName) -> String {
        let folder = layout::training_folder(self.actor);
        format!("{}/{folder}/{name}", self.engine.data.path_prefix)
    }

    /// Moves everything that was made for the set to the trash; says how many pictures.
    async fn put_all_aside(
        &self,
        journal: &ActorJournal,
        mover: &Mover<'_>,
        why: &ActorError,
    ) -> Result<usize, ActorError> {
        let standing = journal.standing().await;
        let mut kept = 0;
        for (order, paid) in standing.paid() {
            let is_there = paid.file.as_ref().is_some_and(|file| file.stored.is_some());
            kept += usize::from(is_there);
            if paid.reject.is_none() {
                let reason = why.chain();
                journal.write(Step::Reject { order, reason }).await?;
            }
        }
        put_rejected_aside(mover, self.actor, journal).await?;
        Ok(kept)
    }

    /// The set changed while pictures were being made for it: they go to the trash.
    async fn give_up(
        &self,
        journal: &ActorJournal,
        mover: &Mover<'_>,
        what: String,
    ) -> Result<ActorError, ActorError> {
        let why = ActorError::SetChanged { what: what.clone() };
        let kept = self.put_all_aside(journal, mover, &why).await?;
        let folder = format!(
            "{}/{}/rejected/{}",
            layout::TRASH,
            self.plan.run_id,
            self.actor
        );
        Ok(if kept == 0 {
            why
        } else {
            ActorError::CommitLost { what, kept, folder }
        })
    }

    /// Brings `training_data` and the statistics of the actor manifest in step.
    async fn note_in_actor_manifest(
        &self,
        journal: &ActorJournal,
        changing: &Changing<'_>,
    ) -> Result<(), ActorError> {
        let standing = journal.standing().await;
        let section = &standing.change;
        let Some(change) = &section.change else {
            return Ok(());
        };
        let remove: BTreeSet<ImageName> = section.removed.keys().cloned().collect();
        if remove.is_empty() && change.added.is_empty() {
            return Ok(());
        }
        let mut add = Vec::new();
        for (_, _, file) in standing.taken() {
            add.push(self.training_data(file).await?);
        }
        let set = self.load().await?;
        let key = &set.required_actor_manifest()?.key;
        let now = self.engine.clock.stamp();
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

    async fn training_data(&self, file: &NewFile) -> Result<NewTrainingData, ActorError> {
        use md5::Digest as _;
        let key = layout::picture(self.actor, &file.name)?;
        let object = self.engine.data.store.get(&key, self.limit()).await?;
        let now = self.engine.clock.now();
        Ok(NewTrainingData {
            name: file.name.clone(),
            local_path: self.local_path(&file.name),
            size_bytes: file.size,
            modified_timestamp: now.as_microsecond() as f64 / 1e6,
            modified_date: crate::clock::stamp(now),
            md5_hash: hex::encode(md5::Md5::digest(&object.bytes)),
            s3_url: file.s3_url.clone(),
        })
    }

    /// Whether everything came: what did is in the set by now, and nothing left it if not.
    fn completeness(
        &self,
        standing: &Standing,
        shortfall: Option<Shortfall>,
    ) -> Result<(), ActorError> {
        let wanted = self.assessed.generate().total();
        let came = standing.taken().len();
        let unlooked = standing.paid().find_map(|(_, paid)| match &paid.look {
            Look::Unlooked {
                problem,
                accepted: false,
            } if paid.reject.is_none() => Some(problem.clone()),
            _ => None,
        });
        if came == wanted && unlooked.is_none() {
            return Ok(());
        }
        let problem = unlooked
            .or(shortfall.map(|shortfall| shortfall.problem))
            .or_else(|| crate::orders::last_problem(standing))
            .unwrap_or_default();
        Err(ActorError::NotAllGenerated {
            came,
            wanted,
            problem,
        })
    }
}

/// Whether nobody looked at something that came.
fn is_unlooked(standing: &Standing) -> bool {
    standing.paid().any(|(_, paid)| {
        paid.reject.is_none()
            && matches!(
                paid.look,
                Look::Unlooked {
                    accepted: false,
                    ..
                }
            )
    })
}

/// Notes in the audit trail that an actor was not done.
pub(crate) async fn tell_failure(trail: &Trail<'_>, error: &ActorError) {
    if !matches!(error, ActorError::Interrupted) {
        let entry = Entry::new(AuditAction::Fail, "the actor was not done");
        trail.tell(entry.failed(error.chain())).await;
    }
}
