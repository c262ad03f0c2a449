//! What a run may still spend.

use std::sync::{Mutex, PoisonError};
use tdbal_types::Usd;

/// The money of a run, shared by all its actors.
#[derive(Debug)]
pub struct Budget {
    limit: Option<Usd>,
    spent: Mutex<Usd>,
}

impl Budget {
    /// A budget of which some is spent already.
    pub const fn new(limit: Option<Usd>, spent: Usd) -> Self {
        Self {
            limit,
            spent: Mutex::new(spent),
        }
    }

    /// Takes a price out of the budget before it is paid; tells what is left over if it does not
    /// reach.
    pub fn take(&self, price: Usd) -> Result<(), String> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let after = *spent + price;
        match self.limit {
            Some(limit) if after > limit => Err(format!(
                "the budget of {limit} does not reach for another picture of {price}: {spent} is spent"
            )),
            _ => {
                *spent = after;
                Ok(())
            }
        }
    }

    /// Takes what was spent already out of the budget, whether it reaches or not.
    pub fn note(&self, cost: Usd) {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }

    /// Gives back what was not charged after all.
    pub fn give_back(&self, price: Usd) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent = Usd::from_nanos(spent.nanos().saturating_sub(price.nanos()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_passed_and_what_was_not_charged_comes_back() {
        let price = Usd::from_dollars(0.04);
        let budget = Budget::new(Some(Usd::from_dollars(0.10)), Usd::from_dollars(0.01));
        assert!(budget.take(price).is_ok());
        assert!(budget.take(price).is_ok());
        assert!(budget.take(price).is_err());
        budget.give_back(price);
        assert!(budget.take(price).is_ok());
        assert!(Budget::new(None, Usd::ZERO).take(price).is_ok());
    }
}
