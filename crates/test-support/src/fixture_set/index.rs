//! Contents of `index.json`: the expected result for each actor.

use super::member::{Member, Outcome, counts_of};
use crate::fixtures::{Expected, ExpectedPlan, Index, OutcomeKind};
use serde_json::Value;
use tdbal_types::Target;

pub(super) fn index(members: &[Member]) -> Value {
    let index = Index {
        schema_version: Index::SCHEMA_VERSION,
        actors: members.iter().map(expected).collect(),
    };
    serde_json::to_value(index).expect("plain values serialize to JSON")
}

fn expected(member: &Member) -> Expected {
    let names = |suffixes: &[&str]| suffixes.iter().map(|suffix| member.file(suffix)).collect();
    let before = member.counts();
    let (outcome, plan, after) = match member.outcome {
        Outcome::Balanced => (
            OutcomeKind::Balanced,
            Some(ExpectedPlan::default()),
            Some(before),
        ),
        Outcome::ToChange { remove, generate } => (
            OutcomeKind::ToChange,
            Some(ExpectedPlan {
                remove: names(remove),
                generate: counts_of(generate),
            }),
            Some(Target::STANDARD.counts()),
        ),
        Outcome::Unassessed => (OutcomeKind::Unassessed, None, None),
    };
    Expected {
        actor: member.name.to_owned(),
        title: member.title.to_owned(),
        outcome,
        sheet: member
            .shots
            .iter()
            .map(|shot| member.file(shot.suffix))
            .collect(),
        unreadable: member
            .shots
            .iter()
            .filter(|shot| !shot.readable())
            .map(|shot| member.file(shot.suffix))
            .collect(),
        unlisted: member
            .shots
            .iter()
            .filter(|shot| shot.index.is_none())
            .map(|shot| member.file(shot.suffix))
            .collect(),
        only_in_actor_manifest: member
            .stray
            .iter()
            .map(|stray| member.file(stray))
            .collect(),
        model_contradicts_itself: member.contradicts,
        counts_before: after.map(|_| before),
        plan,
        counts_after: after,
    }
}
