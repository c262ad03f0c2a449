//! Variables that a run needs and that are not set.

/// Collects what is missing, to report all of it at once.
#[derive(Debug, Default)]
pub(crate) struct Missing(Vec<String>);

impl Missing {
    /// Adds a line that names a variable and what it is needed for.
    pub(crate) fn push(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    /// Adds a line if there is one.
    pub(crate) fn extend(&mut self, line: Option<String>) {
        self.0.extend(line);
    }

    /// Fails if anything is missing.
    ///
    /// # Errors
    /// One message that lists everything missing.
    pub(crate) fn check(self) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        anyhow::bail!(
            "this run needs variables that are not set; set them in the environment or in .env:\n  \
             {}\nNothing was changed.",
            self.0.join("\n  ")
        )
    }
}
