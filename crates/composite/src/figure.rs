//! Simple drawn figures, in ink or in colour: the pictures of a control sheet.
//!
//! A figure is a person before a backdrop, made up of areas; the numbers that make one up are
//! drawn from a seed. In ink each area is hatched in its own way, in colour each has its own hue.
//! Only operations that IEEE 754 rounds exactly are used, so that a seed gives the same pixels on
//! every machine.

mod draw;
mod random;
mod shape;
mod style;
#[cfg(test)]
mod tests;

pub(crate) use draw::{draw, line_breadth};
pub(crate) use random::Random;
pub(crate) use shape::Figure;
pub(crate) use style::Style;
