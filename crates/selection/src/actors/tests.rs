use super::*;

fn known() -> Vec<ActorId> {
    ["0001_a", "0002_b", "0002_c"]
        .map(|name| ActorId::new(name).unwrap())
        .to_vec()
}

fn select(names: &[&str]) -> Result<Vec<String>, AmbiguousActor> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let selected = select_actors(ActorSelection::named_or_all(&names), &known())?;
    Ok(selected.iter().map(ToString::to_string).collect())
}

#[test]
fn without_names_all_actors_are_selected() {
    assert_eq!(select(&[]).unwrap(), ["0001_a", "0002_b", "0002_c"]);
}

#[test]
fn named_actors_are_sorted_and_listed_once() {
    let selected = select(&["0002_c", "0001", "0001_a"]).unwrap();
    assert_eq!(selected, ["0001_a", "0002_c"]);
}

#[test]
fn unknown_and_ambiguous_names_are_errors() {
    let unknown = select(&["0001", "0009"]).unwrap_err();
    assert!(matches!(unknown, AmbiguousActor::None { .. }), "{unknown}");
    let ambiguous = select(&["0002"]).unwrap_err();
    assert!(
        matches!(ambiguous, AmbiguousActor::Many { .. }),
        "{ambiguous}"
    );
}
