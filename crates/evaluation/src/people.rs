//! What people said, as it bears on one set.

use crate::evaluation::Evaluation;
use balance_planner::Protection;
use dataset::ActorSet;
use dataset::people::keep_list::KeepList;
use dataset::people::labels::{Labels, Wish};
use tdbal_types::{Confidence, Digest, ImageName};

/// What persons said of the data set.
#[derive(Debug, Clone, Copy)]
pub struct PersonInput<'a> {
    pub marks: &'a KeepList,
    pub labels: &'a Labels,
}

/// What persons said must stay of a set, and what must go.
pub fn protection<'p>(
    set: &ActorSet,
    words: PersonInput<'_>,
    pictures: impl Iterator<Item = (&'p ImageName, Digest)>,
) -> Protection {
    let stored = set.actor_manifest.as_ref().ok();
    let mut protection = Protection {
        kept: words.marks.of(&set.actor),
        set_is_good: stored.is_some_and(|stored| stored.manifest.training_data_good()),
        ..Protection::default()
    };
    for (name, sha256) in pictures {
        match words.labels.wish(&set.actor, &sha256) {
            Some(Wish::Keep) => protection.kept.insert(name.clone()),
            Some(Wish::Remove) => protection.to_remove.insert(name.clone()),
            None => false,
        };
    }
    protection
}

/// The pictures of an evaluation of which it is not certain what they are and of which no person
/// said anything that settles it: the questions of its plan, best first, then the others in the
/// order of the sheet.
pub fn unsettled(labels: &Labels, evaluation: &Evaluation) -> Vec<ImageName> {
    let is_open = |name: &ImageName| {
        let judged = evaluation.judged(name)?;
        let digest = &evaluation.picture(name)?.sha256;
        let class = labels.word(digest).and_then(|label| label.class);
        let wish = labels.wish(&evaluation.actor_id, digest);
        let is_open =
            judged.verdict.confidence == Confidence::Unsure && class.is_none() && wish.is_none();
        is_open.then(|| name.clone())
    };
    let questions = evaluation.plan.questions.iter();
    let mut found: Vec<ImageName> = questions.filter_map(is_open).collect();
    for picture in &evaluation.pictures {
        if !found.contains(&picture.file_name) {
            found.extend(is_open(&picture.file_name));
        }
    }
    found
}
