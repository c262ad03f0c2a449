//! What there is of one actor: read from folder, manifests and bucket, and judged elsewhere.

use crate::objects::{self, ObjectState, Objects};
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
use tdbal_types::{ActorId, Digest, ImageName, chain};

/// A local file below this size in bytes is looked into also where pictures are not read: training
/// pictures have hundreds of kilobytes, an error page that was saved under a picture's name has few.
const SUSPICIOUS: u64 = 16 * 1024;

/// How the actors are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Every picture is read and hashed, the local copies and the objects.
    pub deep: bool,
    /// No bucket is asked.
    pub offline: bool,
}

/// Everything that is known of an actor.
#[derive(Debug)]
pub struct Facts {
    pub set: ActorSet,
    /// Whether a run has something left to do for it.
    pub is_unfinished: bool,
    pub objects: Objects,
    /// Files that were read.
    pub read: BTreeMap<ImageName, Read>,
    /// Local files that could not be read.
    pub unreadable: Vec<(ImageName, String)>,
    /// Objects of files that the training manifest does not know, with the same content: by name,
    /// the address that the manifest will have.
    pub found_objects: BTreeMap<ImageName, String>,
    /// What is wrong with the base image.
    pub base_image: Option<String>,
}

/// What was seen of a picture's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub size: u64,
    pub sha256: Digest,
    /// Why it is no picture, if it is none.
    pub problem: Option<String>,
}

/// Reads what there is of an actor.
///
/// # Errors
/// When a manifest of its cannot be used.
pub async fn facts(
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
        objects::ask(reader, &set, hidden).await
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
    facts.find_objects_of_orphans(executor, reader).await?;
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
        // Whether it is in a bucket cannot be known then.
        Err(EvaluationError::BaseImageUnreachable { .. }) if depth.offline => None,
        Err(EvaluationError::BaseImageMissing { looked_for, .. }) => {
            Some(format!("there is no base image: looked for {looked_for}"))
        }
        Err(error) => Some(error.chain()),
    }
}

impl Facts {
    /// Local files that the training manifest does not know.
    pub fn orphans(&self) -> Vec<ImageName> {
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
            if !(depth.deep || local.size < SUSPICIOUS || orphans.contains(&picture.name)) {
                continue;
            }
            match found(reader.store().get(&local.key, limit).await) {
                Ok(Some(object)) => {
                    let read = look(executor, object.bytes, &picture.name).await?;
                    self.read.insert(picture.name.clone(), read);
                }
                // It has just gone.
                Ok(None) => {}
                Err(error) => self.unreadable.push((picture.name.clone(), chain(&error))),
            }
        }
        Ok(())
    }

    /// A file that is to be adopted may have its object already.
    async fn find_objects_of_orphans(
        &mut self,
        _executor: &Executor,
        reader: &DataReader,
    ) -> Result<(), ExecutionError> {
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
            let Some(ObjectState::There(there)) = self.objects.states.get_mut(&picture.name) else {
                continue;
            };
            let object = async {
                let bucket = reader.bucket(&there.url).await?;
                Ok::<_, dataset::error::DataError>(found(bucket.get(&there.url.key, limit).await)?)
            };
            match object.await {
                Ok(Some(object)) => {
                    there.read = Some(look(executor, object.bytes, &picture.name).await?);
                }
                Ok(None) => {}
                Err(error) => {
                    let problem = chain(&error);
                    let bucket = there.url.bucket.clone();
                    self.objects.problems.insert(bucket, problem);
                }
            }
        }
        Ok(())
    }
}

/// Hashes and decodes.
pub async fn look(
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
    let looked = reduce(
        bytes.clone(),
        &executor.evaluation.settings.look,
        &executor.evaluation.workers,
        name,
    )
    .await;
    let (sha256, problem) = match looked {
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
