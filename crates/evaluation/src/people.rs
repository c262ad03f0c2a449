//! What people said about the pictures of a set: which to keep or remove, and what is left to ask them.

use crate::evaluation::Evaluation;
use balance_planner::Protection;
use dataset::ActorSet;
use dataset::people::keep_list::KeepList;
use dataset::people::labels::{Labels, Wish};
use tdbal_types::{Confidence, Digest, ImageName};

/// What people said about the pictures of a data set.
#[derive(Debug, Clone, Copy)]
pub struct PersonInput<'a> {
    /// Pictures that people marked to keep, by name.
    pub keep_list: &'a KeepList,
    /// Classes, qualities and wishes that people stated, by digest.
    pub labels: &'a Labels,
}

/// Which pictures of a set people want kept or removed.
///
/// The keep list applies by name, labels by digest. `pictures` are the names and digests of the set's
/// pictures.
pub fn protection<'p>(
    set: &ActorSet,
    input: PersonInput<'_>,
    pictures: impl Iterator<Item = (&'p ImageName, Digest)>,
) -> Protection {
    let stored = set.actor_manifest.as_ref().ok();
    let mut protection = Protection {
        kept: input.keep_list.of(&set.actor),
        set_is_good: stored.is_some_and(|stored| stored.manifest.training_data_good()),
        ..Protection::default()
    };
    for (name, sha256) in pictures {
        match input.labels.wish(&set.actor, &sha256) {
            Some(Wish::Keep) => protection.kept.insert(name.clone()),
            Some(Wish::Remove) => protection.to_remove.insert(name.clone()),
            None => false,
        };
    }
    protection
}

/// The pictures whose verdict is unsure and that no person has settled, neither by a class nor by a
/// wish. The questions of the plan come first, best picture first, then the others in the order of the
/// sheet.
pub fn open_questions(labels: &Labels, evaluation: &Evaluation) -> Vec<ImageName> {
    let is_open = |name: &ImageName| {
        let (Some(judged), Some(picture)) = (evaluation.judged(name), evaluation.picture(name))
        else {
            return false;
        };
        let label = labels.word(&picture.sha256);
        let has_class = label.is_some_and(|label| label.class.is_some());
        let wish = labels.wish(&evaluation.actor_id, &picture.sha256);
        judged.verdict.confidence == Confidence::Unsure && !has_class && wish.is_none()
    };
    let questions = evaluation.plan.questions.iter();
    let mut open: Vec<ImageName> = questions.filter(|name| is_open(name)).cloned().collect();
    for picture in &evaluation.pictures {
        if !open.contains(&picture.file_name) && is_open(&picture.file_name) {
            open.push(picture.file_name.clone());
        }
    }
    open
}

#[cfg(test)]
mod tests;
