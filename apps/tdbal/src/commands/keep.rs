//! `tdbal keep` and `tdbal unkeep`: pictures that a person wants to stay.

use super::looking::require_actors;
use super::picture_names::{NamedPicture, Pictures};
use crate::cli::{KeepArgs, MarksArgs, UnkeepArgs};
use crate::environment::{self as env, Environment};
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use crate::wiring::{self, Missing};
use pipeline::{Clock, DataFolder, Mark, edit_marks, read_marks};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use storage::DataLocation;
use tdbal_types::{ActorId, ActorQuery, ImageName};

/// Marks pictures, or lists the marks.
pub(crate) async fn keep(
    args: &KeepArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = open(&args.place, environment, folder).await?;
    if args.list {
        return list(&data, args.place.json).await;
    }
    let wanted = parse(&args.files)?;
    check_paths(&wanted, &args.files, &settings)?;
    let pictures = pictures(&data, &settings, &wanted).await?;
    let found = find_all(&wanted, &pictures, "picture")?;
    let clock = Clock::system();
    let marked_by = environment.get(env::USER).unwrap_or("unknown");
    let marks: Vec<Mark> = found
        .iter()
        .map(|(actor, file)| Mark {
            actor: actor.clone(),
            file: file.clone(),
            marked_at: clock.stamp(),
            marked_by: marked_by.to_owned(),
        })
        .collect();
    let new = edit_marks(data.journals.as_ref(), |all| all.keep(marks.clone())).await?;
    let is_new = |mark: &&Mark| new.contains(mark);
    let already: Vec<&Mark> = marks.iter().filter(|mark| !is_new(mark)).collect();
    if args.place.json {
        render::json(&json!({ "marked": new, "already": already }))?;
        return Ok(Exit::Success);
    }
    let line = |what: &str, mark: &Mark| format!("{what}: {}/{}\n", mark.actor, mark.file);
    let text: String = marks
        .iter()
        .map(|mark| {
            if is_new(&mark) {
                line("Kept", mark)
            } else {
                line("Kept already", mark)
            }
        })
        .collect();
    render::out(&text)?;
    Ok(Exit::Success)
}

/// Takes marks away.
pub(crate) async fn unkeep(
    args: &UnkeepArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = open(&args.place, environment, folder).await?;
    let wanted = parse(&args.files)?;
    check_paths(&wanted, &args.files, &settings)?;
    let mut marked = Pictures::new();
    for mark in read_marks(&data.reader()).await?.kept {
        marked.entry(mark.actor).or_default().insert(mark.file);
    }
    let found = find_all(&wanted, &marked, "marked picture")?;
    let gone = edit_marks(data.journals.as_ref(), |all| all.unkeep(&found)).await?;
    if args.place.json {
        render::json(&json!({ "unmarked": gone }))?;
        return Ok(Exit::Success);
    }
    let lines = gone
        .iter()
        .map(|mark| format!("No longer kept: {}/{}\n", mark.actor, mark.file));
    render::out(&lines.collect::<String>())?;
    Ok(Exit::Success)
}

async fn open(
    args: &MarksArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<(Settings, DataFolder)> {
    let settings = Settings::resolve(&Flags::from(args), environment, folder)?;
    render::warnings(&settings.warnings);
    let mut missing = Missing::default();
    let process = wiring::this_process(environment);
    let (data, _) = wiring::data_folder(&settings, environment, &process, &mut missing).await?;
    missing.check()?;
    Ok((settings, data))
}

async fn list(data: &DataFolder, as_json: bool) -> anyhow::Result<Exit> {
    let marks = read_marks(&data.reader()).await?;
    if as_json {
        render::json(&marks)?;
    } else {
        render::out(&render::marks(&marks))?;
    }
    Ok(Exit::Success)
}

fn parse(files: &[String]) -> anyhow::Result<Vec<NamedPicture<'_>>> {
    all(files.iter().map(|file| NamedPicture::parse(file)))
}

fn find_all(
    wanted: &[NamedPicture<'_>],
    pictures: &Pictures,
    what: &str,
) -> anyhow::Result<Vec<(ActorId, ImageName)>> {
    let found: BTreeSet<_> = all(wanted.iter().map(|named| named.find(pictures, what)))?;
    Ok(found.into_iter().collect())
}

/// Everything, or all that is wrong at once: half of a list is never marked.
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
    anyhow::bail!("{}; nothing was marked or unmarked", wrong.join("\n  "))
}

/// A path into another data folder must not mark the picture of that name in this one.
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

/// The pictures of the actors that may be meant.
async fn pictures(
    data: &DataFolder,
    settings: &Settings,
    wanted: &[NamedPicture<'_>],
) -> anyhow::Result<Pictures> {
    let reader = data.reader();
    let discovery = pipeline::discover(&reader).await?;
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
    let mut found: Pictures = names
        .into_iter()
        .map(|actor| (actor, BTreeSet::new()))
        .collect();
    for actor in meant {
        let Some(files) = discovery.actors.get(&actor) else {
            continue;
        };
        let set = pipeline::load_set(&reader, &actor, files, &now).await?;
        let own = set.pictures.into_iter().map(|picture| picture.name);
        found.entry(actor).or_default().extend(own);
    }
    Ok(found)
}
