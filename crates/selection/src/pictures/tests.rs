use super::*;

fn pictures() -> Pictures {
    [
        ("0001_a", vec!["0001_a_1.jpg", "x.jpg"]),
        ("0002_b", vec!["0002_b_1.jpg", "x.jpg"]),
    ]
    .into_iter()
    .map(|(actor, names)| {
        let names = names.into_iter().map(|name| ImageName::new(name).unwrap());
        (ActorId::new(actor).unwrap(), names.collect())
    })
    .collect()
}

fn find(text: &str) -> Result<String, PictureQueryError> {
    let (actor, name) = PictureQuery::parse(text)?.find(&pictures(), "picture")?;
    Ok(format!("{actor}/{name}"))
}

#[test]
fn a_picture_is_named_by_path_by_actor_or_alone() {
    for text in [
        "data/actors/0001_a/training_data/0001_a_1.jpg",
        "/srv/data/actors/0001_a/training_data/0001_a_1.jpg",
        "s3://bucket/sets/actors/0001_a/training_data/0001_a_1.jpg",
        "0001_a/0001_a_1.jpg",
        "0001/0001_a_1.jpg",
        "./0001_a_1.jpg",
        "0001_a_1.jpg",
    ] {
        assert_eq!(find(text), Ok("0001_a/0001_a_1.jpg".to_owned()), "{text}");
    }
    assert_eq!(find("0002/x.jpg"), Ok("0002_b/x.jpg".to_owned()));
}

#[test]
fn errors_name_the_query_and_the_reason() {
    for (text, why) in [
        ("x.jpg", "0001_a, 0002_b have a picture of that name"),
        ("y.jpg", "no actor has a picture of that name"),
        ("0001/y.jpg", "0001_a has no picture of that name"),
        ("0003/x.jpg", "no actor is called \"0003\""),
        (
            "data/actors/0001_a/base_image/x.jpg",
            "is not the path of a training picture",
        ),
        ("/x/y.jpg", "is not the path of a training picture"),
        ("", "is not the path of a training picture"),
    ] {
        let error = find(text).unwrap_err().to_string();
        assert!(
            error.contains(why) && error.contains(text),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_list_reports_every_problem_at_once() {
    let texts = ["y.jpg", "0001_a_1.jpg", "x.jpg"].map(str::to_owned);
    let queries = PictureQuery::parse_all(&texts).unwrap();
    let Problems(problems) = PictureQuery::find_all(&queries, &pictures(), "picture").unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    let texts = ["/a/b", "0001_a_1.jpg", ""].map(str::to_owned);
    let Problems(problems) = PictureQuery::parse_all(&texts).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn a_picture_that_is_named_twice_is_found_once() {
    let texts = ["0001_a_1.jpg", "0001/0001_a_1.jpg"].map(str::to_owned);
    let queries = PictureQuery::parse_all(&texts).unwrap();
    let found = PictureQuery::find_all(&queries, &pictures(), "picture").unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn candidates_are_the_named_actor_or_all() {
    let known: Vec<ActorId> = pictures().into_keys().collect();
    let candidates = |text| PictureQuery::parse(text).unwrap().candidates(&known);
    assert_eq!(candidates("x.jpg"), known);
    assert_eq!(candidates("0002/x.jpg"), known[1..]);
    assert_eq!(candidates("0009/x.jpg"), []);
}
