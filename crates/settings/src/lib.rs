//! The settings of tdbal: flags win over environment values, those over `tdbal.toml`, and that over
//! the built-in defaults in `default.toml`.
//!
//! Flags and environment values are passed in as plain values. This crate reads one file,
//! `tdbal.toml`, and neither the command line nor the environment.

mod error;
pub mod file;
mod inputs;
mod keys;
mod lock_times;
mod resolve;
mod sections;
mod settings;
mod source;
mod targets;

pub use error::SettingsError;
pub use inputs::{EnvironmentValues, Flags, LimitFlags, Permissions};
pub use lock_times::LockTimes;
pub use settings::Settings;
pub use source::Source;
pub use targets::Targets;
