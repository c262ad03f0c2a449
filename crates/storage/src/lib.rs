//! Object stores: the traits with their contract, a store in a folder, a store in memory,
//! decorators, and the forms of object URLs.

mod error;
mod key;
mod store;

pub use error::StoreError;
pub use key::{KeyError, ObjectKey};
pub use store::{
    Condition, Object, ObjectMeta, ObjectRead, ObjectStore, ObjectStores, PutMode, Version,
};
