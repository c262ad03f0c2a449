//! `tdbal undo`: a run is taken back.

use super::session::{Needs, Session};
use crate::cli::UndoArgs;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use execution::undo::{UndoReport, UndoStatus};
use results::Silent;
use std::collections::BTreeSet;
use std::path::Path;
use tdbal_types::{ActorId, ActorQuery};
use tokio_util::sync::CancellationToken;

/// Takes a run back, or says what that would do.
pub(crate) async fn undo(
    args: &UndoArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(&args.place);
    let mut session = Session::open(&flags, environment, folder, Needs::default()).await?;
    session.check()?;
    let executor = &session.executor;
    let known = executor.data.journals.actors(&args.run).await?;
    let only = select(&args.actor_id, &known)?;
    let cancel = CancellationToken::new();
    let watched = cancel.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            render::note("Stopping when the actor in hand is done.");
            watched.cancel();
        }
    });
    let only = (!only.is_empty()).then_some(&only);
    let report =
        execution::undo::undo(executor, &args.run, only, args.dry_run, &Silent, &cancel).await;
    watcher.abort();
    let report = report?;
    if args.place.json {
        render::json(&report)?;
    } else {
        render::out(&render::undo(&report, &render::style(environment)))?;
    }
    Ok(exit_of(&report))
}

fn select(ids: &[String], known: &[ActorId]) -> anyhow::Result<BTreeSet<ActorId>> {
    let mut actors = BTreeSet::new();
    for id in ids {
        actors.insert(ActorQuery(id.clone()).resolve(known)?);
    }
    Ok(actors)
}

fn exit_of(report: &UndoReport) -> Exit {
    let statuses = report.actors.iter().map(|actor| match &actor.status {
        UndoStatus::Refused { .. } | UndoStatus::Failed { .. } => Exit::ActorsFailed,
        UndoStatus::Remaining => Exit::Interrupted,
        UndoStatus::ToUndo
        | UndoStatus::Undone
        | UndoStatus::UndoneAlready
        | UndoStatus::Unchanged => Exit::Success,
    });
    statuses.fold(Exit::Success, Exit::and)
}
