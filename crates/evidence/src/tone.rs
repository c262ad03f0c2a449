//! Whether a picture has colour, or only a tint.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::picture::Rgb;

/// Whether a picture has colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Shades of one ink: black and white, or sepia, or on tinted paper; a spot of colour on less
    /// than one pixel in a hundred is passed over. A black-and-white photograph is monochrome as
    /// much as an ink drawing is.
    Monochrome,
    /// Between the two.
    Unclear,
    /// Several colours; says nothing about photograph or drawing.
    Colour,
}

impl Tone {
    /// The name in files.
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

/// The long side at which colour is measured, in pixels. Small enough that what JPEG does to
/// colour averages out.
const EDGE: u32 = 64;

/// The most chroma that is taken for a tint. The sepia of image editors reaches 29, yellowed paper
/// 25; a print in one bright ink is colour.
const STRONGEST_TINT: f64 = 40.0;

/// The most chroma that is taken for tinted paper where lightness hardly varies.
const PAPER_TINT: f64 = 10.0;

/// The range of lightness from which a tint of any strength is told from a colour.
const FULL_RANGE: f64 = 40.0;

/// A colour in CIE Lab under D65.
#[derive(Debug, Clone, Copy)]
struct Lab {
    l: f64,
    a: f64,
    b: f64,
}

/// How far the colours of a picture are from being the shades of one ink: the 99th percentile of
/// what lightness does not explain of them, in units of CIE Lab (ΔE*ab, 1976).
///
/// The picture is averaged down to 64 pixels on the long side and converted to CIE Lab (D65). The
/// coordinates a and b are each fitted on 1, L and L² by least squares over the pixels; what is
/// left of a pixel is sqrt(rₐ² + r_b²). A monochrome picture, tinted or not, lies on such a curve,
/// which is why this tells sepia and yellowed paper from colour where plain chroma does not.
///
/// Two bounds keep the curve from explaining away what is colour, as it otherwise would with a
/// picture of one to three flat colours: what it may explain of a pixel is a chroma of at most 40,
/// and less where lightness varies by less than 40 over the picture, down to 10, that of tinted
/// paper, where it does not vary at all. So a flat grey or cream picture comes out as 0, and a
/// flat red one as far above 8.
///
/// Monochrome pictures measured at most 2.0, at JPEG quality 30 at most 3.7; sepia and tinted
/// paper at most 1.0, at JPEG quality 30 at most 5.5; coloured ones at least 9.3. Two kinds come
/// out wrong: the sepia of image editors where it clips the highlights, which have a kink that no
/// parabola follows (of twelve bright portraits 7 monochrome, 4 unclear, 1 at 8.0 coloured), and
/// a coloured picture that was nearly desaturated, which comes out low. A picture without pixels
/// is 0.
///
/// Sources: IEC 61966-2-1 (sRGB), CIE 15 (Lab).
pub fn r99(picture: &Rgb<'_>) -> f64 {
    let colours: Vec<Lab> = averaged(picture, EDGE).into_iter().map(lab).collect();
    let curve = Curve::fit(&colours);
    let credit = credit(&colours);
    let mut rest: Vec<f64> = colours
        .iter()
        .map(|colour| {
            let (a, b) = shortened(curve.at(colour.l), credit);
            (colour.a - a).hypot(colour.b - b)
        })
        .collect();
    percentile(&mut rest, 0.99)
}

/// The most chroma that may be explained by lightness: the more it varies, the more.
fn credit(colours: &[Lab]) -> f64 {
    let lightest = colours.iter().map(|colour| colour.l).fold(0.0, f64::max);
    let darkest = colours.iter().map(|colour| colour.l).fold(100.0, f64::min);
    let share = ((lightest - darkest) / FULL_RANGE).clamp(0.0, 1.0);
    PAPER_TINT + share * (STRONGEST_TINT - PAPER_TINT)
}

/// A tint, brought to at most a chroma.
fn shortened((a, b): (f64, f64), longest: f64) -> (f64, f64) {
    let chroma = a.hypot(b);
    if chroma > longest {
        (a * longest / chroma, b * longest / chroma)
    } else {
        (a, b)
    }
}

/// The tint as a function of lightness: a parabola for a, and one for b.
///
/// It is kept by the functions 1, L and L² made orthogonal to each other over the pixels, so that
/// the fit is a projection on each, and one that does not vary over the pixels is left out.
struct Curve {
    /// Mean of L, of the second function's product with L, and of L less its mean, squared.
    mean: f64,
    slope: f64,
    square: f64,
    /// What a and b have of each of the three functions.
    a: [f64; 3],
    b: [f64; 3],
}

impl Curve {
    fn fit(colours: &[Lab]) -> Self {
        let count = colours.len().max(1) as f64;
        let mean_of = |value: &dyn Fn(&Lab) -> f64| colours.iter().map(value).sum::<f64>() / count;
        let mean = mean_of(&|colour| colour.l);
        let square = mean_of(&|colour| (colour.l - mean).powi(2));
        let slope = ratio(mean_of(&|colour| (colour.l - mean).powi(3)), square);
        let mut curve = Self {
            mean,
            slope,
            square,
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

    /// The three functions at a lightness.
    fn functions(&self, l: f64) -> [f64; 3] {
        let t = l - self.mean;
        [1.0, t, t * t - self.slope * t - self.square]
    }

    fn at(&self, l: f64) -> (f64, f64) {
        let functions = self.functions(l);
        let weighed = |coefficients: &[f64; 3]| {
            functions
                .iter()
                .zip(coefficients)
                .map(|(function, coefficient)| function * coefficient)
                .sum()
        };
        (weighed(&self.a), weighed(&self.b))
    }
}

/// A quotient; 0 where the divisor is no more than rounding leaves.
fn ratio(dividend: f64, divisor: f64) -> f64 {
    if divisor > 1e-9 {
        dividend / divisor
    } else {
        0.0
    }
}

/// The value below which a share of them lies, between neighbours by the straight line; 0 of none.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share * last as f64;
    let below = place.floor();
    let at = |place: f64| values.get(place as usize).copied().unwrap_or_default();
    let (low, high) = (at(below), at(place.ceil()));
    low + (high - low) * (place - below)
}

/// The picture with a long side of at most `edge` pixels, each the average of the area that it
/// covers (a box filter); samples are sRGB, 0 to 255.
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

/// For each of `to` equal parts of a line of `from` pixels: the first pixel that it touches, and
/// the share that each pixel from there on has in it. `to` is from 1 to `from`.
fn spans(from: usize, to: usize) -> Vec<(usize, Vec<f64>)> {
    let length = from as f64 / to as f64;
    (0..to)
        .map(|part| {
            let (start, end) = (part as f64 * length, (part + 1) as f64 * length);
            let first = start as usize;
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

/// A colour of sRGB in CIE Lab.
fn lab(samples: [f64; 3]) -> Lab {
    // Linear sRGB to XYZ, each row divided by the white of D65 (0.95047, 1, 1.08883).
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

/// The light of a sample of sRGB, 0 to 1.
fn linear(sample: f64) -> f64 {
    let sample = sample / 255.0;
    if sample <= 0.040_45 {
        sample / 12.92
    } else {
        ((sample + 0.055) / 1.055).powf(2.4)
    }
}

/// The compression of light in Lab: a cube root, and a line near black.
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
