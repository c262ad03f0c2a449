//! The money that a run may still spend.

use std::sync::{Mutex, PoisonError};
use tdbal_types::Usd;

/// The budget of a run, shared by all its actors.
#[derive(Debug)]
pub struct Budget {
    limit: Option<Usd>,
    spent: Mutex<Usd>,
}

impl Budget {
    /// Creates a budget with a limit, `None` for no limit, and the money spent so far.
    pub const fn new(limit: Option<Usd>, spent: Usd) -> Self {
        Self {
            limit,
            spent: Mutex::new(spent),
        }
    }

    /// Reserves the price of a picture before it is ordered.
    ///
    /// # Errors
    /// If the price exceeds what is left; the text is the message for the operator. Nothing is
    /// reserved then.
    pub fn take(&self, price: Usd) -> Result<(), String> {
        // Checked and added under one lock: two actors cannot reserve the same money.
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let after = *spent + price;
        match self.limit {
            Some(limit) if after > limit => Err(format!(
                "the budget of {limit} does not cover another picture at {price}: {spent} is already \
                 spent; raise --budget"
            )),
            _ => {
                *spent = after;
                Ok(())
            }
        }
    }

    /// Records money that was spent already, even if it exceeds the limit.
    pub fn note(&self, cost: Usd) {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }

    /// Returns a reserved price that was not charged.
    pub fn give_back(&self, price: Usd) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent = Usd::from_nanos(spent.nanos().saturating_sub(price.nanos()));
    }
}

#[cfg(test)]
mod tests;
