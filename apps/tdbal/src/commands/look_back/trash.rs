//! `tdbal trash`: lists what runs removed, and deletes it permanently. No other command does.

use crate::cli::{TrashCommand, TrashListArgs, TrashPurgeArgs};
use crate::commands::session::Session;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use execution::trash::TrashOfRun;
use pipeline::ServiceNeeds;
use serde_json::json;
use std::io::BufRead as _;
use std::path::Path;

/// `tdbal trash list` and `tdbal trash purge`.
pub(crate) async fn trash(
    command: &TrashCommand,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    match command {
        TrashCommand::List(args) => list(args, environment, folder).await,
        TrashCommand::Purge(args) => Box::pin(purge(args, environment, folder)).await,
    }
}

async fn list(
    args: &TrashListArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(&args.place);
    let mut session = Session::open(&flags, environment, folder, ServiceNeeds::default()).await?;
    session.check()?;
    let found = execution::trash::trash(&session.executor, args.run.as_ref()).await?;
    if args.place.json {
        render::json(&json!({ "runs": found }))?;
    } else {
        render::out(&render::trash(
            &found,
            args.run.is_some(),
            &render::style(environment),
        ))?;
    }
    Ok(Exit::Success)
}

async fn purge(
    args: &TrashPurgeArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(&args.place);
    let mut session = Session::open(&flags, environment, folder, ServiceNeeds::default()).await?;
    session.check()?;
    let executor = &session.executor;
    let now = executor.evaluation.clock.now();
    let found = execution::trash::trash(executor, None).await?;
    let (old, rest): (Vec<TrashOfRun>, Vec<TrashOfRun>) = found
        .into_iter()
        .partition(|run| run.may_go(now, args.older_than));
    for run in &rest {
        if let Some(why) = &run.in_use {
            render::warning(&format!("keeping the trash of run {}: {why}", run.run_id));
        }
    }
    let files: usize = old.iter().map(|run| run.files.len()).sum();
    if files > 0 && !args.yes && !is_confirmed(&old, files, &render::style(environment))? {
        anyhow::bail!("not confirmed; nothing was deleted");
    }
    let mut deleted = 0;
    for run in &old {
        deleted += execution::trash::purge(executor, run).await?;
    }
    let runs = old.len();
    if args.place.json {
        render::json(
            &json!({ "deleted": deleted, "runs": old.iter().map(|run| &run.run_id).collect::<Vec<_>>() }),
        )?;
    } else if deleted == 0 {
        render::out("Nothing to purge: no trash is old enough\n")?;
    } else {
        let files = render::count(deleted, "file");
        let runs = render::count(runs, "run");
        render::out(&format!("Permanently deleted {files} of {runs}\n"))?;
    }
    Ok(Exit::Success)
}

/// Asks the operator to confirm by typing the number of files.
fn is_confirmed(old: &[TrashOfRun], files: usize, style: &render::Style) -> anyhow::Result<bool> {
    render::note(render::trash(old, false, style).trim_end());
    render::note(&format!(
        "\nThis permanently deletes {}, which cannot be undone. Type {files} to continue:",
        render::count(files, "file")
    ));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == files.to_string())
}
