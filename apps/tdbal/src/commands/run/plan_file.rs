//! Reads and writes plan files.

use anyhow::Context as _;
use run_plan::plan::RunPlan;
use std::io::Read as _;
use std::path::Path;

/// The path that stands for standard input and output.
pub(super) const STANDARD: &str = "-";

/// Reads a plan from a file, or from standard input for `-`.
///
/// # Errors
/// When the file cannot be read or is not a plan.
pub(super) fn read(path: &Path) -> anyhow::Result<RunPlan> {
    let mut bytes = Vec::new();
    if path.as_os_str() == STANDARD {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("cannot read the plan from standard input")?;
    } else {
        bytes = std::fs::read(path)
            .with_context(|| format!("cannot read the plan {}", path.display()))?;
    }
    RunPlan::parse(&bytes).with_context(|| format!("cannot use the plan {}", path.display()))
}
