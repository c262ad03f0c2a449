//! Decorators: stores that wrap another store and change one aspect of it.

mod counting;
mod failing;
mod prefixed;
mod read_only;
mod shared;

pub use counting::Counting;
pub use failing::{Effect, Failing, Rule};
pub use prefixed::Prefixed;
pub use read_only::{ReadOnly, ReadOnlyStores};
