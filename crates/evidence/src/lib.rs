//! What a picture says by itself, without a model: whether it has colour, which others are nearly
//! the same, whether it is blurred, blocky or small, and which class it was made to be.
//!
//! Pure functions of pixels and words. Nothing here decides anything about a set: what the
//! measures mean beside a model's word and a person's is for the crate `verdict` to say.
//!
//! ```
//! use evidence::{BlockMeter, Measures, Rgb, Thresholds, Tone};
//!
//! // A grey ramp, as it might come out of a decoder.
//! let pixels: Vec<u8> = (0..64 * 64).flat_map(|at| [(at % 64 * 4) as u8; 3]).collect();
//! let picture = Rgb { width: 64, height: 64, pixels: &pixels };
//! let mut blocks = BlockMeter::new(64, 64);
//! for row in pixels.chunks_exact(3 * 64) {
//!     blocks.push(row);
//! }
//! let measures = Measures {
//!     r99: evidence::r99(&picture),
//!     sharpness: evidence::sharpness(&picture),
//!     blockiness: blocks.finish(),
//!     hash: evidence::perceptual_hash(&picture),
//!     width: 64,
//!     height: 64,
//! };
//! assert_eq!(Thresholds::default().tone(&measures), Tone::Monochrome);
//! ```
//!
//! # Where the numbers come from
//! Measured on 51 pictures labelled by eye (30 photographs, 12 coloured and 9 black-and-white
//! drawings) and on 239 photographic portraits, by one rater, and the thresholds were chosen on
//! the same pictures: they are defaults of [`Thresholds`], to be set otherwise where a set asks
//! for it.
//!
//! # What is not measured
//! Mirror symmetry (photographs span 0.33 to 0.91 of it) and white area (ink drawings are mostly
//! paper) separate nothing. Nothing this cheap judges anatomy, a gaze, or quality from 1 to 10.

mod blocks;
mod duplicates;
mod hash;
mod picture;
mod provenance;
mod sharpness;
mod thresholds;
mod tone;

pub use blocks::BlockMeter;
pub use duplicates::near_duplicates;
pub use hash::perceptual_hash;
pub use picture::{Measures, Rgb};
pub use provenance::{class_of_prompt, class_of_record};
pub use sharpness::sharpness;
pub use tdbal_types::{PerceptualHash, PerceptualHashError};
pub use thresholds::{Flag, Thresholds};
pub use tone::{Tone, r99};
