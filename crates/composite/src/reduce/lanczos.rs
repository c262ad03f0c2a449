//! The weights of a Lanczos filter along one axis.

use std::f64::consts::PI;
use std::ops::Range;

/// Lobes of the filter on each side of its centre.
const LOBES: f64 = 3.0;

/// For each output sample, the input samples that contribute to it and their weights.
#[derive(Debug)]
pub(crate) struct Kernel {
    taps: Vec<Taps>,
    /// The weights of all output samples, one after another.
    weights: Vec<f32>,
    longest: usize,
}

/// The input samples of one output sample.
#[derive(Debug)]
struct Taps {
    /// Index of the first input sample.
    first: usize,
    /// Range of its weights in [`Kernel::weights`].
    weights: Range<usize>,
}

impl Kernel {
    /// Computes the weights that resample `input` samples to `output` samples.
    ///
    /// `extent` is the true length of the input, in input samples. It is less than `input` if the
    /// last sample covers fewer pixels than the others: 1096 pixels in boxes of three make 366
    /// samples with an extent of 365.33. Ignoring that shifts the whole picture and costs 13 dB.
    ///
    /// The filter is that of Pillow: stretched by the scale, and normalised at the edges.
    pub(crate) fn new(input: usize, extent: f64, output: usize) -> Self {
        let scale = extent / output as f64;
        // When scaling down, the filter must cover all input samples, or fine detail would alias.
        let stretch = scale.max(1.0);
        let support = LOBES * stretch;
        let mut kernel = Self {
            taps: Vec::with_capacity(output),
            weights: Vec::new(),
            longest: 0,
        };
        for position in 0..output {
            // Samples are centred at half-integer positions, hence the halves below.
            let centre = (position as f64 + 0.5) * scale;
            let first = ((centre - support + 0.5).max(0.0) as usize).min(input.saturating_sub(1));
            let end = ((centre + support + 0.5) as usize).clamp(first + 1, input.max(first + 1));
            let raw: Vec<f64> = (first..end)
                .map(|sample| lanczos((sample as f64 - centre + 0.5) / stretch))
                .collect();
            let sum: f64 = raw.iter().sum();
            let start = kernel.weights.len();
            kernel
                .weights
                .extend(raw.iter().map(|weight| (weight / sum) as f32));
            kernel.longest = kernel.longest.max(raw.len());
            kernel.taps.push(Taps {
                first,
                weights: start..kernel.weights.len(),
            });
        }
        kernel
    }

    /// The number of output samples.
    pub(crate) fn len(&self) -> usize {
        self.taps.len()
    }

    /// The largest number of input samples of any output sample.
    pub(crate) const fn longest(&self) -> usize {
        self.longest
    }

    /// The index of the first input sample of an output sample, and the weights from there on.
    pub(crate) fn get(&self, position: usize) -> Option<(usize, &[f32])> {
        let taps = self.taps.get(position)?;
        Some((taps.first, self.weights.get(taps.weights.clone())?))
    }

    /// Iterates over the output samples; items are as in [`get`](Self::get).
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        (0..self.len()).filter_map(|position| self.get(position))
    }
}

/// The Lanczos kernel with three lobes: `sinc(x) sinc(x/3)` for `|x| < 3`, else 0.
fn lanczos(x: f64) -> f64 {
    if x.abs() >= LOBES {
        return 0.0;
    }
    sinc(x) * sinc(x / LOBES)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (x * PI).sin() / (x * PI)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_stay_inside_the_input() {
        for (input, extent, output) in [
            (366, 365.333, 147),
            (1, 1.0, 1),
            (1, 0.1, 1),
            (200, 200.0, 200),
            (4000, 4000.0, 1),
            (454, 453.34, 200),
        ] {
            let kernel = Kernel::new(input, extent, output);
            assert_eq!(kernel.len(), output);
            assert_eq!(kernel.iter().count(), output);
            for (first, weights) in kernel.iter() {
                assert!(!weights.is_empty() && weights.len() <= kernel.longest());
                assert!(first + weights.len() <= input, "{input} {output}");
                let sum: f32 = weights.iter().sum();
                assert!((sum - 1.0).abs() < 1e-4, "{sum}");
            }
        }
    }

    #[test]
    fn resampling_to_the_same_size_keeps_every_sample() {
        for (position, (first, weights)) in Kernel::new(50, 50.0, 50).iter().enumerate() {
            for (offset, weight) in weights.iter().enumerate() {
                let expected = if first + offset == position { 1.0 } else { 0.0 };
                assert!((weight - expected).abs() < 1e-6);
            }
        }
    }
}
