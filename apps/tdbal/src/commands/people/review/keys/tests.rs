use super::*;

#[test]
fn class_quality_and_wish_are_accepted_in_any_order() {
    let bw = Judgement {
        class: Some(ImageClass::BwStylized),
        ..Judgement::default()
    };
    let quality = Some(Quality::new(7).unwrap());
    let wish = Some(Wish::Keep);
    for (line, judgement) in [
        ("b", bw),
        (" BW_stylized\n", bw),
        ("b 7", Judgement { quality, ..bw }),
        (
            "k 7 b",
            Judgement {
                quality,
                wish,
                ..bw
            },
        ),
        (
            "k",
            Judgement {
                wish,
                ..Judgement::default()
            },
        ),
        (
            "r",
            Judgement {
                wish: Some(Wish::Remove),
                ..Judgement::default()
            },
        ),
    ] {
        assert_eq!(parse(line), Ok(Answer::Judge(judgement)), "{line:?}");
    }
    for (line, class) in [("p", 0), ("c", 2), ("photorealistic", 0)] {
        let class = Some(ImageClass::ALL[class]);
        let judgement = Judgement {
            class,
            ..Judgement::default()
        };
        assert_eq!(parse(line), Ok(Answer::Judge(judgement)), "{line:?}");
    }
}

#[test]
fn single_keys_stand_alone() {
    for (line, answer) in [
        ("s", Answer::Skip),
        ("U\r\n", Answer::Undo),
        ("quit", Answer::Quit),
        ("?", Answer::Help),
    ] {
        assert_eq!(parse(line), Ok(answer), "{line:?}");
    }
    for (line, says) in [
        ("", "type a class, k or r"),
        ("7", "type a class, k or r"),
        ("x", "unknown key \"x\""),
        ("b 11", "unknown key \"11\""),
        ("b s", "unknown key \"s\""),
        ("b p", "two answers to one question"),
        ("k r", "two answers to one question"),
        ("b 7 8", "two answers to one question"),
    ] {
        let error = parse(line).unwrap_err();
        assert!(error.contains(says), "{line:?}: {error}");
    }
}
