//! `tdbal log`: shows what earlier runs did to which picture, when and why.

use crate::cli::LogArgs;
use crate::commands::session::Session;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use execution::DataFolder;
use pipeline::{HistoryQuery, ServiceNeeds};
use std::collections::BTreeSet;
use std::path::Path;
use tdbal_types::{ActorId, ActorQuery};

/// `tdbal log`: prints the history that the flags ask for, or without flags one line for each run.
pub(crate) async fn log(
    args: &LogArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(&args.place);
    let mut session = Session::open(&flags, environment, folder, ServiceNeeds::default()).await?;
    session.check()?;
    let data = &session.executor.data;
    if args.run.is_none() && args.actor_id.is_none() && args.file.is_none() {
        let runs = pipeline::runs(data).await?;
        if args.place.json {
            render::json(&runs)?;
        } else {
            render::out(&render::runs(&runs, &render::style(environment)))?;
        }
        return Ok(Exit::Success);
    }
    let query = HistoryQuery {
        run: args.run.clone(),
        actor: match &args.actor_id {
            Some(id) => Some(ActorQuery(id.clone()).resolve(&actors(data).await?)?),
            None => None,
        },
        file: args.file.clone(),
    };
    let lines = pipeline::history(data, &query).await?;
    if args.place.json {
        render::json(&lines)?;
    } else {
        render::out(&render::history(&lines, &render::style(environment)))?;
    }
    Ok(Exit::Success)
}

/// Every actor that a run changed or started to change.
async fn actors(data: &DataFolder) -> anyhow::Result<Vec<ActorId>> {
    let mut actors = BTreeSet::new();
    for run in data.journals.runs().await? {
        actors.extend(data.journals.actors(&run).await?);
    }
    Ok(actors.into_iter().collect())
}
