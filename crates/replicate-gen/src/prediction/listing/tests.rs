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
    let more = pages
        .into_iter()
        .map(|rows| search.add_page(serde_json::from_value(json!(rows)).unwrap()))
        .collect();
    (search.finish(), more)
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
fn a_match_needs_the_same_model_seed_and_prompt() {
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
fn predictions_with_missing_fields_are_undecidable() {
    let undecidable = [
        json!({"input": null}),
        json!({"input": {}}),
        json!({"input": {"aspect_ratio": "1:1"}, "data_removed": true}),
        json!({"input": {"prompt": "A woodcut of the man."}}),
        json!({"input": {"seed": 12_345}}),
        json!({"input": null, "model": null}),
        json!({"model": null}),
    ];
    assert_eq!(undecidable.len(), 7);
    for changes in undecidable {
        let Whereabouts::Unknowable { why } = alone(changes.clone()) else {
            panic!("{changes}");
        };
        assert!(why.contains("p1") && why.contains("0004"), "{why}");
    }
    let one_left = vec![row("p0", json!({"input": null})), row("p1", json!({}))];
    assert_eq!(
        search(vec![one_left]).0,
        found(),
        "a match outweighs undecidable predictions"
    );
}

#[test]
fn several_matches_are_ambiguous_and_repeats_count_once() {
    let same = |id| row(id, json!({}));
    assert_eq!(search(vec![vec![same("p1")], vec![same("p1")]]).0, found());
    let (several, _) = search(vec![vec![same("p2")], vec![same("p1")]]);
    let ids = ["p2", "p1"].map(|id| PredictionId::new(id).unwrap());
    assert_eq!(several, Whereabouts::Ambiguous(ids.to_vec()));
}

#[test]
fn the_search_ends_at_older_predictions() {
    let older = row("p0", json!({"created_at": "2026-11-22T09:00:00Z"}));
    let newer = row(
        "p9",
        json!({"created_at": "2026-11-22T12:00:00Z", "model": "a/b"}),
    );
    let (_, more) = search(vec![vec![newer.clone()], vec![], vec![newer, older]]);
    assert_eq!(more, [true, true, false]);
}

#[test]
fn a_model_without_seeds_cannot_be_searched() {
    let (lost, model) = (lost(), ModelSettings::preset("nano-banana").unwrap());
    assert!(Search::new(&lost, &model).is_none());
}
