//! Pictures drawn by code: the made-up figures of the fixtures as photographs, ink drawings and
//! colour illustrations that an eye tells apart at the size of a thumbnail.
//!
//! The same sketch gives the same bytes on every machine.
#![allow(
    clippy::many_single_char_names,
    clippy::unreadable_literal,
    reason = "x, y, u and v are what coordinates are called, and colours are written as #rrggbb"
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
