//! Shader for colour illustrations: cel animation, screen print, watercolour, comic dots, gouache.

use super::numbers::{Rgb, blend, cloud, dim, hex, luma, mix, smooth};
use super::scene::Scene;
use super::solids::{Hit, dot, unit};

pub(super) fn shader(scene: &Scene, technique: usize) -> impl Fn(usize, usize) -> Rgb {
    let sun = unit([(scene.backdrop.sun_side() - 0.5) * 2.4, 0.6, 0.8]);
    let poster = POSTERS[scene.seed as usize % POSTERS.len()];
    move |x, y| {
        let hit = scene.hits.at(x, y);
        match technique {
            0 => cel(scene, x, y, hit, sun),
            1 => print(scene, x, y, hit, sun, poster),
            2 => watercolour(scene, x, y, hit, sun),
            3 => comic(scene, x, y, hit, sun),
            _ => gouache(scene, x, y, hit, sun),
        }
    }
}

/// Palettes of the screen print: dark, shadow, light, paper.
const POSTERS: [[u32; 4]; 4] = [
    [0x14304a, 0xd1422f, 0xf0a63c, 0xf7ecd2],
    [0x2a1a40, 0x8c3a78, 0xf08a5d, 0xfbeacb],
    [0x0f3b3a, 0x2f8f83, 0xf2c14e, 0xfaf3dd],
    [0x2b2238, 0x3f6fb0, 0xe86a58, 0xf6ead0],
];

/// Quantizes the light on a surface to 0 (shadow), 1 or 2 (highlight).
fn step(hit: &Hit, sun: [f32; 3]) -> usize {
    let light = dot(hit.normal, sun);
    usize::from(light > 0.12) + usize::from(light > 0.78)
}

fn flat(scene: &Scene, hit: &Hit, sun: [f32; 3]) -> Rgb {
    let colour = scene.figure.colour(hit.material);
    match step(hit, sun) {
        0 => blend(dim(colour, 0.6), hex(0x2a2050), 0.15),
        1 => dim(colour, 1.02),
        _ => blend(colour, [1.0; 3], 0.3),
    }
}

/// Returns the backdrop layer at a sample and its colour, more saturated and without gradients.
fn layer(scene: &Scene, x: usize, y: usize) -> (u8, Rgb) {
    let (_, v) = scene.spot(x, y);
    let spot = scene.backdrop.at(x, v, 0.002);
    let levels = 7.0;
    let mean = luma(spot.colour);
    let vivid = spot.colour.map(|channel| {
        let channel = (mean + (channel - mean) * 1.5 + 0.08).clamp(0.0, 1.0);
        (channel * levels + 0.5).floor() / levels
    });
    (spot.layer, vivid)
}

/// Returns true inside every other ray of the sun.
fn ray(scene: &Scene, x: usize, y: usize) -> bool {
    let (u, v) = scene.spot(x, y);
    let [across, down] = scene.backdrop.sun_at();
    let (du, dv) = (u - across * scene.aspect(), v - down);
    // A slope per octant replaces the angle: an arc tangent differs between machines.
    let slope = if du.abs() > dv.abs() {
        dv / du
    } else {
        2.0 - du / dv
    };
    let phase = slope * 2.5;
    phase - phase.floor() < 0.5
}

fn cel(scene: &Scene, x: usize, y: usize, hit: Option<Hit>, sun: [f32; 3]) -> Rgb {
    if scene.hits.contour(x, y, 3) {
        return hex(0x1c1420);
    }
    hit.map_or_else(|| layer(scene, x, y).1, |hit| flat(scene, &hit, sun))
}

fn print(
    scene: &Scene,
    x: usize,
    y: usize,
    hit: Option<Hit>,
    sun: [f32; 3],
    poster: [u32; 4],
) -> Rgb {
    let ink = |level: usize| hex(poster[level]);
    match hit {
        Some(hit) => {
            let tone = luma(scene.figure.colour(hit.material));
            let lit = 0.4 + 0.6 * dot(hit.normal, sun).max(0.0);
            let value = tone * lit;
            ink(usize::from(value > 0.16) + usize::from(value > 0.33) + usize::from(value > 0.62))
        }
        None => match layer(scene, x, y).0 {
            0 if ray(scene, x, y) => ink(2),
            0 | 1 => ink(3),
            2 => ink(1),
            3 => ink(0),
            _ => blend(ink(1), ink(0), 0.4),
        },
    }
}

fn watercolour(scene: &Scene, x: usize, y: usize, hit: Option<Hit>, sun: [f32; 3]) -> Rgb {
    let (u, v) = scene.spot(x, y);
    let paper = hex(0xfaf6ec);
    let pool = cloud(u * 7.0, v * 7.0, scene.seed);
    let wash = match hit {
        Some(hit) => {
            let light = smooth(-0.5, 1.0, dot(hit.normal, sun));
            let colour = scene.figure.colour(hit.material);
            blend(dim(colour, 0.75), blend(colour, paper, 0.45), light)
        }
        None => blend(layer(scene, x, y).1, paper, 0.45),
    };
    let thin = if scene.hits.contour(x, y, 3) {
        0.0
    } else {
        0.1 + 0.35 * pool
    };
    let painted = blend(wash, paper, thin);
    let painted = if thin == 0.0 {
        dim(painted, 0.62)
    } else {
        painted
    };
    let aspect = scene.aspect();
    let edge = (u.min(aspect - u)).min(v.min(1.0 - v));
    blend(
        paper,
        painted,
        smooth(0.02, 0.05, edge + 0.06 * (pool - 0.5)),
    )
}

fn comic(scene: &Scene, x: usize, y: usize, hit: Option<Hit>, sun: [f32; 3]) -> Rgb {
    if scene.hits.contour(x, y, 4) {
        return hex(0x141414);
    }
    let (colour, dots) = match hit {
        Some(hit) => (
            scene.figure.colour(hit.material),
            [0.75, 0.45, 0.0][step(&hit, sun)],
        ),
        None => {
            let (layer, colour) = layer(scene, x, y);
            (
                blend(colour, [1.0; 3], 0.25),
                if layer == 0 { 0.5 } else { 0.3 },
            )
        }
    };
    let (across, along) = ((x + y) as f32 / 9.0, (x as f32 - y as f32) / 9.0);
    let (du, dv) = (across - across.floor() - 0.5, along - along.floor() - 0.5);
    if (du * du + dv * dv).sqrt() < 0.62 * dots {
        dim(colour, 0.62)
    } else {
        blend(colour, [1.0; 3], 0.12)
    }
}

fn gouache(scene: &Scene, x: usize, y: usize, hit: Option<Hit>, sun: [f32; 3]) -> Rgb {
    // A brush stroke carries the colour of the point where it starts.
    let (u, v) = scene.spot(x, y);
    let stroke = cloud(u * 26.0 + v * 8.0, v * 9.0, scene.seed);
    let shift = ((stroke - 0.5) * 14.0) as i32;
    let (sx, sy) = (
        (x as i32 + shift).clamp(0, scene.width as i32 - 1) as usize,
        (y as i32 + shift / 2).clamp(0, scene.height as i32 - 1) as usize,
    );
    let colour = match (hit, scene.hits.at(sx, sy)) {
        (Some(_), Some(other)) => flat(scene, &other, sun),
        (Some(hit), None) => flat(scene, &hit, sun),
        (None, _) => layer(scene, sx, sy).1,
    };
    let levels = 4.0;
    dim(colour, mix(0.86, 1.08, (stroke * levels).floor() / levels))
}
