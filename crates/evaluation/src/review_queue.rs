//! Which pictures a person is asked about, and in which order. Pure.

use crate::evaluation::Evaluation;
use crate::people::open_questions;
use dataset::SetPicture;
use dataset::people::labels::Labels;
use std::collections::BTreeSet;
use tdbal_types::{ActorId, Digest};

/// A picture to ask a person about.
#[derive(Debug, Clone)]
pub struct ReviewItem {
    /// The actor whose set the picture is in.
    pub actor: ActorId,
    /// The picture as it is in the set now.
    pub picture: SetPicture,
    /// Digest of the bytes that were evaluated.
    pub sha256: Digest,
    /// What keeps the picture in the set even if the person asks to remove it.
    pub protected_by: Option<Protector>,
}

/// What outranks a person's request to remove a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protector {
    /// The picture is on the keep list.
    KeepList,
    /// The actor manifest says `training_data_good`.
    ActorManifest,
}

/// The review queue while it is put together, actor by actor.
#[derive(Debug, Default)]
pub struct ReviewQueue {
    /// An answer is about bytes, so identical pictures are asked about once.
    queued: BTreeSet<Digest>,
}

impl ReviewQueue {
    /// Returns the pictures of an actor to ask about: the questions of its plan first, best picture
    /// first, then the other unsure ones in the order of the sheet.
    ///
    /// Leaves out pictures that a label settles, pictures that are no longer in the set
    /// (`pictures`), and pictures whose bytes are already in the queue.
    pub fn add_actor(
        &mut self,
        evaluation: &Evaluation,
        labels: &Labels,
        pictures: &[SetPicture],
    ) -> Vec<ReviewItem> {
        open_questions(labels, evaluation)
            .into_iter()
            .filter_map(|name| {
                let picture = pictures.iter().find(|picture| picture.name == name)?;
                let sha256 = evaluation.picture(&name)?.sha256;
                self.queued.insert(sha256).then(|| ReviewItem {
                    actor: evaluation.actor_id.clone(),
                    picture: picture.clone(),
                    sha256,
                    protected_by: Protector::of(evaluation, picture),
                })
            })
            .collect()
    }
}

impl Protector {
    fn of(evaluation: &Evaluation, picture: &SetPicture) -> Option<Self> {
        if evaluation.protection.kept.contains(&picture.name) {
            Some(Self::KeepList)
        } else if evaluation.protection.set_is_good {
            Some(Self::ActorManifest)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
