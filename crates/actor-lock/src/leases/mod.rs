//! Locks in a bucket: leases that their holders renew.

mod acquire;
mod held;
mod lease;
mod settings;
mod stored;

pub use acquire::LeaseLocks;
pub use settings::{Clock, IsAlive, LeaseSettings};

#[cfg(test)]
mod tests;
