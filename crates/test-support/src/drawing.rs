//! Pictures drawn by code: the fictional characters of the fixtures as photographs, ink drawings
//! and colour illustrations that people can tell apart at thumbnail size.
//!
//! Output is deterministic: the same sketch gives the same bytes on every machine.
#![allow(
    clippy::many_single_char_names,
    clippy::unreadable_literal,
    reason = "x, y, u and v are the usual names of coordinates, and colours are written 0xrrggbb"
)]

mod backdrop;
mod colour;
mod draw;
mod figures;
mod format;
mod ink;
pub(crate) mod numbers;
mod photo;
mod scene;
mod sketch;
mod solids;

pub use draw::draw;
pub use figures::Figure;
pub use format::Format;
pub use sketch::{Flaw, Framing, Sketch, TECHNIQUES};
