//! Finds the pictures that a person named on the command line.

use crate::commands::actors::require_actors;
use crate::environment::Environment;
use crate::render;
use crate::settings::{Flags, Settings};
use crate::wiring::{self, Missing};
use dataset::ActorSet;
use execution::DataFolder;
use selection::{PictureQuery, Pictures};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use storage::DataLocation;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, ImageName};

/// Every actor of the data set; with its set, if a named picture may be in it.
pub(super) type Sets = BTreeMap<ActorId, Option<ActorSet>>;

/// Opens the data set for a command that needs no model and no generator.
///
/// # Errors
/// When the settings are not valid, or the data set is in a bucket that cannot be opened.
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

/// Parses the names of pictures.
///
/// # Errors
/// When a name has no known form, or is a path into another data folder.
pub(super) fn parse<'a>(
    files: &'a [String],
    settings: &Settings,
) -> anyhow::Result<Vec<PictureQuery<'a>>> {
    let queries = PictureQuery::parse_all(files).map_err(nothing_changed)?;
    check_paths(&queries, settings)?;
    Ok(queries)
}

/// Finds the named pictures; `what` says in errors what was searched, such as "picture".
///
/// # Errors
/// When a name matches no picture, or several.
pub(super) fn find_all(
    queries: &[PictureQuery<'_>],
    pictures: &Pictures,
    what: &str,
) -> anyhow::Result<Vec<(ActorId, ImageName)>> {
    let found = PictureQuery::find_all(queries, pictures, what).map_err(nothing_changed)?;
    Ok(found.into_iter().collect())
}

fn nothing_changed(problems: selection::Problems) -> anyhow::Error {
    anyhow::anyhow!("{problems}; nothing was changed")
}

/// Fails for paths into another data folder, where a picture of the same name is a different one.
fn check_paths(queries: &[PictureQuery<'_>], settings: &Settings) -> anyhow::Result<()> {
    let DataLocation::Folder(data) = &settings.data else {
        return Ok(());
    };
    let Ok(data) = data.canonicalize() else {
        return Ok(());
    };
    for query in queries.iter().filter(|query| query.is_path()) {
        let file = query.text();
        // A path without a file may name a picture that is only in a bucket.
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

/// Lists all actors, and loads the sets of those that may have one of the named pictures.
///
/// # Errors
/// When the data set has no actors, or a set cannot be read.
pub(super) async fn sets(
    data: &DataFolder,
    settings: &Settings,
    queries: &[PictureQuery<'_>],
) -> anyhow::Result<Sets> {
    let reader = data.reader();
    let discovery = dataset::discover(&reader).await?;
    require_actors(&discovery, settings)?;
    let names = discovery.names();
    let candidates: BTreeSet<ActorId> = queries
        .iter()
        .flat_map(|query| query.candidates(&names))
        .collect();
    let now = Clock::system().stamp();
    let mut sets: Sets = names.into_iter().map(|actor| (actor, None)).collect();
    for actor in candidates {
        let Some(files) = discovery.actors.get(&actor) else {
            continue;
        };
        let set = dataset::set::load(&reader, &actor, files, &now).await?;
        sets.insert(actor, Some(set));
    }
    Ok(sets)
}

/// The names of the pictures in the loaded sets.
pub(super) fn names(sets: &Sets) -> Pictures {
    let of_set = |set: &ActorSet| {
        let pictures = set.pictures.iter();
        pictures.map(|picture| picture.name.clone()).collect()
    };
    sets.iter()
        .map(|(actor, set)| (actor.clone(), set.as_ref().map(of_set).unwrap_or_default()))
        .collect()
}
