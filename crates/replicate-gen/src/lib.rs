//! Generates pictures of an actor: the prompts, the models, and [`ImageGenerator`] with its two
//! implementations, Replicate's API (`ReplicateClient`, behind the feature `http`) and the replay of
//! recorded pictures ([`Replay`]).
//!
//! What is asked for is decided by pure code: [`choose`] and [`PromptQueue`] pick prompts,
//! [`descriptor`] names the subject, [`seed_for`] derives the seed, [`ModelSettings::input`] builds
//! the request. What came is only bytes: to decode the picture and to look at it is the caller's.

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
