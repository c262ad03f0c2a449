//! Limits of what a run may do, checked on its plan before anything is touched. Pure.

use crate::plan::RunPlan;
use balance_planner::Action;
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::{ActorId, Usd};

/// What a run may do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// How many pictures all actors may lose.
    pub max_delete: Option<usize>,
    /// How many pictures an actor may lose.
    pub max_delete_per_actor: Option<usize>,
    /// Which share of its pictures an actor may lose, in percent.
    pub max_delete_percent: f64,
    /// How many of its pictures an actor must keep; new ones do not count.
    pub min_keep: usize,
    /// How many pictures may be generated.
    pub max_generate: Option<usize>,
    /// What evaluation and generation may cost together.
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

/// A limit that a plan passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// The flag that sets it.
    pub flag: &'static str,
    /// What was asked for, in words.
    pub wanted: String,
    /// What is allowed, in words.
    pub allowed: String,
    /// By how much it is passed, in words.
    pub over: String,
    /// The value of the flag with which it would be allowed.
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

/// Which limits a plan passes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Breaches {
    /// Limits of the whole run: nothing of it may be done.
    pub run: Vec<Breach>,
    /// Limits of single actors: those may not be touched.
    pub actors: BTreeMap<ActorId, Vec<Breach>>,
}

/// Checks a plan, of a run that has spent so much already.
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

/// What a budget says of a cost that is to be expected.
pub fn budget(cost: Usd, limit: Option<Usd>) -> Option<Breach> {
    let limit = limit?;
    (cost > limit).then(|| Breach {
        flag: "--budget",
        wanted: format!("about {cost} in all"),
        allowed: limit.to_string(),
        over: Usd::from_nanos(cost.nanos() - limit.nanos()).to_string(),
        would_allow: format!("{:.2}", (cost.dollars() * 100.0).ceil() / 100.0),
    })
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
            allowed: format!("{limit}% ({allowed})"),
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
