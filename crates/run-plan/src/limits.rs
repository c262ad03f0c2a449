//! Limits on what a run may do, checked against its plan before anything is changed. Pure.

use crate::plan::RunPlan;
use balance_planner::Action;
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::{ActorId, Usd};

/// Limits on what a run may remove, generate and spend. `None` means no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Maximum number of pictures to remove from all actors together.
    pub max_delete: Option<usize>,
    /// Maximum number of pictures to remove from one actor.
    pub max_delete_per_actor: Option<usize>,
    /// Maximum share of an actor's pictures to remove, in percent; 50 by default.
    pub max_delete_percent: f64,
    /// Minimum number of its present pictures that an actor keeps; new pictures do not count.
    pub min_keep: usize,
    /// Maximum number of pictures to generate.
    pub max_generate: Option<usize>,
    /// Maximum cost of evaluation and generation together.
    pub budget: Option<Usd>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_delete: None,
            max_delete_per_actor: None,
            max_delete_percent: 50.0,
            min_keep: 0,
            max_generate: None,
            budget: None,
        }
    }
}

/// A limit that a plan exceeds, with the parts of the message as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// The flag that sets the limit: `--max-delete`.
    pub flag: &'static str,
    /// What the plan would do: `8 pictures to be removed`.
    pub wanted: String,
    /// What the limit allows: `5`.
    pub allowed: String,
    /// By how much the plan exceeds the limit: `3`.
    pub over: String,
    /// The value of the flag that would allow the plan, as it is typed: `8`.
    pub would_allow: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            flag,
            wanted,
            allowed,
            over,
            would_allow,
        } = self;
        write!(
            f,
            "{wanted}, {over} more than {flag} allows ({allowed}); {flag} {would_allow} would allow it"
        )
    }
}

/// All limits that a plan exceeds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Breaches {
    /// Limits of the whole run. If there are any, no actor may be changed.
    pub run: Vec<Breach>,
    /// Limits of single actors. These actors may not be changed; others may.
    pub actors: BTreeMap<ActorId, Vec<Breach>>,
}

/// Checks a plan against the limits. `spent` is the money that the run has spent so far.
pub fn check(plan: &RunPlan, spent: Usd, limits: &Limits) -> Breaches {
    let mut breaches = Breaches::default();
    let totals = &plan.totals;
    breaches.run.extend(count(
        "--max-delete",
        "to be removed",
        totals.to_trash,
        limits.max_delete,
    ));
    breaches.run.extend(count(
        "--max-generate",
        "to be generated",
        totals.to_generate,
        limits.max_generate,
    ));
    let cost = spent + totals.expected_generation_usd;
    breaches.run.extend(budget(cost, limits.budget));
    for (actor, assessed) in plan.to_change() {
        let removed = assessed.plan.count(Action::Remove);
        let have = assessed.seen.pictures.len();
        let mut found: Vec<Breach> = Vec::new();
        found.extend(count(
            "--max-delete-per-actor",
            "to be removed",
            removed,
            limits.max_delete_per_actor,
        ));
        found.extend(percent(removed, have, limits.max_delete_percent));
        found.extend(keep(removed, have, limits.min_keep));
        if !found.is_empty() {
            breaches.actors.insert(actor.actor.clone(), found);
        }
    }
    breaches
}

fn pictures(number: usize) -> String {
    format!("{number} picture{}", if number == 1 { "" } else { "s" })
}

fn count(flag: &'static str, what: &str, wanted: usize, limit: Option<usize>) -> Option<Breach> {
    let limit = limit?;
    (wanted > limit).then(|| Breach {
        flag,
        wanted: format!("{} {what}", pictures(wanted)),
        allowed: limit.to_string(),
        over: (wanted - limit).to_string(),
        would_allow: wanted.to_string(),
    })
}

/// Checks an expected cost against the budget.
pub fn budget(cost: Usd, limit: Option<Usd>) -> Option<Breach> {
    let limit = limit?;
    (cost > limit).then(|| Breach {
        flag: "--budget",
        wanted: format!("about {cost} in total"),
        allowed: limit.to_string(),
        over: Usd::from_nanos(cost.nanos() - limit.nanos()).to_string(),
        would_allow: whole_cents(cost),
    })
}

/// An amount in dollars, rounded up to whole cents: `0.09`. In integers, because a float may lie just
/// above a whole cent.
fn whole_cents(cost: Usd) -> String {
    let cents = cost.nanos().div_ceil(10_000_000);
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn percent(removed: usize, have: usize, limit: f64) -> Option<Breach> {
    if removed == 0 || have == 0 {
        return None;
    }
    let share = removed as f64 * 100.0 / have as f64;
    (share > limit).then(|| {
        let allowed = (limit * have as f64 / 100.0).floor() as usize;
        Breach {
            flag: "--max-delete-percent",
            wanted: format!(
                "{removed} of {} to be removed ({share:.0}%)",
                pictures(have)
            ),
            allowed: format!("{limit}%, {}", pictures(allowed)),
            over: removed.saturating_sub(allowed).to_string(),
            would_allow: format!("{}", share.ceil()),
        }
    })
}

fn keep(removed: usize, have: usize, limit: usize) -> Option<Breach> {
    let kept = have.saturating_sub(removed);
    (removed > 0 && kept < limit).then(|| Breach {
        flag: "--min-keep",
        wanted: format!("{removed} of {} to be removed", pictures(have)),
        allowed: have.saturating_sub(limit).to_string(),
        over: (limit - kept).min(removed).to_string(),
        would_allow: kept.to_string(),
    })
}

#[cfg(test)]
mod tests;
