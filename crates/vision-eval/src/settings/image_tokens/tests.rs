use super::*;
use proptest::prelude::*;

const MINI: ImageTokenRule = ImageTokenRule {
    patch: 32,
    max_side: 2_048,
    patch_budget: 6_144,
    multiplier: 1.62,
};
const SMALL_BUDGET: ImageTokenRule = ImageTokenRule {
    patch_budget: 1_536,
    ..MINI
};
const LUNA: ImageTokenRule = ImageTokenRule {
    patch_budget: 2_500,
    multiplier: 1.2,
    ..MINI
};

#[test]
fn tokens_match_the_worked_examples() {
    let table = [
        ((512, 512), 415, 415, 308),
        ((768, 1_024), 1_245, 1_245, 922),
        ((1_000, 800), 1_296, 1_296, 960),
        ((1_024, 1_024), 1_659, 1_659, 1_229),
        ((1_536, 1_536), 3_733, 2_465, 2_765),
        ((2_048, 2_048), 6_636, 2_465, 3_000),
        ((3_000, 2_400), 5_392, 2_439, 2_904),
    ];
    for ((width, height), mini, small_budget, luna) in table {
        for (rule, expected) in [(MINI, mini), (SMALL_BUDGET, small_budget), (LUNA, luna)] {
            let tokens = rule.tokens(width, height);
            assert_eq!(tokens, Some(expected), "{width}x{height} {rule:?}");
        }
    }
    // The example in the guide: 1800 x 2400 is scaled to 1056 x 1408 pixels, 1,452 patches.
    assert_eq!(SMALL_BUDGET.tokens(1_800, 2_400), Some(2_353));
}

#[test]
fn image_that_the_service_rejects_has_no_tokens() {
    let unlimited = ImageTokenRule {
        max_side: u32::MAX,
        patch_budget: u32::MAX,
        ..MINI
    };
    assert_eq!(unlimited.tokens(32 * 200, 32 * 150), Some(48_600));
    assert_eq!(unlimited.tokens(32 * 200, 32 * 150 + 1), None);
    assert_eq!(MINI.tokens(0, 10), None);
}

proptest! {
    #[test]
    fn tokens_stay_within_the_budget_for_any_size(width in 1_u32..100_000, height in 1_u32..100_000) {
        let tokens = SMALL_BUDGET.tokens(width, height).unwrap();
        prop_assert!(tokens > 0 && tokens <= (1_536.0_f64 * 1.62).ceil() as u64);
    }
}
