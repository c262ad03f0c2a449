//! `tdbal stats`: counts pictures, like `show_stats` of the original system (the scripts that tdbal
//! replaces).

use crate::cli::StatsArgs;
use crate::commands::actors::require_actors;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use crate::wiring::{self, Missing};
use std::path::Path;
use tdbal_types::time::Clock;

/// `tdbal stats`: prints the number of pictures of every actor, without reading any of them.
pub(crate) async fn stats(
    args: &StatsArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(&Flags::from(args), environment, folder)?;
    render::warnings(&settings.warnings);
    let mut missing = Missing::default();
    let process = wiring::this_process(environment);
    let (data, _) = wiring::data_folder(&settings, environment, &process, &mut missing).await?;
    missing.check()?;
    let reader = data.reader();
    let discovery = dataset::discover(&reader).await?;
    render::warnings(&discovery.warnings);
    require_actors(&discovery, &settings)?;
    let target = |actor: &_| settings.targets.of(actor);
    let stats = dataset::stats::stats(&reader, &discovery, target, &Clock::system()).await;
    if args.json {
        render::json(&stats)?;
    } else {
        render::out(&render::stats(&stats, &render::style(environment)))?;
    }
    Ok(if stats.failed > 0 {
        Exit::ActorsFailed
    } else {
        Exit::Success
    })
}
