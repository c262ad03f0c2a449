//! A model's answer: whether it is usable, and where it contradicts itself.

mod check;
mod discrepancy;
mod parse;
mod problem;

pub use check::{Answer, CheckedReply, ModelOpinion, check_reply};
pub use discrepancy::{ClassBalance, Discrepancy, discrepancies, discrepancies_against};
pub use problem::Problem;
