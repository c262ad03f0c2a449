//! `tdbal undo`: undoes a run.

use crate::cli::UndoArgs;
use crate::commands::actors;
use crate::commands::session::Session;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use execution::undo::{UndoReport, UndoStatus};
use pipeline::ServiceNeeds;
use results::Silent;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// `tdbal undo`: undoes a run, or with `--dry-run` prints what that would do.
pub(crate) async fn undo(
    args: &UndoArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(&args.place);
    let mut session = Session::open(&flags, environment, folder, ServiceNeeds::default()).await?;
    session.check()?;
    let executor = &session.executor;
    let known = executor.data.journals.actors(&args.run).await?;
    let only = actors::named(&args.actor_id, &known)?;
    let cancel = CancellationToken::new();
    let watched = cancel.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            render::note("Stopping after the current actor.");
            watched.cancel();
        }
    });
    let report = execution::undo::undo(
        executor,
        &args.run,
        only.as_ref(),
        args.dry_run,
        &Silent,
        &cancel,
    )
    .await;
    watcher.abort();
    let report = report?;
    if args.place.json {
        render::json(&report)?;
    } else {
        render::out(&render::undo(&report, &render::style(environment)))?;
    }
    Ok(exit_of(&report))
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
