//! `tdbal calibrate`: measures how well each judge agrees with people's labels.

use crate::cli::CalibrateArgs;
use crate::commands::actors::{self, require_actors};
use crate::commands::session::{Session, basis, supervise};
use crate::commands::whole_file::write;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use anyhow::Context as _;
use dataset::Discovery;
use dataset::people::labels::read_labels;
use pipeline::calibrate::{
    self, CalibrationEstimate, CalibrationReport, CalibrationRequest, LabelledPicture, labelled,
};
use pipeline::{BucketReason, ServiceNeeds};
use std::path::Path;
use tdbal_types::ActorId;
use verdict::LookPolicy;

/// `tdbal calibrate`: judges the labelled pictures and prints how good the judges are.
pub(crate) async fn calibrate(
    args: &CalibrateArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(&Flags::from(args), environment, folder)?;
    render::warnings(&settings.warnings);
    let mut session = Session::with_settings(settings, environment, ServiceNeeds::MODEL).await?;
    let discovery = dataset::discover(&session.executor.data.reader()).await?;
    render::warnings(&discovery.warnings);
    require_actors(&discovery, &session.settings)?;
    let labelled = labelled_pictures(args, &session, &discovery).await?;
    let request = request(args, &session, &discovery, labelled)?;
    prepare(args, &mut session, &discovery, &request).await?;
    let executor = &session.executor;
    let judged = supervise(&args.common, async |observer, cancel| {
        calibrate::judge(
            &executor.evaluation,
            &executor.settings,
            &discovery,
            &request,
            observer,
            cancel,
        )
        .await
    })
    .await?;
    if let Some(stopped) = &judged.stopped {
        let why = render::why_stopped(stopped).unwrap_or_default();
        render::note(&format!(
            "Stopped early: {why}\nNothing was compared; answers are cached, so a new start does not \
             pay for them again."
        ));
        return Ok(Exit::of_run(stopped));
    }
    let report = calibrate::compare(&executor.evaluation, &request, judged).await?;
    publish(args, &report, &session.style())?;
    let is_complete = report.left_out.is_empty() && report.suspicions.is_empty();
    Ok(if is_complete {
        Exit::Success
    } else {
        Exit::ActorsFailed
    })
}

/// The labelled pictures that the flags select.
///
/// # Errors
/// When there are none.
async fn labelled_pictures(
    args: &CalibrateArgs,
    session: &Session<'_>,
    discovery: &Discovery,
) -> anyhow::Result<Vec<LabelledPicture>> {
    let all = discovery.names();
    let labelled = match &args.labels {
        Some(path) => read_labels_file(path, &all)?,
        None => labelled::of_labels(&read_labels(&session.executor.data.reader()).await?),
    };
    let named = actors::named(&args.actor_id, &all)?;
    let sample = args.sample.map(std::num::NonZero::get);
    let labelled = labelled::choose(labelled, named.as_ref(), sample);
    let whose = match named {
        Some(_) => " of the selected actors",
        None => "",
    };
    anyhow::ensure!(
        !labelled.is_empty(),
        "no pictures{whose} are labelled yet; nothing to compare against: label some with tdbal label \
         FILE CLASS or tdbal review, or use --labels FILE"
    );
    Ok(labelled)
}

fn read_labels_file(path: &Path, actors: &[ActorId]) -> anyhow::Result<Vec<LabelledPicture>> {
    let cannot = || format!("cannot use the labels in {}", path.display());
    let bytes = std::fs::read(path).with_context(cannot)?;
    labelled::parse(&bytes, actors).with_context(cannot)
}

fn request(
    args: &CalibrateArgs,
    session: &Session<'_>,
    discovery: &Discovery,
    labelled: Vec<LabelledPicture>,
) -> anyhow::Result<CalibrationRequest> {
    let actors = CalibrationRequest::actors_of(&labelled, discovery);
    Ok(CalibrationRequest {
        actors: actors
            .into_iter()
            .map(|actor| (actor.clone(), session.settings.policy_of(&actor)))
            .collect(),
        labelled,
        look: args.judging.look.unwrap_or(LookPolicy::Close),
        sheet_run: session.new_run_id()?,
        close_run: session.new_run_id()?,
        basis: basis(session),
    })
}

/// Checks that everything needed is there and that the expected cost fits into the budget, and prints
/// the expected cost.
///
/// # Errors
/// When something is missing, or the expected cost exceeds the budget.
async fn prepare(
    args: &CalibrateArgs,
    session: &mut Session<'_>,
    discovery: &Discovery,
    request: &CalibrationRequest,
) -> anyhow::Result<()> {
    let CalibrationEstimate {
        calls,
        cost_usd,
        needs_bucket,
    } = calibrate::estimate(&session.executor.evaluation, discovery, request).await;
    let bucket = needs_bucket.map(BucketReason::ActorPictures);
    session.require_bucket(bucket).await;
    session.check()?;
    let executor = &session.executor;
    pipeline::check_budget(cost_usd, &executor.settings.limits)?;
    if !args.common.quiet {
        render::note(&format!(
            "Calibrating: {} of {}, judged by {}: about {}, {cost_usd}",
            render::count(request.labelled.len(), "labelled picture"),
            render::count(request.actors.len(), "actor"),
            executor.evaluation.model,
            render::count(calls, "call"),
        ));
    }
    Ok(())
}

fn publish(
    args: &CalibrateArgs,
    report: &CalibrationReport,
    style: &render::Style,
) -> anyhow::Result<()> {
    if let Some(path) = &args.svg {
        let plot = calibration::plot_svg(&report.calibration);
        write(path, plot.as_bytes())
            .with_context(|| format!("cannot write the plot to {}: see --svg", path.display()))?;
    }
    if args.common.json {
        render::json(report)?;
    } else {
        render::out(&render::calibration(report, style))?;
    }
    Ok(())
}
