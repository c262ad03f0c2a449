//! Whether the model's answers depend on the pictures: control sheets now and then, and one judgement over
//! all actors of a run.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::model::call::Spending;
use crate::model::call::assess;
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

/// The actor whose name control questions bear; no folder is read under it.
const CONTROL: &str = "control_sheet";
/// Cells of a control sheet: twice as many as a usual set has, so that neither a few errors nor luck tell.
const CELLS: usize = 40;
/// Control sheets that are shown one after the other where they do not tell yet whether the model looks.
/// Of models that answer without looking 2 in 1000 pass them; `docs/trust.md` has the figures.
const SHEETS_IN_DOUBT: usize = 3;

/// What a run has found out about its model.
#[derive(Debug, Default)]
pub struct ModelTrust {
    state: Mutex<Controls>,
}

#[derive(Debug, Default)]
struct Controls {
    /// Rounds of questions about actors so far.
    asked: usize,
    /// Why an earlier run did not believe the model.
    distrusted: Vec<String>,
    /// What the control sheets of this run said.
    results: Vec<ControlResult>,
}

/// What an actor's answers tell of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorAnswers {
    /// Every sheet that a vote comes from.
    pub sheets: Vec<SheetVote>,
    /// What the pixels of each picture say.
    pub tones: BTreeMap<Digest, Tone>,
}

impl ModelTrust {
    /// Called before each round of questions about an actor; shows the model control sheets before the
    /// first and then as often as the settings say: one, and more while that does not tell whether it
    /// looks. What they said is kept, for a run that asks nothing because all answers are.
    ///
    /// # Errors
    /// When no actor could be asked about either, or the results cannot be kept.
    pub async fn before_asking(
        &self,
        context: &EvaluationContext,
        spending: &mut Spending,
    ) -> Result<(), EvaluationError> {
        let settings = &context.settings;
        let every = settings.control_every;
        let mut state = self.state.lock().await;
        let asked = state.asked;
        state.asked += 1;
        if asked == 0 && settings.fresh {
            TrustCache::begin_anew(context).await?;
        }
        if asked == 0 && !settings.fresh {
            state.distrusted = TrustCache::of_model(context).await.reasons(context);
        }
        if !state.distrusted.is_empty() {
            // What it would say would not be believed either, and is not paid for.
            return Err(distrust(&state.distrusted));
        }
        if every == 0 || asked % every != 0 {
            return Ok(());
        }
        for _ in 0..SHEETS_IN_DOUBT {
            // Seeded by its number, so that recorded answers fit.
            let round = state.results.len() as u64;
            match control(context, round, spending).await {
                Ok(Some(result)) => state.results.push(result),
                Ok(None) => break,
                Err(error @ (EvaluationError::StopsRun { .. } | EvaluationError::Interrupted)) => {
                    return Err(error);
                }
                Err(error) => {
                    spending.cost += error.cost();
                    tracing::warn!(error = %error.chain(), "a control sheet was not answered");
                    // Another one is shown before the next question.
                    state.asked = asked;
                    break;
                }
            }
            TrustCache::keep(context, &state.results).await?;
            if verdict::control_outcome(&state.results, &settings.trust) != ControlOutcome::Unproven
            {
                break;
            }
        }
        Ok(())
    }

    /// Why the model is not to be believed; empty if there is no reason.
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
        let kept = TrustCache::of_model(context).await;
        let mut controls = self.state.lock().await.results.clone();
        if controls.is_empty() && settings.control_every > 0 {
            controls.clone_from(&kept.results);
        }
        let found = verdict::suspicions(&actors, &controls, &settings.trust);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        if found.is_empty() {
            // Few actors may not show what many did.
            return Ok(kept.distrusted);
        }
        // What only compares with persons' words decides nothing for later runs.
        if settings.labels.is_stored() {
            TrustCache::distrust(context, &found).await?;
        }
        Ok(found)
    }
}

/// Shows the model a control sheet; none where it has recorded answers only.
async fn control(
    context: &EvaluationContext,
    round: u64,
    spending: &mut Spending,
) -> Result<Option<ControlResult>, EvaluationError> {
    let actor =
        ActorId::new(CONTROL).map_err(|error| EvaluationError::Internal(error.to_string()))?;
    if context.model.repertoire(&actor).await == Repertoire::OneSheet {
        return Ok(None);
    }
    let options = context.settings.look.sheet;
    let drawn = blocking(move || composite::control_sheet(round, CELLS, &options)).await?;
    let (sheet, is_monochrome) =
        drawn.map_err(|error| EvaluationError::Internal(error.to_string()))?;
    let sheet = image_of(sheet);
    let pictures = (0..is_monochrome.len())
        .map(|position| Shown {
            number: SheetNumber::from_position(position),
            sha256: sha256(format!("control {round} {position}").as_bytes()),
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
    spending.add(&assessment);
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

/// What is said of an actor whose answers are not believed.
pub fn distrust(reasons: &[String]) -> EvaluationError {
    EvaluationError::Unassessed {
        reason: format!(
            "the model's answers do not seem to depend on the pictures ({}); nothing is done on its \
             word. Try another model or prompt, see tdbal calibrate; --fresh asks anew",
            reasons.join("; ")
        ),
        cost: Usd::ZERO,
    }
}
