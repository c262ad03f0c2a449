//! What the process says when it ends.

use pipeline::{RunReport, Stopped};
use std::process::ExitCode;

/// The exit statuses, documented in `docs/cli.md`. Where several hold, the first in this order of
/// precedence does: interrupted, error, limit, actors failed, changes pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success,
    /// Something failed that concerns more than one actor.
    Error,
    /// Flags or arguments make no sense (clap's own status).
    Usage,
    /// Some actors failed or were not assessed.
    ActorsFailed,
    /// The operator interrupted it; progress is saved.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::ActorsFailed => 4,
            Self::Interrupted => 130,
        }
    }

    /// The status of a run.
    pub fn of_run(report: &RunReport) -> Self {
        match report.stopped {
            Some(Stopped::Interrupted) => Self::Interrupted,
            Some(Stopped::Error(_)) => Self::Error,
            None if report.totals.failed + report.totals.unassessed > 0 => Self::ActorsFailed,
            None => Self::Success,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
