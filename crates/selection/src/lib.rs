//! Decides which actors and pictures a person means by what they typed.
//!
//! Everything here is pure: it compares what was typed with names that the caller listed.

pub mod actors;
pub mod pictures;

pub use actors::{ActorSelection, select_actors};
pub use pictures::{PictureQuery, PictureQueryError, Pictures, Problems};
