//! The measures of the page.

/// The width of the picture, in its own units.
pub(super) const WIDTH: u32 = 960;
/// Left free at every edge.
pub(super) const MARGIN: u32 = 32;
