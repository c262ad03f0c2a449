//! Whether the model looks at the pictures at all: control sheets during a run, and a check of all its
//! answers at the end.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::model::call::{Spending, assess};
use crate::model::trust_cache::TrustCache;
use crate::pictures::sheet::image_of;
use crate::pictures::workers::blocking;
use evidence::Tone;
use results::error::OutputError;
use std::collections::BTreeMap;
use storage::sha256;
use tdbal_types::{ActorId, Digest, ImageClass, SheetNumber, Usd};
use tokio::sync::Mutex;
use verdict::{ActorVotes, ControlOutcome, ControlResult, SheetVote};
use vision_eval::{LookKind, Question, Repertoire, Shown};

/// The name that stands for the actor in control questions. No folder of that name is read.
const CONTROL: &str = "control_sheet";
/// Number of cells of a control sheet: twice as many as a usual set has, so neither a few errors nor luck
/// decide the outcome.
const CELLS: usize = 40;
/// Maximum number of control sheets in a row, while their outcome is not clear. A model that answers without
/// looking passes with a probability of 2 in 1000; `docs/trust.md` has the figures.
const MAX_SHEETS_IN_A_ROW: usize = 3;

/// What a run knows about how far its model can be trusted, shared by all actors.
#[derive(Debug, Default)]
pub struct ModelTrust {
    state: Mutex<TrustState>,
}

#[derive(Debug, Default)]
struct TrustState {
    /// Number of rounds of questions so far.
    rounds: usize,
    /// Why an earlier run distrusted the model; empty if none did.
    distrusted: Vec<String>,
    /// The results of the control sheets of this run.
    results: Vec<ControlResult>,
}

/// The answers about one actor, from which trust in the model is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorAnswers {
    /// Every sheet that a vote comes from.
    pub sheets: Vec<SheetVote>,
    /// Whether each picture is monochrome, by its pixels.
    pub tones: BTreeMap<Digest, Tone>,
}

impl ModelTrust {
    /// Shows the model control sheets if they are due. To be called before each round of questions about
    /// an actor.
    ///
    /// Control sheets are due before the first round and then before every
    /// [`control_every`](crate::EvaluationSettings::control_every)th round: one sheet, and further ones
    /// while the outcome is not clear. The results are saved for later runs that find all answers in the
    /// cache.
    ///
    /// Fails if the model is distrusted, if it fails in a way that stops the run, or if the results cannot
    /// be saved.
    pub(crate) async fn before_asking(
        &self,
        context: &EvaluationContext,
        spending: &mut Spending,
    ) -> Result<(), EvaluationError> {
        let settings = &context.settings;
        let every = settings.control_every;
        let mut state = self.state.lock().await;
        let round = state.rounds;
        state.rounds += 1;
        if round == 0 && settings.fresh {
            TrustCache::start_over(context).await?;
        }
        if round == 0 && !settings.fresh {
            state.distrusted = TrustCache::of_model(context).await.reasons(context);
        }
        if !state.distrusted.is_empty() {
            // Further answers would not be trusted either, so none is paid for.
            return Err(distrust(&state.distrusted));
        }
        if every == 0 || round % every != 0 {
            return Ok(());
        }
        for _ in 0..MAX_SHEETS_IN_A_ROW {
            // The seed is the number of the sheet, so recorded answers fit when a run is repeated.
            let seed = state.results.len() as u64;
            match control(context, seed, spending).await {
                Ok(Some(result)) => state.results.push(result),
                Ok(None) => break,
                Err(error @ (EvaluationError::StopsRun { .. } | EvaluationError::Interrupted)) => {
                    return Err(error);
                }
                Err(error) => {
                    spending.cost += error.cost();
                    tracing::warn!(error = %error.chain(), "no answer to a control sheet");
                    // Shows a control sheet before the next round instead.
                    state.rounds = round;
                    break;
                }
            }
            TrustCache::save_results(context, &state.results).await?;
            if verdict::control_outcome(&state.results, &settings.trust) != ControlOutcome::Unproven
            {
                break;
            }
        }
        Ok(())
    }

    /// Checks the answers about all actors of a run and returns why the model cannot be trusted; empty if
    /// it can. Reasons are saved for later runs.
    ///
    /// # Errors
    /// If the reasons cannot be saved.
    pub async fn suspicions(
        &self,
        context: &EvaluationContext,
        answers_by_actor: &BTreeMap<ActorId, ActorAnswers>,
    ) -> Result<Vec<String>, OutputError> {
        if answers_by_actor.is_empty() {
            return Ok(Vec::new());
        }
        let actors: Vec<ActorVotes<'_>> = answers_by_actor
            .iter()
            .map(|(actor, actor_answers)| ActorVotes {
                actor,
                sheets: &actor_answers.sheets,
                tones: actor_answers.tones.clone(),
            })
            .collect();
        let settings = &context.settings;
        let saved = TrustCache::of_model(context).await;
        let mut controls = self.state.lock().await.results.clone();
        if controls.is_empty() && settings.control_every > 0 {
            controls.clone_from(&saved.results);
        }
        let found = verdict::suspicions(&actors, &controls, &settings.trust);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        if found.is_empty() {
            // A few actors may look normal although an earlier run of many did not.
            return Ok(saved.distrusted);
        }
        // A comparison with labels that are not stored must not affect later runs.
        if settings.labels.is_stored() {
            TrustCache::distrust(context, &found).await?;
        }
        Ok(found)
    }
}

/// Shows the model one control sheet; `None` if the model can only answer from one recorded sheet.
async fn control(
    context: &EvaluationContext,
    seed: u64,
    spending: &mut Spending,
) -> Result<Option<ControlResult>, EvaluationError> {
    let actor =
        ActorId::new(CONTROL).map_err(|error| EvaluationError::Internal(error.to_string()))?;
    if context.model.repertoire(&actor).await == Repertoire::OneSheet {
        return Ok(None);
    }
    let options = context.settings.look.sheet;
    let drawn = blocking(move || composite::control_sheet(seed, CELLS, &options)).await?;
    let (sheet, is_monochrome) =
        drawn.map_err(|error| EvaluationError::Internal(error.to_string()))?;
    let sheet = image_of(sheet);
    let pictures = (0..is_monochrome.len())
        .map(|position| Shown {
            number: SheetNumber::from_position(position),
            sha256: sha256(format!("control {seed} {position}").as_bytes()),
        })
        .collect();
    let question = Question {
        actor,
        look: LookKind::Control,
        sheet,
        pictures,
        correction: None,
    };
    let assessment = assess(context, question).await?;
    spending.add(assessment.tokens, assessment.cost);
    let mut result = ControlResult {
        coloured: 0,
        coloured_called_bw: 0,
        monochrome: 0,
        monochrome_called_bw: 0,
    };
    for answer in &assessment.checked.answers {
        let called_bw = usize::from(answer.opinion.class == ImageClass::BwStylized);
        if is_monochrome.get(answer.number.position()) == Some(&true) {
            result.monochrome += 1;
            result.monochrome_called_bw += called_bw;
        } else {
            result.coloured += 1;
            result.coloured_called_bw += called_bw;
        }
    }
    Ok(Some(result))
}

/// The error for an actor whose answers are not trusted, for these reasons.
pub fn distrust(reasons: &[String]) -> EvaluationError {
    EvaluationError::Unassessed {
        reason: format!(
            "the model's answers do not seem to depend on the pictures ({}); nothing was changed. Try \
             another model or prompt (see tdbal calibrate), or ask again with --fresh",
            reasons.join("; ")
        ),
        cost: Usd::ZERO,
    }
}

#[cfg(test)]
mod tests;
