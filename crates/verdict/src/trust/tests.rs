use super::*;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};
use evidence::Tone;
use tdbal_types::{ActorId, Digest, ImageClass, Opinion, Quality};

fn sheet(vote: u32, cells: &[(u8, ImageClass)]) -> SheetVote {
    SheetVote {
        vote,
        order: cells
            .iter()
            .map(|(number, _)| Digest::from_bytes([*number; 32]))
            .collect(),
        opinions: cells
            .iter()
            .map(|(_, class)| Opinion {
                class: *class,
                quality: Quality::MAX,
                faults: Vec::new(),
            })
            .collect(),
    }
}

#[test]
fn stability_counts_pictures_that_change_class() {
    let sheets = [
        sheet(1, &[(1, BwStylized), (2, BwStylized), (3, BwStylized)]),
        sheet(2, &[(3, BwStylized), (1, ColorStylized), (2, BwStylized)]),
        sheet(
            3,
            &[(2, Photorealistic), (3, BwStylized), (1, ColorStylized)],
        ),
    ];
    let found = stability(&sheets).unwrap();
    assert_eq!((found.pictures, found.changed), (3, 2));
    assert!((found.rate() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(stability(&sheets[..1]), None);
    assert_eq!(stability(&[]), None);
    let twice: Stability = [found, found].into_iter().sum();
    assert_eq!((twice.pictures, twice.changed), (6, 4));
    assert!(Stability::default().rate().abs() < f64::EPSILON);
}

#[test]
fn a_vote_in_parts_is_one_vote() {
    // The third picture came later, and was shown on sheets of its own.
    let sheets = [
        sheet(1, &[(1, BwStylized), (2, BwStylized)]),
        sheet(2, &[(2, BwStylized), (1, BwStylized)]),
        sheet(1, &[(3, BwStylized)]),
        sheet(2, &[(3, Photorealistic)]),
    ];
    let found = stability(&sheets).unwrap();
    assert_eq!((found.pictures, found.changed), (3, 1));
    // Parts of one vote are not compared, nor are close looks.
    let parts = [
        sheet(1, &[(1, BwStylized)]),
        sheet(1, &[(1, Photorealistic)]),
        sheet(0, &[(1, ColorStylized)]),
    ];
    assert_eq!(stability(&parts), None);
}

fn control(coloured_called_bw: usize, monochrome_called_bw: usize) -> ControlResult {
    ControlResult {
        coloured: 20,
        coloured_called_bw,
        monochrome: 20,
        monochrome_called_bw,
    }
}

#[test]
fn a_control_is_failed_from_half_the_rate_on_and_by_never_saying_it() {
    let control_outcome =
        |controls: &[ControlResult]| control_outcome(controls, &TrustSettings::default());
    assert_eq!(control_outcome(&[control(0, 20)]), ControlOutcome::Passed);
    assert_eq!(control_outcome(&[control(2, 16)]), ControlOutcome::Passed);
    assert_eq!(control_outcome(&[control(10, 20)]), ControlOutcome::Failed);
    assert_eq!(control_outcome(&[control(20, 20)]), ControlOutcome::Failed);
    assert_eq!(control_outcome(&[control(0, 0)]), ControlOutcome::Failed);
    // Under half the rate, but that is as probable by chance.
    assert_eq!(control_outcome(&[control(2, 5)]), ControlOutcome::Failed);
    assert_eq!(control_outcome(&[control(7, 18)]), ControlOutcome::Unproven);
    assert_eq!(
        control_outcome(&[control(7, 18), control(4, 18)]),
        ControlOutcome::Passed
    );
    assert_eq!(control_outcome(&[]), ControlOutcome::Unproven);
}

#[test]
fn no_control_at_all_is_no_suspicion_and_a_failed_one_is() {
    assert_eq!(suspicions(&[], &[], &TrustSettings::default()), []);
    let found = suspicions(
        &[],
        &[control(0, 20), control(20, 20)],
        &TrustSettings::default(),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "on control sheets 20 of 40 coloured pictures were called black and white, and 40 of 40 \
         monochrome ones"
    );
}

/// One actor of 30 coloured and 20 monochrome pictures that were never called black and white.
fn never_black_and_white(is_controlled: bool) -> Vec<Suspicion> {
    let cells: Vec<(u8, ImageClass)> = (0..50).map(|number| (number, Photorealistic)).collect();
    let sheets = [sheet(1, &cells)];
    let tones = sheets[0]
        .order
        .iter()
        .zip(0..)
        .map(|(digest, at)| {
            let tone = if at < 30 {
                Tone::Colour
            } else {
                Tone::Monochrome
            };
            (*digest, tone)
        })
        .collect();
    let actor = ActorId::new("0001").unwrap();
    let votes = [ActorVotes {
        actor: &actor,
        sheets: &sheets,
        tones,
    }];
    let controls = if is_controlled {
        vec![control(0, 20)]
    } else {
        Vec::new()
    };
    suspicions(&votes, &controls, &TrustSettings::default())
}

#[test]
fn black_and_white_photographs_only_are_no_suspicion_where_a_control_was_passed() {
    assert!(matches!(
        never_black_and_white(false).as_slice(),
        [Suspicion::AgainstPixels(_)]
    ));
    assert_eq!(never_black_and_white(true), []);
}

#[test]
fn suspicions_are_told_in_words() {
    let follows = Suspicion::FollowsPosition {
        subject: Subject::Classes,
        position: 30,
        picture: 2,
    };
    assert_eq!(
        follows.to_string(),
        "classes follow the place on the sheet 30 times and the picture 2 times"
    );
    let unstable = Suspicion::Unstable { rate: 0.667 };
    assert_eq!(
        unstable.to_string(),
        "67 % of the answers about a picture change with the order of the sheet"
    );
    for suspicion in [follows, unstable, Suspicion::Control(control(1, 2))] {
        let text = serde_json::to_string(&suspicion).unwrap();
        assert_eq!(serde_json::from_str::<Suspicion>(&text).unwrap(), suspicion);
    }
}

#[test]
fn settings_name_only_what_they_change() {
    let settings: TrustSettings = toml::from_str("max_change = 0.6").unwrap();
    assert!((settings.max_change - 0.6).abs() < f64::EPSILON);
    assert_eq!(
        settings.min_of_each_tone,
        TrustSettings::default().min_of_each_tone
    );
}
