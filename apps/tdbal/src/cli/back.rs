//! The flags of the commands that look back: what was done, what is in the trash, and how it is taken
//! back.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use std::path::PathBuf;
use tdbal_types::{ImageName, RunId};

/// Where the data is, where the audit trail goes, how much is said.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct BackArgs {
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Where the audit trail is
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `tdbal undo`.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// The run to take back; tdbal log lists them
    #[arg(value_name = "RUN", value_parser = run_id)]
    pub(crate) run: RunId,
    /// Only of this actor: its id or whole name; can be given more than once
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Only say what it would do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

/// What can be done with the trash.
#[derive(Debug, Subcommand)]
pub(crate) enum TrashCommand {
    /// List what is in the trash, by run
    List(TrashListArgs),
    /// Delete what is old enough for good
    Purge(TrashPurgeArgs),
}

/// The flags of `tdbal trash list`.
#[derive(Debug, Args)]
pub(crate) struct TrashListArgs {
    /// Only of this run, with every file
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    pub(crate) run: Option<RunId>,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

/// The flags of `tdbal trash purge`.
#[derive(Debug, Args)]
pub(crate) struct TrashPurgeArgs {
    /// Only of runs that are older than this: 7d, 36h, 4w
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) older_than: SignedDuration,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

/// The flags of `tdbal log`.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// What this run did
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    pub(crate) run: Option<RunId>,
    /// What was done to this actor: its id or whole name
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Option<String>,
    /// What was done to this picture: its file name
    #[arg(long, value_name = "FILE", value_parser = image_name)]
    pub(crate) file: Option<ImageName>,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

fn run_id(text: &str) -> Result<RunId, String> {
    RunId::new(text).map_err(|error| error.to_string())
}

fn image_name(text: &str) -> Result<ImageName, String> {
    let file = text.rsplit('/').next().unwrap_or(text);
    ImageName::new(file).map_err(|error| error.to_string())
}

fn age(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text
        .parse()
        .map_err(|_| "write it as a number and a unit: 7d, 36h, 4w".to_owned())?;
    let age = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|error| error.to_string())?;
    if age.is_negative() {
        return Err("an age is not negative".to_owned());
    }
    Ok(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_numbers_with_units() {
        assert_eq!(age("7d"), Ok(SignedDuration::from_hours(7 * 24)));
        assert_eq!(age("36h"), Ok(SignedDuration::from_hours(36)));
        assert_eq!(age("0s"), Ok(SignedDuration::ZERO));
        assert!(age("-1d").is_err());
        assert!(age("7").is_err());
    }
}
