//! Statistical formulas, with their sources.

use serde::{Deserialize, Serialize};

/// The 97.5 % quantile of the standard normal distribution. An interval of this many standard
/// errors to both sides covers 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// An observed proportion with the 95 % confidence interval of the underlying rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// Number of items that were counted, at most [`of`](Self::of).
    pub count: usize,
    /// Total number of items, at least 1.
    pub of: usize,
    /// Lower end of the confidence interval, 0 to 1.
    pub low: f64,
    /// Upper end of the confidence interval, 0 to 1.
    pub high: f64,
}

impl Proportion {
    /// The proportion `count / of` with its Wilson score interval, or `None` if `of` is 0. A
    /// `count` above `of` counts as `of`.
    ///
    /// The interval is `(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)` with `z` = 1.96
    /// (Wilson, Journal of the American Statistical Association 22, 1927). Unlike `p ± z
    /// sqrt(p(1-p)/n)`, it keeps its coverage for small samples and for rates near 0 and 1 (Brown,
    /// Cai and DasGupta, Statistical Science 16, 2001).
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
        // At rates of 0 and 1 the formula gives exactly 0 and 1, except for rounding errors.
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

    /// The observed rate, 0 to 1.
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.of as f64
    }
}

/// Cohen's kappa: the agreement of two judges, corrected for chance. 1 means that they always
/// agree, 0 that they agree as often as by chance, and less than 0 that they agree less often than
/// that.
///
/// `table` is a square table of counts, with the answers of one judge as rows and those of the
/// other as columns. Kappa is `(po - pe) / (1 - pe)`, where `po` is the share of the diagonal and
/// `pe` is the sum over all categories of the product of their shares in rows and columns (Cohen,
/// Educational and Psychological Measurement 20, 1960).
///
/// Returns `None` if the table is empty or not square, or if both judges use only one category and
/// it is the same: they would then always agree by chance.
///
/// If nearly all pictures are of one category, kappa is low however many answers are correct
/// (Feinstein and Cicchetti, Journal of Clinical Epidemiology 43, 1990). Read it together with the
/// accuracy.
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
    // Compared as integers: `1 - expected` may be tiny but not 0 in floating point.
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
