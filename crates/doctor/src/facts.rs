//! Reads everything that there is of one actor: folder, manifests and buckets. [`crate::diagnose`]
//! judges it.

use crate::objects::{self, ObjectState, Objects};
use crate::read::Read;
use bytes::Bytes;
use dataset::destination::Destination;
use dataset::discovery::ActorFiles;
use dataset::folder::DataReader;
use dataset::layout::found;
use dataset::set;
use dataset::set::ActorSet;
use evaluation::error::EvaluationError;
use evaluation::pictures::base_image as base;
use evaluation::pictures::load::reduce;
use evaluation::pictures::picture::Decoded;
use execution::error::ExecutionError;
use execution::executor::Executor;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, ImageName, chain};

/// Local files smaller than this many bytes are always read. Training pictures have hundreds of
/// kilobytes; an error page saved under a picture's name has only a few.
const SUSPICIOUS_BYTES: u64 = 16 * 1024;

/// How thoroughly actors are examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Whether every local copy and every object is read and hashed.
    pub deep: bool,
    /// Whether no bucket is asked.
    pub offline: bool,
}

/// Everything that is known of one actor.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) set: ActorSet,
    /// Whether a run is unfinished for the actor.
    pub(crate) is_unfinished: bool,
    pub(crate) objects: Objects,
    /// The local files that were read.
    pub(crate) read: BTreeMap<ImageName, Read>,
    /// Local files that could not be read, with the error.
    pub(crate) unreadable: Vec<(ImageName, String)>,
    /// Addresses of objects with the same content as a local file without an entry, as the entry
    /// will have them.
    pub(crate) found_objects: BTreeMap<ImageName, String>,
    /// Why the actor has no usable base image; `None` if it has one.
    pub(crate) base_image: Option<String>,
}

/// Reads everything that there is of an actor.
///
/// # Errors
/// If the set of the actor cannot be loaded, because of a broken manifest for instance.
pub(crate) async fn facts(
    executor: &Executor,
    reader: &DataReader,
    actor: &ActorId,
    files: &ActorFiles,
    hidden: Option<&BTreeSet<ImageName>>,
    depth: Depth,
) -> Result<Facts, ExecutionError> {
    let set = set::load(reader, actor, files, &executor.evaluation.clock.stamp()).await?;
    let objects = if depth.offline {
        Objects::default()
    } else {
        objects::look_up(reader, &set, hidden).await
    };
    let base_image = base_image(executor, reader, &set, depth).await;
    let mut facts = Facts {
        set,
        is_unfinished: hidden.is_some(),
        objects,
        read: BTreeMap::new(),
        unreadable: Vec::new(),
        found_objects: BTreeMap::new(),
        base_image,
    };
    facts.read_files(executor, reader, depth).await?;
    facts.find_objects_of_orphans(reader).await?;
    if depth.deep {
        facts.read_objects(executor, reader).await?;
    }
    Ok(facts)
}

async fn base_image(
    executor: &Executor,
    reader: &DataReader,
    set: &ActorSet,
    depth: Depth,
) -> Option<String> {
    match base::base_image(reader, set, &executor.evaluation.settings.look).await {
        Ok(_) => None,
        // It may be in a bucket, which is not asked.
        Err(EvaluationError::BaseImageUnreachable { .. }) if depth.offline => None,
        Err(EvaluationError::BaseImageMissing { looked_for, .. }) => {
            Some(format!("no base image found: looked for {looked_for}"))
        }
        Err(error) => Some(error.chain()),
    }
}

impl Facts {
    /// Local files without an entry in the training manifest.
    pub(crate) fn orphans(&self) -> Vec<ImageName> {
        let unknown = self.set.pictures.iter().filter(|picture| {
            picture.local.is_some() && !self.set.training.contains(&picture.name)
        });
        unknown.map(|picture| picture.name.clone()).collect()
    }

