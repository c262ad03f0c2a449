//! How far each judge of pictures can be trusted, measured against what a person says of the same
//! pictures.
//!
//! Judges are the sheets that a model saw, the vote over them, its close looks, what the pixels say
//! ([`Judge::Tone`]), where a picture came from, and the verdict that follows from all of these.
//! [`calibrate`] puts their answers beside a person's; [`plot_svg`] draws what comes of it. Both are
//! pure. The figures say what held for these pictures; how much that says of others is what the
//! intervals are for.
//!
//! ```
//! use calibration::{Given, HumanWord, Judge, Sample, calibrate};
//! use tdbal_types::{ImageClass, Quality};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sample = |truth, said| Sample {
//!     human: HumanWord { class: Some(truth), quality: None },
//!     answers: [(Judge::Votes, Given { class: Some(said), ..Given::default() })].into(),
//!     ..Sample::default()
//! };
//! use ImageClass::{BwStylized, ColorStylized, Photorealistic};
//! let calibration = calibrate(&[
//!     sample(Photorealistic, Photorealistic),
//!     sample(Photorealistic, ColorStylized),
//!     sample(BwStylized, BwStylized),
//!     sample(ColorStylized, ColorStylized),
//! ]);
//! let votes = calibration.of(Judge::Votes).ok_or("nobody voted")?;
//! let accuracy = votes.accuracy.ok_or("nothing was decided")?;
//! assert_eq!((accuracy.count, accuracy.of), (3, 4));
//! assert!(accuracy.low < 0.31 && accuracy.high > 0.95, "four pictures say little");
//! # Ok(())
//! # }
//! ```

mod judge;
mod measure;
mod plot;
mod statistics;

pub use judge::{Category, Judge, Scale, UnknownJudge};
pub use measure::{
    Calibration, Confusion, Given, HumanWord, Part, QualityGap, Report, Sample, Seat, calibrate,
};
pub use plot::plot_svg;
pub use statistics::{Proportion, cohen_kappa};
