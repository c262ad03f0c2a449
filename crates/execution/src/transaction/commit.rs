//! The commit of a change and what follows from it: one conditional write of the training manifest,
//! then the trash, then the actor manifest. Everything after the commit can be repeated, by whoever
//! finds the journal.

use crate::data_folder::DataFolder;
use crate::error::ExecutionError;
use crate::transaction::mover::{RemovalError, TrashMover};
use bytes::Bytes;
use dataset::error::DataError;
use dataset::layout;
use dataset::layout::found;
use journal::run::actor_journal::ActorJournal;
use journal::run::record::{Change, Step};
use journal::run::state::{ChangeState, Reinstatement};
use manifest::{ManifestError, TrainingManifest};
use results::audit::{AuditAction, Entry, Trail};
use results::events::{Event, Observer};
use std::collections::BTreeSet;
use storage::place::Trashed;
use storage::{Condition, ObjectKey, ObjectRead as _, PutMode, Version, sha256};
use tdbal_types::{ActorId, ImageName, chain};

/// How often a write of the actor manifest is tried again after somebody else wrote it.
const MANIFEST_TRIES: usize = 5;

/// What carrying a change out needs.
pub struct Transaction<'a> {
    pub data: &'a DataFolder,
    pub actor: &'a ActorId,
    pub journal: &'a ActorJournal,
    pub mover: TrashMover<'a>,
    pub trail: Trail<'a>,
    pub observer: &'a dyn Observer,
    /// Whether it is the change that takes another back.
    pub is_undo: bool,
    /// What the training manifest says of who changed it last, once the change is committed.
    pub mark: Option<String>,
}

/// What became of a commit.
pub enum Commit {
    /// The set is the new one.
    Done,
    /// Somebody else changed the manifest first; the set is as it was.
    Lost,
}

