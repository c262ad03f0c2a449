//! Amounts of money and token counts.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

/// Amount of US dollars, stored as a whole number of billionths of a dollar (nanodollars).
///
/// Serialized as a number of dollars. Arithmetic saturates instead of overflowing.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(from = "f64", into = "f64")]
pub struct Usd {
    // Integer nanodollars: the price of one token is exact and sums do not drift.
    nanos: u64,
}

impl Usd {
    /// Amount of zero dollars.
    pub const ZERO: Self = Self { nanos: 0 };

    /// Creates an amount from billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// Returns the amount in billionths of a dollar.
    pub const fn nanos(self) -> u64 {
        self.nanos
    }

    /// Creates an amount from dollars, rounded to the nearest billionth. Negative numbers and NaN
    /// give [`Self::ZERO`].
    pub fn from_dollars(dollars: f64) -> Self {
        // A float-to-integer cast saturates and maps NaN to zero.
        Self {
            nanos: (dollars * 1e9).round() as u64,
        }
    }

    /// Returns the amount in dollars.
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
    /// Writes `$1.52`, with four decimals below one cent, so a cheap call does not look free.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        let decimals = if self.nanos > 0 && dollars < 0.01 {
            4
        } else {
            2
        };
        f.pad(&format!("${dollars:.decimals$}"))
    }
}

/// Tokens used by a call to a language model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens in the request, including cached ones.
    pub input: u64,
    /// Part of `input` that the provider served from its cache, at a lower price.
    #[serde(default)]
    pub cached: u64,
    /// Tokens in the response.
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
    fn amounts_below_a_cent_are_shown_with_four_decimals() {
        assert_eq!(Usd::from_dollars(0.000_518).to_string(), "$0.0005");
        assert_eq!(Usd::from_dollars(0.0099).to_string(), "$0.0099");
        assert_eq!(Usd::from_dollars(0.01).to_string(), "$0.01");
        assert_eq!(Usd::from_dollars(0.04).to_string(), "$0.04");
        assert_eq!(Usd::from_dollars(1.52).to_string(), "$1.52");
        assert_eq!(Usd::ZERO.to_string(), "$0.00");
    }

    #[test]
    fn token_prices_add_up_without_rounding_errors() {
        // $0.40 per million tokens is 400 nanodollars per token.
        let total: Usd = (0..1000).map(|_| Usd::from_nanos(400) * 1296).sum();
        assert_eq!(total, Usd::from_dollars(0.5184));
    }

    #[test]
    fn negative_and_nan_dollars_become_zero() {
        assert_eq!(Usd::from_dollars(f64::NAN), Usd::ZERO);
        assert_eq!(Usd::from_dollars(-1.0), Usd::ZERO);
    }
}
