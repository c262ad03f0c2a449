//! What to ask about a set, until it is decided.

use crate::duplicates;
use crate::judge::{Verdict, judge_among};
use crate::look_policy::{LookPolicy, Votes};
use crate::observations::Observations;
use crate::picture::{PictureEvidence, Readable, Set, readable};
use crate::probability::{Odds, at_least};
use crate::rule::Rule;
use crate::settings::JudgingSettings;
use balance_planner::{Action, Inventory, PictureState, Plan, Policy, Protection, Reason, plan};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{Confidence, ImageClass, ImageName, Opinion};

/// What to do next about a set.
#[derive(Debug, Clone, PartialEq)]
pub enum NextStep {
    /// Show these pictures on a sheet: those that lack this vote.
    Sheet {
        /// The number of the sheet, from 1.
        vote: u32,
        /// What is on it; its order is [`crate::sheet_order`]'s.
        pictures: BTreeSet<ImageName>,
    },
    /// Look at each of these alone.
    Close {
        /// The pictures.
        pictures: BTreeSet<ImageName>,
    },
    /// Nothing: this is what follows.
    Decided(Box<Decision>),
}

/// What follows from all that was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What to believe of every readable picture.
    pub verdicts: BTreeMap<ImageName, Verdict>,
    /// Every near-duplicate but the keeper of its group, with that keeper.
    pub duplicates: BTreeMap<ImageName, ImageName>,
    /// What is to be done.
    pub plan: Plan,
}

/// What to ask next about a set, or what follows if nothing is left to ask. Put the answers into the
/// set and call again: every picture is asked each thing once at most, so that it ends.
///
/// Under [`LookPolicy::Auto`] whatever the plan removes was looked at alone, except what a person said
/// should go or said the class of, and a recorded sheet of the old form.
pub fn next_step(
    set: &Set,
    protection: &Protection,
    policy: &Policy,
    inquiry: &JudgingSettings,
) -> NextStep {
    if let Some((vote, pictures)) = missing_votes(set, inquiry) {
        return NextStep::Sheet { vote, pictures };
    }
    if inquiry.look == LookPolicy::Close && !inquiry.one_sheet {
        let pictures = unlooked(set, |_, picture| !picture.is_settled());
        if !pictures.is_empty() {
            return NextStep::Close { pictures };
        }
    }
    let groups = duplicates::groups(set, inquiry.thresholds.near_duplicate_max);
    let mut known = Known::of(set, inquiry, &groups);
    let conflicting: BTreeSet<ImageName> = known
        .verdicts
        .iter()
        .filter(|(_, verdict)| verdict.confidence == Confidence::Unsure)
        .map(|(name, _)| name.clone())
        .collect();
    let is_chance = changing(set, inquiry) > inquiry.max_changing;
    for verdict in known.verdicts.values_mut() {
        if is_chance {
            verdict.cap(Confidence::Unsure, Rule::AnswersChange);
        }
        if inquiry.one_sheet {
            verdict.cap(Confidence::Likely, Rule::OneSheet);
        }
    }
    let duplicates = duplicates::beyond_keeper(set, &groups, &known.verdicts, protection);
    let decide = |verdicts: &BTreeMap<ImageName, Verdict>| {
        plan(&inventory(set, verdicts, &duplicates), protection, policy)
    };
    let mut plan = decide(&known.verdicts);
    if inquiry.look == LookPolicy::Auto && !inquiry.one_sheet && !is_chance {
        let removed: BTreeSet<&ImageName> = plan
            .with(Action::Remove)
            .map(|decision| &decision.name)
            .filter(|name| !protection.to_remove.contains(*name))
            .collect();
        let pictures = unlooked(set, |name, picture| {
            !picture.is_class_settled() && (removed.contains(name) || conflicting.contains(name))
        });
        if !pictures.is_empty() {
            return NextStep::Close { pictures };
        }
    }
    if inquiry.look != LookPolicy::Sheet {
        let uncertain = uncertain(set, &known, &duplicates, &plan, protection, inquiry);
        if !uncertain.is_empty() {
            for name in &uncertain {
                if let Some(verdict) = known.verdicts.get_mut(name) {
                    verdict.cap(Confidence::Unsure, Rule::PlaceUncertain);
                }
            }
            plan = decide(&known.verdicts);
        }
    }
    NextStep::Decided(Box::new(Decision {
        verdicts: known.verdicts,
        duplicates,
        plan,
    }))
}

