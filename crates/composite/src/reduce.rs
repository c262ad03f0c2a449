//! Scaling a picture down to the size of its thumbnail.

mod boxes;
mod filter;
mod fit;
mod lanczos;
mod reducer;

pub use fit::fit;
pub use reducer::Reducer;
