//! Moves what left the set to the trash, once the change is committed.

use crate::error::ExecutionError;
use crate::transaction::commit::{Kind, parse, put_training_manifest, wrong};
use crate::transaction::mover::{RemovalError, TrashMover};
use crate::transaction::scope::ActorScope;
use dataset::DataError;
use dataset::layout::{self, found};
use journal::run::record::{Change, Step};
use journal::run::state::{ChangeState, Reinstatement};
use manifest::TrainingManifest;
use results::audit::{AuditAction, Entry};
use results::events::Event;
use std::collections::BTreeSet;
use storage::place::Trashed;
use storage::{ObjectRead as _, sha256};
use tdbal_types::{ImageName, chain};

/// The removals of a committed change.
#[derive(Clone, Copy)]
pub struct Removal<'a> {
    scope: &'a ActorScope<'a>,
    mover: &'a TrashMover<'a>,
    kind: Kind,
}

impl<'a> Removal<'a> {
    /// The removals of a change of this kind.
    pub const fn new(scope: &'a ActorScope<'a>, mover: &'a TrashMover<'a>, kind: Kind) -> Self {
        Self { scope, mover, kind }
    }

    async fn change_state(&self) -> ChangeState {
        self.kind.state(self.scope.journal).await
    }

    /// Moves what left the set to the trash. Pictures that cannot be moved get their entries back in a
    /// second write of the manifest.
    ///
    /// # Errors
    /// [`ExecutionError::NotAllRemoved`] if some could not be moved; anything else leaves the journal
    /// open.
    pub async fn run(&self) -> Result<(), ExecutionError> {
        let section = self.change_state().await;
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
        let listed = self.listed(change).await?;
        let mut stay = Vec::new();
        let mut problem = None;
        let left = change
            .leaving
            .iter()
            .filter(|leaving| !section.removed.contains_key(&leaving.name));
        for picture in left {
            // Someone listed the picture again since the commit: its file belongs to the set.
            if listed.contains(&picture.name) && !picture.places.is_empty() {
                stay.push(picture.name.clone());
                problem.get_or_insert_with(|| "the training manifest lists it again".to_owned());
                continue;
            }
            match self.mover.trash(picture).await {
                Ok(places) => self.removed(&picture.name, places).await?,
                // Its files are incomplete: its entry must not come back.
                Err(error @ RemovalError::NotPutBack { .. }) => {
                    return Err(ExecutionError::Unfinished {
                        what: format!("{}: {}", picture.name, chain(&error)),
                        next: "run tdbal resume to continue".into(),
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
                let section = self.change_state().await;
                self.reinstate(&section).await
            }
        }
    }

    /// The pictures that leave and that the training manifest lists nevertheless.
    async fn listed(&self, change: &Change) -> Result<BTreeSet<ImageName>, ExecutionError> {
        let key = layout::training_manifest(self.scope.actor)?;
        let store = &self.scope.executor.data.store;
        let Some(object) = found(store.get(&key, layout::MANIFEST_LIMIT).await)? else {
            return Ok(BTreeSet::new());
        };
        let manifest = parse(&key, &object.bytes)?;
        let leaving = change.leaving.iter().map(|leaving| &leaving.name);
        let listed = leaving.filter(|name| manifest.contains(name));
        Ok(listed.cloned().collect())
    }

    async fn removed(&self, name: &ImageName, places: Vec<Trashed>) -> Result<(), ExecutionError> {
        self.scope
            .journal
            .write(Step::Removed {
                name: name.clone(),
                places,
            })
            .await?;
        self.scope.observer.on_event(&Event::Removed {
            actor: self.scope.actor.clone(),
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
        let key = layout::training_manifest(self.scope.actor)?;
        let store = &self.scope.executor.data.store;
        let Some(now) = found(store.get(&key, layout::MANIFEST_LIMIT).await)? else {
            // Without a manifest the folder is the set: the pictures are in it.
            return Err(ExecutionError::NotAllRemoved {
                files: names,
                problem,
            });
        };
        let current = parse(&key, &now.bytes)?;
        let before = match &change.before {
            Some(digest) => parse(&key, &self.scope.journal.kept(digest).await?)?,
            None => TrainingManifest::empty(
                self.scope.actor,
                &self.scope.executor.evaluation.clock.stamp(),
            ),
        };
        let back: BTreeSet<ImageName> = names
            .iter()
            .filter(|name| before.contains(name) && !current.contains(name))
            .cloned()
            .collect();
        let stamp = self.scope.executor.evaluation.clock.stamp();
        let restored = current
            .restored(&before, &back, &BTreeSet::new(), &stamp)
            .map_err(wrong(&key))?;
        let after = self.scope.journal.keep(restored.to_bytes().into()).await?;
        self.scope
            .journal
            .write(Step::Reinstate {
                names,
                problem,
                after,
                from: now.version,
            })
            .await?;
        Ok(())
    }

    /// Puts the entries of pictures that could not be removed back into the training manifest.
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
            let key = layout::training_manifest(self.scope.actor)?;
            let current = self
                .scope
                .executor
                .data
                .store
                .get(&key, layout::MANIFEST_LIMIT)
                .await?;
            let written = if sha256(&current.bytes) == *after {
                Ok(current.version)
            } else {
                put_training_manifest(self.scope, Some(from.clone()), after).await
            };
            for name in names {
                let entry = Entry::new(
                    AuditAction::Restore,
                    "the picture could not be moved to the trash",
                );
                self.scope
                    .audit()
                    .record(entry.file(name, None).outcome(&written))
                    .await;
            }
            match written {
                Ok(version) => {
                    self.scope
                        .journal
                        .write(Step::Reinstated { version })
                        .await?;
                }
                Err(DataError::Store(error)) if error.is_conflict() => {
                    // Someone else wrote the manifest: decide again from what it says now.
                    if let Some(change) = &section.change {
                        self.begin_reinstating(change, names.clone(), problem.clone())
                            .await?;
                    }
                    return Err(ExecutionError::Unfinished {
                        what: format!(
                            "the entries of {} could not be restored, because someone else wrote the \
                             training manifest",
                            list(names)
                        ),
                        next: "run tdbal resume to continue".into(),
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
}

fn list(names: &[ImageName]) -> String {
    let names: Vec<&str> = names.iter().map(ImageName::as_str).collect();
    names.join(", ")
}
