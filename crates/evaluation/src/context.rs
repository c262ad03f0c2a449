//! What an evaluation works with. Nothing in it can change the data.

use crate::pictures::workers::{LookSettings, Workers};
use dataset::DataReader;
use dataset::people::labels::Labels;
use results::OutputFolder;
use std::collections::BTreeMap;
use std::sync::Arc;
use tdbal_types::time::Clock;
use tdbal_types::{Digest, Label};
use verdict::{JudgingSettings, TrustSettings};
use vision_eval::VisionModel;

/// What evaluating pictures takes: the data for reading, the output folder, the model, and settings.
///
/// A function that is given only a context cannot change a picture or a manifest. The stores behind
/// the data are private:
///
/// ```compile_fail,E0616
/// fn store(context: &evaluation::EvaluationContext) -> &dyn storage::ObjectStore {
///     context.data.store.as_ref()
/// }
/// ```
///
/// The store that they can be read with is not one that can write:
///
/// ```compile_fail,E0308
/// fn store(context: &evaluation::EvaluationContext) -> &dyn storage::ObjectStore {
///     context.data.store()
/// }
/// ```
///
/// Reading is possible:
///
/// ```
/// fn store(context: &evaluation::EvaluationContext) -> &dyn storage::ObjectRead {
///     context.data.store()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct EvaluationContext {
    /// The data folder and the buckets, for reading.
    pub data: DataReader,
    /// The folder for sheets, evaluations, progress, cached answers and the audit trail.
    pub output: OutputFolder,
    /// The model that judges pictures.
    pub model: Arc<dyn VisionModel>,
    /// How pictures are shown to the model and judged.
    pub settings: EvaluationSettings,
    /// Limits on memory and concurrency.
    pub workers: Arc<Workers>,
    /// The clock that evaluations are dated by.
    pub clock: Clock,
}

/// How pictures are shown to the model and judged.
#[derive(Debug, Clone)]
pub struct EvaluationSettings {
    /// How pictures are decoded and laid out on sheets.
    pub look: LookSettings,
    /// What the model is asked, and how its answers are weighed.
    pub judging: JudgingSettings,
    /// Whether to ignore cached answers of the model and ask again.
    pub fresh: bool,
    /// Which labels of people count.
    pub labels: LabelSource,
    /// When the answers count as given without looking at the pictures.
    pub trust: TrustSettings,
    /// Number of rounds of questions per control sheet; the first control sheet comes before the first
    /// question of a run. 0 shows none.
    pub control_every: usize,
}

impl Default for EvaluationSettings {
    /// Two sheets per set, close looks where they can change the plan, and a control sheet before every
    /// 50th round of questions.
    fn default() -> Self {
        Self {
            look: LookSettings::default(),
            judging: JudgingSettings::default(),
            fresh: false,
            labels: LabelSource::Stored,
            trust: TrustSettings::default(),
            control_every: 50,
        }
    }
}

/// Which labels of people an evaluation respects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LabelSource {
    /// The labels stored with the data.
    #[default]
    Stored,
    /// No stored labels, for example because the model is compared with them.
    Ignored {
        /// Pictures that an earlier pass judged, with its verdict: they are not asked about again.
        settled: BTreeMap<Digest, Label>,
    },
}

impl LabelSource {
    /// Returns whether the labels stored with the data count.
    pub const fn is_stored(&self) -> bool {
        matches!(self, Self::Stored)
    }

    /// Returns what counts as settled about a picture; `stored` are the labels stored with the data.
    pub fn label(&self, stored: &Labels, picture: &Digest) -> Option<Label> {
        match self {
            Self::Stored => stored.word(picture),
            Self::Ignored { settled } => settled.get(picture).copied(),
        }
    }
}
