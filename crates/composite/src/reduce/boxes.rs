//! First step of the reduction: averaging boxes of pixels.

/// Largest side of a box in pixels. The sum of a column of 256 samples of 255 fits in 16 bits.
const LARGEST_BOX: u32 = 256;

/// The side of the boxes along one axis: as large as possible while the averaged picture stays at
/// least twice the size of the output.
///
/// The factor of two leaves the Lanczos filter enough detail to work with; see [`Reducer`] for the
/// measured effect.
///
/// [`Reducer`]: crate::Reducer
pub(super) fn box_side(from: u32, to: u32) -> u32 {
    (from / to.max(1) / 2).clamp(1, LARGEST_BOX)
}

/// Averages boxes of pixels, one row of boxes at a time.
#[derive(Debug)]
pub(super) struct Boxes {
    /// Width of a box in pixels.
    width: usize,
    /// Height of a box in rows.
    height: u32,
    rows_left: u32,
    rows_in_box: u32,
    /// For each sample of a row, its sum over the rows of the current box.
    columns: Vec<u16>,
}

impl Boxes {
    /// Prepares to average a picture in boxes; both are given as `(width, height)` in pixels.
    pub(super) fn new(picture: (u32, u32), (width, height): (u32, u32)) -> Self {
        Self {
            width: width as usize,
            height,
            rows_left: picture.1,
            rows_in_box: 0,
            columns: vec![0; 3 * picture.0 as usize],
        }
    }

    /// Adds a row of pixels. Returns whether it completes a row of boxes, which must then be taken
    /// with [`average`](Self::average).
    pub(super) fn take(&mut self, row: &[u8]) -> bool {
        if self.rows_left == 0 || row.len() != self.columns.len() {
            return false;
        }
        // The first row of a box overwrites the sums, which saves clearing them.
        if self.rows_in_box == 0 {
            for (sum, &sample) in self.columns.iter_mut().zip(row) {
                *sum = u16::from(sample);
            }
        } else {
            for (sum, &sample) in self.columns.iter_mut().zip(row) {
                *sum += u16::from(sample);
            }
        }
        self.rows_in_box += 1;
        self.rows_left -= 1;
        // The last row of boxes may have fewer rows than the others.
        self.rows_in_box == self.height || self.rows_left == 0
    }

    /// Writes the averages of the completed row of boxes to `out` and starts the next row.
    pub(super) fn average(&mut self, out: &mut [f32]) {
        // The common widths are compile-time constants, which lets the compiler unroll the sums.
        match self.width {
            1 => {
                let scale = 1.0 / self.rows_in_box as f32;
                for (average, &sum) in out.iter_mut().zip(&self.columns) {
                    *average = f32::from(sum) * scale;
                }
            }
            2 => self.average_by::<2>(out),
            3 => self.average_by::<3>(out),
            4 => self.average_by::<4>(out),
            5 => self.average_by::<5>(out),
            _ => self.average_any(out),
        }
        self.rows_in_box = 0;
    }

    /// Averages boxes whose width is known at compile time.
    fn average_by<const ACROSS: usize>(&self, out: &mut [f32]) {
        let scale = 1.0 / (self.rows_in_box * ACROSS as u32) as f32;
        let (pixels, rest) = self.columns.as_chunks::<3>();
        debug_assert!(rest.is_empty());
        let (boxes, last) = pixels.as_chunks::<ACROSS>();
        let (averages, _) = out.as_chunks_mut::<3>();
        for (average, pixels) in averages.iter_mut().zip(boxes) {
            let mut sums = [0_u32; 3];
            for pixel in pixels {
                for (sum, &sample) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(sample);
                }
            }
            *average = sums.map(|sum| sum as f32 * scale);
        }
        if let Some(average) = averages.get_mut(boxes.len()) {
            average_last(last, self.rows_in_box, average);
        }
    }

    fn average_any(&self, out: &mut [f32]) {
        let (pixels, _) = self.columns.as_chunks::<3>();
        let (averages, _) = out.as_chunks_mut::<3>();
        for (average, pixels) in averages.iter_mut().zip(pixels.chunks(self.width)) {
            average_last(pixels, self.rows_in_box, average);
        }
    }
}

/// Averages a box of any width, such as the narrower last one of a row. Does nothing if it is
/// empty.
fn average_last(pixels: &[[u16; 3]], rows: u32, average: &mut [f32; 3]) {
    if pixels.is_empty() {
        return;
    }
    let mut sums = [0_u32; 3];
    for pixel in pixels {
        for (sum, &sample) in sums.iter_mut().zip(pixel) {
            *sum += u32::from(sample);
        }
    }
    let count = (rows * pixels.len() as u32) as f32;
    *average = sums.map(|sum| sum as f32 / count);
}
