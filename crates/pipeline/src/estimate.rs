//! What a run will take, before it begins: calls, tokens, dollars, and which services.

use dataset::discovery::Discovery;
use dataset::set;
use evaluation::EvaluationContext;
use evaluation::model::answer_cache::AnswerCache;
use results::progress::Mode;
use serde::Serialize;
use tdbal_types::{ActorId, Tokens, Usd};
use verdict::{LookPolicy, Votes};
use vision_eval::{LookKind, Repertoire};

/// How many sheets an actor is expected to take where two are asked for, and a third where they
/// disagree.
const SHEETS: usize = 2;
/// One of so many pictures is expected to be looked at alone.
const PICTURES_FOR_A_CLOSE_LOOK: usize = 4;

/// What a run will take, from listings and manifests alone. An actor that cannot be surveyed is left
/// out; the run itself says why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CostEstimate {
    /// Actors that will be judged.
    pub actors: usize,
    /// Their pictures.
    pub pictures: usize,
    /// Calls of the model to expect. Of actors that were judged before none, although what changed
    /// since will take some.
    pub calls: usize,
    /// Tokens to expect.
    pub tokens: Tokens,
    /// What these cost.
    pub cost_usd: Usd,
    /// An actor for which a bucket is needed, if there is one.
    pub needs_bucket: Option<ActorId>,
}

/// Surveys the actors of a run.
pub async fn estimate(
    context: &EvaluationContext,
    discovery: &Discovery,
    actors: &[ActorId],
    mode: Mode,
) -> CostEstimate {
    let data = context.data.clone();
    let mut survey = CostEstimate::default();
    let now = context.clock.stamp();
    for actor in actors {
        let Some(files) = discovery.actors.get(actor) else {
            continue;
        };
        let Ok(set) = set::load(&data, actor, files, &now).await else {
            continue;
        };
        let pictures = set.pictures.len();
        if pictures == 0 {
            continue;
        }
        if survey.needs_bucket.is_none() && set.needs_bucket(mode == Mode::Execute) {
            survey.needs_bucket = Some(actor.clone());
        }
        survey.actors += 1;
        survey.pictures += pictures;
        let kept = AnswerCache::read(&context.output, actor).await;
        let is_known =
            !context.settings.fresh && kept.is_ok_and(|kept| kept.knows(&context.model.identity()));
        if !is_known {
            let repertoire = context.model.repertoire(actor).await;
            survey.expect(context, pictures, repertoire);
        }
    }
    survey
}

impl CostEstimate {
    /// Adds what judging a set of so many pictures takes.
    fn expect(&mut self, context: &EvaluationContext, pictures: usize, repertoire: Repertoire) {
        let look = &context.settings.look;
        let inquiry = &context.settings.judging;
        let (sheets, close) = match (repertoire, inquiry.look, inquiry.votes) {
            (Repertoire::OneSheet, ..) => (1, 0),
            (_, LookPolicy::Close, _) => (0, pictures),
            (_, LookPolicy::Sheet, Votes::Fixed(sheets)) => (sheets.get() as usize, 0),
            (_, LookPolicy::Sheet, Votes::Auto) => (SHEETS, 0),
            (_, LookPolicy::Auto, votes) => {
                let sheets = match votes {
                    Votes::Fixed(sheets) => sheets.get() as usize,
                    Votes::Auto => SHEETS,
                };
                (sheets, pictures.div_ceil(PICTURES_FOR_A_CLOSE_LOOK))
            }
        };
        let rows = u32::try_from(pictures)
            .unwrap_or(u32::MAX)
            .div_ceil(look.sheet.columns);
        let width = look.sheet.columns.saturating_mul(look.sheet.cell);
        let height = rows.saturating_mul(look.sheet.cell);
        let model = context.model.as_ref();
        let sheet = model.estimate(LookKind::Sheet { vote: 1 }, pictures, width, height);
        let alone = model.estimate(LookKind::Close, 1, look.close_edge, look.close_edge);
        for (count, estimate) in [(sheets, sheet), (close, alone)] {
            self.calls += count;
            for _ in 0..count {
                self.tokens += estimate.tokens;
                self.cost_usd += estimate.cost;
            }
        }
    }
}
