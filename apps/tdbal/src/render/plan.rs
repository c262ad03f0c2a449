//! A plan for people: what goes, what is made, what needs somebody.

use super::{count, moment, several};
use balance_planner::{Action, Decision, Reason};
use replicate_gen::Prompt;
use run_plan::plan::{ActorOutcome, ActorPlan, PlanTotals, PlannedChange, RunPlan};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tdbal_types::{ActorId, Usd};

/// So many characters of a prompt are shown.
const PROMPT_WIDTH: usize = 60;
/// Up to so many actors with nothing to do are named.
const MOST_NAMED: usize = 10;

/// What a line is about; the sign says it, colour only as well.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// A picture goes.
    Remove,
    /// One is made.
    Generate,
    /// Somebody has to look.
    Person,
}

impl Sign {
    const fn text(self) -> &'static str {
        match self {
            Self::Remove => "-",
            Self::Generate => "+",
            Self::Person => "!",
        }
    }

    /// The terminal's code: red, green, yellow.
    const fn colour(self) -> &'static str {
        match self {
            Self::Remove => "\u{1b}[31m",
            Self::Generate => "\u{1b}[32m",
            Self::Person => "\u{1b}[33m",
        }
    }
}

/// The terminal's code that ends a colour.
const PLAIN: &str = "\u{1b}[0m";

/// A plan: a block for each actor that something is to be said of, and one last line.
pub(crate) fn plan(plan: &RunPlan, has_colour: bool) -> String {
    let mut text = head(plan);
    let blocks = Blocks { plan, has_colour };
    for actor in &plan.actors {
        text.push_str(&blocks.block(actor));
    }
    text.push_str(&nothing_to_do(plan));
    let _ = writeln!(text, "\n{}", last_line(&plan.totals));
    text
}

fn head(plan: &RunPlan) -> String {
    let mut text = format!(
        "Plan of run {} ({} UTC)\n",
        plan.run_id,
        moment(&plan.created_at)
    );
    let _ = writeln!(text, "Data: {}", plan.basis.data_dir);
    let cost = plan.totals.evaluation_cost_usd;
    let for_so_much = if cost > Usd::ZERO {
        format!(", for {cost}")
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "Judged by: {}{for_so_much}",
        plan.settings.model.model
    );
    if plan.totals.to_generate > 0 {
        let _ = writeln!(text, "New pictures by: {}", plan.settings.generator.model);
    }
    text
}

/// The line that everything amounts to.
pub(crate) fn last_line(totals: &PlanTotals) -> String {
    format!(
        "Plan: {} to trash, {} to generate, {} to review, {} not assessed. About {}.",
        totals.to_trash,
        totals.to_generate,
        totals.to_review,
        count(totals.not_assessed, "actor"),
        cents(totals.expected_generation_usd),
    )
}

/// An amount in dollars and cents, rounded up.
fn cents(amount: Usd) -> String {
    let cents = amount.nanos().div_ceil(10_000_000);
    format!("${}.{:02}", cents / 100, cents % 100)
}

struct Blocks<'a> {
    plan: &'a RunPlan,
    has_colour: bool,
}

