//! What the crate promises as a whole: the measured bounds, no false alarms, properties of any set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may as well panic"
)]

#[path = "../../examples/trust_table/benchmark.rs"]
#[allow(dead_code, reason = "the example uses the rest of it")]
mod benchmark;
mod bounds;
mod properties;
mod suspicion;
#[path = "../../examples/trust_table/table.rs"]
mod table;
