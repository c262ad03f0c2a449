//! How sharp a picture is.

use crate::picture::Rgb;

/// How sharp a picture is: the variance of its Laplacian, in squared levels of 8-bit luma.
///
/// The Laplacian of a pixel is the sum of its four neighbours less four times itself; pixels at
/// the border have none. The figure depends on scale, so pictures are compared at one: this takes
/// the picture as given, and [`Thresholds`](crate::Thresholds) mean one of 512 pixels on the long
/// side. 0 for a flat picture and for one of less than 3 pixels in a direction.
///
/// Measured at that size: badly blurred portraits are at most 9.9, all others at least 61.8. Not
/// calibrated on drawings or on dark pictures.
///
/// Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative
/// study", ICPR 2000 (LAPV).
pub fn sharpness(picture: &Rgb<'_>) -> f64 {
    let (luma, _) = picture.luma();
    let rows: Vec<&[u8]> = luma.chunks_exact(picture.width.max(1) as usize).collect();
    let (mut count, mut sum, mut squares) = (0_u64, 0_i64, 0_u64);
    for window in rows.windows(3) {
        let &[above, row, below] = window else {
            continue;
        };
        let around = above.iter().zip(below).skip(1);
        for (beside, (&up, &down)) in row.windows(3).zip(around) {
            let &[left, here, right] = beside else {
                continue;
            };
            let laplacian =
                [up, down, left, right].map(i64::from).iter().sum::<i64>() - 4 * i64::from(here);
            count += 1;
            sum += laplacian;
            squares += laplacian.unsigned_abs().pow(2);
        }
    }
    if count == 0 {
        return 0.0;
    }
    let mean = sum as f64 / count as f64;
    (squares as f64 / count as f64 - mean * mean).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(grey: &[u8], width: u32) -> f64 {
        let pixels: Vec<u8> = grey.iter().flat_map(|&sample| [sample; 3]).collect();
        sharpness(&Rgb {
            width,
            height: grey.len() as u32 / width,
            pixels: &pixels,
        })
    }

    #[test]
    fn the_laplacian_of_a_point_has_the_variance_of_the_definition() {
        let mut grey = [0; 25];
        grey[12] = 10;
        // Nine inner pixels: -40 once, 10 four times, 0 four times; the mean is 0.
        let expected = (1600.0 + 4.0 * 100.0) / 9.0;
        assert!((of(&grey, 5) - expected).abs() < 1e-9);
    }

    #[test]
    fn slopes_and_small_pictures_have_none() {
        let slope: Vec<u8> = (0..100).map(|at| at % 10 * 20 + at / 10 * 3).collect();
        assert!(of(&slope, 10).abs() < 1e-9);
        for (grey, width) in [(&[0, 255, 0, 255][..], 2), (&[0, 255, 9, 7], 4), (&[7], 1)] {
            assert!(of(grey, width).abs() < 1e-9);
        }
    }
}
