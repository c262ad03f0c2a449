use super::*;
use serde_json::json;

fn sources(entries: Value) -> Vec<BaseImageSource> {
    let entries: Vec<Map<String, Value>> = serde_json::from_value(entries).unwrap();
    candidates(entries.iter(), &ActorId::new("9001_a").unwrap())
}

#[test]
fn candidates_follow_the_order_of_the_original_system() {
    let found = sources(json!([{
        "s3_url": "https://b.s3.amazonaws.com/x.jpg",
        "relative_path": "base_image/rel.png",
        "moved_to": "/home/me/data/actors/9001_a/base_image/moved.png",
    }]));
    assert_eq!(
        found,
        [
            BaseImageSource::Key("actors/9001_a/base_image/moved.png".into()),
            BaseImageSource::Key("actors/9001_a/base_image/rel.png".into()),
            BaseImageSource::Key("base_image/rel.png".into()),
            BaseImageSource::Folder("actors/9001_a/base_image".into()),
            BaseImageSource::Url("https://b.s3.amazonaws.com/x.jpg".into()),
        ]
    );
}

#[test]
fn path_with_parent_segment_is_ignored() {
    assert_eq!(
        sources(json!([{"moved_to": "data/actors/../../etc/passwd"}])),
        [BaseImageSource::Folder("actors/9001_a/base_image".into())]
    );
}

#[test]
fn moved_to_of_all_entries_precedes_relative_path() {
    let found = sources(json!([
        {"relative_path": "actors/9001_a/base_image/1.png", "s3_url": "s3://b/1"},
        {"moved_to": "actors/9001_a/base_image/2.png", "s3_url": "s3://b/2"},
    ]));
    assert_eq!(
        found,
        [
            BaseImageSource::Key("actors/9001_a/base_image/2.png".into()),
            BaseImageSource::Key("actors/9001_a/base_image/1.png".into()),
            BaseImageSource::Folder("actors/9001_a/base_image".into()),
            BaseImageSource::Url("s3://b/1".into()),
            BaseImageSource::Url("s3://b/2".into()),
        ]
    );
}

#[test]
fn entries_without_usable_paths_leave_only_the_folder() {
    for entries in [
        json!([]),
        json!([{}]),
        json!([{"moved_to": "", "relative_path": null, "s3_url": ""}]),
        json!([{"moved_to": "./", "relative_path": "/"}]),
        json!([{"relative_path": ".."}]),
    ] {
        assert_eq!(
            sources(entries.clone()),
            [BaseImageSource::Folder("actors/9001_a/base_image".into())],
            "{entries}"
        );
    }
}

#[test]
fn path_is_normalized_before_it_becomes_a_key() {
    let actor = ActorId::new("9001_a").unwrap();
    for (path, expected) in [
        (r"data\actors\9001_a\x.png", vec!["actors/9001_a/x.png"]),
        ("./actors//9001_a/./x.png", vec!["actors/9001_a/x.png"]),
        // The last `actors` counts: the ones before it are part of where the data folder was.
        (
            "/home/actors/data/actors/9001_a/x.png",
            vec!["actors/9001_a/x.png"],
        ),
        (
            "./base_image//x.png",
            vec!["actors/9001_a/base_image/x.png", "base_image/x.png"],
        ),
        // Only a whole segment is special.
        (
            "actors_old/..x.png",
            vec!["actors/9001_a/actors_old/..x.png", "actors_old/..x.png"],
        ),
    ] {
        assert_eq!(keys_of(path, &actor), expected, "{path}");
    }
}

#[test]
fn equal_neighbours_are_listed_once() {
    let entry = json!({"moved_to": "actors/9001_a/x.png", "s3_url": "s3://b/x"});
    assert_eq!(
        sources(json!([entry, entry])),
        [
            BaseImageSource::Key("actors/9001_a/x.png".into()),
            BaseImageSource::Folder("actors/9001_a/base_image".into()),
            BaseImageSource::Url("s3://b/x".into()),
        ]
    );
}
