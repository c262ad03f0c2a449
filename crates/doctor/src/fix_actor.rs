//! Mends one actor, from wherever an earlier attempt left it.

use crate::facts::look;
use crate::fix_plan::{ActorFix, Fetch};
use actor_lock::HeldLocks;
use bytes::Bytes;
use dataset::layout::{MANIFEST_LIMIT, found};
use dataset::set::ActorSet;
use dataset::{discovery, layout, set};
use evaluation::error::EvaluationError;
use execution::error::ExecutionError;
use execution::executor::Executor;
use execution::transaction::commit::{Commit, Transaction, wrong};
use execution::transaction::mover::TrashMover;
use execution::transaction::{lock as locking, new_files as naming};
use journal::run::actor_journal::ActorJournal;
use journal::run::record::{Added, Change, Ending, Leaving, Step};
use manifest::{ActorManifest, AdoptedFile, Edit, GenerationNote, ManifestError, TrainingManifest};
use results::audit::{AuditAction, Entry, Trail};
use results::events::Silent;
use storage::place::{NewPlace, Place, PlaceStore};
use storage::{ObjectRead as _, sha256};
use tdbal_types::{ActorId, ImageName, RunId, chain};
use tokio_util::sync::CancellationToken;

/// The work is done by then: a lock that cannot be given back expires.
pub async fn release(locks: HeldLocks, actor: &ActorId) {
    if let Err(error) = locks.release().await {
        tracing::warn!(%actor, "{}", chain(&error));
    }
}

/// What came of everything up to the intent of the commit.
struct Prepared {
    /// Why a picture could not be fetched, if one could not.
    problem: Option<String>,
    /// Whether there is something to commit.
    is_intended: bool,
}

/// What mending one actor needs.
pub struct Fixing<'a> {
    pub executor: &'a Executor,
    pub run: &'a RunId,
    pub fix: &'a ActorFix,
    pub cancel: &'a CancellationToken,
}

