//! Object stores: the traits with their contract, a store in a folder, a store in memory,
//! decorators, and the forms of object URLs.

mod counting;
mod digest;
mod error;
mod ext;
mod failing;
mod key;
mod local;
mod location;
mod memory;
mod operation;
mod prefixed;
mod probe;
mod read_only;
mod shared;
mod store;
mod url;

#[cfg(any(test, feature = "testing"))]
pub mod conformance;

pub use crate::url::{ObjectUrl, ObjectUrlError};
pub use counting::Counting;
pub use digest::sha256;
pub use error::{Cause, StoreError};
pub use ext::ObjectReadExt;
pub use failing::{Effect, Failing, Rule};
pub use key::{KeyError, ObjectKey};
pub use local::LocalStore;
pub use location::{DataLocation, DataLocationError};
pub use memory::MemoryStore;
pub use operation::Operation;
pub use prefixed::Prefixed;
pub use probe::{Guards, probe_guards};
pub use read_only::ReadOnly;
pub use store::{
    Condition, Deleted, Marker, Object, ObjectMeta, ObjectRead, ObjectStore, ObjectStores, PutMode,
    Version,
};
