//! `tdbal keep` and `tdbal unkeep`: adds pictures to the keep list, or removes them from it.

use super::pictures;
use crate::cli::{KeepArgs, UnkeepArgs};
use crate::environment::{self as env, Environment};
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use dataset::people::keep_list::{KeepEntry, edit_keep_list, read_keep_list};
use execution::DataFolder;
use selection::Pictures;
use serde_json::json;
use std::path::Path;
use tdbal_types::time::Clock;

/// `tdbal keep`: adds pictures to the keep list, or with `--list` prints it.
pub(crate) async fn keep(
    args: &KeepArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = pictures::open(&Flags::from(&args.place), environment, folder).await?;
    if args.list {
        return list(&data, args.place.json, &render::style(environment)).await;
    }
    let queries = pictures::parse(&args.files, &settings)?;
    let names = pictures::names(&pictures::sets(&data, &settings, &queries).await?);
    let found = pictures::find_all(&queries, &names, "picture")?;
    let clock = Clock::system();
    let marked_by = environment.get(env::USER).unwrap_or("unknown");
    let entries: Vec<KeepEntry> = found
        .iter()
        .map(|(actor, file)| KeepEntry {
            actor: actor.clone(),
            file: file.clone(),
            marked_at: clock.stamp(),
            marked_by: marked_by.to_owned(),
        })
        .collect();
    let new = edit_keep_list(data.journals.as_ref(), |list| list.keep(entries.clone())).await?;
    let is_new = |entry: &KeepEntry| new.contains(entry);
    let already: Vec<&KeepEntry> = entries.iter().filter(|entry| !is_new(entry)).collect();
    if args.place.json {
        render::json(&json!({ "marked": new, "already": already }))?;
        return Ok(Exit::Success);
    }
    let line = |entry: &KeepEntry| {
        let what = if is_new(entry) {
            "Kept"
        } else {
            "Already kept"
        };
        format!("{what}: {}/{}\n", entry.actor, entry.file)
    };
    let text: String = entries.iter().map(line).collect();
    render::out(&text)?;
    Ok(Exit::Success)
}

/// `tdbal unkeep`: removes pictures from the keep list.
pub(crate) async fn unkeep(
    args: &UnkeepArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = pictures::open(&Flags::from(&args.place), environment, folder).await?;
    let queries = pictures::parse(&args.files, &settings)?;
    let mut kept = Pictures::new();
    for entry in read_keep_list(&data.reader()).await?.kept {
        kept.entry(entry.actor).or_default().insert(entry.file);
    }
    let found = pictures::find_all(&queries, &kept, "kept picture")?;
    let removed = edit_keep_list(data.journals.as_ref(), |list| list.unkeep(&found)).await?;
    if args.place.json {
        render::json(&json!({ "unmarked": removed }))?;
        return Ok(Exit::Success);
    }
    let lines = removed
        .iter()
        .map(|entry| format!("No longer kept: {}/{}\n", entry.actor, entry.file));
    render::out(&lines.collect::<String>())?;
    Ok(Exit::Success)
}

async fn list(data: &DataFolder, as_json: bool, style: &render::Style) -> anyhow::Result<Exit> {
    let list = read_keep_list(&data.reader()).await?;
    if as_json {
        render::json(&list)?;
    } else {
        render::out(&render::marks(&list, style))?;
    }
    Ok(Exit::Success)
}
