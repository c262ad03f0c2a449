//! Fixes one actor, from wherever an earlier attempt left it.

use crate::facts::look;
use crate::fix_plan::{ActorFix, Fetch};
use actor_lock::HeldLocks;
use bytes::Bytes;
use dataset::ActorSet;
use dataset::layout::{self, MANIFEST_LIMIT, found};
use evaluation::EvaluationError;
use execution::transaction::commit::{Kind, wrong};
use execution::transaction::mover::TrashMover;
use execution::transaction::new_files;
use execution::transaction::run::{Decide, Decision, EditManifest, Ended, Transaction};
use execution::transaction::scope::{ActorScope, LockedActor};
use execution::{ExecutionError, Executor};
use journal::run::record::{Added, Change, Ending, Leaving, Step};
use manifest::{ActorManifest, AdoptedFile, Edit, GenerationNote, ManifestError, TrainingManifest};
use results::Silent;
use results::audit::{AuditAction, Entry};
use storage::place::{NewPlace, Place, PlaceStore};
use storage::{ObjectKey, ObjectRead as _, sha256};
use tdbal_types::{ActorId, ImageName, RunId, chain};
use tokio_util::sync::CancellationToken;

/// Releases the locks of an actor. The work is done by then, and a lock that cannot be released
/// expires, so an error is only logged.
pub(crate) async fn release(locks: HeldLocks, actor: &ActorId) {
    if let Err(error) = locks.release().await {
        tracing::warn!(%actor, "{}", chain(&error));
    }
}

/// What fixing one actor needs.
#[derive(Clone, Copy)]
pub(crate) struct Fixing<'a> {
    pub(crate) executor: &'a Executor,
    pub(crate) run: &'a RunId,
    pub(crate) fix: &'a ActorFix,
    pub(crate) cancel: &'a CancellationToken,
}

impl Fixing<'_> {
    /// Does what is left to do. The actor is locked meanwhile.
    pub(crate) async fn run(&self) -> Result<(), ExecutionError> {
        let (executor, run) = (self.executor, self.run);
        let locked = LockedActor::open(executor, run, &self.fix.actor, None).await?;
        let scope = locked.scope(executor, run, &Silent, self.cancel);
        let result = self.resume(&scope).await;
        locked.close().await;
        result
    }

    async fn resume(&self, scope: &ActorScope<'_>) -> Result<(), ExecutionError> {
        let state = scope.journal.state().await;
        if state.undo.is_some() {
            let what = "the actor was fixed and the fix has been undone since".to_owned();
            return Err(ExecutionError::Earlier(what));
        }
        match state.ending {
            Some(Ending::Complete) => return Ok(()),
            Some(Ending::Failed { error } | Ending::Refused { error }) => {
                return Err(ExecutionError::Earlier(error));
            }
            None => {}
        }
        let result = execute(scope, self.fix).await;
        let ending = match &result {
            Ok(()) => Ending::Complete,
            Err(error) if error.leaves_open() => return result,
            Err(error) => {
                let state = scope.journal.state().await;
                if state.change.is_unsettled() {
                    // Whether the commit was done has to be found out first.
                    return result;
                }
                let error = error.chain();
                if state.begun {
                    Ending::Failed { error }
                } else {
                    Ending::Refused { error }
                }
            }
        };
        scope.journal.write(Step::Done { ending }).await?;
        result
    }
}

async fn execute(scope: &ActorScope<'_>, fix: &ActorFix) -> Result<(), ExecutionError> {
    let mut decision = FixDecision {
        scope,
        fix,
        problem: None,
    };
    let mover = TrashMover {
        scope,
        limit: scope.executor.evaluation.settings.look.max_bytes,
    };
    let transaction = Transaction::new(scope, mover, Kind::Forward);
    match transaction.run(&mut decision).await? {
        Ended::Done { not_removed: None } => {}
        Ended::Done {
            not_removed: Some(error),
        } => return Err(error),
        Ended::Abandoned(what) => return Err(ExecutionError::SetChanged { what }),
    }
    let fetched = scope.journal.state().await.fetched;
    let wanted = fix.fetch.iter().map(|fetch| fetch.name.clone());
    let files: Vec<ImageName> = wanted.filter(|name| !fetched.contains_key(name)).collect();
    if files.is_empty() {
        return Ok(());
    }
    let problem = decision.problem;
    let problem = problem.unwrap_or_else(|| "an earlier attempt could not fetch it".to_owned());
    Err(ExecutionError::NotAllFetched { files, problem })
}

