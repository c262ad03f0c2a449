//! The flags that settings are resolved from, whichever command has them.

use crate::cli::{
    ApplyArgs, BackArgs, CalibrateArgs, CarryOutArgs, CommonArgs, DoctorArgs, ExecutionArgs,
    JudgingArgs, LabelArgs, LimitArgs, ListingArgs, LookArgs, MarksArgs, PlanArgs, PolicyArgs,
    ResumeArgs, ReviewArgs, RunArgs, ServiceArgs, StatsArgs,
};

/// The flags of a command; those that it does not have are as if they were not given.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    /// Where everything is.
    pub(crate) common: CommonArgs,
    /// What judges and what makes pictures.
    pub(crate) services: ServiceArgs,
    /// How often and how closely it is looked.
    pub(crate) look: LookArgs,
    /// How to decide.
    pub(crate) policy: PolicyArgs,
    /// What a run may do.
    pub(crate) limits: LimitArgs,
    /// What may be believed.
    pub(crate) listing: ListingArgs,
    /// What is not done without being allowed.
    pub(crate) execution: ExecutionArgs,
}

impl Flags {
    /// Those of a command that only has to know where the data is.
    pub(crate) fn of_data(data_dir: Option<String>) -> Self {
        Self {
            common: CommonArgs {
                data_dir,
                ..CommonArgs::default()
            },
            ..Self::default()
        }
    }
}

impl From<&RunArgs> for Flags {
    fn from(run: &RunArgs) -> Self {
        Self {
            common: run.common.clone(),
            services: run.services.clone(),
            look: run.look.clone(),
            policy: run.policy.clone(),
            limits: run.limits.clone(),
            listing: run.listing.clone(),
            execution: run.execution.clone(),
        }
    }
}

impl From<&PlanArgs> for Flags {
    fn from(plan: &PlanArgs) -> Self {
        Self {
            common: plan.common.clone(),
            services: plan.services.clone(),
            look: plan.look.clone(),
            policy: plan.policy.clone(),
            limits: LimitArgs {
                budget: plan.budget.clone(),
                ..LimitArgs::default()
            },
            listing: plan.listing.clone(),
            execution: ExecutionArgs::default(),
        }
    }
}

impl From<&CarryOutArgs> for Flags {
    fn from(args: &CarryOutArgs) -> Self {
        Self {
            common: args.common.clone(),
            services: args.services.clone(),
            limits: args.limits.clone(),
            execution: args.execution.clone(),
            ..Self::default()
        }
    }
}

impl From<&ApplyArgs> for Flags {
    fn from(args: &ApplyArgs) -> Self {
        Self::from(&args.carry_out)
    }
}

impl From<&ResumeArgs> for Flags {
    fn from(args: &ResumeArgs) -> Self {
        Self::from(&args.carry_out)
    }
}

impl From<&BackArgs> for Flags {
    fn from(args: &BackArgs) -> Self {
        let mut flags = Self::of_data(args.data_dir.clone());
        flags.common.output_dir.clone_from(&args.output_dir);
        flags
    }
}

impl From<&DoctorArgs> for Flags {
    fn from(args: &DoctorArgs) -> Self {
        let mut flags = Self::of_data(args.data_dir.clone());
        flags.common.output_dir.clone_from(&args.output_dir);
        flags.services = args.services.clone();
        flags.execution.allow_unguarded_bucket = args.allow_unguarded_bucket;
        flags
    }
}

impl From<&MarksArgs> for Flags {
    fn from(args: &MarksArgs) -> Self {
        Self::of_data(args.data_dir.clone())
    }
}

impl From<&LabelArgs> for Flags {
    fn from(args: &LabelArgs) -> Self {
        Self::of_data(args.data_dir.clone())
    }
}

impl From<&ReviewArgs> for Flags {
    fn from(args: &ReviewArgs) -> Self {
        let mut flags = Self::of_data(args.data_dir.clone());
        flags.common.output_dir.clone_from(&args.output_dir);
        flags
    }
}

impl From<&CalibrateArgs> for Flags {
    fn from(args: &CalibrateArgs) -> Self {
        let JudgingArgs {
            evaluator,
            model,
            record,
            votes,
            look,
            fresh,
        } = args.judging.clone();
        Self {
            common: args.common.clone(),
            services: ServiceArgs {
                evaluator,
                model,
                record,
                generator: None,
            },
            look: LookArgs { votes, look, fresh },
            limits: LimitArgs {
                budget: args.budget.clone(),
                ..LimitArgs::default()
            },
            listing: args.listing.clone(),
            ..Self::default()
        }
    }
}

impl From<&StatsArgs> for Flags {
    fn from(stats: &StatsArgs) -> Self {
        Self {
            policy: PolicyArgs {
                target: stats.target,
                ..PolicyArgs::default()
            },
            ..Self::of_data(stats.data_dir.clone())
        }
    }
}
