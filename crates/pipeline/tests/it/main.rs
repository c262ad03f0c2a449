//! The pipeline on stores in memory, with a model that answers by what is in the cells of its sheet
//! and a generator that can be told what to do.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod causes;
mod crash;
mod doctor;
mod execute;
mod faults;
mod hooked;
mod in_step;
mod limits;
mod looks;
mod mortal;
mod recorded;
mod resume;
mod sequences;
mod together;
mod told;
mod world;
