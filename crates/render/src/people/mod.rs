//! What people decide about pictures: labels, the keep list, the review.

mod keep_list;
mod labels;
mod review;

pub use keep_list::marks;
pub use labels::{labels, said};
pub use review::unsettled;
