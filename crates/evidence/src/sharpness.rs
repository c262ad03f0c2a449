//! The sharpness of a picture.

use crate::picture::Rgb;

/// The sharpness of a picture: the variance of its Laplacian, in squared levels of 8-bit luma.
///
/// The Laplacian of a pixel is the sum of its four neighbours minus four times the pixel itself.
/// Border pixels are left out. A flat picture, and one with a side shorter than 3 pixels, has
/// sharpness 0.
///
/// The value depends on the scale, so compare pictures at the same size. This function measures the
/// picture as given; [`Thresholds`](crate::Thresholds) apply to 512 pixels on the longer side. At
/// that size, badly blurred portraits measured 9.9 at most and all others 61.8 or more. The values
/// are not calibrated for drawings or dark pictures.
///
/// Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative
/// study", ICPR 2000, where it is called LAPV.
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
    // The variance as E[x²] - E[x]². The sums are integers, so nothing is lost before this line;
    // `max` guards against a negative result from rounding.
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
    fn sharpness_of_a_single_point_agrees_with_the_definition() {
        let mut grey = [0; 25];
        grey[12] = 10;
        // Nine inner pixels: -40 once, 10 four times, 0 four times; the mean is 0.
        let expected = (1600.0 + 4.0 * 100.0) / 9.0;
        assert!((of(&grey, 5) - expected).abs() < 1e-9);
    }

    #[test]
    fn gradients_and_tiny_pictures_have_no_sharpness() {
        let slope: Vec<u8> = (0..100).map(|at| at % 10 * 20 + at / 10 * 3).collect();
        assert!(of(&slope, 10).abs() < 1e-9);
        for (grey, width) in [(&[0, 255, 0, 255][..], 2), (&[0, 255, 9, 7], 4), (&[7], 1)] {
            assert!(of(grey, width).abs() < 1e-9);
        }
    }
}
