//! What can be wrong with settings.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// Settings cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file exists but cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// The settings file.
        path: PathBuf,
        /// Why it cannot be read.
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("cannot parse {path}", path = path.display())]
    Syntax {
        /// The settings file.
        path: PathBuf,
        /// Where and why parsing stopped.
        source: toml::de::Error,
    },
    /// A key has a value of the wrong type, or one that its type rejects.
    #[error("{path} has an invalid value", path = path.display())]
    Type {
        /// The settings file.
        path: PathBuf,
        /// The key, and what it accepts.
        source: toml::de::Error,
    },
    /// A setting has an invalid value.
    #[error("invalid value {value} for {key}: {problem}")]
    Value {
        /// The key, as a path: `trust.min_chance`.
        key: String,
        /// The value, as TOML.
        value: String,
        /// What is wrong with it, and what is accepted.
        problem: String,
    },
    /// A setting has a value that its type cannot parse.
    #[error("invalid value for {key}")]
    Parse {
        /// The key, as a path: `targets."01*"`.
        key: String,
        /// The value, what is wrong with it and what is accepted.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The built-in defaults are not TOML.
    #[error("the built-in settings are not TOML")]
    Defaults(#[source] toml::de::Error),
}

impl SettingsError {
    pub(crate) fn value(
        key: impl Into<String>,
        value: impl fmt::Display,
        problem: impl Into<String>,
    ) -> Self {
        Self::Value {
            key: key.into(),
            value: value.to_string(),
            problem: problem.into(),
        }
    }

    /// For `map_err`: the error of the type that parses the value of `key`.
    pub(crate) fn parse<E: Into<Box<dyn Error + Send + Sync>>>(
        key: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let key = key.into();
        move |error| Self::Parse {
            key,
            source: error.into(),
        }
    }

    pub(crate) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    pub(crate) fn syntax(path: &Path) -> impl FnOnce(toml::de::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Syntax { path, source }
    }

    pub(crate) fn wrong_type(path: &Path) -> impl FnOnce(toml::de::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Type { path, source }
    }
}
