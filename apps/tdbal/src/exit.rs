//! What the process says when it ends.

use execution::RunError;
use results::RunReport;
use results::report::Stopped;
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
    /// A limit refused the run, or ended it.
    Limit,
    /// Some actors failed, were not assessed, or need a person before they can be brought to their
    /// target.
    ActorsFailed,
    /// There are changes to make, and the operator asked to be told so.
    Changes,
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
            Self::Limit => 3,
            Self::ActorsFailed => 4,
            Self::Changes => 5,
            Self::Interrupted => 130,
        }
    }

    /// Which comes first where several hold.
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

    /// The status where both hold.
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

    /// The status of a run that only looked; `detailed` where the operator asked to be told of
    /// changes that are pending.
    pub fn of_look(report: &RunReport, detailed: bool) -> Self {
        let changes = if detailed && report.changes {
            Self::Changes
        } else {
            Self::Success
        };
        Self::of_run(report).and(changes)
    }

    /// The status of an error.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<RunError>() {
            Some(error) if error.is_limit() => Self::Limit,
            _ => Self::Error,
        }
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
    fn of_several_that_hold_the_first_of_130_1_3_4_5_does() {
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
    fn only_a_limit_is_a_limit() {
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
