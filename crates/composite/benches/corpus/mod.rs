//! Generated pictures for benchmarks: a figure in front of a plain wall, with grain.
//!
//! The time to decode a picture depends on its size in bytes and, for PNG, on the filters of its
//! rows. Left to itself, an encoder chooses other filters for generated pictures than for
//! photographs, and these are faster to reverse. So the filters are set to those of 239 real
//! pictures (82 % Paeth, 18 % Up), and the grain is chosen to give the file sizes of real ones:
//! 1.29 MB for a PNG of 1096 x 1496 pixels, 91 KB for a JPEG of 1360 x 768. [`check`] verifies
//! both.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Width and height of the PNG pictures in pixels.
pub(crate) const PORTRAIT: (usize, usize) = (1096, 1496);
/// Width and height of the JPEG pictures in pixels.
pub(crate) const LANDSCAPE: (usize, usize) = (1360, 768);

/// Standard deviation of the grain in PNG pictures, in levels of an 8-bit sample.
const PNG_GRAIN: f32 = 0.32;
/// Standard deviation of the grain in JPEG pictures, in levels of an 8-bit sample.
const JPEG_GRAIN: f32 = 1.67;
/// Percentage of rows that use the Paeth filter. The others use Up.
const PAETH_ROWS: u64 = 82;
/// Size of an `IDAT` chunk in bytes, as written by Pillow.
const CHUNK: usize = 65_536;

/// The random number generator SplitMix64: the same seed gives the same numbers.
#[derive(Clone)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to 1.
    fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// A nearly normal number with mean 0 and standard deviation 1, from the sum of four bytes.
    fn normal(&mut self) -> f32 {
        let sum: u32 = self.next().to_le_bytes()[..4]
            .iter()
            .map(|&b| u32::from(b))
            .sum();
        (sum as f32 - 510.0) / 147.8
    }
}

/// Smooth noise: random values on a grid, interpolated in between.
struct Noise {
    columns: usize,
    values: Vec<f32>,
    step: f32,
}

impl Noise {
    fn new(numbers: &mut Numbers, (width, height): (usize, usize), step: f32) -> Self {
        let columns = (width as f32 / step) as usize + 2;
        let rows = (height as f32 / step) as usize + 2;
        let values = (0..columns * rows).map(|_| numbers.share() - 0.5).collect();
        Self {
            columns,
            values,
            step,
        }
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        let (x, y) = (x as f32 / self.step, y as f32 / self.step);
        let (column, row) = (x as usize, y as usize);
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (right, down) = (ease(x.fract()), ease(y.fract()));
        let value = |dx, dy| self.values[(row + dy) * self.columns + column + dx];
        let upper = value(0, 0) * (1.0 - right) + value(1, 0) * right;
        let lower = value(0, 1) * (1.0 - right) + value(1, 1) * right;
        upper * (1.0 - down) + lower * down
    }
}

/// Draws a picture as RGB rows, with grain of the given standard deviation.
fn draw(seed: u64, size: (usize, usize), grain: f32) -> Vec<u8> {
    let (width, height) = size;
    let mut numbers = Numbers(seed);
    let octaves: Vec<(Noise, f32)> = [(160.0, 60.0), (48.0, 40.0), (17.0, 22.0), (6.0, 12.0)]
        .map(|(step, strength)| (Noise::new(&mut numbers, size, step), strength))
        .into();
    let mut colour = || [0; 3].map(|_: u8| 60.0 + 150.0 * numbers.share());
    let (wall, upper, lower) = (colour(), colour(), colour());
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        let down = y as f32 / height as f32;
        for x in 0..width {
            let right = (x as f32 / width as f32 - 0.5) * width as f32 / height as f32;
            let head = right.powi(2) + (down - 0.14).powi(2) < 0.0081;
            let body = down > 0.22 && down < 0.97 && right.abs() < 0.19 - 0.1 * (down - 0.3).abs();
            let (base, detail) = if head || body {
                let detail: f32 = octaves.iter().map(|(noise, by)| noise.at(x, y) * by).sum();
                (if down < 0.55 { upper } else { lower }, detail)
            } else {
                (wall, 18.0 * (0.5 - down))
            };
            for sample in base {
                let value = sample + detail + grain * numbers.normal();
                pixels.push(value.round().clamp(0.0, 255.0) as u8);
            }
        }
    }
    pixels
}

