//! Telling a lost order in the listing of predictions. Pure: the pages are fetched elsewhere.

use crate::generator::{PredictionId, Started};
use crate::lost::{LostOrder, Whereabouts};
use crate::model::ModelSettings;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

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
mod tests {
    use super::*;
    use serde_json::json;

    const NAME: &str = "black-forest-labs/flux-kontext-pro";

    fn lost() -> LostOrder {
        LostOrder {
            picture: "bw_stylized picture 2 of 0004".into(),
            seed: 12_345,
            prompt: "A woodcut of the man.".into(),
            ordered_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        }
    }

    fn row(id: &str, changes: Value) -> Value {
        let mut row = json!({
            "id": id,
            "model": NAME,
            "input": {"prompt": "A woodcut of the man.", "seed": 12_345, "aspect_ratio": "1:1"},
            "created_at": "2026-11-22T10:00:03.5Z",
        });
        for (key, value) in changes.as_object().unwrap() {
            row[key] = value.clone();
        }
        row
    }

    fn search(pages: Vec<Vec<Value>>) -> (Whereabouts, Vec<bool>) {
        let (lost, model) = (lost(), ModelSettings::preset(NAME).unwrap());
        let mut search = Search::new(&lost, &model).unwrap();
        let goes_on = pages
            .into_iter()
            .map(|rows| search.look_at(serde_json::from_value(json!(rows)).unwrap()))
            .collect();
        (search.end(), goes_on)
    }

    fn alone(changes: Value) -> Whereabouts {
        search(vec![vec![row("p1", changes)]]).0
    }

    fn found() -> Whereabouts {
        Whereabouts::Found(Started {
            id: PredictionId::new("p1").unwrap(),
            model: NAME.into(),
        })
    }

    #[test]
    fn a_prediction_is_told_by_model_seed_and_prompt() {
        let input = |prompt: &str, seed: Value| json!({"input": {"prompt": prompt, "seed": seed}});
        let prompt = "A woodcut of the man.";
        let same = [
            json!({}),
            input(prompt, json!(12_345.0)),
            input(prompt, json!("12345")),
            json!({"model": format!("{NAME}:0123abcd")}),
            json!({"created_at": "2026-11-22T09:59:00Z"}),
            json!({"created_at": "soon"}),
            json!({"created_at": null}),
        ];
        assert_eq!(same.len(), 7);
        for changes in same {
            assert_eq!(alone(changes.clone()), found(), "{changes}");
        }
        let other = [
            input("Another prompt.", json!(12_345)),
            input(prompt, json!(12_346)),
            input(prompt, json!(12_345.5)),
            input("Another prompt.", json!(null)),
            json!({"model": "black-forest-labs/flux-kontext-max"}),
            json!({"model": "google/nano-banana", "input": {}}),
            json!({"created_at": "2026-11-22T09:58:59Z"}),
            json!({"created_at": "2026-11-22T08:00:00Z", "input": null}),
        ];
        assert_eq!(other.len(), 8);
        for changes in other {
            assert_eq!(alone(changes.clone()), Whereabouts::Absent, "{changes}");
        }
    }

    #[test]
    fn what_has_no_input_left_may_be_the_order() {
        let untold = [
            json!({"input": null}),
            json!({"input": {}}),
            json!({"input": {"aspect_ratio": "1:1"}, "data_removed": true}),
            json!({"input": {"prompt": "A woodcut of the man."}}),
            json!({"input": {"seed": 12_345}}),
            json!({"input": null, "model": null}),
            json!({"model": null}),
        ];
        assert_eq!(untold.len(), 7);
        for changes in untold {
            let Whereabouts::Unknowable { why } = alone(changes.clone()) else {
                panic!("{changes}");
            };
            assert!(why.contains("p1") && why.contains("0004"), "{why}");
        }
        let one_left = vec![row("p0", json!({"input": null})), row("p1", json!({}))];
        assert_eq!(search(vec![one_left]).0, found(), "a match needs no guess");
    }

    #[test]
    fn several_are_for_a_person_and_one_on_two_pages_is_one() {
        let same = |id| row(id, json!({}));
        assert_eq!(search(vec![vec![same("p1")], vec![same("p1")]]).0, found());
        let (several, _) = search(vec![vec![same("p2")], vec![same("p1")]]);
        let ids = ["p2", "p1"].map(|id| PredictionId::new(id).unwrap());
        assert_eq!(several, Whereabouts::Ambiguous(ids.to_vec()));
    }

    #[test]
    fn the_search_ends_where_older_predictions_begin() {
        let older = row("p0", json!({"created_at": "2026-11-22T09:00:00Z"}));
        let newer = row(
            "p9",
            json!({"created_at": "2026-11-22T12:00:00Z", "model": "a/b"}),
        );
        let (_, goes_on) = search(vec![vec![newer.clone()], vec![], vec![newer, older]]);
        assert_eq!(goes_on, [true, true, false]);
    }

    #[test]
    fn a_model_without_a_seed_cannot_be_searched() {
        let (lost, model) = (lost(), ModelSettings::preset("nano-banana").unwrap());
        assert!(Search::new(&lost, &model).is_none());
    }
}
