//! A figure in a pose before a backdrop, which every style draws from.

use super::backdrop::Backdrop;
use super::figures::{Figure, Pose};
use super::numbers::{Random, mix};
use super::sketch::{Flaw, Framing, Sketch};
use super::solids::{Seen, View};

/// Samples to a pixel, each way.
pub(super) const SAMPLES: usize = 2;

/// What the styles draw from.
pub(super) struct Scene {
    pub(super) figure: Figure,
    pub(super) seen: Seen,
    pub(super) view: View,
    pub(super) backdrop: Backdrop,
    /// Width and height in samples.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) seed: u32,
}

impl Scene {
    /// Places the figure of a sketch before a backdrop.
    pub(super) fn new(sketch: &Sketch) -> Self {
        let random = &mut Random::new(sketch.seed);
        let (width, height) = (
            sketch.size.0 as usize * SAMPLES,
            sketch.size.1 as usize * SAMPLES,
        );
        let backdrop = Backdrop::new(random, width, height);
        let side = random.side();
        let portrait = sketch.framing == Framing::Portrait;
        let staring = portrait || sketch.flaw == Some(Flaw::Staring);
        let lifted = |random: &mut Random| {
            if random.unit() < 0.35 {
                random.between(0.25, 0.42)
            } else {
                random.between(0.0, 0.12)
            }
        };
        let pose = Pose {
            turn: if staring {
                0.0
            } else {
                -side * random.between(0.05, 0.14)
            },
            look: if staring {
                0.0
            } else {
                -side * random.between(-0.04, 0.07)
            },
            tilt: if staring {
                0.0
            } else {
                random.between(-0.03, 0.03)
            },
            arms: if portrait {
                [0.02; 2]
            } else {
                [lifted(random), lifted(random)]
            },
            stride: random.between(-0.22, 0.22),
        };
        // Figures stand 1.9 units tall with their hats; from far away all of them is seen, from near
        // by the upper half.
        let units = if portrait {
            1.25
        } else {
            random.between(1.5, 2.5)
        };
        let scale = height as f32 / units;
        let wide = width as f32;
        let view = View {
            axis: if staring {
                wide * 0.5
            } else {
                wide * (0.5 + side * random.between(0.06, 0.2))
            },
            ground: if units > 2.0 {
                height as f32 * 0.95
            } else {
                // The top of the hat stays a little below the upper edge.
                mix(0.06, 0.1, random.unit()) * height as f32 + 1.93 * scale
            },
            scale,
        };
        Self {
            figure: sketch.figure,
            seen: Seen::look(&sketch.figure.body(&pose), view, width, height),
            view,
            backdrop,
            width,
            height,
            seed: random.bits() as u32,
        }
    }

    /// Where a sample is: from the left and from the top, in heights of the picture.
    pub(super) fn spot(&self, x: usize, y: usize) -> (f32, f32) {
        let height = self.height as f32;
        ((x as f32 + 0.5) / height, (y as f32 + 0.5) / height)
    }

    pub(super) fn aspect(&self) -> f32 {
        self.width as f32 / self.height as f32
    }
}