impl Transaction<'_> {
    async fn section(&self) -> ChangeState {
        let state = self.journal.state().await;
        if self.is_undo {
            state.undo.map(|undo| undo.change).unwrap_or_default()
        } else {
            state.change
        }
    }

    /// Whether the change is committed. What an earlier attempt had in mind is found out: either it
    /// was done, or it is withdrawn.
    pub async fn is_committed(&self) -> Result<bool, ExecutionError> {
        let section = self.section().await;
        if section.committed {
            return Ok(true);
        }
        let Some(change) = section.change.filter(|_| section.withdrawn.is_none()) else {
            return Ok(false);
        };
        match self.was_written(&change).await? {
            Some(version) => {
                self.tell_commit(&change, &Ok::<_, DataError>(())).await?;
                self.journal.write(Step::Committed { version }).await?;
                Ok(true)
            }
            None => {
                let problem = "an earlier attempt ended before it was written".to_owned();
                self.journal.write(Step::Withdrawn { problem }).await?;
                Ok(false)
            }
        }
    }

    /// Writes the training manifest, by the intent that is on record.
    ///
    /// # Errors
    /// When it is not known whether it was written: the journal stays open.
    pub async fn commit(&self) -> Result<Commit, ExecutionError> {
        let section = self.section().await;
        if section.committed {
            return Ok(Commit::Done);
        }
        let Some(change) = section.change.filter(|_| section.withdrawn.is_none()) else {
            return Err(ExecutionError::internal("there is no change to commit"));
        };
        let mut written = self.write_training_manifest(&change).await;
        // What stands between may have sent it twice: then the one who was faster is this one.
        if is_conflict(&written)
            && let Some(version) = self.was_written(&change).await?
        {
            written = Ok(version);
        }
        self.tell_commit(&change, &written).await?;
        match written {
            Ok(version) => {
                self.journal.write(Step::Committed { version }).await?;
                Ok(Commit::Done)
            }
            Err(DataError::Store(error)) if error.is_conflict() => {
                let problem = "the training manifest was changed by someone else".to_owned();
                self.journal.write(Step::Withdrawn { problem }).await?;
                Ok(Commit::Lost)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn tell_commit<T>(
        &self,
        change: &Change,
        written: &Result<T, DataError>,
    ) -> Result<(), ExecutionError> {
        let reason = format!(
            "{} added, {} removed",
            change.added.len(),
            change.leaving.len()
        );
        let entry = Entry::new(AuditAction::Commit, reason)
            .object(layout::training_manifest(self.actor)?)
            .outcome(written);
        self.trail.record(entry).await;
        Ok(())
    }

    /// The version of the manifest that the change writes, where an earlier attempt wrote it and
    /// died before it could say so, or was not told. Someone may have written on top of it since;
    /// then [`shows`] decides whether it was written.
    async fn was_written(&self, change: &Change) -> Result<Option<Option<Version>>, DataError> {
        let key = layout::training_manifest(self.actor)?;
        let store = &self.data.store;
        let object = store.get(&key, layout::MANIFEST_LIMIT).await;
        let Some(object) = found(object)? else {
            let was_deleted = change.after.is_none() && change.from.is_some();
            return Ok(was_deleted.then_some(None));
        };
        if Some(&object.version) == change.from.as_ref() {
            return Ok(None);
        }
        if Some(sha256(&object.bytes)) == change.after {
            return Ok(Some(Some(object.version)));
        }
        let manifest = parse(&key, &object.bytes)?;
        let is_marked = self.mark.is_some() && manifest.mark() == self.mark.as_deref();
        Ok((is_marked || shows(&manifest, change)).then_some(Some(object.version)))
    }

    async fn write_training_manifest(&self, change: &Change) -> Result<Option<Version>, DataError> {
        match (&change.after, &change.from) {
            (Some(after), from) => {
                let version = self.put_training_manifest(from.clone(), after).await?;
                Ok(Some(version))
            }
            (None, Some(from)) => {
                let key = layout::training_manifest(self.actor)?;
                let condition = Condition::IfVersion(from.clone());
                self.data.store.delete(&key, condition).await?;
                Ok(None)
            }
            (None, None) => Ok(None),
        }
    }

    async fn put_training_manifest(
        &self,
        from: Option<Version>,
        after: &tdbal_types::Digest,
    ) -> Result<Version, DataError> {
        let bytes = self.journal.kept(after).await?;
        let key = layout::training_manifest(self.actor)?;
        let mode = from.map_or(PutMode::Create, PutMode::Update);
        Ok(self.data.store.put(&key, bytes, mode).await?)
    }

    /// Moves what left the set to the trash. The entries of pictures that could not go come back in
    /// a second write of the manifest.
    ///
    /// # Errors
    /// [`ExecutionError::NotAllRemoved`] where some could not; anything else leaves the journal open.
    pub async fn remove(&self) -> Result<(), ExecutionError> {
        let section = self.section().await;
        // A change that was withdrawn is still on record: without a commit its pictures are in the
        // set, and must stay where they are.
        if !section.committed {
            return Ok(());
        }
        if section.reinstate.is_some() {
            return self.reinstate(&section).await;
        }
        let Some(change) = &section.change else {
            return Ok(());
        };
        let mut stay = Vec::new();
        let mut problem = None;
        let left = change
            .leaving
            .iter()
            .filter(|leaving| !section.removed.contains_key(&leaving.name));
        for picture in left {
            match self.mover.trash(picture).await {
                Ok(places) => self.removed(&picture.name, places).await?,
                // Where its files are not whole again its entry must not come back.
                Err(error @ RemovalError::NotPutBack { .. }) => {
                    return Err(ExecutionError::Unfinished {
                        what: format!("{}: {}", picture.name, chain(&error)),
                        next: "go on with tdbal resume".into(),
                    });
                }
                Err(error) => {
                    stay.push(picture.name.clone());
                    problem.get_or_insert_with(|| chain(&error));
                }
            }
        }
        match problem {
            None => Ok(()),
            Some(problem) => {
                self.begin_reinstating(change, stay, problem).await?;
                let section = self.section().await;
                self.reinstate(&section).await
            }
        }
    }

    async fn removed(&self, name: &ImageName, places: Vec<Trashed>) -> Result<(), ExecutionError> {
        self.journal
            .write(Step::Removed {
                name: name.clone(),
                places,
            })
            .await?;
        self.observer.on_event(&Event::Removed {
            actor: self.actor.clone(),
            file: name.clone(),
        });
        Ok(())
    }

    async fn begin_reinstating(
        &self,
        change: &Change,
        names: Vec<ImageName>,
        problem: String,
    ) -> Result<(), ExecutionError> {
        let key = layout::training_manifest(self.actor)?;
        let now = self.data.store.get(&key, layout::MANIFEST_LIMIT).await?;
        let current = parse(&key, &now.bytes)?;
        let before = match &change.before {
            Some(digest) => parse(&key, &self.journal.kept(digest).await?)?,
            None => TrainingManifest::empty(self.actor, &self.trail.clock.stamp()),
        };
        let back: BTreeSet<ImageName> = names
            .iter()
            .filter(|name| before.contains(name) && !current.contains(name))
            .cloned()
            .collect();
        let stamp = self.trail.clock.stamp();
        let restored = current
            .restored(&before, &back, &BTreeSet::new(), &stamp)
            .map_err(wrong(&key))?;
        let after = self.journal.keep(restored.to_bytes().into()).await?;
        self.journal
            .write(Step::Reinstate {
                names,
                problem,
                after,
                from: now.version,
            })
            .await?;
        Ok(())
    }

    /// Gives pictures that could not be removed their entries back.
    async fn reinstate(&self, section: &ChangeState) -> Result<(), ExecutionError> {
        let Some(Reinstatement {
            names,
            problem,
            after,
            from,
        }) = &section.reinstate
        else {
            return Ok(());
        };
        if !names.iter().all(|name| section.reinstated.contains(name)) {
            let key = layout::training_manifest(self.actor)?;
            let current = self.data.store.get(&key, layout::MANIFEST_LIMIT).await?;
            let written = if sha256(&current.bytes) == *after {
                Ok(current.version)
            } else {
                self.put_training_manifest(Some(from.clone()), after).await
            };
            for name in names {
                let entry = Entry::new(AuditAction::Restore, "it could not be moved to the trash");
                self.trail
                    .record(entry.file(name, None).outcome(&written))
                    .await;
            }
            match written {
                Ok(version) => self.journal.write(Step::Reinstated { version }).await?,
                Err(DataError::Store(error)) if error.is_conflict() => {
                    // Somebody else wrote the manifest: what it says now is decided upon anew.
                    if let Some(change) = &section.change {
                        self.begin_reinstating(change, names.clone(), problem.clone())
                            .await?;
                    }
                    return Err(ExecutionError::Unfinished {
                        what: format!(
                            "the entries of {} could not be put back, because somebody else wrote the \
                             training manifest",
                            list(names)
                        ),
                        next: "go on with tdbal resume".into(),
                    });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecutionError::NotAllRemoved {
            files: names.clone(),
            problem: problem.clone(),
        })
    }

    /// Brings the actor manifest in step by `edit`, from bytes to bytes; what somebody else writes in between only means
    /// another try.
    ///
    /// # Errors
    /// When it cannot be written: the journal stays open, and going on with it writes it.
    pub async fn write_actor_manifest(
        &self,
        key: &ObjectKey,
        edit: impl Fn(&Bytes) -> Result<Bytes, ManifestError>,
    ) -> Result<(), ExecutionError> {
        let written = self.try_actor_manifest(key, edit).await;
        let entry = Entry::new(AuditAction::ActorManifest, "in step with the set")
            .object(key)
            .outcome(&written);
        self.trail.record(entry).await;
        written.map_err(ExecutionError::ActorManifestWrite)
    }

    async fn try_actor_manifest(
        &self,
        key: &ObjectKey,
        edit: impl Fn(&Bytes) -> Result<Bytes, ManifestError>,
    ) -> Result<(), DataError> {
        let recorded = self.section().await.actor_manifest;
        if recorded.as_ref().is_some_and(|write| write.written) {
            return Ok(());
        }
        let mut intended = recorded.map(|write| write.after);
        let store = &self.data.store;
        let mut tries = 0;
        loop {
            tries += 1;
            let object = store.get(key, layout::MANIFEST_LIMIT).await?;
            let before = sha256(&object.bytes);
            if intended == Some(before) {
                // An earlier attempt wrote it and died before it could say so.
                break;
            }
            let wrong = |source| DataError::Manifest {
                key: key.to_string(),
                source,
            };
            let bytes = edit(&object.bytes).map_err(wrong)?;
            if bytes == object.bytes {
                break;
            }
            self.journal.keep(object.bytes).await?;
            let after = self.journal.keep(bytes.clone()).await?;
            let key = key.clone();
            self.journal
                .write(Step::ActorManifest {
                    key: key.clone(),
                    before,
                    after,
                })
                .await?;
            intended = Some(after);
            match store
                .put(&key, bytes, PutMode::Update(object.version))
                .await
            {
                Ok(_) => break,
                Err(error) if error.is_conflict() && tries < MANIFEST_TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
        if self.section().await.actor_manifest.is_some() {
            self.journal.write(Step::ActorManifestWritten).await?;
        }
        Ok(())
    }
}

/// Whether a manifest that someone wrote since shows that the change was written before: only the
/// change itself takes out what leaves and puts in what comes. Some of what came may be gone again,
/// because a person deleted it.
fn shows(manifest: &TrainingManifest, change: &Change) -> bool {
    let has = |name: &ImageName| manifest.contains(name);
    let has_left = !change.leaving.iter().any(|leaving| has(&leaving.name));
    let has_come = if change.added.is_empty() {
        !change.leaving.is_empty()
    } else {
        change.added.iter().any(|added| has(&added.name))
    };
    has_left && has_come
}

fn is_conflict<T>(written: &Result<T, DataError>) -> bool {
    matches!(written, Err(DataError::Store(error)) if error.is_conflict())
}

/// Reads a training manifest.
pub fn parse(key: &ObjectKey, bytes: &[u8]) -> Result<TrainingManifest, DataError> {
    TrainingManifest::parse(bytes).map_err(wrong(key))
}

/// What is wrong with a manifest, with its key.
pub fn wrong(key: &ObjectKey) -> impl Fn(ManifestError) -> DataError + use<> {
    let key = key.to_string();
    move |source| DataError::Manifest {
        key: key.clone(),
        source,
    }
}

fn list(names: &[ImageName]) -> String {
    let names: Vec<&str> = names.iter().map(ImageName::as_str).collect();
    names.join(", ")
}
