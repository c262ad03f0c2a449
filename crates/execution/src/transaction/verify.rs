//! Whether a set is still what its plan saw.

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

/// Which pictures came or went, from listing and manifest alone; the files themselves are looked at
/// by [`verify_pictures`].
fn difference(seen: &SetSnapshot, now: &ActorSet) -> Option<String> {
    let before: BTreeSet<_> = seen.pictures.iter().map(|picture| &picture.name).collect();
    let after: BTreeSet<_> = now.pictures.iter().map(|picture| &picture.name).collect();
    let gone = before.difference(&after).next();
    let new = after.difference(&before).next();
    gone.map(|name| format!("{name} disappeared"))
        .or_else(|| new.map(|name| format!("{name} appeared")))
}

/// Checks that a set is still what its plan saw: the same files in the same versions, and the same
/// training manifest.
///
/// # Errors
/// [`ExecutionError::SetChanged`] names what changed.
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

/// Checks that every picture of a set is still what its plan saw, whatever else the training manifest
/// says by now.
///
/// # Errors
/// [`ExecutionError::SetChanged`] names what changed.
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

/// Why nothing may be removed by a plan, by what persons say now: something that is to go must stay,
/// or the plan counts a picture as what it is not. `None` if they say nothing else than they did.
pub fn contradiction(
    assessed: &PlannedChange,
    protection: &Protection,
    labels: &Labels,
) -> Option<String> {
    if protection.set_is_good {
        return Some("its actor manifest says training_data_good".to_owned());
    }
    for decision in assessed.plan.with(Action::Remove) {
        let name = &decision.name;
        if protection.kept.contains(name) {
            return Some(format!("{name} was marked to be kept"));
        }
        if decision.reason == Reason::RemovedByHand && !protection.to_remove.contains(name) {
            return Some(format!("the wish to remove {name} was taken back"));
        }
    }
    let leaving = assessed.plan.with(Action::Remove);
    let mut leaving = leaving.filter_map(|decision| assessed.picture(&decision.name));
    let mut pictures = assessed.seen.pictures.iter();
    pictures
        .find_map(|picture| of_class(picture, labels))
        .or_else(|| leaving.find_map(|picture| of_quality(picture, labels)))
}

/// How a picture that leaves is better, by a person's word, than the plan went by.
fn of_quality(picture: &PictureSnapshot, labels: &Labels) -> Option<String> {
    let seen = picture.quality?;
    let said = labels.word(&picture.sha256)?.quality?;
    (said > seen).then(|| format!("a person says that {} has quality {said}", picture.name))
}

/// How the word on a picture's class differs from what the plan went by. What cannot be read has no
/// class in a plan.
fn of_class(picture: &PictureSnapshot, labels: &Labels) -> Option<String> {
    let (name, seen) = (&picture.name, picture.class?);
    let is_by_person = picture.rules.contains(&Rule::Person);
    match labels.word(&picture.sha256).and_then(|word| word.class) {
        Some(class) if class != seen => Some(format!("a person says that {name} is {class}")),
        None if is_by_person => Some(format!("the word that {name} is {seen} was taken back")),
        _ => None,
    }
}
