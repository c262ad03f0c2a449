//! Shader for photographs: soft light, blurred background, vignette.

use super::numbers::{Rgb, blend, cloud, dim, mix, smooth};
use super::scene::{SAMPLES, Scene};
use super::solids::{Hit, Material, dot, unit};

pub(super) fn shader(scene: &Scene) -> impl Fn(usize, usize) -> Rgb {
    let (fill, key) = (scene.backdrop.fill(), scene.backdrop.key());
    let sun = unit([(scene.backdrop.sun_side() - 0.5) * 2.4, 0.75, 0.75]);
    let aspect = scene.aspect();
    let feet = scene.spot(0, scene.view.ground as usize).1;
    let axis = scene.view.axis / scene.height as f32;
    let size = scene.view.scale / scene.height as f32;
    let behind = move |x: usize, y: usize| {
        let (u, v) = scene.spot(x, y);
        let far = scene.backdrop.at(x, v, 0.035).colour;
        let colour = blend(far, key, 0.4 * scene.backdrop.lights(u, v));
        let rough = 0.9 + 0.2 * cloud(u * 9.0, v * 16.0, scene.seed);
        let (du, dv) = ((u - axis) / (0.42 * size), (v - feet) / (0.11 * size));
        let shade = mix(0.5, 1.0, smooth(0.2, 1.2, (du * du + dv * dv).sqrt()));
        dim(colour, rough * shade)
    };
    // The background is out of focus, so one sample per pixel is enough.
    let across = scene.width / SAMPLES;
    let distance: Vec<Rgb> = (0..across * (scene.height / SAMPLES))
        .map(|i| behind(i % across * SAMPLES, i / across * SAMPLES))
        .collect();
    move |x, y| {
        let (u, v) = scene.spot(x, y);
        let colour = match scene.hits.at(x, y) {
            Some(hit) => lit(scene, &hit, sun, key, fill),
            None => distance[y / SAMPLES * across + x / SAMPLES],
        };
        let (du, dv) = (u / aspect - 0.5, v - 0.5);
        let corner = mix(1.06, 0.55, smooth(0.3, 0.8, (du * du + dv * dv).sqrt()));
        dim(colour, corner)
    }
}

fn lit(scene: &Scene, hit: &Hit, sun: [f32; 3], key: Rgb, fill: Rgb) -> Rgb {
    let albedo = scene.figure.colour(hit.material);
    // Wrapped diffuse light: on skin and cloth it reaches a little past the edge.
    let wrapped = (dot(hit.normal, sun) + 0.25) / 1.25;
    let diffuse = wrapped.max(0.0);
    let sky = 0.5 + 0.5 * hit.normal[1];
    let edge = 1.0 - hit.normal[2].clamp(0.0, 1.0);
    let half = unit([sun[0], sun[1], sun[2] + 1.0]);
    let gloss = dot(hit.normal, half).max(0.0);
    let gloss = gloss * gloss * gloss * gloss;
    let gloss = gloss * gloss * gloss * gloss;
    let shine = match hit.material {
        Material::Dark | Material::Boots => 0.55,
        Material::Skin => 0.16,
        _ => 0.1,
    };
    std::array::from_fn(|channel| {
        albedo[channel] * (0.2 + 0.95 * diffuse * key[channel] + 0.34 * sky * fill[channel])
            + shine * gloss * key[channel]
            + 0.3 * edge * edge * edge * fill[channel]
    })
}