/// What is to be believed of all readable pictures of a set.
struct Known {
    verdicts: BTreeMap<ImageName, Verdict>,
    odds: BTreeMap<ImageName, Odds>,
}

impl Known {
    fn of(set: &Set, inquiry: &JudgingSettings, groups: &[BTreeSet<ImageName>]) -> Self {
        let mut testimonies: BTreeMap<&ImageName, Observations> = readable(set)
            .map(|(name, picture)| (name, testimony(picture, inquiry)))
            .collect();
        let all: Vec<&Observations> = testimonies.values().collect();
        let odds: Vec<Odds> = Odds::of_set(&all, &inquiry.rates);
        let odds: BTreeMap<ImageName, Odds> = testimonies
            .keys()
            .map(|name| (*name).clone())
            .zip(odds)
            .collect();
        let verdicts = |testimonies: &BTreeMap<&ImageName, Observations>| {
            testimonies
                .iter()
                .filter_map(|(name, testimony)| {
                    let odds = odds.get(*name)?;
                    let verdict = judge_among(testimony, &inquiry.scoring, odds)?;
                    Some(((*name).clone(), verdict))
                })
                .collect::<BTreeMap<ImageName, Verdict>>()
        };
        let apart = verdicts(&testimonies);
        for name in duplicates::differing(groups, &apart) {
            if let Some(testimony) = testimonies.get_mut(name) {
                testimony.twins_differ = true;
            }
        }
        Self {
            verdicts: verdicts(&testimonies),
            odds,
        }
    }

    fn chance(&self, name: &ImageName, class: ImageClass) -> f64 {
        self.odds.get(name).map_or(0.0, |odds| odds[class])
    }
}

/// The pictures that the plan removes as too many of their class and of which that is not probable
/// enough.
///
/// A picture is rightly removed if it is of its class, and at least as many better ones as are wanted
/// are of it too. Marked ones stay, and so take a place whatever their quality. What a person said is
/// believed.
fn uncertain(
    set: &Set,
    known: &Known,
    duplicates: &BTreeMap<ImageName, ImageName>,
    plan: &Plan,
    protection: &Protection,
    inquiry: &JudgingSettings,
) -> BTreeSet<ImageName> {
    let rank = |name: &ImageName, picture: &Readable| {
        let score = known.verdicts.get(name).map(|verdict| verdict.score);
        (protection.kept.contains(name), score, picture.pixels())
    };
    // What leaves anyway takes no place.
    let poor: BTreeSet<&ImageName> = plan
        .with(Action::Remove)
        .filter(|decision| matches!(decision.reason, Reason::BelowFloor { .. }))
        .map(|decision| &decision.name)
        .collect();
    let mut ranked: Vec<_> = readable(set)
        .filter(|(name, _)| {
            !duplicates.contains_key(*name)
                && !protection.to_remove.contains(*name)
                && !poor.contains(*name)
        })
        .map(|(name, picture)| (rank(name, picture), Reverse(name)))
        .collect();
    ranked.sort_unstable_by(|one, other| other.cmp(one));
    let place: BTreeMap<&ImageName, usize> = ranked
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
            let class = known.verdicts.get(name)?.class;
            let better = ranked.iter().take(*place.get(name)?);
            let chances = better.map(|(_, Reverse(better))| known.chance(better, class));
            let chance = known.chance(name, class) * at_least(wanted, chances);
            (chance < inquiry.min_chance).then(|| name.clone())
        })
        .collect()
}

