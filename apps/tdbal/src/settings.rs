//! What settings are resolved from: the flags of each command, and the environment.

pub(crate) use ::settings::{Flags, Settings, Source, file};

use crate::cli::{
    ApplyArgs, BackArgs, CalibrateArgs, CarryOutArgs, CommonArgs, DoctorArgs, ExecutionArgs,
    JudgingArgs, LabelArgs, LimitArgs, ListingArgs, LookArgs, MarksArgs, PlanArgs, PolicyArgs,
    ResumeArgs, ReviewArgs, RunArgs, ServiceArgs, StatsArgs,
};
use crate::environment::{self as env, Environment};
use ::settings::{EnvironmentValues, LimitFlags, Permissions};
use balance_planner::Scope;
use std::path::PathBuf;

impl From<&Environment> for EnvironmentValues {
    fn from(environment: &Environment) -> Self {
        let first = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| environment.get(name))
                .map(str::to_owned)
        };
        Self {
            openai_base_url: first(&[env::OPENAI_BASE_URL]),
            replicate_base_url: first(&[env::REPLICATE_BASE_URL]),
            region: first(&[env::AWS_REGION, env::AWS_DEFAULT_REGION]),
            endpoint: first(&[env::AWS_ENDPOINT_URL_S3, env::AWS_ENDPOINT_URL]),
        }
    }
}

fn folders(data_dir: Option<&String>, output_dir: Option<&PathBuf>) -> Flags {
    Flags {
        output_dir: output_dir.cloned(),
        ..Flags::of_data(data_dir.cloned())
    }
}

fn common(args: &CommonArgs) -> Flags {
    Flags {
        jobs: args.jobs,
        ..folders(args.data_dir.as_ref(), args.output_dir.as_ref())
    }
}

fn services(args: &ServiceArgs, flags: Flags) -> Flags {
    Flags {
        evaluator: args.evaluator.clone(),
        generator: args.generator.clone(),
        model: args.model.clone(),
        record: args.record.clone(),
        ..flags
    }
}

fn look(args: &LookArgs, flags: Flags) -> Flags {
    Flags {
        votes: args.votes,
        look: args.look,
        fresh: args.fresh,
        ..flags
    }
}

fn policy(args: &PolicyArgs, flags: Flags) -> Flags {
    let scope = match (args.delete_only, args.generate_only) {
        (true, _) => Some(Scope::DeleteOnly),
        (false, true) => Some(Scope::GenerateOnly),
        (false, false) => None,
    };
    Flags {
        scope,
        target: args.target,
        tolerance: args.tolerance,
        exact: args.exact,
        remove_unreadable: args.remove_unreadable,
        min_quality: args.min_quality,
        max_replace: args.max_replace,
        attempts: args.attempts,
        ..flags
    }
}

fn limits(args: &LimitArgs) -> LimitFlags {
    LimitFlags {
        max_delete: args.max_delete,
        max_delete_per_actor: args.max_delete_per_actor,
        max_delete_percent: args.max_delete_percent,
        min_keep: args.min_keep,
        max_generate: args.max_generate,
        budget: args.budget.budget,
    }
}

fn permissions(listing: &ListingArgs, execution: &ExecutionArgs) -> Permissions {
    Permissions {
        shrunk_listing: listing.allow_shrunk_listing,
        unguarded_bucket: execution.allow_unguarded_bucket,
        accept_double_charge: execution.accept_double_charge,
    }
}

impl From<&RunArgs> for Flags {
    fn from(args: &RunArgs) -> Self {
        let flags = services(&args.services, common(&args.common));
        Self {
            limits: limits(&args.limits),
            permissions: permissions(&args.listing, &args.execution),
            ..policy(&args.policy, look(&args.look, flags))
        }
    }
}

impl From<&PlanArgs> for Flags {
    fn from(args: &PlanArgs) -> Self {
        let flags = services(&args.services, common(&args.common));
        Self {
            limits: LimitFlags {
                budget: args.budget.budget,
                ..LimitFlags::default()
            },
            permissions: permissions(&args.listing, &ExecutionArgs::default()),
            ..policy(&args.policy, look(&args.look, flags))
        }
    }
}

impl From<&CarryOutArgs> for Flags {
    fn from(args: &CarryOutArgs) -> Self {
        Self {
            limits: limits(&args.limits),
            permissions: permissions(&ListingArgs::default(), &args.execution),
            ..services(&args.services, common(&args.common))
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
        folders(args.data_dir.as_ref(), args.output_dir.as_ref())
    }
}

impl From<&DoctorArgs> for Flags {
    fn from(args: &DoctorArgs) -> Self {
        let flags = folders(args.data_dir.as_ref(), args.output_dir.as_ref());
        Self {
            permissions: Permissions {
                unguarded_bucket: args.allow_unguarded_bucket,
                ..Permissions::default()
            },
            ..services(&args.services, flags)
        }
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
        folders(args.data_dir.as_ref(), args.output_dir.as_ref())
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
            evaluator,
            model,
            record,
            votes,
            look,
            fresh,
            limits: LimitFlags {
                budget: args.budget.budget,
                ..LimitFlags::default()
            },
            permissions: permissions(&args.listing, &ExecutionArgs::default()),
            ..common(&args.common)
        }
    }
}

impl From<&StatsArgs> for Flags {
    fn from(args: &StatsArgs) -> Self {
        Self {
            target: args.target,
            ..Self::of_data(args.data_dir.clone())
        }
    }
}

#[cfg(test)]
mod tests;
