//! What an undo decides on the set as it is, and how it gives the manifests back what they said.

use crate::error::ExecutionError;
use crate::transaction::commit::{manifest_now, parse, wrong};
use crate::transaction::mover::TrashMover;
use crate::transaction::run::{Decide, Decision, EditManifest};
use crate::transaction::scope::ActorScope;
use bytes::Bytes;
use dataset::layout::{self, found};
use journal::run::ActorJournal;
use journal::run::record::{Added, Change, Leaving, Step};
use journal::run::state::{ChangeState, Undo};
use manifest::{ActorManifest, ManifestError, TrainingManifest};
use std::collections::BTreeSet;
use storage::place::{Place, PlaceStore};
use storage::{ObjectKey, ObjectRead as _, sha256};
use tdbal_types::{Digest, ImageName, chain};

/// How many times the manifest is read and decided on again after someone else wrote it.
const ATTEMPTS: usize = 5;

/// The decision to undo the change of a run.
pub struct UndoDecision<'a> {
    scope: &'a ActorScope<'a>,
    /// The change that is undone.
    forward: &'a ChangeState,
}

impl<'a> UndoDecision<'a> {
    /// The decision to undo `forward`.
    pub const fn new(scope: &'a ActorScope<'a>, forward: &'a ChangeState) -> Self {
        Self { scope, forward }
    }

    /// Moves pictures between the set and the trash.
    pub const fn mover(&self) -> TrashMover<'a> {
        TrashMover {
            scope: self.scope,
            limit: self.scope.executor.evaluation.settings.look.max_bytes,
        }
    }

    /// What the training manifest says of who changed it last, once the undo is committed.
    fn mark(&self) -> String {
        format!("undo of {}", self.scope.run)
    }

    /// Why an earlier attempt was giving the undo up, if one was.
    pub async fn abandoning(&self) -> Option<String> {
        undo_of(self.scope.journal).await.abandoning
    }

    /// Restores the pictures that the run removed, each with a record in the journal.
    ///
    /// # Errors
    /// When a picture cannot be restored: the journal stays open.
    pub async fn restore_pictures(&self) -> Result<(), ExecutionError> {
        let undo = undo_of(self.scope.journal).await;
        for picture in undo
            .back
            .iter()
            .filter(|picture| !undo.returned.contains_key(&picture.name))
        {
            let places = self
                .mover()
                .restore(&picture.name, &picture.sha256, &picture.places)
                .await
                .map_err(|error| ExecutionError::Unfinished {
                    what: format!("{} could not be restored ({})", picture.name, chain(&error)),
                    next: "fix that, then run the undo again".into(),
                })?;
            let name = picture.name.clone();
            self.scope
                .journal
                .write(Step::Returned { name, places })
                .await?;
        }
        Ok(())
    }

    /// The change that undoes the run's; or why it cannot be made.
    async fn change(&self) -> Result<Result<Change, String>, ExecutionError> {
        let (scope, journal) = (self.scope, self.scope.journal);
        let forward = self.forward;
        let Some(change) = &forward.change else {
            return Err(ExecutionError::internal("nothing was changed"));
        };
        let key = layout::training_manifest(scope.actor)?;
        let (object, now) = manifest_now(scope.executor, scope.actor).await?;
        let undo = undo_of(journal).await;
        let out: BTreeSet<ImageName> = change.added.iter().map(|one| one.name.clone()).collect();
        // A person may have deleted a picture since its file came back: the manifest must never list
        // a picture that is not there.
        let missing = self.missing(&undo).await?;
        let returning = || {
            let pictures = undo.back.iter();
            pictures.filter(|picture| !missing.contains(&picture.name))
        };
        let back: BTreeSet<ImageName> = returning().map(|one| one.name.clone()).collect();
        if let Some(name) = out
            .iter()
            .find(|name| !now.as_ref().is_some_and(|manifest| manifest.contains(name)))
        {
            return Ok(Err(format!(
                "{name} was removed from the training manifest"
            )));
        }
        let left = forward.left();
        let is_untouched = object.as_ref().map(|object| sha256(&object.bytes)) == left;
        let after = if is_untouched && forward.reinstated.is_empty() && missing.is_empty() {
            // No one wrote since: the manifest becomes what it was, byte for byte.
            change.before
        } else {
            let before = match &change.before {
                Some(digest) => parse(&key, &journal.kept(digest).await?)?,
                None => {
                    TrainingManifest::empty(scope.actor, &scope.executor.evaluation.clock.stamp())
                }
            };
            let now = now.unwrap_or_else(|| {
                TrainingManifest::empty(scope.actor, &scope.executor.evaluation.clock.stamp())
            });
            let stamp = scope.executor.evaluation.clock.stamp();
            // A file that no manifest listed comes back without an entry, as it was.
            let listed = back
                .iter()
                .filter(|name| before.contains(name))
                .cloned()
                .collect();
            match now.restored(&before, &listed, &out, &stamp) {
                Ok(restored) => {
                    let restored = restored.marked(&self.mark());
                    Some(journal.keep(restored.to_bytes().into()).await?)
                }
                Err(error) => return Ok(Err(chain(&wrong(&key)(error)))),
            }
        };
        let before = match &object {
            Some(object) => Some(journal.keep(object.bytes.clone()).await?),
            None => None,
        };
        let added = returning().map(|picture| Added {
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
        Ok(Ok(Change {
            from: object.map(|object| object.version),
            before,
            after,
            added: added.collect(),
            leaving: leaving.collect(),
        }))
    }

    /// Gives the undo up: moves what came back to the trash again.
    ///
    /// # Errors
    /// When a picture cannot be moved: the journal stays open.
    pub async fn abandon(&self, problem: String) -> Result<String, ExecutionError> {
        let undo = undo_of(self.scope.journal).await;
        if undo.abandoning.is_none() {
            let step = Step::UndoAbandoning {
                problem: problem.clone(),
            };
            self.scope.journal.write(step).await?;
        }
        let (_, now) = manifest_now(self.scope.executor, self.scope.actor).await?;
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
            self.mover()
                .trash(&leaving)
                .await
                .map_err(|error| ExecutionError::Unfinished {
                    what: format!(
                        "{} could not be moved back to the trash ({})",
                        picture.name,
                        chain(&error)
                    ),
                    next: "fix that, then run the undo again".into(),
                })?;
        }
        let step = Step::UndoAbandoned {
            problem: problem.clone(),
        };
        self.scope.journal.write(step).await?;
        Ok(problem)
    }

    /// Pictures that the undo restored to the training manifest and that a person deleted since.
    async fn gone_since(
        &self,
        section: &ChangeState,
    ) -> Result<BTreeSet<ImageName>, ExecutionError> {
        let Some(change) = &section.change else {
            return Ok(BTreeSet::new());
        };
        let Some(after) = change.after else {
            return Ok(BTreeSet::new());
        };
        let key = layout::training_manifest(self.scope.actor)?;
        let committed = parse(&key, &self.scope.journal.kept(&after).await?)?;
        let (_, now) = manifest_now(self.scope.executor, self.scope.actor).await?;
        let has = |name: &ImageName| now.as_ref().is_some_and(|now| now.contains(name));
        let back = change.added.iter().map(|added| &added.name);
        let gone = back.filter(|name| committed.contains(name) && !has(name));
        Ok(gone.cloned().collect())
    }
}

