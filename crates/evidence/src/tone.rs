//! The tone of a picture: whether it has colour, or at most a tint.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::picture::Rgb;

/// Whether a picture has colour.
///
/// This says nothing about photograph or drawing: a black-and-white photograph is as monochrome as
/// an ink drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// The picture has shades of one ink only, such as black and white or sepia, also on tinted
    /// paper. Colour on less than one pixel in a hundred is ignored.
    Monochrome,
    /// The picture is neither clearly monochrome nor clearly coloured.
    Unclear,
    /// The picture has several colours.
    Colour,
}

impl Tone {
    /// The name used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monochrome => "monochrome",
            Self::Unclear => "unclear",
            Self::Colour => "colour",
        }
    }
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The length of the longer side at which colour is measured, in pixels. At this size the colour
/// errors of JPEG average out.
const EDGE: u32 = 64;

/// Maximum chroma of a tint. The sepia of image editors reaches 29 and yellowed paper 25. A print
/// in one bright ink exceeds it and counts as colour.
const STRONGEST_TINT: f64 = 40.0;

/// Maximum chroma of a tint in a picture of constant lightness, such as an empty sheet of tinted
/// paper.
const PAPER_TINT: f64 = 10.0;

/// The range of lightness, in units of L, from which on a tint may have the full
/// [`STRONGEST_TINT`].
const FULL_RANGE: f64 = 40.0;

/// A colour in CIE Lab with the white point D65.
#[derive(Debug, Clone, Copy)]
struct Lab {
    l: f64,
    a: f64,
    b: f64,
}

/// How far the colours of a picture deviate from shades of a single ink, in units of CIE Lab
/// (ΔE*ab, 1976). 0 for a picture without pixels.
///
/// Plain chroma cannot tell sepia or yellowed paper from colour. But in a monochrome picture,
/// tinted or not, the colour of a pixel depends only on its lightness. So this measures the part of
/// the colour that lightness does not explain:
/// 1. The picture is averaged down to 64 pixels on the longer side and converted to CIE Lab (D65).
/// 2. The coordinates a and b are each fitted by least squares as a parabola in L.
/// 3. The residual of a pixel is sqrt(rₐ² + r_b²), the distance of its colour from the curve. The
///    result is the 99th percentile of the residuals.
///
/// With one to three flat colours, the curve could pass through all of them and explain real colour
/// away. So the chroma that it may explain is limited: to 40 if lightness varies by 40 or more over
/// the picture, falling to 10 (tinted paper) if it does not vary at all. A flat grey or cream
/// picture thus gives 0, and a flat red one far more than 8.
///
/// # Measured values
/// | pictures | r99 | at JPEG quality 30 |
/// |---|---|---|
/// | monochrome | 2.0 at most | 3.7 at most |
/// | sepia and tinted paper | 1.0 at most | 5.5 at most |
/// | coloured | 9.3 at least | |
///
/// Two kinds are measured wrongly. Sepia of image editors clips the highlights, which makes a kink
/// that a parabola cannot follow: of twelve bright portraits, 7 came out monochrome, 4 unclear and
/// 1 coloured (at 8.0). And a coloured picture that was almost desaturated gives a low value.
///
/// Sources: IEC 61966-2-1 (sRGB), CIE 15 (Lab).
pub fn r99(picture: &Rgb<'_>) -> f64 {
    let colours: Vec<Lab> = averaged(picture, EDGE).into_iter().map(lab).collect();
    let curve = Curve::fit(&colours);
    let limit = max_tint(&colours);
    let mut residuals: Vec<f64> = colours
        .iter()
        .map(|colour| {
            let (a, b) = limited(curve.at(colour.l), limit);
            (colour.a - a).hypot(colour.b - b)
        })
        .collect();
    // Not the maximum, which a single coloured speck would decide.
    percentile(&mut residuals, 0.99)
}

