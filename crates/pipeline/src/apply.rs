//! Carries a plan out for one actor: verify, generate, commit, remove, note.
//!
//! Until the commit (one conditional write of the training manifest) nothing of the set has changed.
//! After it the pictures that leave go to the trash; where one cannot, its entry comes back.

use crate::audit::{AuditAction, Entry, Trail};
use crate::engine::Engine;
use crate::error::{ActorError, DataError, chain};
use crate::evaluation::Evaluation;
use crate::events::{Event, Observer};
use crate::generate::{Candidate, Generation, Orders};
use crate::layout;
use crate::look::{Origin, Seen};
use crate::naming::{Namer, StoredPicture};
use crate::removal::{self, Doomed};
use crate::report::ActorReport;
use crate::set::{self, ActorSet};
use balance_planner::Action;
use bytes::Bytes;
use manifest::{ActorManifest, Edit, GenerationNote, NewImage, NewTrainingData, TrainingManifest};
use std::collections::BTreeSet;
use storage::{ObjectRead as _, PutMode, Version};
use tdbal_types::{ImageName, RunId};
use tokio_util::sync::CancellationToken;

/// How often a write of the actor manifest is tried again after somebody else wrote it.
const MANIFEST_TRIES: usize = 5;

/// One actor's plan, and everything that carrying it out needs.
pub(crate) struct Application<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) run: &'a RunId,
    pub(crate) set: &'a ActorSet,
    pub(crate) seen: &'a [Seen],
    pub(crate) evaluation: &'a Evaluation,
    /// The base image, where the plan generates something.
    pub(crate) base_image: Option<Bytes>,
    pub(crate) trail: Trail<'a>,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
}

