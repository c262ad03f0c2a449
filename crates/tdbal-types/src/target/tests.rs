use super::*;
use proptest::prelude::*;

fn counts(photorealistic: usize, bw_stylized: usize, color_stylized: usize) -> ClassCounts {
    ClassCounts {
        photorealistic,
        bw_stylized,
        color_stylized,
    }
}

#[test]
fn standard_target_is_13_4_3() {
    assert_eq!(Target::STANDARD.counts(), counts(13, 4, 3));
}

#[test]
fn leftover_pictures_go_to_the_largest_remainders() {
    let third = Target::new(10, counts(33, 33, 34)).unwrap();
    assert_eq!(third.counts(), counts(3, 3, 4));
    let seven = Target::new(7, Target::STANDARD.shares()).unwrap();
    // 4.55, 1.4, 1.05
    assert_eq!(seven.counts(), counts(5, 1, 1));
}

#[test]
fn tolerance_of_ten_points_allows_two_of_twenty() {
    let met = |p, b, c| Target::STANDARD.is_met_by(&counts(p, b, c), Tolerance::STANDARD);
    assert!(met(13, 4, 3));
    assert!(met(15, 4, 1), "75 / 20 / 5 % is within 10 points");
    assert!(!met(16, 3, 1), "80 % is not within 10 points of 65 %");
    assert!(!met(12, 4, 3), "the total is 19, not 20");
}

#[test]
fn parts_left_out_keep_their_standard_value() {
    let target: Target = "total=40".parse().unwrap();
    assert_eq!(target.counts(), counts(26, 8, 6));
    let text = "total=20,photorealistic=65,bw_stylized=20,color_stylized=15";
    assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
}

#[test]
fn invalid_target_reports_the_reason() {
    assert_eq!(
        "photorealistic=70".parse::<Target>(),
        Err(TargetError::Sum(105))
    );
    assert_eq!("total=0".parse::<Target>(), Err(TargetError::Total(0)));
    assert_eq!(
        "foto=1".parse::<Target>(),
        Err(TargetError::Part("foto=1".into()))
    );
    assert_eq!("".parse::<Target>(), Err(TargetError::Part(String::new())));
}

proptest! {
    #[test]
    fn counts_add_up_and_are_within_one_of_their_share(
        total in 1_usize..500, first in 0_usize..=100, second in 0_usize..=100,
    ) {
        prop_assume!(first + second <= 100);
        let target = Target::new(total, counts(first, second, 100 - first - second)).unwrap();
        let result = target.counts();
        prop_assert_eq!(result.total(), total);
        for (class, count) in result.iter() {
            prop_assert!((count * 100).abs_diff(total * target.shares()[class]) < 100);
        }
        prop_assert!(target.is_met_by(&result, Tolerance::new(0.0).unwrap()));
    }
}
