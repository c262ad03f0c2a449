//! The environment variables that tdbal reads, from the process or from `.env`.

use std::collections::BTreeMap;
use std::path::Path;

/// The API key for OpenAI, or for the compatible server.
pub(crate) const OPENAI_API_KEY: &str = "OPENAI_API_KEY";
/// The base URL of an OpenAI-compatible server, with its `/v1`.
pub(crate) const OPENAI_BASE_URL: &str = "OPENAI_BASE_URL";
/// The API token for Replicate.
pub(crate) const REPLICATE_API_TOKEN: &str = "REPLICATE_API_TOKEN";
/// The base URL of Replicate's API, with its `/v1`.
pub(crate) const REPLICATE_BASE_URL: &str = "REPLICATE_BASE_URL";
/// The access key ID, under the name that the original system (the scripts that tdbal replaces) used.
pub(crate) const AWS_ACCESS_KEY: &str = "AWS_ACCESS_KEY";
/// The secret access key, under the name that the original system used.
pub(crate) const AWS_ACCESS_SECRET: &str = "AWS_ACCESS_SECRET";
/// The access key ID, under Amazon's name.
pub(crate) const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// The secret access key, under Amazon's name.
pub(crate) const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// The session token of temporary credentials under Amazon's names.
pub(crate) const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
/// The region of buckets whose URLs do not name one.
pub(crate) const AWS_REGION: &str = "AWS_REGION";
/// The region if [`AWS_REGION`] is not set.
pub(crate) const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
/// The URL of an S3-compatible server if [`AWS_ENDPOINT_URL_S3`] is not set.
pub(crate) const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// The URL of an S3-compatible server.
pub(crate) const AWS_ENDPOINT_URL_S3: &str = "AWS_ENDPOINT_URL_S3";
/// The log filter, such as `tdbal=debug`.
pub(crate) const RUST_LOG: &str = "RUST_LOG";
/// The name of this machine in locks.
pub(crate) const HOSTNAME: &str = "HOSTNAME";
/// The author of labels and keep marks.
pub(crate) const USER: &str = "USER";
/// Any value turns colours off.
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// The width of the terminal in columns; tables and sentences wrap there.
pub(crate) const COLUMNS: &str = "COLUMNS";

/// The variables of the process, and those of a `.env` file that the process does not set. A variable
/// whose value is empty or blank counts as not set.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Environment {
    // Names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// Returns the variables of this process. Those that are not valid Unicode are left out.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        variables.collect()
    }

    /// Adds the variables of a `.env` file that are not set yet. The file need not exist.
    ///
    /// # Errors
    /// If the file exists but cannot be read, or a line is not `NAME=value`.
    pub fn with_dot_env(mut self, path: &Path) -> anyhow::Result<Self> {
        let file = match dotenvy::from_path_iter(path) {
            Ok(file) => file,
            Err(error) if error.not_found() => return Ok(self),
            Err(error) => return Err(unreadable(path, &error)),
        };
        for variable in file {
            let (name, value) = variable.map_err(|error| unreadable(path, &error))?;
            if !value.trim().is_empty() {
                self.variables.entry(name).or_insert(value);
            }
        }
        Ok(self)
    }

    /// Returns the value of a variable, if it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

/// Describes the error without quoting the line, which may hold a secret.
fn unreadable(path: &Path, error: &dotenvy::Error) -> anyhow::Error {
    match error {
        dotenvy::Error::LineParse(_, position) => anyhow::anyhow!(
            "cannot parse {}: expected NAME=value, but a line is invalid at its character {position}",
            path.display()
        ),
        other => anyhow::anyhow!("cannot read {}: {other}", path.display()),
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        Self { variables }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_wins_over_the_file_and_blank_means_unset() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "A=file\nB=\"file too\"\nC=\n").unwrap();
        let process = [("A", "process"), ("D", " ")];
        let environment: Environment = process
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        let environment = environment.with_dot_env(&path).unwrap();
        assert_eq!(environment.get("A"), Some("process"));
        assert_eq!(environment.get("B"), Some("file too"));
        assert_eq!(environment.get("C"), None);
        assert_eq!(environment.get("D"), None);
    }

    #[test]
    fn errors_and_debug_output_show_no_values() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "sk-verysecret without an equals sign\n").unwrap();
        let error = Environment::default().with_dot_env(&path).unwrap_err();
        assert!(!error.to_string().contains("verysecret"), "{error}");
        let environment = Environment::from_iter([("K".to_owned(), "verysecret".to_owned())]);
        assert_eq!(format!("{environment:?}"), "{\"K\"}");
    }
}
