use super::*;

#[test]
fn error_codes_are_found_anywhere_in_a_message() {
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
fn error_codes_take_precedence_over_wording() {
    for (message, expected) in [
        (
            "flagged. Please try again with different inputs. (E005)",
            Failure::Flagged,
        ),
        ("The output was flagged as sensitive", Failure::Flagged),
        ("NSFW content detected", Failure::Flagged),
        ("unknown (E1000)", Failure::Temporary),
        ("timed out starting (E6716)", Failure::Temporary),
        (
            "Prediction interrupted; please retry (code: PA)",
            Failure::Temporary,
        ),
        ("out of memory (E1001)", Failure::Permanent),
        ("shape mismatch", Failure::Permanent),
    ] {
        assert_eq!(classify(message), expected, "{message}");
    }
}
