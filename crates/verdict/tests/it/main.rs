//! Tests of the whole crate: measured bounds, no false alarms, and properties of arbitrary sets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

#[path = "../../examples/trust_table/benchmark.rs"]
#[allow(dead_code, reason = "the example uses the rest")]
mod benchmark;
mod bounds;
mod properties;
mod suspicion;
#[path = "../../examples/trust_table/table.rs"]
mod table;
