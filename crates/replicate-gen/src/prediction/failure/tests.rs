use super::*;

#[test]
fn a_code_is_found_anywhere() {
    for (message, code) in [
        (
            "The input or output was flagged as sensitive. Please try again with different \
             inputs. (E005) (abc)",
            Some("E005"),
        ),
        ("(E1001) out of memory", Some("E1001")),
        ("(Error) then (E6716).", Some("E6716")),
        ("(E12) (E12345) (E12a) (E100", None),
        ("E005 without brackets", None),
        ("(E١٢٣)", None),
        ("(E", None),
        ("", None),
    ] {
        assert_eq!(error_code(message), code, "{message}");
    }
}

#[test]
fn a_failure_is_read_by_its_code_first() {
    for (message, expected) in [
        (
            "flagged. Please try again with different inputs. (E005)",
            Failure::Flagged,
        ),
        ("The output was flagged as sensitive", Failure::Flagged),
        ("NSFW content detected", Failure::Flagged),
        ("unknown (E1000)", Failure::Passing),
        ("timed out starting (E6716)", Failure::Passing),
        (
            "Prediction interrupted; please retry (code: PA)",
            Failure::Passing,
        ),
        ("out of memory (E1001)", Failure::Lasting),
        ("shape mismatch", Failure::Lasting),
    ] {
        assert_eq!(classify(message), expected, "{message}");
    }
}
