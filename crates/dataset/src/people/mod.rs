//! What people say about the pictures of a data set: labels and the keep list.

pub mod keep_list;
pub mod labels;
