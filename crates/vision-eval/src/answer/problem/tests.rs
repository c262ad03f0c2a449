use super::*;

#[test]
fn problems_have_texts_for_people_and_the_model() {
    let one = SheetNumber::from_position(0);
    let text = || "x".to_owned();
    let all = [
        Problem::Empty,
        Problem::Refused { text: text() },
        Problem::Html { page: text() },
        Problem::Truncated,
        Problem::NotJson { detail: text() },
        Problem::NoPictures,
        Problem::NotAnObject,
        Problem::NothingSeen,
        Problem::NoNumber { entry: 1 },
        Problem::MissingNumber(one),
        Problem::DuplicateNumber(one),
        Problem::UnknownNumber(text()),
    ];
    let for_picture = |number| {
        [
            Problem::UnknownClass {
                number,
                class: text(),
            },
            Problem::QualityOutOfRange {
                number,
                quality: text(),
            },
            Problem::UnknownFault {
                number,
                fault: text(),
            },
        ]
    };
    let texts: Vec<String> = all
        .into_iter()
        .chain(for_picture(Some(one)))
        .chain(for_picture(None))
        .map(|problem| format!("{problem} => {}", problem.for_model()))
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}
