use super::*;
use proptest::prelude::*;

const BUCKET: &str = "story-boards-assets";

fn endpoints() -> Vec<Url> {
    [
        "http://127.0.0.1:9000",
        "https://minio.example",
        "https://gate.example/s3/v1/",
    ]
    .map(|text| Url::parse(text).unwrap())
    .to_vec()
}

fn parse(text: &str) -> Result<ObjectUrl, ObjectUrlError> {
    ObjectUrl::parse(text, &endpoints())
}

#[test]
fn every_url_form_is_parsed() {
    let west = Some("us-west-1");
    let cases: &[(&str, &str, Option<&str>, &str)] = &[
        ("s3://story-boards-assets/a/b.png", BUCKET, None, "a/b.png"),
        ("S3://My_Old.Bucket/k", "My_Old.Bucket", None, "k"),
        (
            "https://story-boards-assets.s3.us-west-1.amazonaws.com/a/b.png",
            BUCKET,
            west,
            "a/b.png",
        ),
        (
            "https://story-boards-assets.s3-us-west-1.amazonaws.com/k",
            BUCKET,
            west,
            "k",
        ),
        (
            "https://story-boards-assets.s3.amazonaws.com/k",
            BUCKET,
            None,
            "k",
        ),
        (
            "https://s3.us-west-1.amazonaws.com/story-boards-assets/k",
            BUCKET,
            west,
            "k",
        ),
        (
            "https://s3-us-west-1.amazonaws.com/story-boards-assets/k",
            BUCKET,
            west,
            "k",
        ),
        (
            "https://s3.amazonaws.com/story-boards-assets/k",
            BUCKET,
            None,
            "k",
        ),
        (
            "https://story-boards-assets.s3.dualstack.us-west-1.amazonaws.com/k",
            BUCKET,
            west,
            "k",
        ),
        (
            "https://s3.dualstack.us-west-1.amazonaws.com/story-boards-assets/k",
            BUCKET,
            west,
            "k",
        ),
        (
            "https://story-boards-assets.s3-accelerate.amazonaws.com/k",
            BUCKET,
            None,
            "k",
        ),
        (
            "https://story-boards-assets.s3-accelerate.dualstack.amazonaws.com/k",
            BUCKET,
            None,
            "k",
        ),
        (
            "https://b.s3.cn-north-1.amazonaws.com.cn/k",
            "b",
            Some("cn-north-1"),
            "k",
        ),
        (
            "https://s3.cn-north-1.amazonaws.com.cn/b/k",
            "b",
            Some("cn-north-1"),
            "k",
        ),
        (
            "https://b.s3.us-gov-west-1.amazonaws.com/k",
            "b",
            Some("us-gov-west-1"),
            "k",
        ),
        (
            "https://b.s3-us-gov-west-1.amazonaws.com/k",
            "b",
            Some("us-gov-west-1"),
            "k",
        ),
        (
            "https://b.s3-fips.us-gov-west-1.amazonaws.com/k",
            "b",
            Some("us-gov-west-1"),
            "k",
        ),
        (
            "https://b.s3-fips-us-gov-west-1.amazonaws.com/k",
            "b",
            Some("us-gov-west-1"),
            "k",
        ),
        (
            "https://s3-fips.dualstack.us-east-2.amazonaws.com/b/k",
            "b",
            Some("us-east-2"),
            "k",
        ),
        (
            "https://b.s3-external-1.amazonaws.com/k",
            "b",
            Some("us-east-1"),
            "k",
        ),
        // Bucket names with dots, and with a label that looks like the service label.
        (
            "https://my.dotted.bucket.s3.us-west-1.amazonaws.com/k",
            "my.dotted.bucket",
            west,
            "k",
        ),
        (
            "https://my.s3.bucket.s3.us-west-1.amazonaws.com/k",
            "my.s3.bucket",
            west,
            "k",
        ),
        (
            "https://my.s3.bucket.s3-us-west-1.amazonaws.com/k",
            "my.s3.bucket",
            west,
            "k",
        ),
        ("https://s3.s3.amazonaws.com/k", "s3", None, "k"),
        (
            "https://s3-demo.s3.us-west-1.amazonaws.com/k",
            "s3-demo",
            west,
            "k",
        ),
        (
            "https://s3.amazonaws.com/my.dotted/k",
            "my.dotted",
            None,
            "k",
        ),
        // Upper case, an explicit port, and http.
        (
            "HTTPS://B.S3.US-West-1.AmazonAWS.com:443/Key",
            "b",
            west,
            "Key",
        ),
        ("http://b.s3.us-west-1.amazonaws.com/k", "b", west, "k"),
        // Custom endpoints, path style and virtual-hosted.
        ("http://127.0.0.1:9000/b/a/k", "b", None, "a/k"),
        ("https://minio.example/b/k", "b", None, "k"),
        ("https://minio.example:443/b/k", "b", None, "k"),
        ("https://b.minio.example/a/k", "b", None, "a/k"),
        ("https://gate.example/s3/v1/b/k", "b", None, "k"),
        // Keys with escapes, odd paths, queries and fragments.
        (
            "https://b.s3.amazonaws.com/a%20b+c%2Bd%26%C3%BC.png",
            "b",
            None,
            "a b+c+d&ü.png",
        ),
        (
            "https://b.s3.amazonaws.com/a b+ü.png",
            "b",
            None,
            "a b+ü.png",
        ),
        (
            "https://b.s3.amazonaws.com/once%2520only",
            "b",
            None,
            "once%20only",
        ),
        ("https://b.s3.amazonaws.com/100%", "b", None, "100%"),
        ("https://b.s3.amazonaws.com//a//b/", "b", None, "/a//b/"),
        ("https://s3.amazonaws.com/b//a/", "b", None, "/a/"),
        (
            "https://b.s3.amazonaws.com/a/../../etc/%2e%2e/x",
            "b",
            None,
            "a/../../etc/../x",
        ),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc/def#f",
            "b",
            None,
            "k",
        ),
        ("https://b.s3.amazonaws.com/k#f?q", "b", None, "k"),
        ("https://b.s3.amazonaws.com/a%3Fb%23c", "b", None, "a?b#c"),
        ("s3://b/a%20b?versionId=1", "b", None, "a b"),
        ("s3://b//a", "b", None, "/a"),
    ];
    for (text, bucket, region, key) in cases {
        let expected = ObjectUrl {
            bucket: (*bucket).to_owned(),
            region: region.map(str::to_owned),
            key: ObjectKey::foreign(*key).unwrap(),
        };
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
    assert_eq!(cases.len(), 45);
}