/// The maximum chroma that lightness may explain. It grows with the range of lightness.
fn max_tint(colours: &[Lab]) -> f64 {
    let lightest = colours.iter().map(|colour| colour.l).fold(0.0, f64::max);
    let darkest = colours.iter().map(|colour| colour.l).fold(100.0, f64::min);
    let share = ((lightest - darkest) / FULL_RANGE).clamp(0.0, 1.0);
    PAPER_TINT + share * (STRONGEST_TINT - PAPER_TINT)
}

/// Scales a tint down to a chroma of at most `max`.
fn limited((a, b): (f64, f64), max: f64) -> (f64, f64) {
    let chroma = a.hypot(b);
    if chroma > max {
        (a * max / chroma, b * max / chroma)
    } else {
        (a, b)
    }
}

/// The tint as a function of lightness: one parabola for a and one for b.
///
/// The parabolas are stored as coefficients of the functions 1, L and L², made orthogonal to each
/// other over the pixels (Gram-Schmidt). The fit is then a projection on each function. It stays
/// stable if lightness hardly varies, because a function that is constant over the pixels drops
/// out.
struct Curve {
    /// The mean of L.
    mean: f64,
    /// Third central moment of L divided by its variance.
    skew: f64,
    /// The variance of L.
    variance: f64,
    /// Coefficients of the three functions for a and for b.
    a: [f64; 3],
    b: [f64; 3],
}

impl Curve {
    /// Fits both parabolas to the colours by least squares.
    fn fit(colours: &[Lab]) -> Self {
        let count = colours.len().max(1) as f64;
        let mean_of = |value: &dyn Fn(&Lab) -> f64| colours.iter().map(value).sum::<f64>() / count;
        let mean = mean_of(&|colour| colour.l);
        let variance = mean_of(&|colour| (colour.l - mean).powi(2));
        let skew = ratio(mean_of(&|colour| (colour.l - mean).powi(3)), variance);
        let mut curve = Self {
            mean,
            skew,
            variance,
            a: [0.0; 3],
            b: [0.0; 3],
        };
        let powers: Vec<[f64; 3]> = colours
            .iter()
            .map(|colour| curve.functions(colour.l))
            .collect();
        let project = |value: &dyn Fn(&Lab) -> f64| {
            let mut coefficients = [0.0; 3];
            for (nth, coefficient) in coefficients.iter_mut().enumerate() {
                let of = |functions: &[f64; 3]| functions.get(nth).copied().unwrap_or_default();
                let product: f64 = colours
                    .iter()
                    .zip(&powers)
                    .map(|(colour, functions)| value(colour) * of(functions))
                    .sum();
                let norm: f64 = powers.iter().map(|functions| of(functions).powi(2)).sum();
                *coefficient = ratio(product / count, norm / count);
            }
            coefficients
        };
        (curve.a, curve.b) = (project(&|colour| colour.a), project(&|colour| colour.b));
        curve
    }

    /// The values of the three functions at a lightness.
    fn functions(&self, l: f64) -> [f64; 3] {
        let t = l - self.mean;
        [1.0, t, t * t - self.skew * t - self.variance]
    }

    /// The fitted a and b at a lightness.
    fn at(&self, l: f64) -> (f64, f64) {
        let functions = self.functions(l);
        let value = |coefficients: &[f64; 3]| {
            functions
                .iter()
                .zip(coefficients)
                .map(|(function, coefficient)| function * coefficient)
                .sum()
        };
        (value(&self.a), value(&self.b))
    }
}

/// A quotient, or 0 if the divisor is 0 up to rounding errors.
fn ratio(dividend: f64, divisor: f64) -> f64 {
    if divisor > 1e-9 {
        dividend / divisor
    } else {
        0.0
    }
}

/// The value below which the given share of the values lies, interpolated linearly between
/// neighbours. 0 if there are no values.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let rank = share * last as f64;
    let below = rank.floor();
    let at = |rank: f64| values.get(rank as usize).copied().unwrap_or_default();
    let (low, high) = (at(below), at(rank.ceil()));
    low + (high - low) * (rank - below)
}

