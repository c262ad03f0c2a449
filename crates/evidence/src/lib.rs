//! Measures pictures without a model: whether a picture has colour, whether it is blurred, blocky
//! or small, which pictures are near-duplicates, and which class a prompt asked for.
//!
//! All functions are pure functions of pixels or text. They draw no conclusions: the crate
//! `verdict` weighs these measurements against the answers of models and people.
//!
//! ```
//! use evidence::{BlockMeter, Measures, Rgb, Thresholds, Tone};
//!
//! // A grey gradient, as a decoder might output it.
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
//! # Source of the thresholds
//! The default [`Thresholds`] were chosen on the pictures that they were measured on: 51 pictures
//! labelled by eye (30 photographs, 12 coloured and 9 black-and-white drawings) and 239
//! photographic portraits, all labelled by one person. Adjust them if your pictures differ.
//!
//! # Measures that were tried and dropped
//! Mirror symmetry (photographs span 0.33 to 0.91 of it) and white area (ink drawings are mostly
//! paper) separate nothing. No measure this cheap judges anatomy, gaze, or quality from 1 to 10.

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
