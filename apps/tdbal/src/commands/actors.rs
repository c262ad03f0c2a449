//! The actors that a command is about.

use crate::cli::{ActorArgs, Cli};
use crate::exit::Exit;
use crate::settings::Settings;
use clap::CommandFactory as _;
use dataset::Discovery;
use selection::{ActorSelection, select_actors};
use std::collections::BTreeSet;
use storage::DataLocation;
use tdbal_types::ActorId;

/// Prints the usage error of a command that was given no actors.
pub(super) fn missing_actors() -> Exit {
    let kind = clap::error::ErrorKind::MissingRequiredArgument;
    let error = Cli::command().error(kind, "no actors selected: use --all or --actor-id ID");
    let _ = error.print();
    Exit::Usage
}

/// Fails if the data set has no actors.
pub(super) fn require_actors(discovery: &Discovery, settings: &Settings) -> anyhow::Result<()> {
    if !discovery.actors.is_empty() {
        return Ok(());
    }
    let searched = match &settings.data {
        DataLocation::Folder(path) => path.join("actors").display().to_string(),
        DataLocation::Bucket { bucket, prefix } => {
            format!(
                "s3://{bucket}/{}",
                format!("{prefix}/actors").trim_start_matches('/')
            )
        }
    };
    anyhow::bail!(
        "No actors found with training data in {searched}: check that the folder exists and that \
         actors in it have training_data/manifest.json or pictures (see --data-dir)"
    )
}

/// The actors that the flags of a run select.
pub(super) fn select(args: &ActorArgs, discovery: &Discovery) -> anyhow::Result<Vec<ActorId>> {
    let selection = if args.all {
        ActorSelection::All
    } else {
        ActorSelection::Named(&args.actor_id)
    };
    Ok(select_actors(selection, &discovery.names())?)
}

/// The actors that `--actor-id` names among `known`, or `None` if the flag was not given.
pub(super) fn named(
    ids: &[String],
    known: &[ActorId],
) -> anyhow::Result<Option<BTreeSet<ActorId>>> {
    if ids.is_empty() {
        return Ok(None);
    }
    let actors = select_actors(ActorSelection::Named(ids), known)?;
    Ok(Some(actors.into_iter().collect()))
}
