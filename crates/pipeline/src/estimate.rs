//! What a run is expected to take before it starts: calls of the model, tokens, dollars, and buckets.

use dataset::discovery::Discovery;
use dataset::set;
use evaluation::EvaluationContext;
use evaluation::model::answer_cache::AnswerCache;
use evaluation::model::look_count::{expected_looks, judging_settings};
use results::progress::Mode;
use serde::Serialize;
use tdbal_types::{ActorId, Tokens, Usd};
use vision_eval::{LookKind, Repertoire};

/// What a run is expected to take, from listings and manifests alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CostEstimate {
    /// Number of actors that will be judged.
    pub actors: usize,
    /// Number of pictures of these actors.
    pub pictures: usize,
    /// Expected number of calls of the model. Actors with cached answers count as none, although
    /// pictures that are new since then will take some.
    pub calls: usize,
    /// Expected tokens of these calls.
    pub tokens: Tokens,
    /// Expected price of these calls, in dollars.
    pub cost_usd: Usd,
    /// The first actor that needs access to a bucket, if there is one.
    pub needs_bucket: Option<ActorId>,
}

/// Estimates what judging `actors` takes. Actors whose manifests cannot be read and actors without
/// pictures are left out; the run itself reports why.
pub async fn estimate(
    context: &EvaluationContext,
    discovery: &Discovery,
    actors: &[ActorId],
    mode: Mode,
) -> CostEstimate {
    let mut estimate = CostEstimate::default();
    let now = context.clock.stamp();
    for actor in actors {
        let Some(files) = discovery.actors.get(actor) else {
            continue;
        };
        let Ok(set) = set::load(&context.data, actor, files, &now).await else {
            continue;
        };
        let pictures = set.pictures.len();
        if pictures == 0 {
            continue;
        }
        if estimate.needs_bucket.is_none() && set.needs_bucket(mode == Mode::Execute) {
            estimate.needs_bucket = Some(actor.clone());
        }
        estimate.actors += 1;
        estimate.pictures += pictures;
        let cache = AnswerCache::read(&context.output, actor).await;
        let model = context.model.identity();
        let is_cached = !context.settings.fresh && cache.is_ok_and(|cache| cache.knows(&model));
        if !is_cached {
            let repertoire = context.model.repertoire(actor).await;
            estimate.add_set(context, pictures, repertoire);
        }
    }
    estimate
}

impl CostEstimate {
    /// Adds what judging a set of `pictures` pictures is expected to take.
    fn add_set(&mut self, context: &EvaluationContext, pictures: usize, repertoire: Repertoire) {
        let settings = judging_settings(&context.settings.judging, repertoire);
        let looks = expected_looks(&settings, pictures);
        let look = &context.settings.look;
        let rows = u32::try_from(pictures)
            .unwrap_or(u32::MAX)
            .div_ceil(look.sheet.columns);
        let width = look.sheet.columns.saturating_mul(look.sheet.cell);
        let height = rows.saturating_mul(look.sheet.cell);
        let model = context.model.as_ref();
        let sheet = model.estimate(LookKind::Sheet { vote: 1 }, pictures, width, height);
        let close = model.estimate(LookKind::Close, 1, look.close_edge, look.close_edge);
        for (count, each) in [(looks.sheets, sheet), (looks.close, close)] {
            self.calls += count;
            for _ in 0..count {
                self.tokens += each.tokens;
                self.cost_usd += each.cost;
            }
        }
    }
}
