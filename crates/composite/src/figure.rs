//! The pictures of control sheets: simple figures, drawn in ink or in colour.
//!
//! A figure is a person in front of a backdrop, composed of areas. All its proportions come from a
//! seeded random number generator. In ink, each area has its own hatching; in colour, its own hue.
//!
//! The same seed must give the same pixels on every machine, because recorded answers are found by
//! the pixels that the model saw. Hence only operations that IEEE 754 defines exactly are used:
//! `+`, `-`, `*`, `/` and `sqrt`, but no `sin` or `powf`.

mod draw;
mod random;
mod shape;
mod style;
#[cfg(test)]
mod tests;

pub(crate) use draw::{draw, line_width};
pub(crate) use random::Random;
pub(crate) use shape::Figure;
pub(crate) use style::Style;