/// The decision of a fix plan on one actor.
struct FixDecision<'a> {
    scope: &'a ActorScope<'a>,
    fix: &'a ActorFix,
    /// Why a picture could not be fetched, if one could not.
    problem: Option<String>,
}

impl FixDecision<'_> {
    /// Everything up to the change itself; `None` if only files are fetched.
    async fn prepare(&mut self) -> Result<Option<Change>, ExecutionError> {
        let (journal, locks) = (self.scope.journal, self.scope.locks);
        let set = self.scope.load_set().await?;
        self.check_unchanged(&set).await?;
        // The marker first: a journal that no one finds would be work that no one resumes.
        journal.mark_open().await?;
        if !journal.state().await.begun {
            journal.write(Step::Begun).await?;
        }
        for fetch in &self.fix.fetch {
            if journal.state().await.fetched.contains_key(&fetch.name) {
                continue;
            }
            if self.scope.cancel.is_cancelled() {
                return Err(EvaluationError::Interrupted.into());
            }
            locks.check().await?;
            if let Err(why) = self.fetch(fetch).await? {
                self.problem.get_or_insert(why);
            }
        }
        let is_wanted = self.fix.changes_training_manifest() || !self.fix.drop_listings.is_empty();
        if is_wanted {
            self.change(&set).await
        } else {
            Ok(None)
        }
    }

    /// Checks that the files and the manifest are still what the fix was planned for.
    async fn check_unchanged(&self, set: &ActorSet) -> Result<(), ExecutionError> {
        let changed = |what: String| Err(ExecutionError::SetChanged { what });
        if set.training_version != self.fix.training_manifest {
            return changed("the training manifest changed".into());
        }
        let limit = self.scope.executor.evaluation.settings.look.max_bytes;
        for file in &self.fix.adopt {
            let key = layout::picture(self.scope.actor, &file.name)?;
            let now = found(self.scope.executor.data.store.get(&key, limit).await)?;
            if now.is_none_or(|now| sha256(&now.bytes) != file.sha256) {
                return changed(format!("{} changed or is gone", file.name));
            }
        }
        Ok(())
    }

    /// Downloads one local copy. The inner error is why it could not be downloaded, the outer one concerns
    /// the journal.
    async fn fetch(&self, fetch: &Fetch) -> Result<Result<(), String>, ExecutionError> {
        let journal = self.scope.journal;
        let (from, bytes) = match self.download(fetch).await {
            Ok(downloaded) => downloaded,
            Err(why) => return Ok(Err(why)),
        };
        let name = fetch.name.clone();
        let to = NewPlace {
            store: PlaceStore::Data,
            key: layout::picture(self.scope.actor, &name)?,
        };
        let digest = sha256(&bytes);
        journal
            .write(Step::Fetch {
                name: name.clone(),
                from: from.clone(),
                sha256: digest,
                to: to.clone(),
            })
            .await?;
        let created =
            new_files::create(&self.scope.executor.data, std::slice::from_ref(&to), &bytes).await;
        let entry = Entry::new(AuditAction::Store, format!("fetched from {from}"))
            .file(&name, Some(digest))
            .object(&to.key)
            .outcome(&created);
        self.scope.audit().record(entry).await;
        match created {
            Ok(Some(places)) => {
                for place in places {
                    let name = name.clone();
                    journal.write(Step::Fetched { name, place }).await?;
                }
                Ok(Ok(()))
            }
            Ok(None) => Ok(Err(format!("{name}: another file has that name by now"))),
            Err(error) => Ok(Err(format!("{name}: {}", chain(&error)))),
        }
    }

    /// Downloads the object, if it is still the one that was examined and a readable picture.
    async fn download(&self, fetch: &Fetch) -> Result<(Place, Bytes), String> {
        let name = &fetch.name;
        let told = |error: &dyn std::error::Error| format!("{name}: {}", chain(error));
        let data = &self.scope.executor.data;
        let url = data.parse_url(&fetch.s3_url).map_err(|e| told(&e))?;
        let bucket = data.bucket(&url).await.map_err(|e| told(&e))?;
        let limit = self.scope.executor.evaluation.settings.look.max_bytes;
        let object = bucket.get(&url.key, limit).await.map_err(|e| told(&e))?;
        let read = look(self.scope.executor, object.bytes.clone(), name).await;
        let read = read.map_err(|e| told(&e))?;
        let is_other = fetch.sha256.is_some_and(|sha256| sha256 != read.sha256);
        if read.size != fetch.size || is_other {
            return Err(format!("{name}: its object changed"));
        }
        if let Some(problem) = read.problem {
            return Err(format!("{name}: its object is not a picture: {problem}"));
        }
        let place = Place {
            store: PlaceStore::Bucket {
                name: url.bucket,
                region: url.region,
            },
            key: url.key,
            version: object.version,
        };
        Ok((place, object.bytes))
    }

    /// The change of the training manifest; `None` if there is none and none is wanted. A fix moves no
    /// files, so entries that are added or dropped have no places, and an undo only restores entries.
    async fn change(&self, set: &ActorSet) -> Result<Option<Change>, ExecutionError> {
        let journal = self.scope.journal;
        let key = layout::training_manifest(self.scope.actor)?;
        let stored = found(
            self.scope
                .executor
                .data
                .store
                .get(&key, MANIFEST_LIMIT)
                .await,
        )?;
        let version = stored.as_ref().map(|stored| stored.version.clone());
        if version != set.training_version {
            let what = "the training manifest changed".into();
            return Err(ExecutionError::SetChanged { what });
        }
        let after = if self.fix.changes_training_manifest() {
            Bytes::from(self.edited(&set.training).map_err(wrong(&key))?.to_bytes())
        } else {
            match &stored {
                Some(stored) => stored.bytes.clone(),
                // Only the actor manifest is written.
                None => return Ok(None),
            }
        };
        let before = match stored {
            Some(stored) => Some(journal.keep(stored.bytes).await?),
            None => None,
        };
        let after = Some(journal.keep(after).await?);
        let added = self.fix.adopt.iter().map(|file| Added {
            name: file.name.clone(),
            sha256: file.sha256,
            places: Vec::new(),
        });
        let leaving = self.fix.drop_entries.iter().map(|name| Leaving {
            name: name.clone(),
            // No file leaves: the digest identifies the entry.
            sha256: sha256(entry_of(&set.training, name).as_bytes()),
            places: Vec::new(),
        });
        Ok(Some(Change {
            from: version,
            before,
            after,
            added: added.collect(),
            leaving: leaving.collect(),
        }))
    }

    fn edited(&self, manifest: &TrainingManifest) -> Result<TrainingManifest, ManifestError> {
        let now = self.scope.executor.evaluation.clock.stamp();
        let folder = layout::training_folder(self.scope.actor);
        let adopted = self.fix.adopt.iter().map(|file| AdoptedFile {
            name: file.name.clone(),
            index: file.index,
            s3_url: file.s3_url.clone(),
            local_path: format!(
                "{}/{folder}/{}",
                self.scope.executor.data.path_prefix, file.name
            ),
        });
        let adopted: Vec<AdoptedFile> = adopted.collect();
        let edit = Edit {
            remove: self.fix.drop_entries.iter().cloned().collect(),
            add: Vec::new(),
            note: GenerationNote {
                run: self.scope.run.clone(),
                generated_by: self.scope.executor.settings.generated_by.clone(),
            },
            now: now.clone(),
        };
        let edited = manifest.with_adopted(&adopted, &now)?.edited(&edit)?;
        Ok(edited.marked(self.scope.run.as_str()))
    }
}