/// Makes a PNG of [`PORTRAIT`] size.
pub(crate) fn png(seed: u64) -> Vec<u8> {
    let (width, height) = PORTRAIT;
    let pixels = draw(seed, PORTRAIT, PNG_GRAIN);
    let mut numbers = Numbers(!seed);
    let line = 3 * width;
    let mut above = vec![0; line];
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::new(4));
    let mut coded = Vec::with_capacity(line + 1);
    for row in pixels.chunks_exact(line) {
        coded.clear();
        if numbers.next() % 100 < PAETH_ROWS {
            coded.push(4);
            coded.extend((0..line).map(|at| {
                let left = if at < 3 { 0 } else { row[at - 3] };
                let corner = if at < 3 { 0 } else { above[at - 3] };
                row[at].wrapping_sub(paeth(left, above[at], corner))
            }));
        } else {
            coded.push(2);
            coded.extend(
                row.iter()
                    .zip(&above)
                    .map(|(now, up)| now.wrapping_sub(*up)),
            );
        }
        deflate.write_all(&coded).unwrap();
        above.copy_from_slice(row);
    }
    let data = deflate.finish().unwrap();

    let mut header = Vec::new();
    header.extend((width as u32).to_be_bytes());
    header.extend((height as u32).to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header);
    for part in data.chunks(CHUNK) {
        chunk(&mut out, *b"IDAT", part);
    }
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    let mut sum = flate2::Crc::new();
    sum.update(&out[start..]);
    out.extend(sum.sum().to_be_bytes());
}

/// The Paeth predictor (PNG specification, section 9.4).
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i32::from(left) + i32::from(above) - i32::from(corner);
    let off = |sample: u8| (estimate - i32::from(sample)).abs();
    if off(left) <= off(above) && off(left) <= off(corner) {
        left
    } else if off(above) <= off(corner) {
        above
    } else {
        corner
    }
}

/// Makes a JPEG of [`LANDSCAPE`] size at quality 92 with 4:2:0 chroma subsampling.
pub(crate) fn jpeg(seed: u64) -> Vec<u8> {
    let (width, height) = LANDSCAPE;
    let pixels = draw(seed, LANDSCAPE, JPEG_GRAIN);
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 92);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(&pixels, width as u16, height as u16, ColorType::Rgb)
        .unwrap();
    out
}

/// Compares generated files with real pictures and describes them.
///
/// # Errors
/// A description of the files if the mean size of the PNG or JPEG files, or the shares of the PNG
/// filters, differ from those of real pictures.
pub(crate) fn check(pngs: &[Vec<u8>], jpegs: &[Vec<u8>]) -> Result<String, String> {
    let mean = |files: &[Vec<u8>]| files.iter().map(Vec::len).sum::<usize>() / files.len().max(1);
    let mut filters = [0_usize; 5];
    for file in pngs {
        for (sum, count) in filters.iter_mut().zip(filters_of(file)) {
            *sum += count;
        }
    }
    let rows: usize = filters.iter().sum();
    let share = |kind: usize| 100.0 * filters[kind] as f64 / rows.max(1) as f64;
    let (png, jpeg) = (mean(pngs), mean(jpegs));
    let found = format!(
        "PNG {png} bytes, {:.1} % Paeth and {:.1} % Up; JPEG {jpeg} bytes (means)",
        share(4),
        share(2)
    );
    let png_right = pngs.is_empty()
        || (1_190_000..1_390_000).contains(&png)
            && (80.0..84.0).contains(&share(4))
            && filters[2] + filters[4] == rows;
    let jpeg_right = jpegs.is_empty() || (80_000..102_000).contains(&jpeg);
    if png_right && jpeg_right {
        Ok(found)
    } else {
        Err(format!("the corpus differs from real pictures: {found}"))
    }
}

/// Counts the rows of a PNG of [`PORTRAIT`] size by filter type.
fn filters_of(file: &[u8]) -> [usize; 5] {
    let mut inflate = flate2::write::ZlibDecoder::new(Vec::new());
    let mut rest = &file[8..];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (data, after) = after.split_at(4 + u32::from_be_bytes(*length) as usize);
        if let Some(part) = data.strip_prefix(b"IDAT") {
            inflate.write_all(part).unwrap();
        }
        rest = &after[4..];
    }
    let mut counts = [0; 5];
    for row in inflate.finish().unwrap().chunks_exact(3 * PORTRAIT.0 + 1) {
        counts[usize::from(row[0])] += 1;
    }
    counts
}
