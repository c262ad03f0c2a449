//! Money and tokens.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

/// An amount of US dollars, in whole billionths, so that the price of one token is exact and sums
/// do not drift. Written in JSON as a number of dollars.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(from = "f64", into = "f64")]
pub struct Usd {
    nanos: u64,
}

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0 };

    /// So many billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// The amount in billionths of a dollar.
    pub const fn nanos(self) -> u64 {
        self.nanos
    }

    /// Dollars, rounded to the nearest billionth; what is negative or not a number is nothing.
    pub fn from_dollars(dollars: f64) -> Self {
        // A float-to-integer cast saturates, and takes a NaN for zero.
        Self {
            nanos: (dollars * 1e9).round() as u64,
        }
    }

    /// The amount in dollars.
    pub fn dollars(self) -> f64 {
        self.nanos as f64 / 1e9
    }
}

impl From<f64> for Usd {
    fn from(dollars: f64) -> Self {
        Self::from_dollars(dollars)
    }
}

impl From<Usd> for f64 {
    fn from(amount: Usd) -> Self {
        amount.dollars()
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            nanos: self.nanos.saturating_add(other.nanos),
        }
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Usd {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self {
            nanos: self.nanos.saturating_mul(times),
        }
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    /// `$1.52`; below ten cents with four decimals, so that a small call is not shown as free.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        let decimals = if self.nanos > 0 && dollars < 0.1 {
            4
        } else {
            2
        };
        f.pad(&format!("${dollars:.decimals$}"))
    }
}

/// Tokens that a call of a language model took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// All tokens sent, cached ones included.
    pub input: u64,
    /// Those of `input` that were served from the provider's cache.
    #[serde(default)]
    pub cached: u64,
    /// All tokens received.
    pub output: u64,
}

impl Add for Tokens {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cached: self.cached.saturating_add(other.cached),
            output: self.output.saturating_add(other.output),
        }
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_amounts_are_not_shown_as_nothing() {
        assert_eq!(Usd::from_dollars(0.000_518).to_string(), "$0.0005");
        assert_eq!(Usd::from_dollars(1.52).to_string(), "$1.52");
        assert_eq!(Usd::ZERO.to_string(), "$0.00");
    }

    #[test]
    fn tokens_at_a_price_add_up_exactly() {
        // 0.40 dollars a million is 400 billionths a token.
        let total: Usd = (0..1000).map(|_| Usd::from_nanos(400) * 1296).sum();
        assert_eq!(total, Usd::from_dollars(0.5184));
    }

    #[test]
    fn nonsense_is_nothing() {
        assert_eq!(Usd::from_dollars(f64::NAN), Usd::ZERO);
        assert_eq!(Usd::from_dollars(-1.0), Usd::ZERO);
    }
}