impl Decide for FixDecision<'_> {
    async fn decide(&mut self, attempt: usize) -> Result<Decision, ExecutionError> {
        if attempt > 0 {
            let what = "the training manifest was changed by someone else".into();
            return Err(ExecutionError::SetChanged { what });
        }
        Ok(match self.prepare().await? {
            Some(change) => Decision::Commit(Box::new(change)),
            None => Decision::Nothing,
        })
    }

    async fn actor_manifest(&self) -> Result<Option<(ObjectKey, EditManifest)>, ExecutionError> {
        if self.fix.drop_listings.is_empty() {
            return Ok(None);
        }
        let set = self.scope.load_set().await?;
        let key = set.required_actor_manifest()?.key.clone();
        let now = self.scope.executor.evaluation.clock.stamp();
        let edit = move |bytes: &Bytes| without_doubles(bytes, &now);
        Ok(Some((key, Box::new(edit))))
    }
}

fn entry_of(manifest: &TrainingManifest, name: &ImageName) -> String {
    manifest
        .raw_entry(name)
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The bytes of an actor manifest without the later of two entries for the same file.
fn without_doubles(bytes: &Bytes, now: &str) -> Result<Bytes, ManifestError> {
    let manifest = ActorManifest::parse(bytes)?;
    let paths = manifest.repeated_keys().to_vec();
    if !paths.is_empty() {
        return Err(ManifestError::RepeatedKeys { paths });
    }
    let edited = manifest.without_double_entries(now);
    Ok(if edited == manifest {
        bytes.clone()
    } else {
        edited.to_bytes().into()
    })
}
