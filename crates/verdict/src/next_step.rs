//! Decides what to ask about a set next, until its plan is decided.

use crate::duplicates;
use crate::judge::{Verdict, judge_with};
use crate::look_policy::{LookPolicy, Votes};
use crate::observations::Observations;
use crate::picture::{PictureEvidence, Readable, Set, readable};
use crate::probability::{ClassProbabilities, probability_of_at_least};
use crate::rule::Rule;
use crate::settings::JudgingSettings;
use balance_planner::{Action, Inventory, PictureState, Plan, Policy, Protection, Reason, plan};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{Confidence, ImageClass, ImageName, Opinion};

/// What to do next about a set.
#[derive(Debug, Clone, PartialEq)]
pub enum NextStep {
    /// Show these pictures to the model on one sheet.
    Sheet {
        /// The number of the sheet, from 1.
        vote: u32,
        /// The pictures that lack this vote. Sort them with [`sheet_order`](crate::sheet_order).
        pictures: BTreeSet<ImageName>,
    },
    /// Show each of these pictures to the model alone.
    Close {
        /// The pictures that need a close look and have none.
        pictures: BTreeSet<ImageName>,
    },
    /// Nothing is left to ask.
    Decided(Box<Decision>),
}

/// The result for a set once nothing is left to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The verdict on each readable picture.
    pub verdicts: BTreeMap<ImageName, Verdict>,
    /// The keeper of each near-duplicate; keepers themselves are not listed.
    pub duplicates: BTreeMap<ImageName, ImageName>,
    /// Which pictures to keep, remove and generate.
    pub plan: Plan,
}

/// Returns what to ask about a set next, or the decision if nothing is left to ask.
///
/// Put the answers into the set and call the function again. No picture is asked the same thing
/// twice, so the calls come to an end.
///
/// With [`LookPolicy::Auto`] every picture that the plan removes has had a close look. Exceptions
/// are pictures that a person wants removed or whose class a person set, and sets with
/// [`JudgingSettings::one_sheet`].
pub fn next_step(
    set: &Set,
    protection: &Protection,
    policy: &Policy,
    settings: &JudgingSettings,
) -> NextStep {
    if let Some((vote, pictures)) = missing_votes(set, settings) {
        return NextStep::Sheet { vote, pictures };
    }
    if settings.look == LookPolicy::Close && !settings.one_sheet {
        let pictures = without_close_look(set, |_, picture| !picture.is_fully_labelled());
        if !pictures.is_empty() {
            return NextStep::Close { pictures };
        }
    }
    let groups = duplicates::groups(set, settings.thresholds.near_duplicate_max);
    let mut judged = JudgedSet::judge(set, settings, &groups);
    // Collected before the limits below, which a close look cannot lift.
    let unsure: BTreeSet<ImageName> = judged
        .verdicts
        .iter()
        .filter(|(_, verdict)| verdict.confidence == Confidence::Unsure)
        .map(|(name, _)| name.clone())
        .collect();
    let is_random = share_changing(set, settings) > settings.max_changing;
    for verdict in judged.verdicts.values_mut() {
        if is_random {
            verdict.limit_confidence(Confidence::Unsure, Rule::AnswersChange);
        }
        if settings.one_sheet {
            verdict.limit_confidence(Confidence::Likely, Rule::OneSheet);
        }
    }
    // Only now, because the keeper of a group depends on the scores.
    let keeper_by_duplicate =
        duplicates::keeper_by_duplicate(set, &groups, &judged.verdicts, protection);
    let plan_for = |verdicts: &BTreeMap<ImageName, Verdict>| {
        let inventory = inventory(set, verdicts, &keeper_by_duplicate);
        plan(&inventory, protection, policy)
    };
    let mut plan = plan_for(&judged.verdicts);
    // Close looks by a model that answers at random would be money wasted.
    if settings.look == LookPolicy::Auto && !settings.one_sheet && !is_random {
        // Pictures that a person wants removed go whatever a close look says.
        let removed: BTreeSet<&ImageName> = plan
            .with(Action::Remove)
            .map(|decision| &decision.name)
            .filter(|name| !protection.to_remove.contains(*name))
            .collect();
        let pictures = without_close_look(set, |name, picture| {
            !picture.has_labelled_class() && (removed.contains(name) || unsure.contains(name))
        });
        if !pictures.is_empty() {
            return NextStep::Close { pictures };
        }
    }
    if settings.look != LookPolicy::Sheet {
        let uncertain = uncertain_excess(
            set,
            &judged,
            &keeper_by_duplicate,
            &plan,
            protection,
            settings,
        );
        // Planned again, so the uncertain pictures become questions. Nothing is removed in their
        // place, because unsure pictures use up a removal.
        if !uncertain.is_empty() {
            for name in &uncertain {
                if let Some(verdict) = judged.verdicts.get_mut(name) {
                    verdict.limit_confidence(Confidence::Unsure, Rule::PlaceUncertain);
                }
            }
            plan = plan_for(&judged.verdicts);
        }
    }
    NextStep::Decided(Box::new(Decision {
        verdicts: judged.verdicts,
        duplicates: keeper_by_duplicate,
        plan,
    }))
}

