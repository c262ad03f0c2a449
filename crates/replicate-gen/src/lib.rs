//! Generates pictures of LoRA actors (characters that a LoRA is trained on): the prompts, the image
//! models, and the trait [`ImageGenerator`] with its two implementations, Replicate's API
//! (`ReplicateClient`, behind the feature `http`) and recorded pictures ([`Replay`]).
//!
//! An *order* is the request that creates a prediction, the job that makes one picture. It is the
//! only request that costs money.
//!
//! Pure code decides what to order: [`choose`] and [`PromptQueue`] pick the prompts, [`descriptor`]
//! names the subject, [`seed_for`] derives the seed, and [`ModelSettings::input`] builds the
//! request. Generated pictures are returned as bytes; decoding and checking them is up to the
//! caller.

mod error;
mod generator;
mod lost_order;
mod model;
mod prediction;
mod prompts;
mod replay;
mod seed;
mod started;

#[cfg(feature = "http")]
mod client;

pub use error::{GenerateError, StopReason};
#[cfg(any(test, feature = "testing"))]
pub use generator::MockImageGenerator;
pub use generator::{
    Generated, GenerationRequest, GeneratorIdentity, GeneratorKind, ImageGenerator,
};
pub use lost_order::{LostOrder, Whereabouts};
pub use model::{ModelName, ModelNameError, ModelSettings, OutputKind, UnknownModel};
pub use prediction::error_code;
pub use prompts::{Catalogue, CatalogueError, PromptQueue, choose, descriptor};
pub use replay::Replay;
pub use seed::{job_name, seed_for};
pub use started::Started;
pub use tdbal_types::{PredictionId, PredictionIdError, Prompt};

#[cfg(feature = "http")]
pub use client::{ReplicateClient, ReplicateSetupError};
#[cfg(feature = "http")]
pub use prediction::PollSettings;
