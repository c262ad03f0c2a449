//! Checks whether a set, and what people say about it, still match its plan.

use crate::data_folder::DataFolder;
use crate::error::ExecutionError;
use balance_planner::{Action, Protection, Reason};
use dataset::layout;
use dataset::layout::found;
use dataset::people::labels::Labels;
use dataset::set::ActorSet;
use evaluation::pictures::picture::Origin;
use run_plan::plan::{PictureSnapshot, PlannedChange, SetSnapshot};
use std::collections::BTreeSet;
use storage::ObjectRead as _;
use verdict::Rule;

/// The first picture that appeared or disappeared, by name only. [`verify_pictures`] also checks the
/// files themselves.
fn difference(seen: &SetSnapshot, now: &ActorSet) -> Option<String> {
    let before: BTreeSet<_> = seen.pictures.iter().map(|picture| &picture.name).collect();
    let after: BTreeSet<_> = now.pictures.iter().map(|picture| &picture.name).collect();
    let gone = before.difference(&after).next();
    let new = after.difference(&before).next();
    gone.map(|name| format!("{name} disappeared"))
        .or_else(|| new.map(|name| format!("{name} appeared")))
}

/// Checks that a set is the same as when it was planned: the same files in the same versions, and the
/// same training manifest.
///
/// # Errors
/// [`ExecutionError::SetChanged`] with what changed.
pub async fn verify(
    data: &DataFolder,
    seen: &SetSnapshot,
    now: &ActorSet,
) -> Result<(), ExecutionError> {
    if seen.training_manifest != now.training_version {
        let what = "the training manifest changed".to_owned();
        return Err(ExecutionError::SetChanged { what });
    }
    verify_pictures(data, seen, now).await
}

/// Checks that every picture of a set is the same as when it was planned. Other changes of the
/// training manifest are allowed.
///
/// # Errors
/// [`ExecutionError::SetChanged`] with what changed.
pub async fn verify_pictures(
    data: &DataFolder,
    seen: &SetSnapshot,
    now: &ActorSet,
) -> Result<(), ExecutionError> {
    if let Some(what) = difference(seen, now) {
        return Err(ExecutionError::SetChanged { what });
    }
    for picture in &seen.pictures {
        let stored = now
            .pictures
            .iter()
            .find(|stored| stored.name == picture.name);
        let url = stored.and_then(|stored| stored.s3_url.as_deref());
        let object = url.and_then(|url| data.parse_url(url).ok());
        let object = object.map(|url| format!("s3://{}/{}", url.bucket, url.key));
        if object != picture.object {
            return Err(ExecutionError::SetChanged {
                what: format!("the address of {} changed", picture.name),
            });
        }
        let head = match (picture.origin, url) {
            (Origin::Object, Some(url)) => {
                let url = data.parse_url(url)?;
                data.bucket(&url).await?.head(&url.key).await
            }
            _ => {
                let key = layout::picture(&now.actor, &picture.name)?;
                data.store.head(&key).await
            }
        };
        let version = found(head)?.and_then(|meta| meta.version);
        if version.as_ref() != Some(&picture.version) {
            return Err(ExecutionError::SetChanged {
                what: format!("{} changed", picture.name),
            });
        }
    }
    Ok(())
}

/// Returns why the removals of a plan are no longer allowed, by what people say now: a picture to
/// remove must stay, or a picture's label differs from the class or quality in the plan. The text
/// completes the sentence "{text} since the evaluation". `None` if nothing contradicts the plan.
pub fn contradiction(
    assessed: &PlannedChange,
    protection: &Protection,
    labels: &Labels,
) -> Option<String> {
    if protection.set_is_good {
        return Some("training_data_good was set in the actor manifest".to_owned());
    }
    for decision in assessed.plan.with(Action::Remove) {
        let name = &decision.name;
        if protection.kept.contains(name) {
            return Some(format!("{name} was added to the keep list"));
        }
        if decision.reason == Reason::RemovedByHand && !protection.to_remove.contains(name) {
            return Some(format!("the request to remove {name} was withdrawn"));
        }
    }
    let leaving = assessed.plan.with(Action::Remove);
    let mut leaving = leaving.filter_map(|decision| assessed.picture(&decision.name));
    let mut pictures = assessed.seen.pictures.iter();
    pictures
        .find_map(|picture| class_contradiction(picture, labels))
        .or_else(|| leaving.find_map(|picture| quality_contradiction(picture, labels)))
}

/// A person's label that gives a picture to remove a better quality than the plan has. A worse one
/// only confirms the removal.
fn quality_contradiction(picture: &PictureSnapshot, labels: &Labels) -> Option<String> {
    let seen = picture.quality?;
    let labelled = labels.word(&picture.sha256)?.quality?;
    (labelled > seen).then(|| format!("{} was labelled with quality {labelled}", picture.name))
}

/// A person's label that differs from a picture's class in the plan, or a label that the plan used and
/// that was withdrawn. Files that are not readable pictures have no class in a plan.
fn class_contradiction(picture: &PictureSnapshot, labels: &Labels) -> Option<String> {
    let (name, seen) = (&picture.name, picture.class?);
    let was_labelled = picture.rules.contains(&Rule::Person);
    match labels.word(&picture.sha256).and_then(|word| word.class) {
        Some(class) if class != seen => Some(format!("{name} was labelled {class}")),
        None if was_labelled => Some(format!("the label {seen} of {name} was withdrawn")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
