//! The size of a thumbnail, and reducing a picture to it.

mod boxes;
mod filter;
mod fit;
mod lanczos;
mod reducer;

pub use fit::fit;
pub use reducer::Reducer;
