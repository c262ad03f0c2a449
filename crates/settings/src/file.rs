//! The settings file: `tdbal.toml` merged over the built-in defaults.

use crate::error::SettingsError;
pub use crate::keys::UnknownKey;
pub use crate::sections::{
    LimitSettings, LockSettings, ReplicateSettings, S3Settings, ServiceSettings, SettingsFile,
    TrustSettings,
};
use std::path::Path;
use toml::{Table, Value};

/// The built-in defaults, with an explanation of every key. `tdbal config` prints them.
pub const DEFAULTS: &str = include_str!("default.toml");
/// The name of the settings file in the working folder.
pub const FILE_NAME: &str = "tdbal.toml";

/// The settings of a file merged over the defaults.
#[derive(Debug)]
pub struct Loaded {
    /// The merged settings.
    pub settings: SettingsFile,
    /// Keys of the file that no setting has, usually typos.
    pub unknown_keys: Vec<UnknownKey>,
}

/// Reads a settings file and merges it over the defaults. Without a file, returns the defaults.
///
/// # Errors
/// If the file exists but cannot be read, is not TOML, or has a value of the wrong type.
pub fn load(path: &Path) -> Result<Loaded, SettingsError> {
    let mut table: Table = toml::from_str(DEFAULTS).map_err(SettingsError::Defaults)?;
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let file: Table = toml::from_str(&text).map_err(SettingsError::syntax(path))?;
            merge(&mut table, file);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(SettingsError::read(path)(error)),
    }
    let mut unknown_keys = Vec::new();
    let settings = serde_ignored::deserialize(Value::Table(table), |path| {
        unknown_keys.push(UnknownKey::new(&path));
    })
    .map_err(SettingsError::wrong_type(path))?;
    Ok(Loaded {
        settings,
        unknown_keys,
    })
}

/// Copies `changes` into `base`, table by table.
fn merge(base: &mut Table, changes: Table) {
    for (key, value) in changes {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(changes)) => merge(base, changes),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
