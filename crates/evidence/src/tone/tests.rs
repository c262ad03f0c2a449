use super::*;

fn of(pixels: &[[u8; 3]], width: u32) -> f64 {
    let height = pixels.len() as u32 / width;
    r99(&Rgb {
        width,
        height,
        pixels: pixels.as_flattened(),
    })
}

#[test]
fn lab_agrees_with_published_values() {
    // Lindbloom's calculator, sRGB, D65.
    let cases = [
        ([255.0, 255.0, 255.0], [100.0, 0.0, 0.0]),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ([255.0, 0.0, 0.0], [53.24, 80.09, 67.20]),
        ([0.0, 255.0, 0.0], [87.74, -86.18, 83.18]),
        ([0.0, 0.0, 255.0], [32.30, 79.19, -107.86]),
        ([119.0, 119.0, 119.0], [50.03, 0.0, 0.0]),
    ];
    for (samples, expected) in cases {
        let Lab { l, a, b } = lab(samples);
        for (found, expected) in [l, a, b].into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 0.05,
                "{samples:?}: {found} {expected}"
            );
        }
    }
}

#[test]
fn a_tint_that_is_a_parabola_of_lightness_is_fitted_exactly() {
    let colours: Vec<Lab> = (0..100)
        .map(|l| {
            let l = f64::from(l);
            Lab {
                l,
                a: 3.0 + 0.2 * l - 0.001 * l * l,
                b: -4.0 + 0.1 * l + 0.002 * l * l,
            }
        })
        .collect();
    let curve = Curve::fit(&colours);
    for colour in &colours {
        let (a, b) = curve.at(colour.l);
        assert!((a - colour.a).abs() < 1e-9 && (b - colour.b).abs() < 1e-9);
    }
}

#[test]
fn flat_pictures_are_monochrome_only_if_almost_grey() {
    let mut seen = 0;
    for (colour, low, high) in [
        ([0, 0, 0], 0.0, 0.01),
        ([128, 128, 128], 0.0, 0.01),
        ([255, 255, 255], 0.0, 0.01),
        // Off-white and cream paper.
        ([255, 250, 235], 0.0, 0.01),
        ([245, 235, 210], 0.0, 4.2),
        // Skin, and strong colours.
        ([200, 150, 120], 8.0, 40.0),
        ([255, 0, 0], 80.0, 140.0),
        ([0, 0, 255], 80.0, 140.0),
        ([0, 90, 60], 15.0, 60.0),
    ] {
        for (width, count) in [(1, 1), (3, 9), (100, 10_000)] {
            let found = of(&vec![colour; count], width);
            assert!((low..=high).contains(&found), "{colour:?}: {found}");
            seen += 1;
        }
    }
    assert_eq!(seen, 27);
}

#[test]
fn two_or_three_flat_strong_colours_count_as_colour() {
    for colours in [
        &[[250, 250, 245], [255, 72, 176]][..],
        &[[250, 250, 245], [255, 72, 176], [0, 120, 191]],
        &[[200, 20, 20], [20, 60, 200]],
        &[[30, 160, 60], [230, 120, 20], [90, 20, 140]],
    ] {
        let picture: Vec<[u8; 3]> = (0..128 * 128)
            .filter_map(|at| colours.get(at / 32 % colours.len()).copied())
            .collect();
        let found = of(&picture, 128);
        assert!(found >= 8.0, "{colours:?}: {found}");
    }
}

#[test]
fn colour_on_less_than_a_hundredth_is_ignored() {
    let ramp = |spot: usize| {
        let pixels: Vec<[u8; 3]> = (0..64 * 64)
            .map(|at| {
                if at < spot {
                    [230, 20, 30]
                } else {
                    [(at % 64 * 4) as u8; 3]
                }
            })
            .collect();
        of(&pixels, 64)
    };
    assert!(ramp(30) <= 4.2, "{}", ramp(30));
    assert!(ramp(200) >= 8.0, "{}", ramp(200));
}

#[test]
fn averaging_uses_every_pixel_once() {
    for (from, to) in [(1, 1), (64, 64), (65, 64), (100, 64), (1000, 64), (7, 3)] {
        let mut covered = vec![0.0; from];
        for (first, weights) in spans(from, to) {
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            for (nth, weight) in weights.iter().enumerate() {
                covered[first + nth] += weight * from as f64 / to as f64;
            }
        }
        assert!(covered.iter().all(|share: &f64| (share - 1.0).abs() < 1e-9));
    }
    let checker: Vec<u8> = (0..200 * 100)
        .flat_map(|at| [(at % 2 * 100) as u8; 3])
        .collect();
    let picture = Rgb {
        width: 200,
        height: 100,
        pixels: &checker,
    };
    let small = averaged(&picture, 50);
    assert_eq!(small.len(), 50 * 25);
    assert!(
        small
            .iter()
            .flatten()
            .all(|sample| (sample - 50.0).abs() < 1e-9)
    );
}

#[test]
fn percentiles_are_interpolated_between_neighbours() {
    assert!((percentile(&mut [3.0, 1.0, 2.0], 0.5) - 2.0).abs() < 1e-12);
    assert!((percentile(&mut [0.0, 1.0], 0.99) - 0.99).abs() < 1e-12);
    assert!(percentile(&mut [], 0.99).abs() < 1e-12);
}
