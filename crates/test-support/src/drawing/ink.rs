//! Shader for black-and-white drawings: pen and ink, halftone, stipple, woodcut, scratchboard.

use super::backdrop::Spot;
use super::numbers::{Rgb, dim, grain, luma, mix, sine, smooth};
use super::scene::Scene;
use super::solids::{dot, unit};

pub(super) fn shader(scene: &Scene, technique: usize) -> impl Fn(usize, usize) -> Rgb {
    let sun = unit([(scene.backdrop.sun_side() - 0.5) * 2.4, 0.6, 0.8]);
    move |x, y| {
        let (_, v) = scene.spot(x, y);
        let hit = scene.hits.at(x, y);
        // Skipped behind the figure, because a backdrop is slow to evaluate.
        let spot = hit.is_none().then(|| scene.backdrop.at(x, v, 0.002));
        let tone = match (hit, spot) {
            (Some(hit), _) => {
                let albedo = luma(scene.figure.colour(hit.material));
                let light = 0.35 + 0.8 * dot(hit.normal, sun).max(0.0);
                smooth(0.02, 0.85, albedo * light)
            }
            // A lighter background makes the figure stand out.
            (None, spot) => {
                let light = spot.map_or(1.0, |spot| luma(spot.colour));
                mix(0.35, 1.0, smooth(0.1, 0.85, light))
            }
        };
        let edge = |spot: Spot| scene.backdrop.at(x, v + 0.006, 0.002).layer != spot.layer;
        let line = scene.hits.contour(x, y, 3) || spot.is_some_and(edge);
        let (a, b) = (x as f32, y as f32);
        let black = match technique {
            0 => line || hatched(a, b, tone),
            1 => line || dotted(a, b, tone),
            2 if hit.is_none() => line || stippled(x, y, 0.45 + 0.55 * tone),
            2 => line || stippled(x, y, tone),
            3 => line || engraved(a, b, tone, 7.0),
            // White scratches on black, fewer in the background.
            4 if hit.is_none() => !(line || engraved(a, b, 1.0 - 0.3 * tone, 8.0)),
            _ => !(line || engraved(a, b, 1.0 - 0.72 * tone, 8.0)),
        };
        dim([1.0; 3], if black { 0.06 } else { 0.97 })
    }
}

fn stripe(position: f32, pitch: f32, share: f32) -> bool {
    let phase = position / pitch;
    phase - phase.floor() < share
}

fn hatched(x: f32, y: f32, tone: f32) -> bool {
    tone < 0.12
        || (tone < 0.72 && stripe(x + y, 11.0, 0.26))
        || (tone < 0.45 && stripe(x - y, 11.0, 0.28))
        || (tone < 0.26 && stripe(y, 7.0, 0.34))
}

fn dotted(x: f32, y: f32, tone: f32) -> bool {
    let (across, along) = ((x + y) / 9.0, (x - y) / 9.0);
    let (du, dv) = (across - across.floor() - 0.5, along - along.floor() - 0.5);
    (du * du + dv * dv).sqrt() < 0.72 * (1.0 - tone)
}

fn stippled(x: usize, y: usize, tone: f32) -> bool {
    // Dots are three samples wide; smaller ones vanish when samples are averaged.
    let (column, row) = ((x / 3) as i32, (y / 3) as i32);
    grain(column, row, 77) > 0.12 + 0.95 * tone
}

fn engraved(x: f32, y: f32, tone: f32, pitch: f32) -> bool {
    let wave = y + 3.0 * sine(x / 110.0);
    tone < 0.16 || (tone < 0.86 && stripe(wave, pitch, 0.85 - 0.8 * tone))
}
