//! Everything that changing actors needs.

use crate::data_folder::DataFolder;
use dataset::census::leave_census;
use evaluation::EvaluationContext;
use replicate_gen::ImageGenerator;
use run_plan::settings::ExecutionSettings;
use std::sync::Arc;

/// Everything that changing actors needs: writable data, the generator, and the context of an
/// evaluation, because new pictures are judged like all others.
#[derive(Debug)]
pub struct Executor {
    /// Judges new pictures; reads the same data as `data`.
    pub evaluation: EvaluationContext,
    /// The writable data folder.
    pub data: DataFolder,
    /// Generates pictures; `None` if nothing is generated.
    pub generator: Option<Arc<dyn ImageGenerator>>,
    /// Settings of planning and changing actors.
    pub settings: ExecutionSettings,
    /// This process, as named in its locks.
    pub process: Process,
}

impl Executor {
    /// Stores the number of files in the data set, which the next run compares with its own listing.
    pub async fn leave_census(&self) {
        let now = self.evaluation.clock.stamp();
        leave_census(&self.evaluation.data, self.data.journals.as_ref(), now).await;
    }
}

/// A process, as named in its locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The name of the machine.
    pub host: String,
    /// The process id on that machine.
    pub pid: u32,
}
