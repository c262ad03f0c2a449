//! What the doctor found and mended.

use super::count;
use doctor::{Diagnosis, Finding, FixPlan, FixReport, Group, Severity};
use serde::Serialize;
use std::fmt::Write as _;

/// What `tdbal doctor --json` prints.
#[derive(Serialize)]
pub(crate) struct DoctorJson<'a> {
    actors: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fixed: &'a [FixReport],
}

impl<'a> DoctorJson<'a> {
    /// Of what was found after all was mended, and of what was mended.
    pub(crate) fn new(examination: &'a Diagnosis, fixed: &'a [FixReport]) -> Self {
        Self {
            actors: examination.actors,
            errors: examination.count(Severity::Error),
            warnings: examination.count(Severity::Warning),
            notes: examination.count(Severity::Note),
            findings: &examination.findings,
            fixed,
        }
    }
}

/// What `tdbal doctor` prints: a line for each finding, in groups, and one for all.
pub(crate) fn doctor(examination: &Diagnosis) -> String {
    let mut text = String::new();
    let findings = &examination.findings;
    for group in findings.chunk_by(|a, b| a.group() == b.group()) {
        text.push_str(&of_group(group));
    }
    let fixable = findings
        .iter()
        .filter(|finding| finding.is_fixable())
        .count();
    if fixable > 0 {
        let _ = writeln!(text, "{fixable} of these can be mended: tdbal doctor --fix");
    }
    let _ = writeln!(
        text,
        "Doctor: {}, {}, {} looked at.",
        count(examination.count(Severity::Error), "error"),
        count(examination.count(Severity::Warning), "warning"),
        count(examination.actors, "actor"),
    );
    text
}

fn of_group(findings: &[Finding]) -> String {
    let mut text = String::new();
    let Some(first) = findings.first() else {
        return text;
    };
    let group: Group = first.group();
    let _ = writeln!(text, "{group}");
    let subjects: Vec<String> = findings.iter().map(Finding::subject).collect();
    let widths = subjects.iter().map(|subject| subject.chars().count());
    let width = widths.max().unwrap_or(0);
    for (finding, subject) in findings.iter().zip(&subjects) {
        let _ = writeln!(
            text,
            "  {:<7}  {subject:<width$}  {finding} -> {}",
            finding.severity(),
            finding.advice(),
        );
    }
    text.push('\n');
    text
}

/// What is about to be mended.
pub(crate) fn fix_plan(plan: &FixPlan) -> String {
    let mut text = format!("Mending, as run {}:\n", plan.run_id);
    for line in plan.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// What was mended.
pub(crate) fn fixed(report: &FixReport) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        if let Some(error) = &actor.error {
            let _ = writeln!(text, "  {}: NOT MENDED: {error}", actor.actor);
        }
    }
    let mended = report.actors.len() - report.failed();
    let _ = writeln!(
        text,
        "Mended: {mended} of {}, as run {}; tdbal undo takes it back\n",
        count(report.actors.len(), "actor"),
        report.run_id,
    );
    text
}
