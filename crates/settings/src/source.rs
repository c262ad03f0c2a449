//! Where judgements and new pictures come from.

use crate::error::SettingsError;
use std::path::PathBuf;

/// A live service, or recordings of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The live service.
    Live,
    /// The recordings in this folder.
    Replay(PathBuf),
}

impl Source {
    /// Parses `replay:DIR`, or the name of the live service. `key` is the setting's name, for the
    /// error message.
    pub(crate) fn parse(text: &str, service: &str, key: &str) -> Result<Self, SettingsError> {
        match text.split_once(':') {
            Some(("replay", folder)) if !folder.is_empty() => Ok(Self::Replay(folder.into())),
            _ if text == service => Ok(Self::Live),
            _ => Err(SettingsError::value(
                key,
                format!("{text:?}"),
                format!("use {service} or replay:DIR"),
            )),
        }
    }
}
