//! Draws a sketch in the style of its class.

use super::numbers::{Rgb, grain, sine};
use super::scene::{SAMPLES, Scene};
use super::sketch::{Flaw, Sketch, TECHNIQUES};
use super::{colour, ink, photo};
use image::{DynamicImage, Rgb as Pixel, RgbImage};
use tdbal_types::ImageClass;

/// Draws a picture. Black-and-white pictures have one channel, all others three.
pub fn draw(sketch: &Sketch) -> DynamicImage {
    let scene = Scene::new(sketch);
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
        // Film grain; stylised pictures need flat areas to compress well.
        let noise = match sketch.class {
            ImageClass::Photorealistic => 0.016 * (grain(x as i32, y as i32, scene.seed) - 0.5),
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

/// Averages the samples of a pixel and of the `blur` pixels around it in each direction.
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