    async fn read_files(
        &mut self,
        executor: &Executor,
        reader: &DataReader,
        depth: Depth,
    ) -> Result<(), ExecutionError> {
        let limit = executor.evaluation.settings.look.max_bytes;
        let orphans: BTreeSet<ImageName> = self.orphans().into_iter().collect();
        for picture in &self.set.pictures {
            let Some(local) = &picture.local else {
                continue;
            };
            if !(depth.deep || local.size < SUSPICIOUS_BYTES || orphans.contains(&picture.name)) {
                continue;
            }
            match found(reader.store().get(&local.key, limit).await) {
                Ok(Some(object)) => {
                    let read = look(executor, object.bytes, &picture.name).await?;
                    self.read.insert(picture.name.clone(), read);
                }
                // Deleted since the folder was listed.
                Ok(None) => {}
                Err(error) => self.unreadable.push((picture.name.clone(), chain(&error))),
            }
        }
        Ok(())
    }

    /// Finds the objects that orphans already have. Adopting such a file restores its address, and the
    /// object belongs to the set.
    async fn find_objects_of_orphans(&mut self, reader: &DataReader) -> Result<(), ExecutionError> {
        let Some(destination) = Destination::of(reader, &self.set, None) else {
            return Ok(());
        };
        for name in self.orphans() {
            let (url, address) = destination.named(&name, reader)?;
            let at = (url.bucket.clone(), url.key.clone());
            let (Some(size), Some(read)) = (self.objects.strangers.get(&at), self.read.get(&name))
            else {
                continue;
            };
            if *size != read.size {
                continue;
            }
            let bucket = reader.bucket(&url).await?;
            let object = found(bucket.get(&url.key, read.size).await)?;
            if object.is_some_and(|object| storage::sha256(&object.bytes) == read.sha256) {
                self.objects.strangers.remove(&at);
                self.found_objects.insert(name, address);
            }
        }
        Ok(())
    }

    async fn read_objects(
        &mut self,
        executor: &Executor,
        reader: &DataReader,
    ) -> Result<(), ExecutionError> {
        let limit = executor.evaluation.settings.look.max_bytes;
        for picture in &self.set.pictures {
            let Some(ObjectState::Present(object)) = self.objects.states.get_mut(&picture.name)
            else {
                continue;
            };
            let fetched = async {
                let bucket = reader.bucket(&object.url).await?;
                Ok::<_, dataset::error::DataError>(found(bucket.get(&object.url.key, limit).await)?)
            };
            match fetched.await {
                Ok(Some(stored)) => {
                    object.read = Some(look(executor, stored.bytes, &picture.name).await?);
                }
                Ok(None) => {}
                Err(error) => {
                    let problem = chain(&error);
                    let bucket = object.url.bucket.clone();
                    self.objects.problems.insert(bucket, problem);
                }
            }
        }
        Ok(())
    }
}

/// Hashes the bytes of a picture and tries to decode them.
///
/// # Errors
/// If the worker that decodes pictures fails; a broken picture is not an error.
pub(crate) async fn look(
    executor: &Executor,
    bytes: Bytes,
    name: &ImageName,
) -> Result<Read, ExecutionError> {
    let size = bytes.len() as u64;
    if bytes.is_empty() {
        return Ok(Read {
            size,
            sha256: storage::sha256(&bytes),
            problem: Some("it is empty".into()),
        });
    }
    let reduced = reduce(
        bytes.clone(),
        &executor.evaluation.settings.look,
        &executor.evaluation.workers,
        name,
    )
    .await;
    let (sha256, problem) = match reduced {
        Ok((sha256, Decoded::Readable(_))) => (sha256, None),
        Ok((sha256, Decoded::Unreadable { reason })) => (sha256, Some(reason)),
        Err(EvaluationError::Unassessed { reason, .. }) => (storage::sha256(&bytes), Some(reason)),
        Err(error) => return Err(error.into()),
    };
    Ok(Read {
        size,
        sha256,
        problem,
    })
}
