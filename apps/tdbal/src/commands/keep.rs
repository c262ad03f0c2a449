//! `tdbal keep` and `tdbal unkeep`: pictures that a person wants to stay.

use super::named;
use super::picture_names::Pictures;
use crate::cli::{KeepArgs, UnkeepArgs};
use crate::environment::{self as env, Environment};
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use dataset::people::keep_list::{KeepEntry, edit_keep_list, read_keep_list};
use execution::DataFolder;
use serde_json::json;
use std::path::Path;
use tdbal_types::time::Clock;

/// KeepList pictures, or lists the marks.
pub(crate) async fn keep(
    args: &KeepArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = named::open(&Flags::from(&args.place), environment, folder).await?;
    if args.list {
        return list(&data, args.place.json, &render::style(environment)).await;
    }
    let wanted = named::parse(&args.files, &settings)?;
    let pictures = named::names(&named::sets(&data, &settings, &wanted).await?);
    let found = named::find_all(&wanted, &pictures, "picture")?;
    let clock = Clock::system();
    let marked_by = environment.get(env::USER).unwrap_or("unknown");
    let marks: Vec<KeepEntry> = found
        .iter()
        .map(|(actor, file)| KeepEntry {
            actor: actor.clone(),
            file: file.clone(),
            marked_at: clock.stamp(),
            marked_by: marked_by.to_owned(),
        })
        .collect();
    let new = edit_keep_list(data.journals.as_ref(), |all| all.keep(marks.clone())).await?;
    let is_new = |mark: &&KeepEntry| new.contains(mark);
    let already: Vec<&KeepEntry> = marks.iter().filter(|mark| !is_new(mark)).collect();
    if args.place.json {
        render::json(&json!({ "marked": new, "already": already }))?;
        return Ok(Exit::Success);
    }
    let line = |what: &str, mark: &KeepEntry| format!("{what}: {}/{}\n", mark.actor, mark.file);
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
    let (settings, data) = named::open(&Flags::from(&args.place), environment, folder).await?;
    let wanted = named::parse(&args.files, &settings)?;
    let mut marked = Pictures::new();
    for mark in read_keep_list(&data.reader()).await?.kept {
        marked.entry(mark.actor).or_default().insert(mark.file);
    }
    let found = named::find_all(&wanted, &marked, "marked picture")?;
    let gone = edit_keep_list(data.journals.as_ref(), |all| all.unkeep(&found)).await?;
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

async fn list(data: &DataFolder, as_json: bool, style: &render::Style) -> anyhow::Result<Exit> {
    let marks = read_keep_list(&data.reader()).await?;
    if as_json {
        render::json(&marks)?;
    } else {
        render::out(&render::marks(&marks, style))?;
    }
    Ok(Exit::Success)
}
