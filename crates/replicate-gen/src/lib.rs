//! Generates pictures of an actor: the prompts, the models, and [`ImageGenerator`] with its two
//! implementations, Replicate's API (`ReplicateClient`, behind the feature `http`) and the replay of
//! recorded pictures ([`Replay`]).
//!
//! What is asked for is decided by pure code: [`choose`] and [`PromptQueue`] pick prompts,
//! [`descriptor`] names the subject, [`seed_for`] derives the seed, [`ModelSettings::input`] builds
//! the request. What came is only bytes: to decode the picture and to look at it is the caller's.

mod catalogue;
mod choose;
mod descriptor;
mod error;
mod failure;
mod generator;
#[cfg(feature = "http")]
mod listing;
mod lost;
mod model;
#[cfg(feature = "http")]
mod poll;
#[cfg(feature = "http")]
mod prediction;
mod prompt;
mod replay;
mod seed;

#[cfg(feature = "http")]
mod client;

pub use catalogue::{Catalogue, CatalogueError};
pub use choose::{PromptQueue, choose};
pub use descriptor::descriptor;
pub use error::{GenerateError, StopReason};
pub use failure::error_code;
#[cfg(any(test, feature = "testing"))]
pub use generator::MockImageGenerator;
pub use generator::{
    Generated, GenerationRequest, GeneratorIdentity, GeneratorKind, ImageGenerator, PredictionId,
    PredictionIdError, Started,
};
pub use lost::{LostOrder, Whereabouts};
pub use model::{ModelName, ModelNameError, ModelSettings, OutputKind, UnknownModel};
pub use prompt::Prompt;
pub use replay::Replay;
pub use seed::{job_name, seed_for};

#[cfg(feature = "http")]
pub use client::{ReplicateClient, ReplicateSetupError};
#[cfg(feature = "http")]
pub use poll::PollSettings;
