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
fn parts_of_one_vote_are_not_compared_with_each_other() {
    // The third picture was added later and appears on sheets of its own.
    let sheets = [
        sheet(1, &[(1, BwStylized), (2, BwStylized)]),
        sheet(2, &[(2, BwStylized), (1, BwStylized)]),
        sheet(1, &[(3, BwStylized)]),
        sheet(2, &[(3, Photorealistic)]),
    ];
    let found = stability(&sheets).unwrap();
    assert_eq!((found.pictures, found.changed), (3, 1));
    // Neither parts of one vote nor close looks are compared.
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
fn control_fails_from_half_the_rate_or_if_nothing_is_called_bw() {
    let outcome = |controls: &[ControlResult]| control_outcome(controls, &TrustSettings::default());
    assert_eq!(outcome(&[control(0, 20)]), ControlOutcome::Passed);
    assert_eq!(outcome(&[control(2, 16)]), ControlOutcome::Passed);
    assert_eq!(outcome(&[control(10, 20)]), ControlOutcome::Failed);
    assert_eq!(outcome(&[control(20, 20)]), ControlOutcome::Failed);
    assert_eq!(outcome(&[control(0, 0)]), ControlOutcome::Failed);
    // Below half the rate, but chance explains this better than looking does.
    assert_eq!(outcome(&[control(2, 5)]), ControlOutcome::Failed);
    assert_eq!(outcome(&[control(7, 18)]), ControlOutcome::Unproven);
    assert_eq!(
        outcome(&[control(7, 18), control(4, 18)]),
        ControlOutcome::Passed
    );
    assert_eq!(outcome(&[]), ControlOutcome::Unproven);
}

#[test]
fn only_a_failed_control_raises_a_suspicion() {
    assert_eq!(suspicions(&[], &[], &TrustSettings::default()), []);
    let found = suspicions(
        &[],
        &[control(0, 20), control(20, 20)],
        &TrustSettings::default(),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "on control sheets, 20 of 40 coloured pictures and 40 of 40 monochrome pictures were called \
         black and white"
    );
}

/// The suspicions about one actor with 30 coloured and 20 monochrome pictures, none of which the
/// model called black and white; with or without a passed control sheet.
fn never_called_bw(has_control: bool) -> Vec<Suspicion> {
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
    let controls = if has_control {
        vec![control(0, 20)]
    } else {
        Vec::new()
    };
    suspicions(&votes, &controls, &TrustSettings::default())
}

#[test]
fn passed_control_excuses_sets_never_called_bw() {
    assert!(matches!(
        never_called_bw(false).as_slice(),
        [Suspicion::AgainstPixels(_)]
    ));
    assert_eq!(never_called_bw(true), []);
}

#[test]
fn suspicions_have_messages_and_round_trip_as_json() {
    let follows = Suspicion::FollowsPosition {
        subject: Subject::Classes,
        position: 30,
        picture: 2,
    };
    assert_eq!(
        follows.to_string(),
        "classes follow the position on the sheet in 30 cells and the picture in 2"
    );
    let unstable = Suspicion::Unstable { rate: 0.667 };
    assert_eq!(
        unstable.to_string(),
        "67 % of the answers about the same picture change with the order of the sheet"
    );
    for suspicion in [follows, unstable, Suspicion::Control(control(1, 2))] {
        let text = serde_json::to_string(&suspicion).unwrap();
        assert_eq!(serde_json::from_str::<Suspicion>(&text).unwrap(), suspicion);
    }
}

#[test]
fn missing_settings_keys_take_their_defaults() {
    let settings: TrustSettings = toml::from_str("max_change = 0.6").unwrap();
    assert!((settings.max_change - 0.6).abs() < f64::EPSILON);
    assert_eq!(
        settings.min_of_each_tone,
        TrustSettings::default().min_of_each_tone
    );
}
