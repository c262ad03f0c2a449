//! Pictures that are named on the command line, found in the data.

use super::looking::require_actors;
use super::picture_names::{NamedPicture, Pictures};
use crate::environment::Environment;
use crate::render;
use crate::settings::{Flags, Settings};
use crate::wiring::{self, Missing};
use dataset::ActorSet;
use execution::DataFolder;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use storage::DataLocation;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, ActorQuery, ImageName};

/// The settings and the data of a command that only has to know where the data is.
///
/// # Errors
/// When settings make no sense, or the data is in a bucket that cannot be opened.
pub(super) async fn open(
    flags: &Flags,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<(Settings, DataFolder)> {
    let settings = Settings::resolve(flags, environment, folder)?;
    render::warnings(&settings.warnings);
    let mut missing = Missing::default();
    let process = wiring::this_process(environment);
    let (data, _) = wiring::data_folder(&settings, environment, &process, &mut missing).await?;
    missing.check()?;
    Ok((settings, data))
}

/// Reads how pictures were named.
///
/// # Errors
/// When one is named in no known way, or by a path into another data folder.
pub(super) fn parse<'a>(
    files: &'a [String],
    settings: &Settings,
) -> anyhow::Result<Vec<NamedPicture<'a>>> {
    let wanted: Vec<NamedPicture<'_>> = all(files.iter().map(|file| NamedPicture::parse(file)))?;
    check_paths(&wanted, files, settings)?;
    Ok(wanted)
}

/// The pictures that are meant; `what` is what is looked among.
///
/// # Errors
/// When one of them is none, or several.
pub(super) fn find_all(
    wanted: &[NamedPicture<'_>],
    pictures: &Pictures,
    what: &str,
) -> anyhow::Result<Vec<(ActorId, ImageName)>> {
    let found: BTreeSet<_> = all(wanted.iter().map(|named| named.find(pictures, what)))?;
    Ok(found.into_iter().collect())
}

/// Everything, or all that is wrong at once: nothing is done with half of a list.
fn all<T, C: FromIterator<T>>(
    results: impl Iterator<Item = Result<T, String>>,
) -> anyhow::Result<C> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(problem) => wrong.push(problem),
        }
    }
    if wrong.is_empty() {
        return Ok(good.into_iter().collect());
    }
    anyhow::bail!("{}; nothing was changed", wrong.join("\n  "))
}

/// A path into another data folder must not mean the picture of that name in this one.
fn check_paths(
    wanted: &[NamedPicture<'_>],
    files: &[String],
    settings: &Settings,
) -> anyhow::Result<()> {
    let DataLocation::Folder(data) = &settings.data else {
        return Ok(());
    };
    let Ok(data) = data.canonicalize() else {
        return Ok(());
    };
    for (_, file) in wanted.iter().zip(files).filter(|(named, _)| named.is_path) {
        // One that is not there may be a picture that is only an object.
        let elsewhere = Path::new(file)
            .canonicalize()
            .is_ok_and(|path| !path.starts_with(&data));
        anyhow::ensure!(
            !elsewhere,
            "{file:?} is not in the data folder {}: see --data-dir",
            data.display()
        );
    }
    Ok(())
}

/// The sets of the actors that may be meant; of the others, that they are there.
///
/// # Errors
/// When there is no actor at all, or a set cannot be read.
pub(super) async fn sets(
    data: &DataFolder,
    settings: &Settings,
    wanted: &[NamedPicture<'_>],
) -> anyhow::Result<BTreeMap<ActorId, Option<ActorSet>>> {
    let reader = data.reader();
    let discovery = dataset::discover(&reader).await?;
    require_actors(&discovery, settings)?;
    let names = discovery.names();
    let mut meant: BTreeSet<ActorId> = BTreeSet::new();
    for named in wanted {
        match named.actor {
            None => meant.extend(names.iter().cloned()),
            Some(actor) => meant.extend(ActorQuery(actor.to_owned()).resolve(&names).ok()),
        }
    }
    let now = Clock::system().stamp();
    let mut sets: BTreeMap<ActorId, Option<ActorSet>> =
        names.into_iter().map(|actor| (actor, None)).collect();
    for actor in meant {
        let Some(files) = discovery.actors.get(&actor) else {
            continue;
        };
        let set = dataset::set::load(&reader, &actor, files, &now).await?;
        sets.insert(actor, Some(set));
    }
    Ok(sets)
}

/// The names of the pictures in sets.
pub(super) fn names(sets: &BTreeMap<ActorId, Option<ActorSet>>) -> Pictures {
    let of_set = |set: &ActorSet| {
        let pictures = set.pictures.iter();
        pictures.map(|picture| picture.name.clone()).collect()
    };
    sets.iter()
        .map(|(actor, set)| (actor.clone(), set.as_ref().map(of_set).unwrap_or_default()))
        .collect()
}