impl UndoDecision<'_> {
    /// Pictures that the undo restored and whose files are all gone.
    async fn missing(&self, undo: &Undo) -> Result<BTreeSet<ImageName>, ExecutionError> {
        let mut missing = BTreeSet::new();
        for (name, places) in undo
            .returned
            .iter()
            .filter(|(_, places)| !places.is_empty())
        {
            let mut is_there = false;
            for place in places {
                let store = self.scope.executor.data.open(&place.store).await?;
                is_there |= found(store.head(&place.key).await)?.is_some();
            }
            if !is_there {
                missing.insert(name.clone());
            }
        }
        Ok(missing)
    }
}

impl Decide for UndoDecision<'_> {
    async fn decide(&mut self, attempt: usize) -> Result<Decision, ExecutionError> {
        if attempt == ATTEMPTS {
            let why = "other processes kept writing the training manifest";
            return Ok(Decision::Abandon(why.to_owned()));
        }
        Ok(match self.change().await? {
            Ok(change) => Decision::Commit(Box::new(change)),
            Err(why) => Decision::Abandon(why),
        })
    }

    async fn actor_manifest(&self) -> Result<Option<(ObjectKey, EditManifest)>, ExecutionError> {
        let forward = self.forward;
        let write = forward.actor_manifest.as_ref();
        let Some(write) = write.filter(|write| write.written) else {
            return Ok(None);
        };
        let before = self.scope.journal.kept(&write.before).await?;
        let undo = undo_of(self.scope.journal).await;
        let gone = self.gone_since(&undo.change).await?;
        let back = forward.removed.keys();
        let back: BTreeSet<ImageName> = back.filter(|name| !gone.contains(name)).cloned().collect();
        let out: BTreeSet<ImageName> = undo.change.removed.keys().cloned().collect();
        let is_whole = undo.change.reinstated.is_empty() && gone.is_empty();
        let stamp = self.scope.executor.evaluation.clock.stamp();
        let left: Digest = write.after;
        let edit = move |bytes: &Bytes| -> Result<Bytes, ManifestError> {
            // No one wrote since: the manifest becomes what it was, byte for byte.
            if is_whole && sha256(bytes) == left {
                return Ok(before.clone());
            }
            let then = ActorManifest::parse(&before)?;
            let restored = ActorManifest::parse(bytes)?.restored(&then, &back, &out, &stamp)?;
            Ok(restored.to_bytes().into())
        };
        Ok(Some((write.key.clone(), Box::new(edit))))
    }
}

/// The state of the undo that is under way.
async fn undo_of(journal: &ActorJournal) -> Undo {
    journal.state().await.undo.unwrap_or_default()
}

/// Objects before local copies: the folder is what people look at, so a picture must not be missing
/// there while its object is still in the bucket.
fn object_first(places: &[Place]) -> Vec<Place> {
    let mut places = places.to_vec();
    places.sort_by_key(|place| place.store == PlaceStore::Data);
    places
}
