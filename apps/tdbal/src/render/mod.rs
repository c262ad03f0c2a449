//! What is printed. Results go to standard output, everything else to standard error. The text itself
//! comes from the crate `render`; this module knows the terminal and the environment.

mod log;
mod progress;
mod terminal;

pub(crate) use ::render::*;
pub(crate) use log::start_logging;
pub(crate) use progress::Progress;

use crate::environment::{self as env, Environment};
use crate::exit;
use jiff::tz::TimeZone;
use results::RunReport;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes to standard output. A reader that has closed the pipe is not an error.
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

/// Writes a value as JSON, with times in UTC as RFC 3339.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let value = with_utc_times(value)?;
    out(&format!("{}\n", serde_json::to_string_pretty(&value)?))?;
    Ok(())
}

/// Writes a line to standard error, above the progress bar if there is one.
pub(crate) fn note(text: &str) {
    progress::above_the_bar(|| terminal::write_note(text));
}

/// Writes a warning to standard error.
pub(crate) fn warning(text: &str) {
    note(&format!("warning: {text}"));
}

/// Writes warnings to standard error.
pub(crate) fn warnings(texts: &[String]) {
    for text in texts {
        warning(text);
    }
}

/// Writes an error with its causes to standard error, then what the operator can do about it.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("error: {}", tdbal_types::chain(error.as_ref())));
    if let Some(hint) = exit::hint(error) {
        note(&format!("hint: {hint}"));
    }
}

/// Writes what a run did, and before it what earlier runs did that it finished first.
pub(crate) fn report(
    report: &RunReport,
    finished_first: &[RunReport],
    as_json: bool,
    style: &Style,
) -> anyhow::Result<()> {
    if as_json {
        return json(&ReportJson::new(report, finished_first));
    }
    for earlier in finished_first {
        out(&format!("Finished run {} first:\n", earlier.run_id))?;
        out(&summary(earlier, style))?;
        out("\n")?;
    }
    Ok(out(&summary(report, style))?)
}

/// How text on standard output is laid out: the width is that of `COLUMNS` or of the terminal, and
/// lines are of any length where there is neither.
pub(crate) fn style(environment: &Environment) -> Style {
    let columns = environment
        .get(env::COLUMNS)
        .and_then(|columns| columns.parse().ok());
    let is_terminal = io::stdout().is_terminal();
    Style {
        width: columns
            .filter(|columns| *columns > 0)
            .or_else(|| terminal::width(is_terminal)),
        has_colour: environment.get(env::NO_COLOR).is_none() && is_terminal,
        time_zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
    }
}
