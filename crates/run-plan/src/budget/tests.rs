use super::*;

fn dollars(amount: f64) -> Usd {
    Usd::from_dollars(amount)
}

#[test]
fn price_given_back_can_be_taken_again() {
    let price = dollars(0.04);
    let budget = Budget::new(Some(dollars(0.10)), dollars(0.01));
    assert!(budget.take(price).is_ok());
    assert!(budget.take(price).is_ok());
    assert!(budget.take(price).is_err());
    budget.give_back(price);
    assert!(budget.take(price).is_ok());
}

#[test]
fn price_that_reaches_the_limit_exactly_is_taken() {
    let budget = Budget::new(Some(dollars(0.10)), dollars(0.06));
    assert!(budget.take(dollars(0.04)).is_ok());
    assert!(budget.take(Usd::from_nanos(1)).is_err());
}

#[test]
fn refused_price_is_not_reserved() {
    let budget = Budget::new(Some(dollars(0.10)), dollars(0.07));
    assert!(budget.take(dollars(0.04)).is_err());
    assert!(budget.take(dollars(0.03)).is_ok());
}

#[test]
fn budget_without_a_limit_covers_everything() {
    let budget = Budget::new(None, Usd::ZERO);
    budget.note(dollars(1_000.0));
    assert!(budget.take(dollars(1_000.0)).is_ok());
}

#[test]
fn noted_cost_counts_even_beyond_the_limit() {
    let budget = Budget::new(Some(dollars(0.10)), Usd::ZERO);
    budget.note(dollars(0.20));
    assert!(budget.take(Usd::from_nanos(1)).is_err());
    budget.give_back(dollars(0.11));
    assert!(budget.take(dollars(0.01)).is_ok());
}

#[test]
fn giving_back_more_than_was_spent_leaves_nothing_spent() {
    let budget = Budget::new(Some(dollars(0.10)), dollars(0.01));
    budget.give_back(dollars(0.05));
    assert!(budget.take(dollars(0.10)).is_ok());
    assert!(budget.take(Usd::from_nanos(1)).is_err());
}

#[test]
fn refusal_names_limit_price_and_what_is_spent() {
    let budget = Budget::new(Some(dollars(0.14)), dollars(0.12));
    assert_eq!(
        budget.take(dollars(0.04)).unwrap_err(),
        "the budget of $0.14 does not cover another picture at $0.04: $0.12 is already spent; raise \
         --budget"
    );
}

#[test]
fn actors_in_parallel_never_exceed_the_limit() {
    let budget = Budget::new(Some(dollars(0.50)), Usd::ZERO);
    let taken: usize = std::thread::scope(|scope| {
        let buyers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..20)
                        .filter(|_| budget.take(dollars(0.01)).is_ok())
                        .count()
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).sum()
    });
    assert_eq!(taken, 50);
}
