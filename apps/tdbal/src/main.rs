//! tdbal.
fn main() {}