/// The pictures that were not looked at alone yet and are to be.
fn unlooked(
    set: &Set,
    mut is_wanted: impl FnMut(&ImageName, &Readable) -> bool,
) -> BTreeSet<ImageName> {
    readable(set)
        .filter(|(name, picture)| picture.close.is_none() && is_wanted(name, picture))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The votes that count, in order. What is known beyond what is asked for, as from an earlier run with
/// other settings, has no say.
fn votes<'a>(
    picture: &'a Readable,
    inquiry: &JudgingSettings,
) -> impl Iterator<Item = &'a Opinion> {
    let last = match inquiry.votes {
        _ if inquiry.one_sheet => 1,
        _ if inquiry.look == LookPolicy::Close => 0,
        Votes::Auto => 3,
        Votes::Fixed(number) => number.get(),
    };
    picture.votes.range(..=last).map(|(_, opinion)| opinion)
}

/// The first vote that any picture lacks, and which lack it.
fn missing_votes(set: &Set, inquiry: &JudgingSettings) -> Option<(u32, BTreeSet<ImageName>)> {
    let wanted = match (inquiry.one_sheet, inquiry.look, inquiry.votes) {
        (true, _, _) => 1,
        (false, LookPolicy::Close, _) => 0,
        (false, _, Votes::Fixed(number)) => number.get(),
        (false, _, Votes::Auto) => {
            let disagree = readable(set)
                .filter(|(_, picture)| !picture.is_class_settled())
                .any(|(_, picture)| is_changing(picture, inquiry));
            if disagree { 3 } else { 2 }
        }
    };
    (1..=wanted).find_map(|vote| {
        let pictures: BTreeSet<ImageName> = readable(set)
            // A recorded sheet answers for all of its pictures or for none.
            .filter(|(_, picture)| inquiry.one_sheet || !picture.is_settled())
            .filter(|(_, picture)| !picture.votes.contains_key(&vote))
            .map(|(name, _)| name.clone())
            .collect();
        (!pictures.is_empty()).then_some((vote, pictures))
    })
}

/// Whether its votes differ in class.
fn is_changing(picture: &Readable, inquiry: &JudgingSettings) -> bool {
    let mut classes = votes(picture, inquiry).map(|vote| vote.class);
    classes
        .next()
        .is_some_and(|first| classes.any(|class| class != first))
}

/// The share of the pictures with several votes whose class changes between them.
fn changing(set: &Set, inquiry: &JudgingSettings) -> f64 {
    let voted = readable(set).filter(|(_, picture)| votes(picture, inquiry).count() > 1);
    let (mut all, mut changed) = (0_usize, 0_usize);
    for (_, picture) in voted {
        all += 1;
        changed += usize::from(is_changing(picture, inquiry));
    }
    changed as f64 / all.max(1) as f64
}

/// All that is known of a picture by itself.
fn testimony(picture: &Readable, inquiry: &JudgingSettings) -> Observations {
    Observations {
        votes: votes(picture, inquiry).cloned().collect(),
        close: picture
            .close
            .clone()
            .filter(|_| inquiry.look != LookPolicy::Sheet),
        tone: Some(inquiry.thresholds.tone(&picture.measures)),
        provenance: picture.provenance,
        label: picture.label,
        twins_differ: false,
    }
}

/// The set as the planner sees it.
fn inventory(
    set: &Set,
    verdicts: &BTreeMap<ImageName, Verdict>,
    duplicates: &BTreeMap<ImageName, ImageName>,
) -> Inventory {
    set.iter()
        .filter_map(|(name, exhibit)| {
            let state = match exhibit {
                PictureEvidence::Unreadable => PictureState::Unreadable,
                PictureEvidence::Readable(picture) => {
                    let verdict = verdicts.get(name)?;
                    PictureState::Assessed {
                        class: verdict.class,
                        quality: verdict.score,
                        pixels: picture.pixels(),
                        confidence: verdict.confidence,
                        duplicate_of: duplicates.get(name).cloned(),
                    }
                }
            };
            Some((name.clone(), state))
        })
        .collect()
}

#[cfg(test)]
mod tests;