/// The verdict and the class probabilities of each readable picture of a set.
struct JudgedSet {
    verdicts: BTreeMap<ImageName, Verdict>,
    probabilities: BTreeMap<ImageName, ClassProbabilities>,
}

impl JudgedSet {
    fn judge(set: &Set, settings: &JudgingSettings, groups: &[BTreeSet<ImageName>]) -> Self {
        let mut observed: BTreeMap<&ImageName, Observations> = readable(set)
            .map(|(name, picture)| (name, observations(picture, settings)))
            .collect();
        let all: Vec<&Observations> = observed.values().collect();
        let posteriors = ClassProbabilities::posteriors_of_set(&all, &settings.rates);
        let probabilities: BTreeMap<ImageName, ClassProbabilities> = observed
            .keys()
            .map(|name| (*name).clone())
            .zip(posteriors)
            .collect();
        let verdicts = |observed: &BTreeMap<&ImageName, Observations>| {
            observed
                .iter()
                .filter_map(|(name, observations)| {
                    let probabilities = probabilities.get(*name)?;
                    let verdict = judge_with(observations, &settings.scoring, probabilities)?;
                    Some(((*name).clone(), verdict))
                })
                .collect::<BTreeMap<ImageName, Verdict>>()
        };
        // Near-duplicates can only be compared once each picture has a verdict of its own.
        let first = verdicts(&observed);
        for name in duplicates::with_differing_classes(groups, &first) {
            if let Some(observations) = observed.get_mut(name) {
                observations.twins_differ = true;
            }
        }
        Self {
            verdicts: verdicts(&observed),
            probabilities,
        }
    }

    fn probability(&self, name: &ImageName, class: ImageClass) -> f64 {
        self.probabilities
            .get(name)
            .map_or(0.0, |probabilities| probabilities[class])
    }
}

/// The pictures that the plan removes as [excess](Reason::Excess) although the probability that
/// this is right is below [`JudgingSettings::min_chance`].
///
/// Removing a picture is right if it is of its class, and so are at least as many better pictures
/// as the target has places. Pictures marked to keep take a place whatever their quality. Labelled
/// classes are certain.
fn uncertain_excess(
    set: &Set,
    judged: &JudgedSet,
    keeper_by_duplicate: &BTreeMap<ImageName, ImageName>,
    plan: &Plan,
    protection: &Protection,
    settings: &JudgingSettings,
) -> BTreeSet<ImageName> {
    let rank = |name: &ImageName, picture: &Readable| {
        let score = judged.verdicts.get(name).map(|verdict| verdict.score);
        (protection.kept.contains(name), score, picture.pixels())
    };
    let below_floor: BTreeSet<&ImageName> = plan
        .with(Action::Remove)
        .filter(|decision| matches!(decision.reason, Reason::BelowFloor { .. }))
        .map(|decision| &decision.name)
        .collect();
    // Pictures that are removed for another reason take no place in the target.
    let mut ranked: Vec<_> = readable(set)
        .filter(|(name, _)| {
            !keeper_by_duplicate.contains_key(*name)
                && !protection.to_remove.contains(*name)
                && !below_floor.contains(*name)
        })
        .map(|(name, picture)| (rank(name, picture), Reverse(name)))
        .collect();
    ranked.sort_unstable_by(|one, other| other.cmp(one));
    let position: BTreeMap<&ImageName, usize> = ranked
        .iter()
        .enumerate()
        .map(|(at, (_, Reverse(name)))| (*name, at))
        .collect();
    plan.with(Action::Remove)
        .filter_map(|decision| {
            let Reason::Excess { wanted, .. } = decision.reason else {
                return None;
            };
            let name = &decision.name;
            let class = judged.verdicts.get(name)?.class;
            let better = ranked.iter().take(*position.get(name)?);
            let chances = better.map(|(_, Reverse(better))| judged.probability(better, class));
            let chance = judged.probability(name, class) * probability_of_at_least(wanted, chances);
            (chance < settings.min_chance).then(|| name.clone())
        })
        .collect()
}

