//! Prints the tables of docs/trust.md: the wrong and right removals at each level of evidence.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example prints, and its made-up names and qualities are valid"
)]

mod benchmark;
mod table;

fn main() {
    print!("{}", table::markdown(table::SCALE, table::prices()));
}
