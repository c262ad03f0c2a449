//! The decoders, one for each format, and what they share.

mod declared_size;
mod jpeg;
pub(crate) mod orientation;
mod png;
mod sniff;
mod source;
mod webp;

pub(crate) use source::Source;
