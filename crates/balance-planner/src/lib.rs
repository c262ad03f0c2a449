//! Decides which pictures stay, which go, and what to generate.
