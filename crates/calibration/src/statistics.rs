//! The formulas, with their sources.

use serde::{Deserialize, Serialize};

/// The 97.5 % quantile of the standard normal distribution: an interval of that many standard errors
/// to both sides holds 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many, with the 95 % interval of the rate behind them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// How many.
    pub count: usize,
    /// Of how many; at least 1.
    pub of: usize,
    /// The lower end of the interval, 0 to 1.
    pub low: f64,
    /// The upper end of the interval, 0 to 1.
    pub high: f64,
}

impl Proportion {
    /// A share with Wilson's score interval; nothing where there is nothing to take a share of.
    ///
    /// The interval is `(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)` with `z` = 1.96 (Wilson,
    /// Journal of the American Statistical Association 22, 1927). Unlike `p ± z sqrt(p(1-p)/n)` it is
    /// honest for few pictures and for rates near 0 and 1 (Brown, Cai and DasGupta, Statistical
    /// Science 16, 2001). More than all counts as all.
    pub fn new(count: usize, of: usize) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let count = count.min(of);
        let (n, p) = (of as f64, count as f64 / of as f64);
        let z2 = Z * Z;
        let middle = p + z2 / (2.0 * n);
        let reach = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        // The ends are exact at rates of 0 and 1, but for rounding.
        let low = if count == 0 {
            0.0
        } else {
            (middle - reach) / scale
        };
        let high = if count == of {
            1.0
        } else {
            (middle + reach) / scale
        };
        Some(Self {
            count,
            of,
            low: low.clamp(0.0, 1.0),
            high: high.clamp(0.0, 1.0),
        })
    }

    /// The share, 0 to 1.
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.of as f64
    }
}

/// Cohen's kappa of a square table of counts, rows by one judge and columns by the other: 1 where they
/// always agree, 0 where they agree as often as chance would have it, less than 0 where less often.
///
/// `(po - pe) / (1 - pe)`: `po` is the share of the diagonal, `pe` the sum over the categories of the
/// product of their shares in rows and in columns (Cohen, Educational and Psychological Measurement
/// 20, 1960). Nothing for an empty table, for one that is not square, and where both judges only ever
/// use one category and it is the same: chance alone would agree always. Where nearly all pictures are
/// of one category it is low however many answers are right (Feinstein and Cicchetti, Journal of
/// Clinical Epidemiology 43, 1990): read it beside the accuracy.
pub fn cohen_kappa(table: &[Vec<usize>]) -> Option<f64> {
    if table.iter().any(|row| row.len() != table.len()) {
        return None;
    }
    let total: usize = table.iter().flatten().sum();
    if total == 0 {
        return None;
    }
    let (mut agreed, mut by_chance) = (0, 0);
    for (at, row) in table.iter().enumerate() {
        let column: usize = table.iter().filter_map(|row| row.get(at)).sum();
        agreed += row.get(at).copied().unwrap_or(0);
        by_chance += row.iter().sum::<usize>() * column;
    }
    // In whole numbers it is exact whether chance agrees always.
    let all = total * total;
    if by_chance == all {
        return None;
    }
    let n = total as f64;
    let (observed, expected) = (agreed as f64 / n, by_chance as f64 / (n * n));
    Some((observed - expected) / (1.0 - expected))
}

#[cfg(test)]
mod tests;
