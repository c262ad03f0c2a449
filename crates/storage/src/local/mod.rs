//! A store backed by a local folder.

mod listing;
mod object_store;
mod reading;
mod root;
#[cfg(test)]
mod tests;
mod writing;

pub use root::LocalStore;
