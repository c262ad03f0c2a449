//! What people said of the pictures of a data set.

pub mod keep_list;
pub mod labels;
