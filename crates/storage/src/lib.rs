//! Object stores: the traits and the contract that every store keeps, stores backed by a folder and
//! by memory, decorators, and object URLs. The S3 store is in the crate `storage-s3`.

mod decorators;
mod digest;
mod error;
mod ext;
mod key;
mod local;
mod location;
mod memory;
mod operation;
pub mod place;
mod probe;
mod store;
mod url;

#[cfg(any(test, feature = "testing"))]
pub mod conformance;

pub use crate::url::{ObjectUrl, ObjectUrlError};
pub use decorators::{Counting, Effect, Failing, Prefixed, ReadOnly, ReadOnlyStores, Rule};
pub use digest::sha256;
pub use error::{Cause, StoreError};
pub use ext::ObjectReadExt;
pub use key::{KeyError, ObjectKey};
pub use local::LocalStore;
pub use location::{DataLocation, DataLocationError};
pub use memory::MemoryStore;
pub use operation::Operation;
pub use probe::{Guards, probe_guards};
pub use store::{
    Condition, Deleted, Marker, Object, ObjectMeta, ObjectRead, ObjectReaders, ObjectStore,
    ObjectStores, PutMode, Version,
};
