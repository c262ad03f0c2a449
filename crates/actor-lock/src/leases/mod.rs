//! Locks in a bucket: leases, which expire unless their holder renews them.

mod acquire;
mod lease;
mod renewal;
mod settings;
mod stored;

pub use acquire::LeaseLocks;
pub use settings::{Clock, IsAlive, LeaseSettings};

#[cfg(test)]
mod tests;
