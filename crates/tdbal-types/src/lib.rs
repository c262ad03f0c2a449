//! Shared value types of tdbal: actor and picture names, classes, targets, digests and amounts of
//! money.
//!
//! An *actor* is a character that a LoRA (a small add-on to an image model) is trained on. Its
//! *set* is the folder of training pictures that tdbal balances between three classes.
//!
//! Nothing in this crate reads files or the environment; the time is read only through the
//! [`time::Clock`] that the caller passes in.

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
