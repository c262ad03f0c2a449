//! Buys the pictures that a set lacks, stores them, and inspects them before any of them counts.

pub mod collect;
pub mod inspect;
pub mod reconcile;
pub mod session;
