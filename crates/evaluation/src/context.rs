//! What an evaluation works with. None of it can change the data.

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

/// What evaluating pictures needs: the data for reading, the output folder, the model, and how it is
/// asked. Nothing that has only this can change a picture or a manifest:
///
/// ```compile_fail,E0609
/// fn store(context: &evaluation::EvaluationContext) -> &dyn storage::ObjectStore {
///     context.data.store.as_ref()
/// }
/// ```
///
/// ```compile_fail,E0308
/// fn store(context: &evaluation::EvaluationContext) -> &dyn storage::ObjectStore {
///     context.data.store()
/// }
/// ```
///
/// Reading works:
///
/// ```
/// fn store(context: &evaluation::EvaluationContext) -> &dyn storage::ObjectRead {
///     context.data.store()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct EvaluationContext {
    /// The data, for reading.
    pub data: DataReader,
    /// Where sheets, evaluations, progress and the audit trail go.
    pub output: OutputFolder,
    /// The model that judges pictures.
    pub model: Arc<dyn VisionModel>,
    /// How pictures are looked at and judged.
    pub settings: EvaluationSettings,
    /// How much may be held in memory and computed at once.
    pub workers: Arc<Workers>,
    /// The clock.
    pub clock: Clock,
}

/// How pictures are looked at and judged.
#[derive(Debug, Clone)]
pub struct EvaluationSettings {
    /// How pictures are read and laid out.
    pub look: LookSettings,
    /// How often and how closely pictures are looked at, and how the answers are weighed.
    pub judging: JudgingSettings,
    /// Whether cached answers of the model are ignored and asked for again.
    pub fresh: bool,
    /// Which labels of people count.
    pub labels: LabelSource,
    /// When answers count as given without looking.
    pub trust: TrustSettings,
    /// A control sheet is shown before the first question of a run, and then before every
    /// `control_every` actors; never if 0.
    pub control_every: usize,
}

impl Default for EvaluationSettings {
    /// Two sheets for each set, close looks where they matter, a control sheet every 50 actors.
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
