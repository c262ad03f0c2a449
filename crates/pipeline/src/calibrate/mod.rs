//! Calibration: how well each judge agrees with people's labels.
//!
//! The actors with labelled pictures are judged in dry runs that ignore every label: first on sheets,
//! then the labelled pictures alone. Evaluations go to a folder of their own; answers of the model are
//! cached with those of other runs.

pub mod compare;
pub mod estimate;
pub mod judge;
pub mod labelled;
pub mod report;
pub mod request;
mod samples;

pub use compare::compare;
pub use estimate::{CalibrationEstimate, estimate};
pub use judge::{JudgedActors, judge};
pub use labelled::{LabelledPicture, LabelsFileError, PictureName};
pub use report::{CalibrationError, CalibrationReport, LeftOut, WrongVerdict};
pub use request::CalibrationRequest;
