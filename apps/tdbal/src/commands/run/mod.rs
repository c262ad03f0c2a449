//! Commands that plan, make and finish changes.

mod apply;
mod balance;
mod finish;
mod plan;
mod plan_file;
mod prepare;

pub(crate) use apply::{apply, resume};
pub(crate) use balance::balance;
pub(crate) use plan::{plan, show};
