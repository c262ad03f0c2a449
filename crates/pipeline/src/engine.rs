//! What a run works with: data, output, model, generator, settings.

use crate::clock::Clock;
use crate::data::DataFolder;
use crate::labels::Labels;
use crate::limits::Limits;
use crate::look::{LookSettings, Workers};
use crate::naming::ObjectDestination;
use crate::orders::LostOrders;
use crate::output::OutputFolder;
use replicate_gen::{Catalogue, GeneratorIdentity, ImageGenerator};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::Usd;
use verdict::{JudgingSettings, TrustSettings};
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
    /// This process, as locks name it.
    pub process: Process,
}

/// A process, as locks name it to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
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
    /// What makes pictures; a plan names it before there is a generator.
    pub image_model: GeneratorIdentity,
    /// What one generated picture is expected to cost; a dry run tells what its plans would.
    pub picture_price: Usd,
    /// How often and how closely pictures are looked at, and what is made of it.
    pub inquiry: JudgingSettings,
    /// Whether answers of earlier runs are asked for anew.
    pub fresh: bool,
    /// What persons said, for a dry run that is not to go by what is with the data.
    pub labels: Option<Labels>,
    /// When answers count as given without looking.
    pub suspecting: TrustSettings,
    /// A control sheet is shown before the first question of a run, and then before every so many; never
    /// if 0.
    pub control_every: usize,
    /// How often a picture is ordered at most before its place stays empty, 1 or more.
    pub attempts: usize,
    /// What a run may do.
    pub limits: Limits,
    /// How orders are looked for whose answer was lost.
    pub lost_orders: LostOrders,
    /// How long the lock of a holder that may be dead is waited for.
    pub lock_patience: Duration,
    /// Whether a listing that lost more than half since the last run is believed.
    pub allow_shrunk_listing: bool,
    /// Whether changes are made in a bucket that does not honour conditions.
    pub allow_unguarded_bucket: bool,
    /// Who made a picture: written into manifests.
    pub generated_by: String,
}

impl EngineSettings {
    /// Settings that cost nothing but what `image_model` costs: built-in prompts, default limits, new
    /// pictures only in the folder.
    pub fn new(image_model: GeneratorIdentity, picture_price: Usd, generated_by: &str) -> Self {
        Self {
            look: LookSettings::default(),
            jobs: 2,
            catalogue: Catalogue::builtin(),
            destination: None,
            image_model,
            picture_price,
            inquiry: JudgingSettings::default(),
            fresh: false,
            labels: None,
            suspecting: TrustSettings::default(),
            control_every: 50,
            attempts: 2,
            limits: Limits::default(),
            lost_orders: LostOrders::default(),
            lock_patience: Duration::from_secs(90),
            allow_shrunk_listing: false,
            allow_unguarded_bucket: false,
            generated_by: generated_by.to_owned(),
        }
    }
}
