//! The exit status of the process, and hints after errors.

use execution::RunError;
use results::RunReport;
use results::report::Stopped;
use std::process::ExitCode;

/// The exit statuses, documented in `docs/cli.md`. If several apply, the first in this order wins:
/// interrupted, usage, error, limit, actors failed, changes pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything succeeded.
    Success,
    /// Something failed that affects more than one actor.
    Error,
    /// Flags or arguments are invalid (clap's own status).
    Usage,
    /// A limit refused or stopped the run.
    Limit,
    /// Some actors failed, were not assessed, or need a review before they can reach their target.
    ActorsFailed,
    /// There are changes to make and `--detailed-exitcode` is given.
    Changes,
    /// The operator interrupted the run; progress is saved.
    Interrupted,
}

impl Exit {
    /// The number that the process returns.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::Limit => 3,
            Self::ActorsFailed => 4,
            Self::Changes => 5,
            Self::Interrupted => 130,
        }
    }

    /// The precedence if several statuses apply; 0 wins.
    const fn rank(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Usage => 1,
            Self::Error => 2,
            Self::Limit => 3,
            Self::ActorsFailed => 4,
            Self::Changes => 5,
            Self::Success => 6,
        }
    }

    /// The status if both apply.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        if self.rank() <= other.rank() {
            self
        } else {
            other
        }
    }

    /// The status of a run.
    pub fn of_run(report: &RunReport) -> Self {
        let stopped = match report.stopped {
            Some(Stopped::Interrupted) => Self::Interrupted,
            Some(Stopped::Error(_)) => Self::Error,
            Some(Stopped::Limit(_)) => Self::Limit,
            None => Self::Success,
        };
        let totals = &report.totals;
        let failed = totals.failed + totals.unassessed + totals.needs_review > 0;
        stopped.and(if failed {
            Self::ActorsFailed
        } else {
            Self::Success
        })
    }

    /// The status of a dry run. With `detailed`, pending changes have a status of their own.
    pub fn of_look(report: &RunReport, detailed: bool) -> Self {
        let changes = if detailed && report.changes {
            Self::Changes
        } else {
            Self::Success
        };
        Self::of_run(report).and(changes)
    }

    /// The status of a command that fails with `error`.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<RunError>() {
            Some(error) if error.is_limit() => Self::Limit,
            _ => Self::Error,
        }
    }
}

/// What the operator can do after an error whose message does not say it.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    match error.downcast_ref::<RunError>()? {
        RunError::AppliedAlready { run } => {
            Some(format!("`tdbal log --run {run}` shows what it did"))
        }
        RunError::Plan { .. } => Some("`tdbal doctor` checks the runs stored with the data".into()),
        _ => None,
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::ActorReport;
    use results::ActorStatus;
    use results::report::Totals;
    use tdbal_types::{ActorId, RunId, Usd};

    fn report(stopped: Option<Stopped>, is_failed: bool) -> RunReport {
        let failed = ActorStatus::Failed {
            error: String::new(),
        };
        let actor = ActorId::new("0001").unwrap();
        let status = if is_failed {
            failed
        } else {
            ActorStatus::ToChange
        };
        let actors = vec![ActorReport::new(actor, status)];
        RunReport {
            run_id: RunId::new("r").unwrap(),
            executed: false,
            totals: Totals::of(&actors),
            actors,
            suspicions: Vec::new(),
            stopped,
            output_dir: String::new(),
            changes: true,
            expected_generation_usd: Usd::ZERO,
            seconds: 0.0,
        }
    }

    #[test]
    fn first_of_130_1_3_4_5_that_applies_wins() {
        let stops = [
            (Some(Stopped::Interrupted), 130),
            (Some(Stopped::Error(String::new())), 1),
            (Some(Stopped::Limit(String::new())), 3),
        ];
        for (stopped, code) in stops {
            for is_failed in [true, false] {
                let report = report(stopped.clone(), is_failed);
                assert_eq!(Exit::of_look(&report, true).code(), code);
            }
        }
        assert_eq!(Exit::of_look(&report(None, true), true).code(), 4);
        assert_eq!(Exit::of_look(&report(None, false), true).code(), 5);
        assert_eq!(Exit::of_look(&report(None, false), false).code(), 0);
        assert_eq!(Exit::of_run(&report(None, false)).code(), 0);
        let order = [130, 1, 3, 4, 5, 0];
        let all = [
            Exit::Interrupted,
            Exit::Error,
            Exit::Limit,
            Exit::ActorsFailed,
            Exit::Changes,
            Exit::Success,
        ];
        for (first, code) in all.iter().zip(order) {
            assert_eq!(first.code(), code);
        }
        for (place, first) in all.iter().enumerate() {
            for second in &all[place..] {
                assert_eq!(first.and(*second), *first);
                assert_eq!(second.and(*first), *first);
            }
        }
    }

    #[test]
    fn only_breached_limits_have_status_3() {
        let limit = RunError::ListingShrank { before: 9, now: 1 };
        assert_eq!(Exit::of_error(&limit.into()).code(), 3);
        let run = RunId::new("r").unwrap();
        assert_eq!(
            Exit::of_error(&RunError::OtherPlan { run }.into()).code(),
            1
        );
        assert_eq!(Exit::of_error(&anyhow::anyhow!("x")).code(), 1);
    }
}
