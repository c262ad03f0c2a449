use super::*;
use image::Rgb;

fn plain(colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(50, 50, Rgb(colour))
}

fn seen(image: &RgbImage) -> Option<(String, u8)> {
    let (class, quality) = judge(image, (0, 0), (50, 50))?;
    Some((class.to_string(), quality.get()))
}

#[test]
fn colour_close_to_a_code_is_not_taken_for_it() {
    let code = code_colour(ImageClass::Photorealistic, Quality::new(5).unwrap());
    assert_eq!(seen(&plain(code)), Some(("photorealistic".to_owned(), 5)));
    let like = code.map(|channel| channel + NEAR_CODE + 1);
    assert!(judge_colour(like).is_some());
    assert_eq!(seen(&plain(like)), Some(("color_stylized".to_owned(), 7)));
}

#[test]
fn median_of_several_colours_is_not_taken_for_a_code() {
    let [red, _, blue] = code_colour(ImageClass::ColorStylized, Quality::new(5).unwrap());
    let stripes = RgbImage::from_fn(50, 50, |x, _| {
        Rgb([[255, blue, blue], [red, 255, blue], [red, blue, 255]][x as usize % 3])
    });
    let seen_as = median(&stripes, (0, 0), (50, 50)).unwrap();
    assert_eq!(seen_as, [red, blue, blue]);
    assert_eq!(seen(&stripes), Some(("color_stylized".to_owned(), 7)));
}

#[test]
fn ink_is_black_and_white_and_plain_grey_is_nothing() {
    let ink = RgbImage::from_fn(50, 50, |x, _| Rgb([if x % 6 == 0 { 16 } else { 250 }; 3]));
    assert_eq!(seen(&ink), Some(("bw_stylized".to_owned(), 7)));
    for grey in [150, 240, 255] {
        assert_eq!(seen(&plain([grey; 3])), None);
    }
    assert_eq!(
        judge(&ink, (50, 50), (50, 50)),
        None,
        "area outside the image"
    );
}
