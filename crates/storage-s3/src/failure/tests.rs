use super::*;

#[test]
fn status_and_code_determine_the_kind() {
    let cases = [
        (404, Some("NoSuchKey"), Kind::NotFound),
        (404, None, Kind::NotFound),
        (404, Some("NoSuchBucket"), Kind::Permanent),
        (412, Some("PreconditionFailed"), Kind::Precondition),
        (412, None, Kind::Precondition),
        (304, None, Kind::Precondition),
        (409, Some("ConditionalRequestConflict"), Kind::Conflict),
        (400, Some("ExpiredToken"), Kind::Denied),
        (403, Some("SignatureDoesNotMatch"), Kind::Denied),
        (403, None, Kind::Denied),
        (401, None, Kind::Denied),
        (501, Some("NotImplemented"), Kind::NotImplemented),
        (200, Some("SlowDown"), Kind::Transient),
        (200, None, Kind::Transient),
        (400, Some("RequestTimeout"), Kind::Transient),
        (503, Some("SlowDown"), Kind::Transient),
        (500, None, Kind::Transient),
        (429, None, Kind::Transient),
        (400, Some("InvalidBucketName"), Kind::Permanent),
        (301, Some("PermanentRedirect"), Kind::Permanent),
    ];
    for (status, code, expected) in cases {
        assert_eq!(kind(status, code), expected, "{status} {code:?}");
    }
}

#[test]
fn answer_displays_only_the_fields_it_has() {
    let mut answer = Answer {
        status: 403,
        code: None,
        message: None,
        request_id: None,
    };
    assert_eq!(answer.to_string(), "S3 returned 403");
    answer.code = Some("AccessDenied".to_owned());
    answer.message = Some("Access Denied".to_owned());
    answer.request_id = Some("4442587FB7D0A2F9".to_owned());
    let expected = "S3 returned 403 AccessDenied: Access Denied (request 4442587FB7D0A2F9)";
    assert_eq!(answer.to_string(), expected);
}
