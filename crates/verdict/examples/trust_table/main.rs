//! Prints what each way of believing a model is worth, as docs/trust.md shows it.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example, which prints; what it makes up is well formed"
)]

mod benchmark;
mod table;

fn main() {
    print!("{}", table::markdown(table::SCALE, table::prices()));
}
