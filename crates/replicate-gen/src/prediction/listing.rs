//! Searches pages of the prediction listing for a lost order. Fetching the pages is up to the
//! caller.

use crate::lost_order::{LostOrder, Whereabouts};
use crate::model::ModelSettings;
use crate::started::Started;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tdbal_types::PredictionId;

/// How far the service's clock may be behind: a prediction may seem to have been created up to this
/// long before its order.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// A page of the prediction listing.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The URL of the next page, absent on the last one.
    #[serde(default)]
    pub(crate) next: Option<String>,
    pub(crate) results: Vec<Row>,
}

/// A prediction in the listing. All fields but the ID may be missing.
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
    /// Returns whether the prediction was created before `moment`; `false` if its time is
    /// unreadable.
    fn is_before(&self, moment: Timestamp) -> bool {
        self.created_at
            .as_deref()
            .and_then(|time| time.parse::<Timestamp>().ok())
            .is_some_and(|created| created < moment)
    }

    /// Returns whether the prediction may be of the given model; `true` if it names no model.
    fn may_be_of(&self, name: &str) -> bool {
        self.model.as_deref().is_none_or(|model| {
            // The name may be followed by a version: `owner/name:version`.
            let (model, _version) = model.split_once(':').unwrap_or((model, ""));
            model.eq_ignore_ascii_case(name)
        })
    }
}

/// A search for one lost order.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    lost: &'a LostOrder,
    model: &'a ModelSettings,
    seed_field: &'a str,
    since: Timestamp,
    matches: Vec<PredictionId>,
    /// Predictions that may be the order but lack the fields to compare.
    undecidable: Vec<PredictionId>,
}

impl<'a> Search<'a> {
    /// Starts a search, or returns `None` if the model takes no seed to search for.
    pub(crate) fn new(lost: &'a LostOrder, model: &'a ModelSettings) -> Option<Self> {
        Some(Self {
            lost,
            model,
            seed_field: model.seed_field.as_deref()?,
            since: lost
                .ordered_at
                .checked_sub(CLOCK_MARGIN)
                .unwrap_or(Timestamp::MIN),
            matches: Vec::new(),
            undecidable: Vec::new(),
        })
    }

    /// Returns the earliest time at which the order's prediction can have been created.
    pub(crate) const fn since(&self) -> Timestamp {
        self.since
    }

    /// Compares the rows of a page, newest first. Returns whether later pages may contain the
    /// order.
    pub(crate) fn add_page(&mut self, rows: Vec<Row>) -> bool {
        let mut more = true;
        for row in rows {
            if row.is_before(self.since) {
                // The newest come first, so every later page is older still.
                more = false;
            } else if row.may_be_of(self.model.name.as_str()) {
                self.compare(row);
            }
        }
        more
    }

    /// Compares one prediction with the order.
    fn compare(&mut self, row: Row) {
        let prompt = row.input.get(&self.model.prompt_field);
        let prompt = prompt.and_then(Value::as_str);
        let same_prompt = prompt.map(|prompt| prompt == self.lost.prompt);
        let seed = row.input.get(self.seed_field);
        let same_seed = seed.and_then(|seed| equals_number(seed, self.lost.seed));
        let list = match (same_prompt, same_seed) {
            // Without a model name, equal seeds and prompts do not prove a match.
            (Some(true), Some(true)) if row.model.is_some() => &mut self.matches,
            // One differing field rules a prediction out, even if the others are missing.
            (Some(false), _) | (_, Some(false)) => return,
            _ => &mut self.undecidable,
        };
        // New predictions push others to the next page while pages are fetched: one may come twice.
        if !list.contains(&row.id) {
            list.push(row.id);
        }
    }

    /// Returns the result, after all pages have been added.
    pub(crate) fn finish(mut self) -> Whereabouts {
        if self.matches.len() > 1 {
            return Whereabouts::Ambiguous(self.matches);
        }
        // A match outweighs undecidable predictions, since a seed is used only once.
        if let Some(id) = self.matches.pop() {
            return Whereabouts::Found(Started {
                id,
                model: self.model.name.to_string(),
            });
        }
        let (lost, since) = (&self.lost.picture, self.since);
        let why = match self.undecidable.as_slice() {
            [] => return Whereabouts::Absent,
            [only] => format!(
                "prediction {only}, listed since {since}, may be {lost}, but its model, seed or \
                 prompt is missing (the service removes inputs after an hour)"
            ),
            [first, ..] => format!(
                "{} predictions listed since {since}, such as {first}, may be {lost}, but their \
                 model, seed or prompt is missing (the service removes inputs after an hour)",
                self.undecidable.len()
            ),
        };
        Whereabouts::Unknowable { why }
    }
}

/// Returns whether a value equals `number`, which may be written with a fraction or as text, or
/// `None` if the value is not a number.
fn equals_number(value: &Value, number: u64) -> Option<bool> {
    match value {
        Value::String(text) => text.parse().ok().map(|given: u64| given == number),
        // Comparing as floats is exact: they hold every integer up to 2^53, and seeds are below
        // 2^31.
        Value::Number(given) => {
            Some(given.as_u64() == Some(number) || given.as_f64() == Some(number as f64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
