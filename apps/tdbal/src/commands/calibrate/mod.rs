//! `tdbal calibrate`: how far each judge agrees with what persons say.
//!
//! The actors with labelled pictures are judged by the ordinary dry run, as if nobody had said anything:
//! sheets first, then the labelled pictures alone. Its results go to a folder of their own; its answers
//! are kept with those of other runs.

mod samples;
mod words;

use super::looking::{basis, require_actors};
use super::plan::write;
use super::session::{Needs, Session, supervise};
use crate::cli::CalibrateArgs;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render::{self, Calibrated, LeftOut, WrongVerdict};
use crate::settings::{Flags, Settings};
use anyhow::Context as _;
use calibration::Judge;
use dataset::Discovery;
use dataset::people::labels::{Labels, Statement, read_labels};
use evaluation::Evaluation;
use evaluation::model::answer_cache::{PaidAnswers, paid_answers};
use pipeline::{Resume, RunRequest};
use results::{ActorReport, ActorStatus, Mode, RunReport};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, ActorQuery, Digest, Usd};
use verdict::LookPolicy;
use vision_eval::LookKind;
use words::Word;

/// The folder of its results, below the output folder.
const FOLDER: &str = "calibration";

/// Judges labelled pictures, and tells how well.
pub(crate) async fn calibrate(
    args: &CalibrateArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(&Flags::from(args), environment, folder)?;
    render::warnings(&settings.warnings);
    let needs = Needs {
        model: true,
        generator: false,
    };
    let mut session = Session::with_settings(settings, environment, needs).await?;
    let discovery = dataset::discover(&session.executor.data.reader()).await?;
    render::warnings(&discovery.warnings);
    require_actors(&discovery, &session.settings)?;
    let words = words(args, &session, &discovery).await?;
    let output = session.executor.evaluation.output.clone();
    let _lock = output.lock()?;
    session.executor.evaluation.output = output.below(FOLDER);
    let mut judging = Judging {
        args,
        discovery: &discovery,
        words: &words,
        evaluations: BTreeMap::new(),
        failures: BTreeMap::new(),
        suspicions: BTreeSet::new(),
        spent: Usd::ZERO,
    };
    judging.prepare(&mut session).await?;
    if let Some(stopped) = judging.judge(&mut session).await? {
        let why = render::why_stopped(&stopped).unwrap_or_default();
        render::note(&format!(
            "Stopped early: {why}\nNothing was compared; what was answered is kept."
        ));
        return Ok(Exit::of_run(&stopped));
    }
    let calibrated = judging.compare(&session).await?;
    publish(args, &calibrated, &render::style(environment))?;
    let is_whole = calibrated.left_out.is_empty() && calibrated.suspicions.is_empty();
    Ok(if is_whole {
        Exit::Success
    } else {
        Exit::ActorsFailed
    })
}

/// What persons say of the pictures that are asked for.
///
/// # Errors
/// When nobody said anything of them.
async fn words(
    args: &CalibrateArgs,
    session: &Session<'_>,
    discovery: &Discovery,
) -> anyhow::Result<Vec<Word>> {
    let all = discovery.names();
    let words = match &args.labels {
        Some(path) => words::of_file(path, &all)?,
        None => words::of_labels(&read_labels(&session.executor.data.reader()).await?),
    };
    let named = args.actor_id.iter();
    let named: BTreeSet<ActorId> = named
        .map(|id| ActorQuery(id.clone()).resolve(&all))
        .collect::<Result<_, _>>()?;
    let named = Some(&named).filter(|named| !named.is_empty());
    let sample = args.sample.map(std::num::NonZero::get);
    let words = words::choose(words, named, sample);
    let whose = match named {
        Some(_) => " of the actors that are named",
        None => "",
    };
    anyhow::ensure!(
        !words.is_empty(),
        "no person said what any picture{whose} is, so that there is nothing to compare with: say it \
         with tdbal label FILE CLASS, or go through the doubtful ones with tdbal review, or see \
         --labels FILE"
    );
    Ok(words)
}

/// A calibration that is under way.
struct Judging<'a> {
    args: &'a CalibrateArgs,
    discovery: &'a Discovery,
    words: &'a [Word],
    /// What came of each actor.
    evaluations: BTreeMap<ActorId, Evaluation>,
    /// Why nothing came of an actor.
    failures: BTreeMap<ActorId, String>,
    /// Why the model is not to be believed.
    suspicions: BTreeSet<String>,
    /// What was paid in this run.
    spent: Usd,
}

