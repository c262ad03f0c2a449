//! Pictures whose colours tell the model their class and quality.

use super::*;

/// A PNG whose colour encodes class and quality; `salt` makes its bytes unique.
pub(crate) fn png(class: ImageClass, quality: u8, salt: u32) -> Vec<u8> {
    encode(class, quality, salt, ImageFormat::Png)
}

pub(crate) fn encode(class: ImageClass, quality: u8, salt: u32, format: ImageFormat) -> Vec<u8> {
    let level = 50 + 20 * quality;
    let colour = match class {
        ImageClass::Photorealistic => [level, 20, 20],
        // Hardly coloured, so the pixels agree with the class.
        ImageClass::BwStylized => [level - 25, level, level - 25],
        ImageClass::ColorStylized => [20, 20, level],
    };
    // Random blocks keep pictures from being near duplicates of each other. Ink pictures use one hue.
    let mut rng = StdRng::seed_from_u64(salt.into());
    let hues: Vec<u32> = (0..54).map(|_| rng.random_range(0..8)).collect();
    let mut picture = RgbImage::from_fn(60, 90, |x, y| {
        let (column, row) = (x / 10, y / 10);
        let is_middle = (2..4).contains(&column) && (3..6).contains(&row);
        if is_middle {
            return Rgb(colour);
        }
        match (hues[(row * 6 + column) as usize], class) {
            (0..4, _) => Rgb(colour),
            (_, ImageClass::BwStylized) => Rgb(colour.map(|channel| channel / 3)),
            (4, _) => Rgb([230, 200, 20]),
            (5, _) => Rgb([20, 60, 20]),
            (6, _) => Rgb([150, 20, 150]),
            _ => Rgb([10, 150, 190]),
        }
    });
    for (bit, x) in (0..32).zip(0..) {
        let divisor = if salt >> bit & 1 == 1 { 1 } else { 2 };
        picture.put_pixel(x, 0, Rgb(colour.map(|channel| channel / divisor)));
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Pictures with these counts per class, all of quality 5 except those given as (position, quality).
pub(crate) fn pictures(
    actor: &str,
    counts: [usize; 3],
    qualities: &[(usize, u8)],
) -> Vec<(String, Vec<u8>)> {
    let classes = ImageClass::ALL
        .into_iter()
        .zip(counts)
        .flat_map(|(class, count)| std::iter::repeat_n(class, count));
    classes
        .enumerate()
        .map(|(position, class)| {
            let quality = qualities
                .iter()
                .find(|(at, _)| *at == position)
                .map_or(5, |(_, q)| *q);
            let name = format!("{actor}_{}.png", position + 1);
            (name, png(class, quality, salt(actor, position)))
        })
        .collect()
}

/// Salt of the picture at a position of a set. No two actors share one.
pub(crate) fn salt(actor: &str, position: usize) -> u32 {
    let salt = position + 100 * actor.bytes().map(usize::from).sum::<usize>();
    u32::try_from(salt).unwrap()
}
