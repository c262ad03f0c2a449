//! Decoders for JPEG, PNG and WebP, and what they have in common.

mod declared_size;
mod jpeg;
pub(crate) mod orientation;
mod png;
mod sniff;
mod source;
mod webp;

pub(crate) use source::Source;
