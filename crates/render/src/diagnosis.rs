//! What `tdbal doctor` prints.

use crate::style::Style;
use crate::words::count;
use doctor::{Diagnosis, Finding, FixPlan, FixReport, Group, Severity};
use serde::Serialize;
use std::fmt::Write as _;

/// The findings and fixes as `tdbal doctor --json` prints them.
#[derive(Debug, Serialize)]
pub struct DoctorJson<'a> {
    actors: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fixed: &'a [FixReport],
}

impl<'a> DoctorJson<'a> {
    /// The problems that are left, and the fixes that were made before.
    pub fn new(diagnosis: &'a Diagnosis, fixed: &'a [FixReport]) -> Self {
        Self {
            actors: diagnosis.actors,
            errors: diagnosis.count(Severity::Error),
            warnings: diagnosis.count(Severity::Warning),
            notes: diagnosis.count(Severity::Note),
            findings: &diagnosis.findings,
            fixed,
        }
    }
}

/// The findings in groups, then a line with the number of errors, warnings and notes.
pub fn doctor(diagnosis: &Diagnosis, style: &Style) -> String {
    let mut text = String::new();
    let findings = &diagnosis.findings;
    for group in findings.chunk_by(|a, b| a.group() == b.group()) {
        text.push_str(&of_group(group, style));
    }
    let errors = diagnosis.count(Severity::Error);
    let warnings = diagnosis.count(Severity::Warning);
    let _ = writeln!(
        text,
        "Checked {}: {}, {}",
        count(diagnosis.actors, "actor"),
        count(errors, "error"),
        count(warnings, "warning"),
    );
    let fixable = findings
        .iter()
        .filter(|finding| finding.is_fixable())
        .count();
    if fixable > 0 {
        let _ = writeln!(
            text,
            "hint: `tdbal doctor --fix` fixes {fixable} of these problems"
        );
    }
    text
}

/// A line for each finding, with the advice on a line below it.
fn of_group(findings: &[Finding], style: &Style) -> String {
    let mut text = String::new();
    let Some(first) = findings.first() else {
        return text;
    };
    let group: Group = first.group();
    let _ = writeln!(text, "{group}");
    for finding in findings {
        let line = format!("  {}: {}: {finding}", finding.severity(), finding.subject());
        text.push_str(&style.wrap(&line, 4));
        text.push_str(&style.wrap(&format!("    -> {}", finding.advice()), 7));
    }
    text.push('\n');
    text
}

/// What is about to be fixed, actor by actor.
pub fn fix_plan(plan: &FixPlan, style: &Style) -> String {
    let mut text = format!("Fixing, as run {}:\n", plan.run_id);
    for line in plan.lines() {
        text.push_str(&style.wrap(&format!("  {line}"), 4));
    }
    text
}

/// What was fixed and what failed.
pub fn fixed(report: &FixReport, style: &Style) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        if let Some(error) = &actor.error {
            text.push_str(&style.wrap(&format!("  {}: NOT FIXED: {error}", actor.actor), 4));
        }
    }
    let done = report.actors.len() - report.failed();
    let _ = writeln!(
        text,
        "Fixed {done} of {} as run {}; `tdbal undo` can revert it\n",
        count(report.actors.len(), "actor"),
        report.run_id,
    );
    text
}