#[test]
fn urls_that_name_no_object_are_rejected() {
    use ObjectUrlError as E;
    let unsupported = |host: &str| E::UnsupportedHost(host.to_owned());
    let cases: Vec<(&str, E)> = vec![
        ("", E::Scheme(String::new())),
        ("a/b.png", E::Scheme("a/b.png".to_owned())),
        ("gs://b/k", E::Scheme("gs://b/k".to_owned())),
        (
            "file:///etc/passwd",
            E::Scheme("file:///etc/passwd".to_owned()),
        ),
        (
            "https://u:p@b.s3.amazonaws.com/k",
            E::Credentials("b.s3.amazonaws.com".to_owned()),
        ),
        (
            "https://example.com/b/k",
            E::UnknownHost("example.com".to_owned()),
        ),
        (
            "https://amazonaws.com/b/k",
            E::UnknownHost("amazonaws.com".to_owned()),
        ),
        (
            "https://s3.amazonaws.com.evil.example/b/k",
            E::UnknownHost("s3.amazonaws.com.evil.example".to_owned()),
        ),
        (
            "https://evilamazonaws.com/b/k",
            E::UnknownHost("evilamazonaws.com".to_owned()),
        ),
        (
            "https://notminio.example/b/k",
            E::UnknownHost("notminio.example".to_owned()),
        ),
        (
            "http://minio.example/b/k",
            E::UnknownHost("minio.example".to_owned()),
        ),
        (
            "http://127.0.0.1:9001/b/k",
            E::UnknownHost("127.0.0.1:9001".to_owned()),
        ),
        (
            "http://b.127.0.0.1:9000/k",
            E::UnknownHost("b.127.0.0.1:9000".to_owned()),
        ),
        (
            "https://gate.example/other/b/k",
            E::UnknownHost("gate.example".to_owned()),
        ),
        (
            "https://b.s3-website-us-west-1.amazonaws.com/k",
            E::Website("b.s3-website-us-west-1.amazonaws.com".to_owned()),
        ),
        (
            "https://b.s3-website.eu-central-1.amazonaws.com/k",
            E::Website("b.s3-website.eu-central-1.amazonaws.com".to_owned()),
        ),
        (
            "https://my.dots.s3-accelerate.amazonaws.com/k",
            unsupported("my.dots.s3-accelerate.amazonaws.com"),
        ),
        (
            "https://s3-accelerate.amazonaws.com/b/k",
            unsupported("s3-accelerate.amazonaws.com"),
        ),
        (
            "https://ap-1.s3-accesspoint.us-west-1.amazonaws.com/k",
            unsupported("ap-1.s3-accesspoint.us-west-1.amazonaws.com"),
        ),
        (
            "https://b.s3express-usw2-az1.us-west-2.amazonaws.com/k",
            unsupported("b.s3express-usw2-az1.us-west-2.amazonaws.com"),
        ),
        (
            "https://sqs.us-west-1.amazonaws.com/b/k",
            unsupported("sqs.us-west-1.amazonaws.com"),
        ),
        (
            "https://b.s3.west.amazonaws.com/k",
            unsupported("b.s3.west.amazonaws.com"),
        ),
        (
            "https://b.s3.amazonaws.com:8443/k",
            unsupported("b.s3.amazonaws.com:8443"),
        ),
        (
            "https://b.s3.amazonaws.com",
            E::NoKey("https://b.s3.amazonaws.com".to_owned()),
        ),
        (
            "https://b.s3.amazonaws.com/",
            E::NoKey("https://b.s3.amazonaws.com/".to_owned()),
        ),
        (
            "https://s3.amazonaws.com/b",
            E::NoKey("https://s3.amazonaws.com/b".to_owned()),
        ),
        ("s3://b/", E::NoKey("s3://b/".to_owned())),
        ("s3://b?k", E::NoKey("s3://b".to_owned())),
        (
            "s3:///k",
            E::Bucket {
                url: "s3:///k".to_owned(),
                bucket: String::new(),
            },
        ),
        (
            "https://s3.amazonaws.com//k",
            E::Bucket {
                url: "https://s3.amazonaws.com//k".to_owned(),
                bucket: String::new(),
            },
        ),
        (
            "s3://a b/k",
            E::Bucket {
                url: "s3://a b/k".to_owned(),
                bucket: "a b".to_owned(),
            },
        ),
        (
            "https://s3.amazonaws.com/a%2Fb/k",
            E::Bucket {
                url: "https://s3.amazonaws.com/a%2Fb/k".to_owned(),
                bucket: "a/b".into(),
            },
        ),
        ("s3://b/%FF", E::Key("s3://b/%FF".to_owned())),
    ];
    let count = cases.len();
    for (text, expected) in cases {
        assert_eq!(parse(text), Err(expected), "{text}");
    }
    assert_eq!(count, 33);
}