/// The pictures that need a close look, by `is_needed`, and have none.
fn without_close_look(
    set: &Set,
    mut is_needed: impl FnMut(&ImageName, &Readable) -> bool,
) -> BTreeSet<ImageName> {
    readable(set)
        .filter(|(name, picture)| picture.close.is_none() && is_needed(name, picture))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The votes of a picture that the settings ask for, in order.
///
/// Other votes, for instance of an earlier run with other settings, are ignored: the same settings
/// must always give the same verdict.
fn counted_votes<'a>(
    picture: &'a Readable,
    settings: &JudgingSettings,
) -> impl Iterator<Item = &'a Opinion> {
    let last = match settings.votes {
        _ if settings.one_sheet => 1,
        _ if settings.look == LookPolicy::Close => 0,
        Votes::Auto => 3,
        Votes::Fixed(number) => number.get(),
    };
    picture.votes.range(..=last).map(|(_, opinion)| opinion)
}

/// The first sheet that any picture is missing from, with the pictures to show on it.
fn missing_votes(set: &Set, settings: &JudgingSettings) -> Option<(u32, BTreeSet<ImageName>)> {
    let needed = match (settings.one_sheet, settings.look, settings.votes) {
        (true, _, _) => 1,
        (false, LookPolicy::Close, _) => 0,
        (false, _, Votes::Fixed(number)) => number.get(),
        (false, _, Votes::Auto) => {
            // A label settles the class, so votes that differ from each other do not matter.
            let disagree = readable(set)
                .filter(|(_, picture)| !picture.has_labelled_class())
                .any(|(_, picture)| votes_differ(picture, settings));
            if disagree { 3 } else { 2 }
        }
    };
    (1..=needed).find_map(|vote| {
        let pictures: BTreeSet<ImageName> = readable(set)
            // A recorded sheet can only be replayed with the same pictures as when it was recorded.
            .filter(|(_, picture)| settings.one_sheet || !picture.is_fully_labelled())
            .filter(|(_, picture)| !picture.votes.contains_key(&vote))
            .map(|(name, _)| name.clone())
            .collect();
        (!pictures.is_empty()).then_some((vote, pictures))
    })
}

/// Whether the counted votes of a picture name more than one class.
fn votes_differ(picture: &Readable, settings: &JudgingSettings) -> bool {
    let mut classes = counted_votes(picture, settings).map(|vote| vote.class);
    classes
        .next()
        .is_some_and(|first| classes.any(|class| class != first))
}

/// The share of pictures with several votes, 0 to 1, whose votes name more than one class.
fn share_changing(set: &Set, settings: &JudgingSettings) -> f64 {
    let with_several =
        readable(set).filter(|(_, picture)| counted_votes(picture, settings).count() > 1);
    let (mut all, mut changed) = (0_usize, 0_usize);
    for (_, picture) in with_several {
        all += 1;
        changed += usize::from(votes_differ(picture, settings));
    }
    changed as f64 / all.max(1) as f64
}

/// Everything known about a picture that the settings admit, without its near-duplicates.
fn observations(picture: &Readable, settings: &JudgingSettings) -> Observations {
    Observations {
        votes: counted_votes(picture, settings).cloned().collect(),
        close: picture
            .close
            .clone()
            .filter(|_| settings.look != LookPolicy::Sheet),
        tone: Some(settings.thresholds.tone(&picture.measures)),
        provenance: picture.provenance,
        label: picture.label,
        twins_differ: false,
    }
}

/// The input of the planner: each picture with its verdict.
fn inventory(
    set: &Set,
    verdicts: &BTreeMap<ImageName, Verdict>,
    keeper_by_duplicate: &BTreeMap<ImageName, ImageName>,
) -> Inventory {
    set.iter()
        .filter_map(|(name, evidence)| {
            let state = match evidence {
                PictureEvidence::Unreadable => PictureState::Unreadable,
                PictureEvidence::Readable(picture) => {
                    let verdict = verdicts.get(name)?;
                    PictureState::Assessed {
                        class: verdict.class,
                        quality: verdict.score,
                        pixels: picture.pixels(),
                        confidence: verdict.confidence,
                        duplicate_of: keeper_by_duplicate.get(name).cloned(),
                    }
                }
            };
            Some((name.clone(), state))
        })
        .collect()
}

#[cfg(test)]
mod tests;
