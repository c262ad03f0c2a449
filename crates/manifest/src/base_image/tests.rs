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
