use super::*;
use proptest::prelude::*;

fn close(a: f64, b: f64, by: f64) -> bool {
    (a - b).abs() <= by
}

/// Newcombe, Statistics in Medicine 17, 1998, table I, method 3 (score, no continuity correction).
#[test]
fn intervals_agree_with_published_ones() {
    let published = [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ];
    for (count, of, low, high) in published {
        let share = Proportion::new(count, of).unwrap();
        assert!(
            close(share.low, low, 0.000_051) && close(share.high, high, 0.000_051),
            "{share:?}"
        );
    }
}

/// Computed by hand for 6 of 13: p = 0.461538, z²/2n = 0.147748, p(1-p)/n = 0.019117, z²/4n² =
/// 0.005683, so the root is 0.157479 and the ends are (0.609286 ± 0.308653) / 1.295497.
#[test]
fn an_interval_agrees_with_one_computed_by_hand() {
    let share = Proportion::new(6, 13).unwrap();
    assert!(close(share.rate(), 0.461_538, 1e-6));
    assert!(close(share.low, 0.232_06, 1e-4), "{share:?}");
    assert!(close(share.high, 0.708_56, 1e-4), "{share:?}");
}

#[test]
fn zero_items_give_none_and_a_surplus_count_is_capped() {
    assert_eq!(Proportion::new(0, 0), None);
    assert_eq!(Proportion::new(5, 3), Proportion::new(3, 3));
    let all = Proportion::new(3, 3).unwrap();
    assert!(close(all.high, 1.0, 0.0) && close(all.low, 0.438_5, 1e-4));
}

/// Fleiss, Statistical Methods for Rates and Proportions, 2nd edition, table 13.1: po = 0.89,
/// pe = 0.66, so kappa is 0.23 / 0.34.
#[test]
fn kappa_agrees_with_a_published_table() {
    let table = [vec![75, 1, 4], vec![5, 4, 1], vec![0, 0, 10]];
    assert!(close(cohen_kappa(&table).unwrap(), 0.23 / 0.34, 1e-12));
}

/// Computed by hand: po = 35 / 50 = 0.7; pe = 0.5 x 0.6 + 0.5 x 0.4 = 0.5.
#[test]
fn kappa_agrees_with_one_computed_by_hand() {
    let table = [vec![20, 5], vec![10, 15]];
    assert!(close(cohen_kappa(&table).unwrap(), 0.4, 1e-12));
    // Always opposite answers: po = 0, pe = 0.5.
    let opposed = [vec![0, 7], vec![7, 0]];
    assert!(close(cohen_kappa(&opposed).unwrap(), -1.0, 1e-12));
}

#[test]
fn kappa_is_none_where_it_is_undefined() {
    assert_eq!(cohen_kappa(&[]), None);
    assert_eq!(cohen_kappa(&[vec![0, 0], vec![0, 0]]), None);
    assert_eq!(cohen_kappa(&[vec![9, 0], vec![0, 0]]), None);
    assert_eq!(cohen_kappa(&[vec![1, 2, 3], vec![1, 2, 3]]), None);
    // One judge always gives the first answer, equal to chance.
    let blind = [vec![6, 0], vec![4, 0]];
    assert!(close(cohen_kappa(&blind).unwrap(), 0.0, 1e-12));
}

proptest! {
    #[test]
    fn intervals_contain_the_rate_and_narrow_with_more_items(count in 0_usize..200, more in 0_usize..200) {
        let of = count + more;
        prop_assume!(of > 0);
        let share = Proportion::new(count, of).unwrap();
        prop_assert!(0.0 <= share.low && share.low <= share.rate());
        prop_assert!(share.rate() <= share.high && share.high <= 1.0);
        let tenfold = Proportion::new(count * 10, of * 10).unwrap();
        prop_assert!(tenfold.high - tenfold.low < share.high - share.low);
    }

    #[test]
    fn kappa_is_symmetric(table in proptest::collection::vec(proptest::collection::vec(0_usize..30, 3), 3)) {
        let turned: Vec<Vec<usize>> =
            (0..3).map(|at| table.iter().map(|row| row[at]).collect()).collect();
        match (cohen_kappa(&table), cohen_kappa(&turned)) {
            (Some(a), Some(b)) => {
                prop_assert!(close(a, b, 1e-9));
                prop_assert!((-1.0 - 1e-9..=1.0 + 1e-9).contains(&a));
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}
