use super::*;

fn actors(names: &[&str]) -> Vec<ActorId> {
    names
        .iter()
        .map(|name| ActorId::new(*name).unwrap())
        .collect()
}

#[test]
fn an_id_and_a_whole_name_find_the_actor() {
    let all = actors(&["0004_european_35_male", "0005_black_20_female"]);
    assert_eq!(ActorQuery("0004".into()).resolve(&all).unwrap(), all[0]);
    assert_eq!(
        ActorQuery("0005_black_20_female".into())
            .resolve(&all)
            .unwrap(),
        all[1]
    );
}

#[test]
fn a_whole_name_wins_over_an_id() {
    let all = actors(&["0004", "0004_european_35_male"]);
    assert_eq!(ActorQuery("0004".into()).resolve(&all).unwrap(), all[0]);
}

#[test]
fn an_ambiguous_id_lists_its_candidates() {
    let all = actors(&["0004_b", "0004_a", "0005_c"]);
    let error = ActorQuery("0004".into()).resolve(&all).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"0004\" may be any of 0004_a, 0004_b: give the whole name"
    );
}

#[test]
fn part_of_an_id_is_not_an_id() {
    let all = actors(&["0004_a"]);
    assert!(matches!(
        ActorQuery("000".into()).resolve(&all),
        Err(AmbiguousActor::None { .. })
    ));
}

#[test]
fn a_name_that_leaves_its_folder_is_refused() {
    for bad in ["", ".", "..", "a/b", "a\\b", "a\nb", "a\0"] {
        assert!(ActorId::new(bad).is_err(), "{bad:?}");
    }
}
