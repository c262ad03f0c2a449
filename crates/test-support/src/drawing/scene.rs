//! A scene: a posed figure in front of a backdrop. All styles draw from it.

use super::backdrop::Backdrop;
use super::figures::{Figure, Pose};
use super::numbers::{Random, mix};
use super::sketch::{Flaw, Framing, Sketch};
use super::solids::{HitMap, View};

/// Samples per pixel in each direction.
pub(super) const SAMPLES: usize = 2;

/// A posed figure in front of a backdrop.
pub(super) struct Scene {
    pub(super) figure: Figure,
    pub(super) hits: HitMap,
    pub(super) view: View,
    pub(super) backdrop: Backdrop,
    /// Width and height in samples.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) seed: u32,
}

impl Scene {
    /// Chooses backdrop, pose and camera for a sketch, from its seed.
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
        // Visible height in body units. Figures are 1.9 units tall with their hats, so a close shot
        // shows the upper half only.
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
                // Keeps the top of the hat a little below the upper edge.
                mix(0.06, 0.1, random.unit()) * height as f32 + 1.93 * scale
            },
            scale,
        };
        Self {
            figure: sketch.figure,
            hits: HitMap::render(&sketch.figure.body(&pose), view, width, height),
            view,
            backdrop,
            width,
            height,
            seed: random.bits() as u32,
        }
    }

    /// Returns the distance of a sample from the left and top edges, in picture heights.
    pub(super) fn spot(&self, x: usize, y: usize) -> (f32, f32) {
        let height = self.height as f32;
        ((x as f32 + 0.5) / height, (y as f32 + 0.5) / height)
    }

    pub(super) fn aspect(&self) -> f32 {
        self.width as f32 / self.height as f32
    }
}
