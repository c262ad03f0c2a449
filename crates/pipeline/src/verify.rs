//! Whether a set is still what its plan saw.

use crate::data::DataFolder;
use crate::error::ActorError;
use crate::layout;
use crate::look::Origin;
use crate::plan_file::Seen;
use crate::set::{ActorSet, found};
use std::collections::BTreeSet;
use storage::ObjectRead as _;

/// Which pictures came or went, from listing and manifest alone; the files themselves are looked at
/// by [`verify_pictures`].
fn difference(seen: &Seen, now: &ActorSet) -> Option<String> {
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
/// [`ActorError::SetChanged`] names what changed.
pub(crate) async fn verify(
    data: &DataFolder,
    seen: &Seen,
    now: &ActorSet,
) -> Result<(), ActorError> {
    if seen.training_manifest != now.training_version {
        let what = "the training manifest changed".to_owned();
        return Err(ActorError::SetChanged { what });
    }
    verify_pictures(data, seen, now).await
}

/// Checks that every picture of a set is still what its plan saw, whatever else the training manifest
/// says by now.
///
/// # Errors
/// [`ActorError::SetChanged`] names what changed.
pub(crate) async fn verify_pictures(
    data: &DataFolder,
    seen: &Seen,
    now: &ActorSet,
) -> Result<(), ActorError> {
    if let Some(what) = difference(seen, now) {
        return Err(ActorError::SetChanged { what });
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
            return Err(ActorError::SetChanged {
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
            return Err(ActorError::SetChanged {
                what: format!("{} changed", picture.name),
            });
        }
    }
    Ok(())
}
