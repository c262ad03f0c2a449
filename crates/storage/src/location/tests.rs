use super::*;

#[test]
fn folders_and_bucket_prefixes_are_parsed() {
    let bucket = |bucket: &str, prefix: &str| DataLocation::Bucket {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
    };
    let folder = |path: &str| DataLocation::Folder(PathBuf::from(path));
    let cases = [
        ("data", folder("data"), "data"),
        ("/srv/a b", folder("/srv/a b"), "/srv/a b"),
        (r"C:\data", folder(r"C:\data"), r"C:\data"),
        ("s3:odd", folder("s3:odd"), "s3:odd"),
        ("s3://my-bucket", bucket("my-bucket", ""), "s3://my-bucket"),
        ("S3://my-bucket/", bucket("my-bucket", ""), "s3://my-bucket"),
        (
            "s3://my.bucket/a/b c%20/",
            bucket("my.bucket", "a/b c%20"),
            "s3://my.bucket/a/b c%20",
        ),
    ];
    for (text, expected, display) in cases {
        assert_eq!(DataLocation::parse(text), Ok(expected), "{text}");
        assert_eq!(DataLocation::parse(text).unwrap().to_string(), display);
    }
}

#[test]
fn invalid_locations_are_rejected() {
    let cases = [
        ("", DataLocationError::Empty),
        ("gs://bucket/a", DataLocationError::Scheme("gs".to_owned())),
        (
            "https://host/a",
            DataLocationError::Scheme("https".to_owned()),
        ),
        ("s3://", DataLocationError::Bucket(String::new())),
        ("s3:///a", DataLocationError::Bucket(String::new())),
        ("s3://a b/c", DataLocationError::Bucket("a b".to_owned())),
        (
            "s3://bucket/../a",
            DataLocationError::Prefix("../a".to_owned()),
        ),
        ("s3://bucket//a", DataLocationError::Prefix("/a".to_owned())),
    ];
    for (text, expected) in cases {
        assert_eq!(DataLocation::parse(text), Err(expected), "{text}");
    }
}