#[test]
fn keys_over_1024_bytes_are_rejected() {
    let long = format!("s3://b/{}", "x".repeat(1025));
    assert!(matches!(parse(&long), Err(ObjectUrlError::Key(_))));
    assert!(parse(&long[..long.len() - 1]).is_ok());
}

#[test]
fn errors_never_show_signatures_or_passwords() {
    for text in [
        "https://h.example/k?X-Amz-Signature=5ec7e7",
        "https://b.s3.amazonaws.com?5ec7e7",
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(!message.contains("5ec7e7"), "{message}");
    }
    for text in [
        "https://u:5ec7e7@h.example/k",
        "s3://u:5ec7e7@b/k",
        "ftp://u:5ec7e7@h.example/k",
        "gs://5ec7e7@b",
        "https:/u:5ec7e7@h.example/k",
        "https:u:5ec7e7@h.example/k",
        "u:5ec7e7@h.example/k",
    ] {
        let error = parse(text).unwrap_err();
        assert!(matches!(error, ObjectUrlError::Credentials(_)), "{error:?}");
        for message in [error.to_string(), format!("{error:?}")] {
            assert!(!message.contains("5ec7e7"), "{message}");
        }
    }
}

#[test]
fn at_sign_outside_the_host_is_no_user_name() {
    let url = parse("s3://b/u:p@k.png").unwrap();
    assert_eq!(url.key.as_str(), "u:p@k.png");
    let names = ["a@b.png", "gs://b/u@k"];
    for text in names {
        let expected = ObjectUrlError::Scheme(text.to_owned());
        assert_eq!(parse(text), Err(expected));
    }
}

