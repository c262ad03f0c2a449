//! What changing actors works with.

use crate::data_folder::DataFolder;
use crate::settings::ExecutionSettings;
use dataset::census::leave_census;
use evaluation::EvaluationContext;
use replicate_gen::ImageGenerator;
use std::sync::Arc;

/// What changing actors needs: the data for writing, the generator, and what evaluating needs, since
/// new pictures are judged like all others.
#[derive(Debug)]
pub struct Executor {
    /// What new pictures are judged with; it reads the same data.
    pub evaluation: EvaluationContext,
    /// The data, for writing.
    pub data: DataFolder,
    /// Makes pictures; `None` where nothing is generated.
    pub generator: Option<Arc<dyn ImageGenerator>>,
    /// How a run plans and changes actors.
    pub settings: ExecutionSettings,
    /// This process, as locks name it.
    pub process: Process,
}

impl Executor {
    /// Leaves a count of the data set's files for the next run.
    pub async fn leave_census(&self) {
        let now = self.evaluation.clock.stamp();
        leave_census(&self.evaluation.data, self.data.journals.as_ref(), now).await;
    }
}

/// A process, as locks name it to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
}
