//! Telling a lost order in the listing of predictions. Pure: the pages are fetched elsewhere.

use crate::lost_order::{LostOrder, Whereabouts};
use crate::model::ModelSettings;
use crate::started::Started;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tdbal_types::PredictionId;

/// How much earlier than the order a prediction may have been created by the service's clock.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// A page of the listing.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The address of the next page.
    #[serde(default)]
    pub(crate) next: Option<String>,
    pub(crate) results: Vec<Row>,
}

/// A prediction as it is listed; everything but the id may be missing.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    id: PredictionId,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    created_at: Option<String>,
}

impl Row {
    /// Whether it was created before `moment`; one without a readable time was not.
    fn is_before(&self, moment: Timestamp) -> bool {
        self.created_at
            .as_deref()
            .and_then(|time| time.parse::<Timestamp>().ok())
            .is_some_and(|created| created < moment)
    }

    /// Whether it may be of a model; one that names none may be of any.
    fn may_be_of(&self, name: &str) -> bool {
        self.model.as_deref().is_none_or(|model| {
            let (model, _version) = model.split_once(':').unwrap_or((model, ""));
            model.eq_ignore_ascii_case(name)
        })
    }
}

/// Looks for one lost order, row by row.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    lost: &'a LostOrder,
    model: &'a ModelSettings,
    seed_field: &'a str,
    since: Timestamp,
    found: Vec<PredictionId>,
    /// Predictions of the window that may be the order, but whose input is not there to tell by.
    untold: Vec<PredictionId>,
}

impl<'a> Search<'a> {
    /// Begins a search; without one where the model takes no seed to search by.
    pub(crate) fn new(lost: &'a LostOrder, model: &'a ModelSettings) -> Option<Self> {
        Some(Self {
            lost,
            model,
            seed_field: model.seed_field.as_deref()?,
            since: lost
                .ordered_at
                .checked_sub(CLOCK_MARGIN)
                .unwrap_or(Timestamp::MIN),
            found: Vec::new(),
            untold: Vec::new(),
        })
    }

    /// The moment before which nothing created can be the order.
    pub(crate) const fn since(&self) -> Timestamp {
        self.since
    }

    /// Looks at a page's rows, the newest first. Returns whether later pages may hold the order.
    pub(crate) fn look_at(&mut self, rows: Vec<Row>) -> bool {
        let mut goes_on = true;
        for row in rows {
            if row.is_before(self.since) {
                goes_on = false;
            } else if row.may_be_of(self.model.name.as_str()) {
                self.compare(row);
            }
        }
        goes_on
    }

    /// A prediction that moved to a later page while pages were fetched is counted once.
    fn compare(&mut self, row: Row) {
        let prompt = row.input.get(&self.model.prompt_field);
        let prompt = prompt.and_then(Value::as_str);
        let same_prompt = prompt.map(|prompt| prompt == self.lost.prompt);
        let seed = row.input.get(self.seed_field);
        let same_seed = seed.and_then(|seed| is_number(seed, self.lost.seed));
        let list = match (same_prompt, same_seed) {
            (Some(true), Some(true)) if row.model.is_some() => &mut self.found,
            (Some(false), _) | (_, Some(false)) => return,
            _ => &mut self.untold,
        };
        if !list.contains(&row.id) {
            list.push(row.id);
        }
    }

    /// What a whole listing says.
    pub(crate) fn end(mut self) -> Whereabouts {
        if self.found.len() > 1 {
            return Whereabouts::Ambiguous(self.found);
        }
        if let Some(id) = self.found.pop() {
            return Whereabouts::Found(Started {
                id,
                model: self.model.name.to_string(),
            });
        }
        match self.untold.as_slice() {
            [] => Whereabouts::Absent,
            [first, ..] => Whereabouts::Unknowable {
                why: format!(
                    "of the predictions listed since {} {} cannot be told by model, seed and prompt \
                     (such as {first}; a service removes inputs after an hour), so that {} may be \
                     among them",
                    self.since,
                    self.untold.len(),
                    self.lost.picture
                ),
            },
        }
    }
}

/// Whether a value is a number, also where it is written with a fraction or as text; nothing where it
/// is no number at all.
fn is_number(value: &Value, number: u64) -> Option<bool> {
    match value {
        Value::String(text) => text.parse().ok().map(|given: u64| given == number),
        // A float holds every whole number up to 2^53, and seeds end at 2^31.
        Value::Number(given) => {
            Some(given.as_u64() == Some(number) || given.as_f64() == Some(number as f64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
