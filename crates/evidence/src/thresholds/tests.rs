use super::*;
use tdbal_types::PerceptualHash;

fn measures(r99: f64) -> Measures {
    Measures {
        r99,
        sharpness: 30.0,
        blockiness: Some(1.4),
        hash: PerceptualHash::from_bytes([7; 32]),
        width: 512,
        height: 900,
    }
}

#[test]
fn tone_thresholds_are_inclusive() {
    let thresholds = Thresholds::default();
    for (r99, tone) in [
        (0.0, Tone::Monochrome),
        (4.2, Tone::Monochrome),
        (4.21, Tone::Unclear),
        (7.99, Tone::Unclear),
        (8.0, Tone::Colour),
        (60.0, Tone::Colour),
        (f64::NAN, Tone::Unclear),
    ] {
        assert_eq!(thresholds.tone(&measures(r99)), tone, "{r99}");
    }
    let crossed = Thresholds {
        monochrome_max: 9.0,
        ..thresholds
    };
    assert_eq!(crossed.tone(&measures(8.5)), Tone::Unclear);
}

#[test]
fn each_flag_depends_on_its_own_threshold() {
    let thresholds = Thresholds::default();
    let clean = measures(20.0);
    assert_eq!(thresholds.flags(&clean), []);
    let poor = Measures {
        sharpness: 29.9,
        blockiness: Some(1.41),
        height: 511,
        ..clean.clone()
    };
    let all = [Flag::Blurred, Flag::Blocky, Flag::Small];
    assert_eq!(thresholds.flags(&poor), all);
    let unknown = Measures {
        blockiness: None,
        ..poor
    };
    assert_eq!(thresholds.flags(&unknown), [Flag::Blurred, Flag::Small]);
}

#[test]
fn partial_settings_keep_the_other_defaults() {
    let set: Thresholds = serde_json::from_str("{\"blur_below\": 12}").unwrap();
    let expected = Thresholds {
        blur_below: 12.0,
        ..Thresholds::default()
    };
    assert_eq!(set, expected);
    assert!(serde_json::from_str::<Thresholds>("{\"blur_above\": 12}").is_err());
}

#[test]
fn measures_survive_a_round_trip_through_json() {
    let measures = measures(1.0 / 3.0);
    let text = serde_json::to_string(&measures).unwrap();
    assert_eq!(serde_json::from_str::<Measures>(&text).unwrap(), measures);
}

#[test]
fn displayed_names_equal_serialised_names() {
    for tone in [Tone::Monochrome, Tone::Unclear, Tone::Colour] {
        assert_eq!(serde_json::to_value(tone).unwrap(), tone.to_string());
    }
    for flag in [Flag::Blurred, Flag::Blocky, Flag::Small] {
        assert_eq!(serde_json::to_value(flag).unwrap(), flag.to_string());
    }
}
