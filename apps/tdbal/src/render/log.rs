//! The log on standard error: one short line for each warning, or with `-v` and `RUST_LOG` the time,
//! level and module of every event.

use super::progress::above_the_bar;
use crate::environment::{self as env, Environment};
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// Crates whose warnings concern the operator. The others' failures reach the summary as well.
const WARNING: &str = "error,actor_lock=warn,dataset=warn,evaluation=warn,journal=warn,storage=warn,\
                       vision_eval=warn";
/// The crates of this program.
const OWN: [&str; 14] = [
    "tdbal",
    "pipeline",
    "doctor",
    "execution",
    "evaluation",
    "results",
    "dataset",
    "journal",
    "actor_lock",
    "storage",
    "storage_s3",
    "vision_eval",
    "replicate_gen",
    "http_support",
];

/// Starts logging to standard error: as `RUST_LOG` says, otherwise by how often `-v` was given.
pub(crate) fn start_logging(verbosity: u8, environment: &Environment) {
    let filter = environment
        .get(env::RUST_LOG)
        .and_then(|text| EnvFilter::try_new(text).ok());
    let is_detailed = verbosity > 0 || filter.is_some();
    let filter = filter.unwrap_or_else(|| EnvFilter::new(directives(verbosity)));
    let colour = environment.get(env::NO_COLOR).is_none() && io::stderr().is_terminal();
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(AboveTheBar)
        .with_ansi(colour);
    // In a test that runs the program twice in one process the first logger stays.
    let _ = if is_detailed {
        logger.try_init()
    } else {
        logger.event_format(Sentence).try_init()
    };
}

/// What is logged if `RUST_LOG` is not set.
fn directives(verbosity: u8) -> String {
    let level = match verbosity {
        0 => return WARNING.to_owned(),
        1 => "info",
        _ => "debug",
    };
    let own = OWN.map(|name| format!("{name}={level}"));
    own.join(",")
}

/// Writes to standard error without tearing the progress bar.
struct AboveTheBar;

impl<'a> MakeWriter<'a> for AboveTheBar {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        Self
    }
}

impl io::Write for AboveTheBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        above_the_bar(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// Formats an event as a sentence: `warning: 0004_x: cannot read the cached answers: EOF (path x.json)`.
struct Sentence;

impl<S, N> FormatEvent<S, N> for Sentence
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut parts = Parts::default();
        event.record(&mut parts);
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            _ => "note",
        };
        writeln!(writer, "{level}: {}", parts.sentence())
    }
}

/// The fields of an event that concern an operator: who it is about, what happened, why, and where.
#[derive(Debug, Default)]
struct Parts {
    actor: Option<String>,
    message: String,
    cause: Option<String>,
    places: Vec<String>,
}

impl Parts {
    /// One line, whatever the fields hold.
    fn sentence(&self) -> String {
        let mut text = String::new();
        if let Some(actor) = &self.actor {
            let _ = write!(text, "{actor}: ");
        }
        text.push_str(&self.message);
        if let Some(cause) = &self.cause {
            let _ = write!(text, ": {cause}");
        }
        if !self.places.is_empty() {
            let _ = write!(text, " ({})", self.places.join(", "));
        }
        text.replace(['\n', '\r'], " ")
    }

    fn record(&mut self, name: &str, value: String) {
        match name {
            "message" => self.message = value,
            "actor" => self.actor = Some(value),
            "error" | "problem" | "cause" | "reason" if self.cause.is_none() => {
                self.cause = Some(value);
            }
            // What else there is concerns who debugs, and `-v` prints it.
            "path" | "file" | "key" | "name" | "url" | "run" => {
                self.places.push(format!("{name} {value}"));
            }
            _ => {}
        }
    }
}

impl Visit for Parts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_is_one_line_about_the_actor_and_the_file() {
        let mut parts = Parts::default();
        parts.record("path", "a.json".into());
        parts.record("attempt", "2".into());
        parts.record("error", "line 1:\nEOF".into());
        parts.record("message", "cannot read the cached answers".into());
        parts.record("actor", "0004_x".into());
        assert_eq!(
            parts.sentence(),
            "0004_x: cannot read the cached answers: line 1: EOF (path a.json)"
        );
    }

    #[test]
    fn directives_of_every_verbosity_are_valid() {
        for verbosity in 0..3 {
            EnvFilter::try_new(directives(verbosity)).unwrap();
        }
    }
}
