//! The environment variables that tdbal reads, and where they come from.

use std::collections::BTreeMap;
use std::path::Path;

/// The key of OpenAI, or of the compatible server.
pub(crate) const OPENAI_API_KEY: &str = "OPENAI_API_KEY";
/// The base URL of an OpenAI-compatible server, with its `/v1`.
pub(crate) const OPENAI_BASE_URL: &str = "OPENAI_BASE_URL";
/// The token of Replicate.
pub(crate) const REPLICATE_API_TOKEN: &str = "REPLICATE_API_TOKEN";
/// The base URL of Replicate, with its `/v1`.
pub(crate) const REPLICATE_BASE_URL: &str = "REPLICATE_BASE_URL";
/// The original system's name for the access key's id.
pub(crate) const AWS_ACCESS_KEY: &str = "AWS_ACCESS_KEY";
/// The original system's name for the secret key.
pub(crate) const AWS_ACCESS_SECRET: &str = "AWS_ACCESS_SECRET";
/// Amazon's name for the access key's id.
pub(crate) const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// Amazon's name for the secret key.
pub(crate) const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// The session token of temporary credentials.
pub(crate) const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
/// The region.
pub(crate) const AWS_REGION: &str = "AWS_REGION";
/// The region, second choice.
pub(crate) const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
/// The endpoint of another S3 server.
pub(crate) const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// The same, for S3 only; it wins.
pub(crate) const AWS_ENDPOINT_URL_S3: &str = "AWS_ENDPOINT_URL_S3";
/// What is logged: `tdbal=debug`.
pub(crate) const RUST_LOG: &str = "RUST_LOG";
/// How this machine is called, in locks.
pub(crate) const HOSTNAME: &str = "HOSTNAME";
/// Who is named where a person says something of a picture.
pub(crate) const USER: &str = "USER";
/// Set to anything, it turns colour off.
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// The width of the terminal in columns; tables and sentences wrap there.
pub(crate) const COLUMNS: &str = "COLUMNS";

/// The variables of the process, and under them those of `.env` in the working folder. Variables
/// that are set to nothing count as not set.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        variables.collect()
    }

    /// Adds what a `.env` file says, where the process says nothing. No file is no error.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
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

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

/// The parser's own message quotes the line, which may hold a secret.
fn unreadable(path: &Path, error: &dotenvy::Error) -> anyhow::Error {
    match error {
        dotenvy::Error::LineParse(_, position) => anyhow::anyhow!(
            "cannot read {}: a line is no NAME=value (at character {position} of it)",
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
    fn the_process_wins_over_the_file_and_nothing_is_nothing() {
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
    fn no_secret_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "sk-verysecret without an equals sign\n").unwrap();
        let error = Environment::default().with_dot_env(&path).unwrap_err();
        assert!(!error.to_string().contains("verysecret"), "{error}");
        let environment = Environment::from_iter([("K".to_owned(), "verysecret".to_owned())]);
        assert_eq!(format!("{environment:?}"), "{\"K\"}");
    }
}
