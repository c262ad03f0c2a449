//! What people and machines read. Data goes to standard output, everything else to standard error.

mod back;
mod calibrate;
mod doctor;
mod labels;
mod plan;
mod progress;
mod summary;
mod table;

pub(crate) use back::{history, runs, trash, undo};
pub(crate) use calibrate::calibration;
pub(crate) use doctor::{DoctorJson, doctor, fix_plan, fixed};
pub(crate) use labels::{labels, said, unsettled};
pub(crate) use plan::plan;
pub(crate) use progress::Progress;
pub(crate) use summary::why_stopped;
pub(crate) use table::{before_and_after, marks, stats};

use crate::environment::{self as env, Environment};
use results::RunReport;
use serde::Serialize;
use std::io::{self, Write as _};
use tracing_subscriber::EnvFilter;

/// Writes data. A reader that has gone away is no error of ours.
pub(crate) fn out(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    out(&format!("{}\n", serde_json::to_string_pretty(value)?))?;
    Ok(())
}

/// Writes a line beside the data.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a warning.
pub(crate) fn warning(text: &str) {
    note(&format!("warning: {text}"));
}

/// Writes warnings.
pub(crate) fn warnings(texts: &[String]) {
    for text in texts {
        warning(text);
    }
}

/// Writes an error with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("error: {}", tdbal_types::chain(error.as_ref())));
}

/// What a run did, and what the runs did that it had to finish first.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    report: &'a RunReport,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    finished_first: &'a [RunReport],
}

/// Writes what a run did; before it what the runs did that it finished first.
pub(crate) fn report(
    report: &RunReport,
    finished_first: &[RunReport],
    as_json: bool,
) -> anyhow::Result<()> {
    if as_json {
        return json(&Told {
            report,
            finished_first,
        });
    }
    for earlier in finished_first {
        out(&format!("Run {}, finished first:\n", earlier.run_id))?;
        out(&summary::summary(earlier))?;
        out("\n")?;
    }
    Ok(out(&summary::summary(report))?)
}

/// A number of things: `1 actor`, `2 actors`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", several(number, "", "s"))
}

/// One word for one thing, the other for none or several.
pub(crate) const fn several<'a>(number: usize, one: &'a str, other: &'a str) -> &'a str {
    if number == 1 { one } else { other }
}

/// A moment to the second: `2026-11-22 11:06:50`.
fn moment(stamp: &str) -> String {
    let whole = stamp.split('.').next().unwrap_or_default();
    whole.replace('T', " ")
}

/// Whether standard output takes colour.
pub(crate) fn has_colour(environment: &Environment) -> bool {
    environment.get(env::NO_COLOR).is_none() && io::IsTerminal::is_terminal(&io::stdout())
}

/// Begins logging to standard error: as `RUST_LOG` says, else as often as `-v` was given.
pub(crate) fn start_logging(verbosity: u8, environment: &Environment) {
    let default = match verbosity {
        0 => "error,storage=warn,vision_eval=warn",
        1 => "tdbal=info,pipeline=info,vision_eval=info,replicate_gen=info,http_support=info",
        _ => {
            "tdbal=debug,pipeline=debug,vision_eval=debug,replicate_gen=debug,http_support=debug,storage_s3=debug"
        }
    };
    let filter = environment
        .get(env::RUST_LOG)
        .and_then(|text| EnvFilter::try_new(text).ok())
        .unwrap_or_else(|| EnvFilter::new(default));
    let colour =
        environment.get(env::NO_COLOR).is_none() && io::IsTerminal::is_terminal(&io::stderr());
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colour);
    // A second call, in a test of the whole program in one process, changes nothing.
    let _ = logger.try_init();
}
