//! What a run works with: data, output, model, generator, settings.

use crate::clock::Clock;
use crate::data::DataFolder;
use crate::look::{LookSettings, Workers};
use crate::naming::ObjectDestination;
use crate::output::OutputFolder;
use replicate_gen::{Catalogue, ImageGenerator};
use std::sync::Arc;
use tdbal_types::Usd;
use vision_eval::VisionModel;

/// What a run works with. Everything that reaches out of the process comes in through here, so that
/// a test, a demonstration and the real thing are the same program.
#[derive(Debug)]
pub struct Engine {
    /// The data.
    pub data: DataFolder,
    /// Where sheets, evaluations, progress and audit trail go.
    pub output: OutputFolder,
    /// Judges pictures.
    pub model: Arc<dyn VisionModel>,
    /// Makes pictures; a dry run has none.
    pub generator: Option<Arc<dyn ImageGenerator>>,
    /// How it works.
    pub settings: EngineSettings,
    /// What may be held and done at once.
    pub workers: Workers,
    /// Tells the time.
    pub clock: Clock,
}

/// How a run works.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// How pictures are read and laid out.
    pub look: LookSettings,
    /// How many actors are worked on at once, 1 or more.
    pub jobs: usize,
    /// The prompts.
    pub catalogue: Catalogue,
    /// Where new objects go for an actor that has none; nowhere, and only into the folder, if this
    /// is not set.
    pub destination: Option<ObjectDestination>,
    /// What one generated picture is expected to cost; a dry run tells what its plans would.
    pub picture_price: Usd,
    /// Who made a picture: written into manifests.
    pub generated_by: String,
}
