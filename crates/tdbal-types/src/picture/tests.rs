use super::*;

fn name(text: &str) -> ImageName {
    ImageName::new(text).unwrap()
}

#[test]
fn picture_extensions_match_in_any_case() {
    for good in ["a.png", "a.JPG", "a.jpeg", "a.b.WebP"] {
        assert!(name(good).has_picture_extension(), "{good}");
    }
    for bad in ["manifest.json", "png", ".png", "a.png.txt", "a.gif"] {
        assert!(!name(bad).has_picture_extension(), "{bad}");
    }
}

#[test]
fn trailing_number_is_the_last_part_of_the_stem() {
    assert_eq!(
        name("0004_european_35_male_10.png").trailing_number(),
        Some(10)
    );
    assert_eq!(name("portrait.png").trailing_number(), None);
    assert_eq!(name("a_.png").trailing_number(), None);
    assert_eq!(name("a_+1.png").trailing_number(), None);
    assert_eq!(
        name("a_99999999999999999999999.png").trailing_number(),
        None
    );
}

#[test]
fn quality_outside_one_to_ten_is_rejected() {
    assert!(Quality::new(0).is_err());
    assert!(Quality::new(11).is_err());
    assert!(Quality::new(-1).is_err());
    assert_eq!(Quality::new(10).unwrap(), Quality::MAX);
    assert!(serde_json::from_str::<Quality>("0").is_err());
}

#[test]
fn sheet_numbers_start_at_one() {
    assert_eq!(SheetNumber::new(0), None);
    assert_eq!(SheetNumber::from_position(0).get(), 1);
    assert_eq!(SheetNumber::from_position(7).position(), 7);
}

#[test]
fn fault_names_match_their_serialized_form() {
    for fault in Fault::ALL {
        assert_eq!(serde_json::to_value(fault).unwrap(), fault.as_str());
    }
}
