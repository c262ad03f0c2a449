//! Turns reports, plans and histories into text for people and values for JSON.
//!
//! Every function is pure: it returns a `String` or a value to serialise and prints nothing. What
//! depends on the reader (the width of the terminal, colour, the time zone) is passed in as a
//! [`Style`]. Text for people gives times in the reader's zone; JSON gives RFC 3339 in UTC.

mod actor_line;
mod calibrate;
mod diagnosis;
mod json;
mod past;
mod people;
mod plan;
mod stats;
mod style;
mod summary;
mod table;
mod words;

pub use actor_line::actor_line;
pub use calibrate::calibration;
pub use diagnosis::{DoctorJson, doctor, fix_plan, fixed};
pub use json::{ReportJson, with_utc_times};
pub use past::{history, progress, runs, trash, undo};
pub use people::{labels, marks, said, unsettled};
pub use plan::plan;
pub use stats::{before_and_after, stats};
pub use style::Style;
pub use summary::{summary, why_stopped};
pub use words::count;