impl Application<'_> {
    /// Carries the plan out. `report` is kept up to date with what was done, also where this fails.
    pub(crate) async fn carry_out(&self, report: &mut ActorReport) -> Result<(), ActorError> {
        let plan = &self.evaluation.plan;
        let remove: BTreeSet<ImageName> = plan
            .with(Action::Remove)
            .map(|decision| decision.name.clone())
            .collect();
        self.verify().await?;
        self.set.required_actor_manifest()?;
        let data = &self.engine.data;
        let limit = self.engine.settings.look.max_bytes;
        let doomed = removal::find_places(data, self.set, self.seen, &remove, limit).await?;
        // Before anything is bought it must be known that it can be stored.
        let namer = self.namer().await?;
        if self.cancel.is_cancelled() {
            return Err(ActorError::Interrupted);
        }

        if !remove.is_empty() {
            removal::keep_manifests(data, self.set, self.run).await?;
        }
        let wanted = plan.generate.total();
        let generation = self.generate(report).await?;
        let looked_at = generation.unlooked.is_none();
        let problem = generation
            .unlooked
            .or(generation.problem)
            .unwrap_or_default();
        let (stored, unstored) = self.store(namer, generation.taken).await;
        let complete = stored.len() == wanted && looked_at && unstored.is_none();
        let leaving = if complete { remove } else { BTreeSet::new() };
        let committed = self
            .commit(&leaving, &stored, self.set.training_version.clone())
            .await;
        let version = match committed {
            Ok(version) => version,
            Err(error) => return Err(self.withdraw(stored, error).await),
        };
        report.generated = stored.iter().map(|picture| picture.name.clone()).collect();

        let mut kept = Ok(());
        if complete {
            kept = self.remove(&doomed, &stored, version, report).await;
        }
        let noted = self.note_in_actor_manifest(report, &stored).await;
        if let Some(message) = generation.stops_run {
            return Err(ActorError::StopsRun {
                message,
                cost: tdbal_types::Usd::ZERO,
            });
        }
        kept?;
        if let Some(error) = unstored {
            return Err(error);
        }
        noted?;
        if complete {
            Ok(())
        } else if self.cancel.is_cancelled() {
            Err(ActorError::Interrupted)
        } else {
            Err(ActorError::NotAllGenerated {
                came: stored.len(),
                wanted,
                problem,
            })
        }
    }

    /// Checks that the set is still what was evaluated: the same files in the same versions, and the
    /// same training manifest.
    async fn verify(&self) -> Result<(), ActorError> {
        let reader = self.engine.data.reader();
        let files = crate::discovery::files_of(&reader, &self.set.actor).await?;
        let now = self.engine.clock.stamp();
        let again = set::load(&reader, &self.set.actor, &files, &now).await?;
        if let Some(what) = set::difference(self.set, &again) {
            return Err(ActorError::SetChanged { what });
        }
        for picture in self.seen {
            let head = match (picture.origin, &picture.object) {
                (Origin::Object, Some(url)) => reader.bucket(url).await?.head(&url.key).await,
                _ => {
                    let key = layout::picture(&self.set.actor, &picture.name)?;
                    reader.store().head(&key).await
                }
            };
            let version = set::found(head)?.and_then(|meta| meta.version);
            if version != picture.version {
                return Err(ActorError::SetChanged {
                    what: format!("{} changed", picture.name),
                });
            }
        }
        Ok(())
    }

    async fn generate(&self, report: &mut ActorReport) -> Result<Generation, ActorError> {
        let wanted = self.evaluation.plan.generate;
        let generator = self.engine.generator.as_deref();
        let (Some(base_image), Some(generator), false) =
            (self.base_image.clone(), generator, wanted.is_empty())
        else {
            return if wanted.is_empty() {
                Ok(Generation::default())
            } else {
                Err(ActorError::Internal(
                    "pictures are wanted and there is no generator".into(),
                ))
            };
        };
        let orders = Orders {
            engine: self.engine,
            generator,
            set: self.set,
            run: self.run,
            known: self
                .seen
                .iter()
                .map(|picture| picture.sha256)
                .chain([storage::sha256(&base_image)])
                .collect(),
            base_image,
            trail: self.trail,
            observer: self.observer,
            cancel: self.cancel,
        };
        let generation = orders.fulfil(wanted).await?;
        report.generation_cost_usd += generation.cost;
        report.evaluation_cost_usd += generation.look_cost;
        report.tokens += generation.look_tokens;
        self.keep_rejected(&generation).await;
        Ok(generation)
    }

    /// Pictures that were paid for and are of no use go to the trash, for a person to look at.
    async fn keep_rejected(&self, generation: &Generation) {
        for (candidate, why) in &generation.rejected {
            self.put_aside(candidate, why).await;
        }
    }

    /// Puts a picture that was paid for and is not taken into the set into the trash of the run.
    async fn put_aside(&self, candidate: &Candidate, why: &str) {
        let file = format!("{}_{}.jpg", candidate.class, candidate.ordinal);
        let Ok(key) = layout::rejected(self.run, &self.set.actor, &file) else {
            return;
        };
        let bytes = candidate.jpeg.clone();
        let store = &self.engine.data.store;
        let put = store.put(&key, bytes, PutMode::Overwrite).await;
        let entry = Entry::new(AuditAction::Trash, why)
            .file(file, Some(candidate.sha256))
            .object(key)
            .outcome(&put);
        self.trail.tell(entry).await;
    }

    /// Finds names and places for new pictures, where the plan generates any.
    async fn namer(&self) -> Result<Option<Namer<'_>>, ActorError> {
        if self.evaluation.plan.generate.is_empty() {
            return Ok(None);
        }
        let destination = self.engine.settings.destination.as_ref();
        Namer::new(&self.engine.data, self.set, destination)
            .await
            .map(Some)
    }

    /// Stores what came under new names. What cannot be stored is put aside, so that nothing that was
    /// paid for is lost; what was stored before is still entered.
    async fn store(
        &self,
        namer: Option<Namer<'_>>,
        taken: Vec<Candidate>,
    ) -> (Vec<StoredPicture>, Option<ActorError>) {
        let mut stored = Vec::new();
        let mut failure = None;
        let Some(mut namer) = namer else {
            return (stored, failure);
        };
        for candidate in taken {
            if failure.is_some() {
                self.put_aside(&candidate, "one before it could not be stored")
                    .await;
                continue;
            }
            let reason = format!("generated as {}", candidate.class);
            match namer.store(&candidate).await {
                Ok(picture) => {
                    let entry = Entry::new(AuditAction::Store, reason)
                        .file(&picture.name, Some(candidate.sha256));
                    let entry = match &picture.s3_url {
                        Some(url) => entry.object(url),
                        None => entry,
                    };
                    self.trail.tell(entry).await;
                    stored.push(picture);
                }
                Err(error) => {
                    self.put_aside(&candidate, "it could not be stored").await;
                    failure = Some(error);
                }
            }
        }
        (stored, failure)
    }

    /// Takes pictures back out of the set's folder and bucket after the commit failed: in the set
    /// nothing may be that no manifest knows. They are put aside first.
    async fn withdraw(&self, stored: Vec<StoredPicture>, error: ActorError) -> ActorError {
        for picture in &stored {
            self.put_aside(&picture.candidate, "the commit failed")
                .await;
            for place in &picture.places {
                let deleted = place.delete().await;
                let entry = Entry::new(AuditAction::Delete, "the commit failed")
                    .file(&picture.name, Some(picture.candidate.sha256))
                    .object(place)
                    .outcome(&deleted);
                self.trail.tell(entry).await;
            }
        }
        match error {
            ActorError::SetChanged { .. } if !stored.is_empty() => ActorError::CommitLost {
                kept: stored.len(),
                folder: format!("{}/{}/rejected/{}", layout::TRASH, self.run, self.set.actor),
            },
            error => error,
        }
    }

    fn edit(&self, remove: &BTreeSet<ImageName>, stored: &[StoredPicture]) -> Edit {
        let now = self.engine.clock.stamp();
        let note = GenerationNote {
            run: self.run.clone(),
            generated_by: self.engine.settings.generated_by.clone(),
        };
        let add = stored
            .iter()
            .map(|picture| NewImage {
                name: picture.name.clone(),
                index: picture.number,
                class: picture.candidate.class,
                prompt: picture.candidate.prompt.text.clone(),
                s3_url: picture.s3_url.clone(),
                local_path: self.local_path(&picture.name),
                prediction_id: picture.candidate.prediction_id.clone(),
                model: picture.candidate.model.clone(),
                generated_at: now.clone(),
            })
            .collect();
        Edit {
            remove: remove.clone(),
            add,
            note,
            now,
        }
    }

    fn local_path(&self, name: &ImageName) -> String {
        let folder = layout::training_folder(&self.set.actor);
        format!("{}/{folder}/{name}", self.engine.data.path_prefix)
    }

    /// The commit: one conditional write that adds and removes at once. Where the plan changes
    /// nothing in the manifest, nothing is written.
    async fn commit(
        &self,
        remove: &BTreeSet<ImageName>,
        stored: &[StoredPicture],
        version: Option<Version>,
    ) -> Result<Option<Version>, ActorError> {
        if remove.is_empty() && stored.is_empty() {
            return Ok(version);
        }
        let key = layout::training_manifest(&self.set.actor)?;
        let edit = self.edit(remove, stored);
        let edited = self.edited(&edit)?;
        let mode = version.map_or(PutMode::Create, PutMode::Update);
        let written = self
            .engine
            .data
            .store
            .put(&key, edited.to_bytes().into(), mode)
            .await;
        let reason = format!("{} added, {} removed", stored.len(), remove.len());
        let entry = Entry::new(AuditAction::Commit, reason)
            .object(&key)
            .outcome(&written);
        self.trail.tell(entry).await;
        match written {
            Ok(version) => Ok(Some(version)),
            Err(error) if error.is_conflict() => {
                let what = "the training manifest was changed by someone else".to_owned();
                Err(ActorError::SetChanged { what })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn edited(&self, edit: &Edit) -> Result<TrainingManifest, DataError> {
        self.set
            .training
            .edited(edit)
            .map_err(|source| DataError::Manifest {
                key: format!(
                    "{}/{}",
                    layout::training_folder(&self.set.actor),
                    layout::MANIFEST
                ),
                source,
            })
    }

    /// Moves what the plan removes to the trash. The entries of pictures that could not go come back
    /// in a second write.
    async fn remove(
        &self,
        doomed: &[Doomed],
        stored: &[StoredPicture],
        version: Option<Version>,
        report: &mut ActorReport,
    ) -> Result<(), ActorError> {
        let mut stay: Vec<ImageName> = Vec::new();
        let mut problem = None;
        let limit = self.engine.settings.look.max_bytes;
        for picture in doomed {
            match picture.move_to_trash(self.run, &self.trail, limit).await {
                Ok(()) => {
                    report.removed.push(picture.name.clone());
                    let (actor, file) = (self.set.actor.clone(), picture.name.clone());
                    self.observer.on_event(&Event::Removed { actor, file });
                }
                Err(error) => {
                    stay.push(picture.name.clone());
                    problem.get_or_insert_with(|| chain(&error));
                }
            }
        }
        let Some(problem) = problem else {
            return Ok(());
        };
        let gone = report.removed.iter().cloned().collect();
        let restored = self.restore(&gone, stored, version).await;
        for name in &stay {
            let entry = Entry::new(AuditAction::Restore, "it could not be moved to the trash");
            self.trail
                .tell(entry.file(name, None).outcome(&restored))
                .await;
        }
        restored?;
        Err(ActorError::NotAllRemoved {
            files: stay,
            problem,
        })
    }

    async fn restore(
        &self,
        gone: &BTreeSet<ImageName>,
        stored: &[StoredPicture],
        version: Option<Version>,
    ) -> Result<(), ActorError> {
        let key = layout::training_manifest(&self.set.actor)?;
        let edited = self.edited(&self.edit(gone, stored))?;
        let mode = version.map_or(PutMode::Create, PutMode::Update);
        self.engine
            .data
            .store
            .put(&key, edited.to_bytes().into(), mode)
            .await?;
        Ok(())
    }

    /// Brings `training_data` and the statistics of the actor manifest in step. It can be repeated,
    /// so that a write of somebody else in between only means another try.
    async fn note_in_actor_manifest(
        &self,
        report: &ActorReport,
        stored: &[StoredPicture],
    ) -> Result<(), ActorError> {
        if report.removed.is_empty() && stored.is_empty() {
            return Ok(());
        }
        let remove: BTreeSet<ImageName> = report.removed.iter().cloned().collect();
        let add: Vec<NewTrainingData> = stored.iter().map(|new| self.training_data(new)).collect();
        let mut written = Ok(());
        for _ in 0..MANIFEST_TRIES {
            written = self.write_actor_manifest(&remove, &add).await;
            match &written {
                Err(DataError::Store(error)) if error.is_conflict() => {}
                _ => break,
            }
        }
        let reason = format!("{} added, {} removed", add.len(), remove.len());
        let key = &self.set.required_actor_manifest()?.key;
        let entry = Entry::new(AuditAction::ActorManifest, reason)
            .object(key)
            .outcome(&written);
        self.trail.tell(entry).await;
        written.map_err(ActorError::ActorManifestWrite)
    }

    async fn write_actor_manifest(
        &self,
        remove: &BTreeSet<ImageName>,
        add: &[NewTrainingData],
    ) -> Result<(), DataError> {
        let Ok(stored) = &self.set.actor_manifest else {
            return Ok(());
        };
        let store = &self.engine.data.store;
        let object = store
            .get(&stored.key, crate::discovery::MANIFEST_LIMIT)
            .await?;
        let manifest =
            ActorManifest::parse(&object.bytes).map_err(|source| DataError::Manifest {
                key: stored.key.to_string(),
                source,
            })?;
        let edited = manifest.edited(remove, add, &self.engine.clock.stamp());
        if edited != manifest {
            let bytes = edited.to_bytes().into();
            store
                .put(&stored.key, bytes, PutMode::Update(object.version))
                .await?;
        }
        Ok(())
    }

    fn training_data(&self, picture: &StoredPicture) -> NewTrainingData {
        use md5::Digest as _;
        let jpeg = &picture.candidate.jpeg;
        let now = self.engine.clock.now();
        NewTrainingData {
            name: picture.name.clone(),
            local_path: self.local_path(&picture.name),
            size_bytes: jpeg.len() as u64,
            modified_timestamp: now.as_microsecond() as f64 / 1e6,
            modified_date: crate::clock::stamp(now),
            md5_hash: hex::encode(md5::Md5::digest(jpeg)),
            s3_url: picture.s3_url.clone(),
        }
    }
}