/// Scales a picture down to at most `edge` pixels on the longer side. Each pixel of the result is
/// the average of the area that it covers (a box filter). Samples are sRGB, 0 to 255.
fn averaged(picture: &Rgb<'_>, edge: u32) -> Vec<[f64; 3]> {
    let rows = picture.rows();
    let (width, height) = (picture.width as usize, rows.len());
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let long = width.max(height).max(edge as usize);
    let side = |length: usize| {
        (((length * edge as usize) as f64 / long as f64).round() as usize).clamp(1, length)
    };
    // A picture that is small enough is not scaled; rounding must not change its size either.
    let (across, down) = if long == edge as usize {
        (width, height)
    } else {
        (side(width), side(height))
    };
    let along = spans(width, across);
    let mut sums = vec![[0.0; 3]; across];
    let mut out = Vec::with_capacity(across * down);
    for (first, weights) in spans(height, down) {
        sums.fill([0.0; 3]);
        for (row, weight) in rows.clone().skip(first).zip(&weights) {
            for (sum, (first, weights)) in sums.iter_mut().zip(&along) {
                let pixels = row.get(*first..).unwrap_or_default();
                for (pixel, share) in pixels.iter().zip(weights) {
                    for (sum, &sample) in sum.iter_mut().zip(pixel) {
                        *sum += weight * share * f64::from(sample);
                    }
                }
            }
        }
        out.extend_from_slice(&sums);
    }
    out
}

/// Divides a line of `from` pixels into `to` equal parts. Returns for each part the first pixel
/// that it touches, and the shares of that pixel and the following ones in the part. `to` is 1 to
/// `from`.
fn spans(from: usize, to: usize) -> Vec<(usize, Vec<f64>)> {
    let length = from as f64 / to as f64;
    (0..to)
        .map(|part| {
            let (start, end) = (part as f64 * length, (part + 1) as f64 * length);
            let first = start as usize;
            // Rounding can put the end of the last part just beyond the line.
            let last = (end.ceil() as usize).min(from);
            let weights = (first..last)
                .map(|pixel| {
                    let covered = end.min((pixel + 1) as f64) - start.max(pixel as f64);
                    covered.max(0.0) / length
                })
                .collect();
            (first, weights)
        })
        .collect()
}

/// Converts sRGB, 0 to 255, to CIE Lab.
fn lab(samples: [f64; 3]) -> Lab {
    // The matrix from linear sRGB to XYZ, each row divided by the white point D65
    // (0.95047, 1, 1.08883).
    const X: [f64; 3] = [0.433_953, 0.376_219, 0.189_828];
    const Y: [f64; 3] = [0.212_671, 0.715_160, 0.072_169];
    const Z: [f64; 3] = [0.017_758, 0.109_477, 0.872_766];
    let linear = samples.map(linear);
    let component = |weights: [f64; 3]| {
        let sum = weights
            .iter()
            .zip(linear)
            .map(|(weight, sample)| weight * sample)
            .sum();
        compressed(sum)
    };
    let (x, y, z) = (component(X), component(Y), component(Z));
    Lab {
        l: 116.0 * y - 16.0,
        a: 500.0 * (x - y),
        b: 200.0 * (y - z),
    }
}

/// Converts an sRGB sample, 0 to 255, to linear light, 0 to 1 (IEC 61966-2-1).
fn linear(sample: f64) -> f64 {
    let sample = sample / 255.0;
    if sample <= 0.040_45 {
        sample / 12.92
    } else {
        ((sample + 0.055) / 1.055).powf(2.4)
    }
}

/// The nonlinearity of CIE Lab: a cube root, with a linear part near black (CIE 15).
fn compressed(light: f64) -> f64 {
    const KNEE: f64 = 216.0 / 24_389.0;
    const SLOPE: f64 = 24_389.0 / 27.0;
    if light > KNEE {
        light.cbrt()
    } else {
        (SLOPE * light + 16.0) / 116.0
    }
}

#[cfg(test)]
mod tests;
