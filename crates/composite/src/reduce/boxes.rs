//! Averages over boxes of pixels.

/// Largest box, so that a column of it fits in 16 bits: 257 samples of 255 would.
const LARGEST_BOX: u32 = 256;

/// The side of the boxes along one axis: what is left is at least twice the output.
pub(super) fn box_side(from: u32, to: u32) -> u32 {
    (from / to.max(1) / 2).clamp(1, LARGEST_BOX)
}

/// Averages boxes of pixels.
#[derive(Debug)]
pub(super) struct Boxes {
    /// Pixels of a box along the row.
    across: usize,
    /// Rows of a box.
    down: u32,
    rows_left: u32,
    rows_in_box: u32,
    /// Sums of each sample over the rows of the box.
    columns: Vec<u16>,
}

impl Boxes {
    /// For a picture of `(width, height)` in boxes of `(across, down)`, in pixels.
    pub(super) fn new(picture: (u32, u32), (across, down): (u32, u32)) -> Self {
        Self {
            across: across as usize,
            down,
            rows_left: picture.1,
            rows_in_box: 0,
            columns: vec![0; 3 * picture.0 as usize],
        }
    }

    /// Adds a row, and says whether that filled a row of boxes.
    pub(super) fn take(&mut self, row: &[u8]) -> bool {
        if self.rows_left == 0 || row.len() != self.columns.len() {
            return false;
        }
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
        self.rows_in_box == self.down || self.rows_left == 0
    }

    /// Writes the averages of the boxes that are full, and begins new ones.
    pub(super) fn average(&mut self, out: &mut [f32]) {
        match self.across {
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

    /// With the side of the box known to the compiler.
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
        for (average, pixels) in averages.iter_mut().zip(pixels.chunks(self.across)) {
            average_last(pixels, self.rows_in_box, average);
        }
    }
}

/// Averages a box of any width, as the last of a row is; leaves `average` if it is empty.
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