impl Blocks<'_> {
    fn line(&self, sign: Sign, cells: &[(&str, usize)]) -> String {
        let mut text = format!(" {}", sign.text());
        for (place, (cell, width)) in cells.iter().enumerate() {
            let gap = if place == 0 { " " } else { "  " };
            let _ = write!(text, "{gap}{cell:<width$}");
        }
        let text = text.trim_end();
        if self.has_colour {
            format!("{}{text}{PLAIN}\n", sign.colour())
        } else {
            format!("{text}\n")
        }
    }

    /// What is to be said of an actor; nothing, where there is nothing to do and nothing to see.
    fn block(&self, actor: &ActorPlan) -> String {
        let mut lines = String::new();
        let mut head = actor.actor.to_string();
        match &actor.finding {
            ActorOutcome::Assessed(assessed) => {
                let plan = &assessed.plan;
                let _ = write!(head, "  {}", plan.before);
                if !plan.is_empty() {
                    let _ = write!(head, " -> {}", plan.after);
                }
                if plan.after != plan.target && !plan.is_balanced {
                    let _ = write!(head, " (wanted {})", plan.target);
                }
                lines.push_str(&self.removals(assessed));
                lines.push_str(&self.orders(assessed));
                lines.push_str(&stays(assessed));
                lines.push_str(&self.reviews(assessed));
            }
            ActorOutcome::Unassessed { error } | ActorOutcome::Failed { error } => {
                lines.push_str(&self.line(Sign::Person, &[(error, 0)]));
            }
            ActorOutcome::Remaining => {
                let why = "not looked at: the run ended before it was its turn";
                lines.push_str(&self.line(Sign::Person, &[(why, 0)]));
            }
            ActorOutcome::Skipped { .. } => {}
        }
        for warning in &actor.warnings {
            lines.push_str(&self.line(Sign::Person, &[(warning, 0)]));
        }
        if lines.is_empty() {
            return lines;
        }
        format!("\n{head}\n{lines}")
    }

    fn removals(&self, assessed: &PlannedChange) -> String {
        let removed: Vec<&Decision> = assessed.plan.with(Action::Remove).collect();
        let cells: Vec<[String; 5]> = removed
            .into_iter()
            .map(|decision| {
                let seen = assessed.picture(&decision.name);
                let class = seen.and_then(|seen| seen.class);
                let quality = seen.and_then(|seen| seen.quality);
                let mut reason = decision.reason.to_string();
                let faults = seen.map_or(&[][..], |seen| &seen.faults);
                if !faults.is_empty() {
                    let faults: Vec<&str> = faults.iter().map(|fault| fault.as_str()).collect();
                    let _ = write!(reason, "; {}", faults.join(", "));
                }
                let confidence = seen.and_then(|seen| seen.confidence);
                [
                    decision.name.to_string(),
                    class.map_or_else(|| "unreadable".to_owned(), |class| class.to_string()),
                    quality.map_or_else(|| "-".to_owned(), |q| format!("quality {q}")),
                    confidence.map_or_else(|| "-".to_owned(), |c| c.to_string()),
                    reason,
                ]
            })
            .collect();
        self.aligned(Sign::Remove, &cells)
    }

    fn orders(&self, assessed: &PlannedChange) -> String {
        let price = self.plan.settings.picture_price_usd;
        let cells: Vec<[String; 3]> = assessed
            .orders
            .iter()
            .map(|order| [order.class.to_string(), cents(price), first_words(order)])
            .collect();
        self.aligned(Sign::Generate, &cells)
    }

    fn reviews(&self, assessed: &PlannedChange) -> String {
        let cells: Vec<[String; 2]> = assessed
            .plan
            .with(Action::Review)
            .map(|decision| {
                let seen = assessed.picture(&decision.name);
                let rules: Vec<String> = seen
                    .map_or(&[][..], |seen| &seen.rules)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let because = if rules.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", rules.join("; "))
                };
                let reason = format!("{}{because}", decision.reason);
                [decision.name.to_string(), reason]
            })
            .collect();
        self.aligned(Sign::Person, &cells)
    }

    /// Lines of which every column but the last is as wide as its widest cell.
    fn aligned<const N: usize>(&self, sign: Sign, rows: &[[String; N]]) -> String {
        let mut widths = [0; N];
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let lines = rows.iter().map(|row| {
            let cells = row.iter().map(String::as_str).zip(widths);
            self.line(sign, &cells.collect::<Vec<_>>())
        });
        lines.collect()
    }
}

/// How many pictures stay that would go, and why: it tells why a set does not end on its target.
fn stays(assessed: &PlannedChange) -> String {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for decision in assessed.plan.with(Action::Keep) {
        match &decision.reason {
            Reason::KeptByHand
            | Reason::SetIsGood
            | Reason::ExcessKept { .. }
            | Reason::DuplicateKept { .. }
            | Reason::BelowFloorKept { .. }
            | Reason::RemovalPostponed
            | Reason::ReplaceLimit { .. } => {
                *reasons.entry(decision.reason.to_string()).or_default() += 1;
            }
            _ => {}
        }
    }
    let lines = reasons.into_iter().map(|(reason, pictures)| {
        let stay = several(pictures, "stays", "stay");
        format!("   {} {stay}: {reason}\n", count(pictures, "picture"))
    });
    lines.collect()
}

/// The first words of a prompt.
fn first_words(prompt: &Prompt) -> String {
    let mut text = String::new();
    for word in prompt.text.split_whitespace() {
        if text.chars().count() + word.chars().count() >= PROMPT_WIDTH {
            text.push_str("...");
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The actors that have no block, by why there is nothing to do.
fn nothing_to_do(plan: &RunPlan) -> String {
    let mut groups: BTreeMap<&str, Vec<&ActorId>> = BTreeMap::new();
    for actor in &plan.actors {
        let why = match &actor.finding {
            ActorOutcome::Assessed(assessed) if assessed.plan.is_empty() => {
                if !assessed.plan.questions.is_empty() {
                    "before a person says what some pictures are"
                } else if assessed.plan.is_balanced {
                    "balanced"
                } else {
                    "not balanced, but no more is allowed"
                }
            }
            ActorOutcome::Skipped { reason } => reason,
            _ => continue,
        };
        groups.entry(why).or_default().push(&actor.actor);
    }
    let mut text = String::new();
    for (why, actors) in groups {
        let names: Vec<&str> = actors.iter().map(|actor| actor.as_str()).collect();
        let named = if names.len() <= MOST_NAMED {
            format!(": {}", names.join(", "))
        } else {
            String::new()
        };
        let number = count(actors.len(), "actor");
        let _ = writeln!(text, "Nothing to do for {number} ({why}){named}");
    }
    if !text.is_empty() {
        text.insert(0, '\n');
    }
    text
}

#[cfg(test)]
mod tests;