#[test]
fn amazon_host_as_custom_endpoint_keeps_its_region() {
    let vpc = "https://bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com";
    let endpoints =
        ["https://s3.us-west-1.amazonaws.com", vpc].map(|text| Url::parse(text).unwrap());
    let url = ObjectUrl::parse("https://s3.us-west-1.amazonaws.com/b/k", &endpoints).unwrap();
    assert_eq!(url.region.as_deref(), Some("us-west-1"));
    let url = ObjectUrl::parse(&format!("{vpc}/b/k"), &endpoints).unwrap();
    assert_eq!((url.bucket.as_str(), url.key.as_str()), ("b", "k"));
}

#[test]
fn built_urls_have_the_documented_forms() {
    let mut url = ObjectUrl {
        bucket: BUCKET.to_owned(),
        region: Some("us-west-1".to_owned()),
        key: ObjectKey::foreign("system_actors/a b+ü&~.png").unwrap(),
    };
    let key = "system_actors/a%20b%2B%C3%BC%26~.png";
    assert_eq!(
        url.to_https(),
        format!("https://{BUCKET}.s3.us-west-1.amazonaws.com/{key}")
    );
    assert_eq!(url.to_s3(), format!("s3://{BUCKET}/{key}"));
    let [local, _, gate] = <[Url; 3]>::try_from(endpoints()).unwrap();
    assert_eq!(
        url.to_https_at(&local),
        format!("http://127.0.0.1:9000/{BUCKET}/{key}")
    );
    assert_eq!(
        url.to_https_at(&gate),
        format!("https://gate.example/s3/v1/{BUCKET}/{key}")
    );
    url.region = None;
    assert_eq!(
        url.to_https(),
        format!("https://{BUCKET}.s3.amazonaws.com/{key}")
    );
    url.bucket = "my.dots".to_owned();
    url.region = Some("cn-north-1".to_owned());
    assert_eq!(
        url.to_https(),
        format!("https://s3.cn-north-1.amazonaws.com.cn/my.dots/{key}")
    );
}

fn any_url() -> impl Strategy<Value = ObjectUrl> {
    let bucket = prop_oneof![
        "[a-z0-9][a-z0-9-]{1,30}",
        "[A-Za-z0-9][a-zA-Z0-9_-]{1,20}(\\.[a-z]{1,5}){0,3}"
    ];
    let regions = [
        "us-west-1",
        "us-gov-east-1",
        "cn-northwest-1",
        "ap-southeast-5",
    ];
    let region = prop::option::of(prop::sample::select(regions.to_vec()));
    (bucket, region, "[^\\x00]{1,60}").prop_map(|(bucket, region, key)| ObjectUrl {
        bucket,
        region: region.map(str::to_owned),
        key: ObjectKey::foreign(key).unwrap(),
    })
}

proptest! {
    #[test]
    fn built_urls_parse_back_to_the_same_object(url in any_url()) {
        prop_assert_eq!(parse(&url.to_https()), Ok(url.clone()));
        let without_region = ObjectUrl { region: None, ..url.clone() };
        prop_assert_eq!(parse(&url.to_s3()), Ok(without_region.clone()));
        for endpoint in endpoints() {
            prop_assert_eq!(parse(&url.to_https_at(&endpoint)), Ok(without_region.clone()));
        }
    }

    #[test]
    fn parsing_any_text_never_panics(text in "\\PC{0,80}", host in "[a-z0-9.:@/%-]{0,60}") {
        let _ = parse(&text);
        let _ = parse(&format!("https://{host}"));
        let _ = parse(&format!("https://{host}.amazonaws.com/k"));
    }
}
