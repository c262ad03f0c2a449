use super::*;

fn actors(names: &[&str]) -> Vec<ActorId> {
    names
        .iter()
        .map(|name| ActorId::new(*name).unwrap())
        .collect()
}

#[test]
fn query_by_id_or_full_name_finds_the_actor() {
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
fn query_matching_a_full_name_ignores_ids() {
    let all = actors(&["0004", "0004_european_35_male"]);
    assert_eq!(ActorQuery("0004".into()).resolve(&all).unwrap(), all[0]);
}

#[test]
fn query_with_ambiguous_id_lists_candidates() {
    let all = actors(&["0004_b", "0004_a", "0005_c"]);
    let error = ActorQuery("0004".into()).resolve(&all).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"0004\" matches more than one actor: 0004_a, 0004_b; use the full name"
    );
}

#[test]
fn query_with_partial_id_matches_nothing() {
    let all = actors(&["0004_a"]);
    assert!(matches!(
        ActorQuery("000".into()).resolve(&all),
        Err(AmbiguousActor::None { .. })
    ));
}

#[test]
fn actor_id_with_path_separator_is_rejected() {
    for bad in ["", ".", "..", "a/b", "a\\b", "a\nb", "a\0"] {
        assert!(ActorId::new(bad).is_err(), "{bad:?}");
    }
}
