//! Measures how reliable each judge of pictures is, by comparing it with a person's labels of the
//! same pictures.
//!
//! A judge is any source of a picture's class: a sheet that a model saw, the vote over all sheets,
//! a close look at one picture, the colour of its pixels ([`Judge::Tone`]), its provenance, and the
//! verdict that combines all of these. [`calibrate`] compares their answers with the person's
//! labels, and [`plot_svg`] draws the result. Both are pure functions.
//!
//! The results describe the compared pictures. The confidence intervals show how far they carry
//! over to others.
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
//! let votes = calibration.of(Judge::Votes).ok_or("no votes")?;
//! let accuracy = votes.accuracy.ok_or("no decisions")?;
//! assert_eq!((accuracy.count, accuracy.of), (3, 4));
//! assert!(accuracy.low < 0.31 && accuracy.high > 0.95, "four pictures prove little");
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
