//! The vocabulary of tdbal: what an actor, a picture's name, a class, a target, a digest and an
//! amount of money are. Values only: nothing here reads a file or the
//! environment, and the time is read only through a [`time::Clock`] that the caller hands in.

mod actor;
mod class;
mod digest;
mod error_chain;
mod generation;
mod label;
mod money;
mod opinion;
mod perceptual_hash;
mod picture;
mod run;
mod target;
pub mod time;

pub use actor::{ActorId, ActorIdError, ActorQuery, AmbiguousActor};
pub use class::{ClassCounts, ImageClass, UnknownClass};
pub use digest::{Digest, DigestError};
pub use error_chain::chain;
pub use generation::{PredictionId, PredictionIdError, Prompt};
pub use label::Label;
pub use money::{Tokens, Usd};
pub use opinion::{Confidence, Opinion};
pub use perceptual_hash::{PerceptualHash, PerceptualHashError};
pub use picture::{
    Fault, FaultKind, ImageName, ImageNameError, Quality, QualityError, SheetNumber,
};
pub use run::{RunId, RunIdError};
pub use target::{Target, TargetError, Tolerance, ToleranceError};