impl Judging<'_> {
    fn look(&self) -> LookPolicy {
        self.args.judging.look.unwrap_or(LookPolicy::Close)
    }

    /// The actors with labelled pictures.
    fn actors(&self) -> Vec<ActorId> {
        let known = |actor: &&ActorId| self.discovery.actors.contains_key(*actor);
        let actors: BTreeSet<&ActorId> = self.words.iter().map(|word| &word.actor).collect();
        actors.into_iter().filter(known).cloned().collect()
    }

    /// Sees to it that everything is there, and tells what to expect.
    ///
    /// # Errors
    /// When something is missing, or the budget does not reach.
    async fn prepare(&self, session: &mut Session<'_>) -> anyhow::Result<()> {
        let actors = self.actors();
        let executor = &mut session.executor;
        executor.evaluation.settings.judging.look = match self.look() {
            LookPolicy::Close => LookPolicy::Sheet,
            look => look,
        };
        let survey =
            pipeline::estimate(&executor.evaluation, self.discovery, &actors, Mode::DryRun).await;
        if let Some(actor) = &survey.needs_bucket {
            let reason = format!("pictures of {actor} are in S3");
            session.require_buckets(&reason).await;
        }
        session.check()?;
        let executor = &session.executor;
        let alone = self.alone(session).await;
        let edge = executor.evaluation.settings.look.close_edge;
        let estimate = executor
            .evaluation
            .model
            .estimate(LookKind::Close, 1, edge, edge);
        let cost = survey.cost_usd + estimate.cost * alone as u64;
        pipeline::check_budget(cost, &executor.settings.limits)?;
        if !self.args.common.quiet {
            render::note(&format!(
                "Calibrating: {} of {}, judged by {}: about {}, {cost}",
                render::count(self.words.len(), "labelled picture"),
                render::count(actors.len(), "actor"),
                executor.evaluation.model,
                render::count(survey.calls + alone, "call"),
            ));
        }
        Ok(())
    }

    /// How many labelled pictures are still to be looked at alone.
    async fn alone(&self, session: &Session<'_>) -> usize {
        if self.look() != LookPolicy::Close {
            return 0;
        }
        let executor = &session.executor;
        let mut alone = 0;
        for actor in self.actors() {
            if executor.evaluation.model.repertoire(&actor).await
                == vision_eval::Repertoire::OneSheet
            {
                continue;
            }
            let paid = paid(session, &actor).await;
            let words = self.words.iter().filter(|word| word.actor == actor);
            let is_known = |word: &&Word| match &word.picture {
                words::Named::Bytes(digest, _) if !executor.evaluation.settings.fresh => {
                    paid.get(digest).is_some_and(|paid| paid.close.is_some())
                }
                _ => false,
            };
            alone += words.filter(|word| !is_known(word)).count();
        }
        alone
    }

    /// Judges the actors: on sheets, and their labelled pictures alone. Gives the report of a run that
    /// ended early.
    async fn judge(&mut self, session: &mut Session<'_>) -> anyhow::Result<Option<RunReport>> {
        session.executor.evaluation.settings.labels = Some(Labels::default());
        let stopped = self.pass(session, self.actors()).await?;
        if stopped.is_some() || self.look() != LookPolicy::Close {
            return Ok(stopped);
        }
        // Recordings of the old form have no look at one picture.
        let evaluations = self.evaluations.values();
        let actors: Vec<ActorId> = evaluations
            .filter(|evaluation| !evaluation.inquiry.one_sheet)
            .map(|evaluation| evaluation.actor_id.clone())
            .collect();
        if actors.is_empty() {
            return Ok(None);
        }
        let settings = &mut session.executor.evaluation.settings;
        settings.judging.look = LookPolicy::Close;
        settings.labels = Some(self.all_but_labelled());
        // What was asked anew is not asked once more.
        settings.fresh = false;
        let budget = &mut session.executor.settings.limits.budget;
        *budget =
            budget.map(|whole| Usd::from_nanos(whole.nanos().saturating_sub(self.spent.nanos())));
        self.pass(session, actors).await
    }

    /// PersonInput that settle every picture that no person spoke of, so that it is not looked at alone.
    fn all_but_labelled(&self) -> Labels {
        let mut settled = Labels::default();
        // Of all actors: the same bytes may be in the set of another one.
        let labelled: BTreeSet<Digest> = self
            .words
            .iter()
            .filter_map(|word| {
                let evaluation = self.evaluations.get(&word.actor)?;
                Some(samples::find(evaluation, &word.picture)?.sha256)
            })
            .collect();
        for (actor, evaluation) in &self.evaluations {
            for judged in &evaluation.judged {
                let Some(picture) = evaluation.picture(&judged.file_name) else {
                    continue;
                };
                if labelled.contains(&picture.sha256) {
                    continue;
                }
                let statement = Statement {
                    actor: actor.clone(),
                    file: judged.file_name.clone(),
                    class: Some(judged.verdict.class),
                    quality: Some(judged.verdict.quality),
                    wish: None,
                    said_at: evaluation.evaluated_at.clone(),
                    said_by: "tdbal calibrate".to_owned(),
                };
                settled.say(picture.sha256, statement);
            }
        }
        settled
    }

    /// One dry run over these actors. Gives its report if it ended early.
    async fn pass(
        &mut self,
        session: &Session<'_>,
        actors: Vec<ActorId>,
    ) -> anyhow::Result<Option<RunReport>> {
        let executor = &session.executor;
        let settings = &session.settings;
        let request = RunRequest {
            run_id: tdbal_types::time::new_run_id(Clock::system().now(), &mut rand::rng())?,
            actors: actors
                .into_iter()
                .map(|actor| (actor.clone(), settings.policy_of(&actor)))
                .collect(),
            mode: Mode::DryRun,
            resume: Resume::No,
            basis: basis(session),
        };
        let discovery = self.discovery;
        let (_, report) = supervise(&self.args.common, async |observer, cancel| {
            pipeline::plan(
                &executor.evaluation,
                &executor.settings,
                discovery,
                &request,
                observer,
                cancel,
            )
            .await
        })
        .await?;
        self.spent += report.totals.cost_usd;
        self.suspicions.extend(report.suspicions.iter().cloned());
        for actor in &report.actors {
            let evaluation =
                evaluation::evaluation::read_evaluation(&executor.evaluation.output, &actor.actor)
                    .await;
            match evaluation.filter(|evaluation| evaluation.run_id == request.run_id) {
                Some(evaluation) => {
                    self.failures.remove(&actor.actor);
                    self.evaluations.insert(actor.actor.clone(), evaluation);
                }
                None => {
                    self.failures.insert(actor.actor.clone(), failure(actor));
                }
            }
        }
        Ok(report.stopped.is_some().then_some(report))
    }

    /// Puts the answers beside the words.
    ///
    /// # Errors
    /// When there is no answer about any of the pictures.
    async fn compare(self, session: &Session<'_>) -> anyhow::Result<Calibrated> {
        let mut samples = Vec::new();
        let (mut wrong, mut left_out) = (Vec::new(), Vec::new());
        let mut compared = BTreeSet::new();
        let mut paid_by_actor = BTreeMap::new();
        for actor in self.evaluations.keys() {
            paid_by_actor.insert(actor.clone(), paid(session, actor).await);
        }
        let none = BTreeMap::new();
        for word in self.words {
            let actor = &word.actor;
            let found = match self.evaluations.get(actor) {
                Some(evaluation) => {
                    let paid = paid_by_actor.get(actor).unwrap_or(&none);
                    samples::compare(evaluation, paid, word)
                }
                None => Err(self.why_not(actor)),
            };
            match found {
                Ok(one) => {
                    compared.insert(actor.clone());
                    let said = one.sample.answers.get(&Judge::Verdict);
                    if let (Some(human), Some(verdict)) =
                        (word.said.class, said.and_then(|given| given.class))
                        && human != verdict
                    {
                        wrong.push(WrongVerdict {
                            actor: actor.clone(),
                            file: one.name,
                            human,
                            verdict,
                        });
                    }
                    samples.push(one.sample);
                }
                Err(reason) => left_out.push(LeftOut {
                    actor: actor.clone(),
                    picture: word.picture.to_string(),
                    reason,
                }),
            }
            if let Some(reason) = self.failures.get(actor)
                && self.evaluations.contains_key(actor)
            {
                let picture = word.picture.to_string();
                let reason = format!("not looked at alone: {reason}");
                left_out.push(LeftOut {
                    actor: actor.clone(),
                    picture,
                    reason,
                });
            }
        }
        if samples.is_empty() {
            let first = left_out.first().context("nothing was labelled")?;
            anyhow::bail!(
                "none of the labelled pictures could be judged; {}/{}: {}",
                first.actor,
                first.picture,
                first.reason
            );
        }
        Ok(Calibrated {
            calibration: calibration::calibrate(&samples),
            model: session.executor.evaluation.model.identity(),
            actors: compared.len(),
            wrong,
            left_out,
            suspicions: self.suspicions.into_iter().collect(),
            paid_now_usd: self.spent,
        })
    }

    fn why_not(&self, actor: &ActorId) -> String {
        let known = self.failures.get(actor).cloned();
        known.unwrap_or_else(|| "there is no such actor in the data now".to_owned())
    }
}

async fn paid(session: &Session<'_>, actor: &ActorId) -> BTreeMap<Digest, PaidAnswers> {
    let executor = &session.executor;
    paid_answers(
        &executor.evaluation.output,
        actor,
        &executor.evaluation.model.identity(),
    )
    .await
}

/// Why nothing came of an actor, in words.
fn failure(report: &ActorReport) -> String {
    match &report.status {
        ActorStatus::Failed { error } | ActorStatus::Unassessed { error } => error.clone(),
        ActorStatus::Skipped { reason } => reason.clone(),
        _ => "its evaluation cannot be read".to_owned(),
    }
}

fn publish(
    args: &CalibrateArgs,
    calibrated: &Calibrated,
    style: &render::Style,
) -> anyhow::Result<()> {
    if let Some(path) = &args.svg {
        let drawn = calibration::plot_svg(&calibrated.calibration);
        write(path, drawn.as_bytes())
            .with_context(|| format!("cannot draw into {}: see --svg", path.display()))?;
    }
    if args.common.json {
        render::json(calibrated)?;
    } else {
        render::out(&render::calibration(calibrated, style))?;
    }
    Ok(())
}
