//! The flags of `undo`, `log` and `trash`.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use std::path::PathBuf;
use tdbal_types::{ImageName, RunId};

/// Where the data and the audit trail are, and the output format.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct BackArgs {
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Folder with the audit trail
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `tdbal undo`.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// Run to undo; `tdbal log` lists the runs
    #[arg(value_name = "RUN", value_parser = run_id)]
    pub(crate) run: RunId,
    /// Only this actor, by id (0004) or full name; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Show what would be done, change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

/// The subcommands of `tdbal trash`.
#[derive(Debug, Subcommand)]
pub(crate) enum TrashCommand {
    /// List the contents of the trash by run
    List(TrashListArgs),
    /// Permanently delete old files from the trash
    Purge(TrashPurgeArgs),
}

/// The flags of `tdbal trash list`.
#[derive(Debug, Args)]
pub(crate) struct TrashListArgs {
    /// Only this run, with every file in its trash
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    pub(crate) run: Option<RunId>,
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

/// The flags of `tdbal trash purge`.
#[derive(Debug, Args)]
pub(crate) struct TrashPurgeArgs {
    /// Minimum time since the last change: 36h, 7d or 4w
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) older_than: SignedDuration,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) place: BackArgs,
}

/// The flags of `tdbal log`.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Only this run
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    pub(crate) run: Option<RunId>,
    /// Only this actor, by id (0004) or full name
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Option<String>,
    /// Only this picture, by file name
    #[arg(long, value_name = "FILE", value_parser = image_name)]
    pub(crate) file: Option<ImageName>,
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
        .map_err(|_| "expected a number and a unit, such as 36h, 7d or 4w".to_owned())?;
    let age = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|error| error.to_string())?;
    if age.is_negative() {
        return Err("expected an age of 0 or more".to_owned());
    }
    Ok(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_a_number_with_a_unit() {
        assert_eq!(age("7d"), Ok(SignedDuration::from_hours(7 * 24)));
        assert_eq!(age("36h"), Ok(SignedDuration::from_hours(36)));
        assert_eq!(age("0s"), Ok(SignedDuration::ZERO));
        assert!(age("-1d").is_err());
        assert!(age("7").is_err());
    }
}