impl Fixing<'_> {
    /// Does what is left to do. The actor is locked meanwhile.
    pub async fn run(&self) -> Result<(), ExecutionError> {
        let (executor, actor) = (self.executor, &self.fix.actor);
        let locks = locking::lock(executor, self.run, actor, None).await?;
        let result = self.locked(&locks).await;
        release(locks, actor).await;
        result
    }

    async fn locked(&self, locks: &HeldLocks) -> Result<(), ExecutionError> {
        let executor = self.executor;
        let journals = executor.data.journals.clone();
        let actor = &self.fix.actor;
        let journal =
            ActorJournal::open(journals, self.run, actor, &executor.evaluation.clock).await?;
        let result = self.go_on(&journal, locks).await;
        // What is over is not looked for any more; an error here only leaves a mark behind.
        if !journal.state().await.is_open()
            && let Err(error) = journal.mark_closed().await
        {
            tracing::warn!(%actor, "{}", chain(&error));
        }
        result
    }

    async fn go_on(&self, journal: &ActorJournal, locks: &HeldLocks) -> Result<(), ExecutionError> {
        match journal.state().await.ending {
            Some(Ending::Complete) => return Ok(()),
            Some(Ending::Failed { error } | Ending::Refused { error }) => {
                return Err(ExecutionError::Earlier(error));
            }
            None => {}
        }
        let result = self.execute(journal, locks).await;
        let ending = match &result {
            Ok(()) => Ending::Complete,
            Err(error) if error.leaves_open() => return result,
            Err(error) => {
                let state = journal.state().await;
                let section = &state.change;
                let is_settled = section.committed || section.withdrawn.is_some();
                if section.change.is_some() && !is_settled {
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
        journal.write(Step::Done { ending }).await?;
        result
    }

    async fn execute(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
    ) -> Result<(), ExecutionError> {
        let executor = self.executor;
        let trail = Trail {
            output: &executor.evaluation.output,
            clock: &executor.evaluation.clock,
            run: self.run,
            actor: &self.fix.actor,
        };
        let changing = Transaction {
            data: &executor.data,
            actor: &self.fix.actor,
            journal,
            mover: TrashMover {
                data: &executor.data,
                run: self.run,
                trail: &trail,
                limit: executor.evaluation.settings.look.max_bytes,
            },
            trail,
            observer: &Silent,
            is_undo: false,
            mark: Some(self.run.to_string()),
        };
        let mut problem = None;
        if !changing.is_committed().await? {
            let prepared = self.prepare(journal, locks, &trail).await?;
            problem = prepared.problem;
            if prepared.is_intended {
                locks.check().await?;
                if matches!(changing.commit().await?, Commit::Lost) {
                    let what = "the training manifest was changed by someone else".into();
                    return Err(ExecutionError::SetChanged { what });
                }
            }
        }
        changing.remove().await?;
        if !self.fix.drop_listings.is_empty() {
            let set = self.load().await?;
            let key = &set.required_actor_manifest()?.key;
            let now = executor.evaluation.clock.stamp();
            changing
                .write_actor_manifest(key, |bytes| without_doubles(bytes, &now))
                .await?;
        }
        let fetched = journal.state().await.fetched;
        let wanted = self.fix.fetch.iter().map(|fetch| fetch.name.clone());
        let files: Vec<ImageName> = wanted.filter(|name| !fetched.contains_key(name)).collect();
        if files.is_empty() {
            return Ok(());
        }
        let problem = problem.unwrap_or_else(|| "an earlier attempt could not".to_owned());
        Err(ExecutionError::NotAllFetched { files, problem })
    }

    /// Everything up to the intent of the commit.
    async fn prepare(
        &self,
        journal: &ActorJournal,
        locks: &HeldLocks,
        trail: &Trail<'_>,
    ) -> Result<Prepared, ExecutionError> {
        let set = self.load().await?;
        self.check_unchanged(&set).await?;
        if !journal.state().await.begun {
            journal.mark_open().await?;
            journal.write(Step::Begun).await?;
        }
        let mut problem = None;
        for fetch in &self.fix.fetch {
            if journal.state().await.fetched.contains_key(&fetch.name) {
                continue;
            }
            if self.cancel.is_cancelled() {
                return Err(EvaluationError::Interrupted.into());
            }
            locks.check().await?;
            if let Err(why) = self.fetch(journal, trail, fetch).await? {
                problem.get_or_insert(why);
            }
        }
        let is_wanted = self.fix.changes_training_manifest() || !self.fix.drop_listings.is_empty();
        Ok(Prepared {
            problem,
            is_intended: is_wanted && self.record_intent(journal, &set).await?,
        })
    }

    async fn load(&self) -> Result<ActorSet, ExecutionError> {
        let reader = self.executor.data.reader();
        let files = discovery::files_of(&reader, &self.fix.actor).await?;
        let now = self.executor.evaluation.clock.stamp();
        Ok(set::load(&reader, &self.fix.actor, &files, &now).await?)
    }

    /// Nothing is done on the strength of what is no longer so.
    async fn check_unchanged(&self, set: &ActorSet) -> Result<(), ExecutionError> {
        let changed = |what: String| Err(ExecutionError::SetChanged { what });
        if set.training_version != self.fix.training_manifest {
            return changed("the training manifest changed".into());
        }
        let limit = self.executor.evaluation.settings.look.max_bytes;
        for file in &self.fix.adopt {
            let key = layout::picture(&self.fix.actor, &file.name)?;
            let now = found(self.executor.data.store.get(&key, limit).await)?;
            if now.is_none_or(|now| sha256(&now.bytes) != file.sha256) {
                return changed(format!("{} changed or is gone", file.name));
            }
        }
        Ok(())
    }

    /// Fetches one local copy; says what stood in the way. An error is one of the journal.
    async fn fetch(
        &self,
        journal: &ActorJournal,
        trail: &Trail<'_>,
        fetch: &Fetch,
    ) -> Result<Result<(), String>, ExecutionError> {
        let (from, bytes) = match self.download(fetch).await {
            Ok(downloaded) => downloaded,
            Err(why) => return Ok(Err(why)),
        };
        let name = fetch.name.clone();
        let to = NewPlace {
            store: PlaceStore::Data,
            key: layout::picture(&self.fix.actor, &name)?,
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
        let created = naming::create(&self.executor.data, std::slice::from_ref(&to), &bytes).await;
        let entry = Entry::new(AuditAction::Store, format!("fetched from {from}"))
            .file(&name, Some(digest))
            .object(&to.key)
            .outcome(&created);
        trail.record(entry).await;
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

    /// The object, if it is what was seen of it, and a picture.
    async fn download(&self, fetch: &Fetch) -> Result<(Place, Bytes), String> {
        let name = &fetch.name;
        let told = |error: &dyn std::error::Error| format!("{name}: {}", chain(error));
        let data = &self.executor.data;
        let url = data.parse_url(&fetch.s3_url).map_err(|e| told(&e))?;
        let bucket = data.bucket(&url).await.map_err(|e| told(&e))?;
        let limit = self.executor.evaluation.settings.look.max_bytes;
        let object = bucket.get(&url.key, limit).await.map_err(|e| told(&e))?;
        let read = look(self.executor, object.bytes.clone(), name).await;
        let read = read.map_err(|e| told(&e))?;
        let is_other = fetch.sha256.is_some_and(|sha256| sha256 != read.sha256);
        if read.size != fetch.size || is_other {
            return Err(format!("{name}: its object changed"));
        }
        if let Some(problem) = read.problem {
            return Err(format!("{name}: its object is no picture: {problem}"));
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

    /// Puts the change of the training manifest on record. No file comes or leaves by it, so that
    /// what is added and what leaves has no places: taking the change back is about entries too. False
    /// where the training manifest is neither there nor wanted.
    async fn record_intent(
        &self,
        journal: &ActorJournal,
        set: &ActorSet,
    ) -> Result<bool, ExecutionError> {
        let key = layout::training_manifest(&self.fix.actor)?;
        let stored = found(self.executor.data.store.get(&key, MANIFEST_LIMIT).await)?;
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
                None => return Ok(false),
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
            // No file leaves: it is the entry that can be told from another by it.
            sha256: sha256(entry_of(&set.training, name).as_bytes()),
            places: Vec::new(),
        });
        let change = Change {
            from: version,
            before,
            after,
            added: added.collect(),
            leaving: leaving.collect(),
        };
        journal.write(Step::Commit(Box::new(change))).await?;
        Ok(true)
    }

    fn edited(&self, manifest: &TrainingManifest) -> Result<TrainingManifest, ManifestError> {
        let now = self.executor.evaluation.clock.stamp();
        let folder = layout::training_folder(&self.fix.actor);
        let adopted = self.fix.adopt.iter().map(|file| AdoptedFile {
            name: file.name.clone(),
            index: file.index,
            s3_url: file.s3_url.clone(),
            local_path: format!("{}/{folder}/{}", self.executor.data.path_prefix, file.name),
        });
        let adopted: Vec<AdoptedFile> = adopted.collect();
        let edit = Edit {
            remove: self.fix.drop_entries.iter().cloned().collect(),
            add: Vec::new(),
            note: GenerationNote {
                run: self.run.clone(),
                generated_by: self.executor.settings.generated_by.clone(),
            },
            now: now.clone(),
        };
        let edited = manifest.with_adopted(&adopted, &now)?.edited(&edit)?;
        Ok(edited.marked(self.run.as_str()))
    }
}

fn entry_of(manifest: &TrainingManifest, name: &ImageName) -> String {
    manifest
        .raw_entry(name)
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// An actor manifest, as bytes, without the later of its double listings.
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
