//! The dimensions of the page.

/// Width of the plot, in SVG user units.
pub(super) const WIDTH: u32 = 960;
/// Empty space at every edge, in SVG user units.
pub(super) const MARGIN: u32 = 32;
