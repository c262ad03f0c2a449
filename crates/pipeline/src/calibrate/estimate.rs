//! The expected cost of a calibration.

use crate::calibrate::labelled::PictureName;
use crate::calibrate::request::CalibrationRequest;
use crate::estimate::estimate as estimate_run;
use dataset::Discovery;
use evaluation::EvaluationContext;
use evaluation::model::answer_cache::paid_answers;
use results::Mode;
use tdbal_types::{ActorId, Usd};
use verdict::LookPolicy;
use vision_eval::{LookKind, Repertoire};

/// The expected cost of a calibration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibrationEstimate {
    /// Expected number of calls of the model.
    pub calls: usize,
    /// Expected cost of these calls.
    pub cost_usd: Usd,
    /// An actor whose pictures can only be read from a bucket, if there is one.
    pub needs_bucket: Option<ActorId>,
}

/// Estimates what a calibration costs, from listings, manifests and cached answers.
pub async fn estimate(
    context: &EvaluationContext,
    discovery: &Discovery,
    request: &CalibrationRequest,
) -> CalibrationEstimate {
    let context = &request.sheet_context(context);
    let actors = request.actor_names();
    let sheets = estimate_run(context, discovery, &actors, Mode::DryRun).await;
    let close_looks = close_looks(context, request).await;
    let edge = context.settings.look.close_edge;
    let close_look = context.model.estimate(LookKind::Close, 1, edge, edge);
    CalibrationEstimate {
        calls: sheets.calls + close_looks,
        cost_usd: sheets.cost_usd + close_look.cost * close_looks as u64,
        needs_bucket: sheets.needs_bucket,
    }
}

/// The number of labelled pictures without a cached close look.
async fn close_looks(context: &EvaluationContext, request: &CalibrationRequest) -> usize {
    if request.look != LookPolicy::Close {
        return 0;
    }
    let mut missing = 0;
    for (actor, _) in &request.actors {
        if context.model.repertoire(actor).await == Repertoire::OneSheet {
            continue;
        }
        let model = context.model.identity();
        let paid = paid_answers(&context.output, actor, &model).await;
        let is_cached = |picture: &PictureName| match picture {
            PictureName::Bytes(digest, _) if !context.settings.fresh => {
                paid.get(digest).is_some_and(|paid| paid.close.is_some())
            }
            _ => false,
        };
        let labelled = request.labelled.iter();
        missing += labelled
            .filter(|label| label.actor == *actor && !is_cached(&label.picture))
            .count();
    }
    missing
}
