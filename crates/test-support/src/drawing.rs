//! Pictures drawn by code: the made-up figures of the fixtures as photographs, ink drawings and
//! colour illustrations that an eye tells apart at the size of a thumbnail.
//!
//! The same sketch gives the same bytes on every machine.
#![allow(
    clippy::many_single_char_names,
    clippy::unreadable_literal,
    reason = "x, y, u and v are what coordinates are called, and colours are written as #rrggbb"
)]

mod backdrop;
mod colour;
mod figures;
mod ink;
pub(crate) mod numbers;
mod photo;
mod solids;

use backdrop::Backdrop;
use figures::Pose;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder, Rgb as Pixel, RgbImage};
use numbers::{Random, Rgb, mix, sine};
use solids::{Seen, View};
use tdbal_types::ImageClass;

pub use figures::Figure;

/// Samples to a pixel, each way.
const SAMPLES: usize = 2;

/// What spoils a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Out of focus.
    Blurred,
    /// In the middle, facing the camera.
    Staring,
    /// Bent out of shape.
    Warped,
}

/// How a picture is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As a study would be: off centre, the face turned away.
    Scene,
    /// As a base image is: from the chest up, facing the camera.
    Portrait,
}

/// How many techniques there are of each stylised class: pen and ink, halftone, stipple, woodcut and
/// scratchboard; cel animation, screen print, watercolour, comic dots and gouache.
pub const TECHNIQUES: usize = 5;

/// Everything that a picture follows from.
#[derive(Debug, Clone, Copy)]
pub struct Sketch {
    /// Who is in it.
    pub figure: Figure,
    /// What kind of picture it is.
    pub class: ImageClass,
    /// How it is framed.
    pub framing: Framing,
    /// What spoils it.
    pub flaw: Option<Flaw>,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// How it is drawn, where it is no photograph: one of [`TECHNIQUES`] ways.
    pub technique: usize,
    /// Tells pictures of the same kind apart.
    pub seed: u64,
}

/// What the styles draw from.
struct Scene {
    figure: Figure,
    seen: Seen,
    view: View,
    backdrop: Backdrop,
    /// Width and height in samples.
    width: usize,
    height: usize,
    seed: u32,
}

impl Scene {
    /// Where a sample is: from the left and from the top, in heights of the picture.
    fn spot(&self, x: usize, y: usize) -> (f32, f32) {
        let height = self.height as f32;
        ((x as f32 + 0.5) / height, (y as f32 + 0.5) / height)
    }

    fn aspect(&self) -> f32 {
        self.width as f32 / self.height as f32
    }
}

/// Draws a picture.
pub fn draw(sketch: &Sketch) -> DynamicImage {
    let mut random = Random::new(sketch.seed);
    let scene = set(sketch, &mut random);
    let technique = sketch.technique % TECHNIQUES;
    let shader: Box<dyn Fn(usize, usize) -> Rgb> = match sketch.class {
        ImageClass::Photorealistic => Box::new(photo::shader(&scene)),
        ImageClass::BwStylized => Box::new(ink::shader(&scene, technique)),
        ImageClass::ColorStylized => Box::new(colour::shader(&scene, technique)),
    };
    let samples: Vec<Rgb> = (0..scene.width * scene.height)
        .map(|i| shader(i % scene.width, i / scene.width))
        .collect();
    let blur = if sketch.flaw == Some(Flaw::Blurred) {
        3
    } else {
        0
    };
    let (width, height) = sketch.size;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let shift = match sketch.flaw {
            Some(Flaw::Warped) => (sine(y as f32 / height as f32 * 2.7) * 9.0) as i32,
            _ => 0,
        };
        let colour = average(&samples, &scene, x as i32 + shift, y as i32, blur);
        let noise = match sketch.class {
            ImageClass::Photorealistic => {
                0.016 * (numbers::grain(x as i32, y as i32, scene.seed) - 0.5)
            }
            _ => 0.0,
        };
        Pixel(colour.map(|channel| ((channel + noise).clamp(0.0, 1.0) * 255.0 + 0.5) as u8))
    });
    if sketch.class == ImageClass::BwStylized {
        DynamicImage::ImageLuma8(DynamicImage::ImageRgb8(picture).to_luma8())
    } else {
        DynamicImage::ImageRgb8(picture)
    }
}

/// The mean of a pixel's samples, and of those of `blur` pixels around it.
fn average(samples: &[Rgb], scene: &Scene, x: i32, y: i32, blur: i32) -> Rgb {
    let step = SAMPLES as i32;
    let rows = (y - blur) * step..(y + 1 + blur) * step;
    let columns = (x - blur) * step..(x + 1 + blur) * step;
    let count = (rows.len() * columns.len()) as f32;
    let (mut red, mut green, mut blue) = (0.0, 0.0, 0.0);
    for row in rows {
        let start = row.clamp(0, scene.height as i32 - 1) as usize * scene.width;
        for column in columns.clone() {
            let column = column.clamp(0, scene.width as i32 - 1) as usize;
            let [r, g, b] = samples[start + column];
            red += r;
            green += g;
            blue += b;
        }
    }
    [red / count, green / count, blue / count]
}

fn set(sketch: &Sketch, random: &mut Random) -> Scene {
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
    Scene {
        figure: sketch.figure,
        seen: Seen::look(&sketch.figure.body(&pose), view, width, height),
        view,
        backdrop,
        width,
        height,
        seed: random.bits() as u32,
    }
}

/// How a picture is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG of a quality from 1 to 100.
    Jpeg(u8),
    /// PNG.
    Png,
    /// Lossless WebP.
    WebP,
}

impl Format {
    /// The format that a file's name promises.
    ///
    /// # Panics
    /// When the name ends in none of `.jpg`, `.png` and `.webp`.
    pub fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("jpg") => Self::Jpeg(70),
            Some("png") => Self::Png,
            Some("webp") => Self::WebP,
            _ => panic!("{name:?} is no picture of the fixtures"),
        }
    }

    /// A picture's bytes in this format.
    pub fn encode(self, picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (picture.width(), picture.height());
        let colour = picture.color().into();
        let pixels = picture.as_bytes();
        match self {
            Self::Jpeg(quality) => JpegEncoder::new_with_quality(&mut bytes, quality)
                .write_image(pixels, width, height, colour),
            Self::Png => PngEncoder::new_with_quality(
                &mut bytes,
                CompressionType::Best,
                FilterType::Adaptive,
            )
            .write_image(pixels, width, height, colour),
            Self::WebP => {
                WebPEncoder::new_lossless(&mut bytes).write_image(pixels, width, height, colour)
            }
        }
        .expect("a picture in memory is encoded into memory");
        bytes
    }
}
