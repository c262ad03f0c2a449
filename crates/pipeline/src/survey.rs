//! What a run will take, before it begins: calls, tokens, dollars, and which services.

use crate::clock::Clock;
use crate::data::DataReader;
use crate::discovery::Discovery;
use crate::output::Mode;
use crate::set;
use composite::SheetOptions;
use serde::Serialize;
use tdbal_types::{ActorId, Tokens, Usd};
use vision_eval::VisionModel;

/// What a run will take, from listings and manifests alone. An actor that cannot be surveyed is left
/// out; the run itself says why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// Actors that will be judged.
    pub actors: usize,
    /// Their pictures.
    pub pictures: usize,
    /// Calls of the model to expect: one for each actor.
    pub calls: usize,
    /// Tokens to expect.
    pub tokens: Tokens,
    /// What these cost.
    pub cost_usd: Usd,
    /// An actor for which a bucket is needed, if there is one.
    pub needs_bucket: Option<ActorId>,
}

/// Surveys the actors of a run.
pub async fn survey(
    data: &DataReader,
    discovery: &Discovery,
    actors: &[ActorId],
    mode: Mode,
    model: &dyn VisionModel,
    sheet: &SheetOptions,
    clock: &Clock,
) -> Survey {
    let mut survey = Survey::default();
    let now = clock.stamp();
    for actor in actors {
        let Some(files) = discovery.actors.get(actor) else {
            continue;
        };
        let Ok(set) = set::load(data, actor, files, &now).await else {
            continue;
        };
        let pictures = set.pictures.len();
        if pictures == 0 {
            continue;
        }
        if survey.needs_bucket.is_none() && set.needs_bucket(mode == Mode::Execute) {
            survey.needs_bucket = Some(actor.clone());
        }
        let rows = u32::try_from(pictures)
            .unwrap_or(u32::MAX)
            .div_ceil(sheet.columns);
        let width = sheet.columns.saturating_mul(sheet.cell);
        let estimate = model.estimate(pictures, width, rows.saturating_mul(sheet.cell));
        survey.actors += 1;
        survey.pictures += pictures;
        survey.calls += 1;
        survey.tokens += estimate.tokens;
        survey.cost_usd += estimate.cost;
    }
    survey
}
