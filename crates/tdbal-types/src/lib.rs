//! Shared value types of tdbal: actor and picture names, classes, targets, digests and amounts of
//! money.
//!
//! An *actor* is a character that a LoRA (a small add-on to an image model) is trained on. Its
//! *set* is the folder of training pictures that tdbal balances between three classes.
//!
//! Nothing in this crate reads files, the clock or the environment.

mod actor;
mod class;
mod digest;
mod money;
mod opinion;
mod picture;
mod run;
mod target;

pub use actor::{ActorId, ActorIdError, ActorQuery, AmbiguousActor};
pub use class::{ClassCounts, ImageClass, UnknownClass};
pub use digest::{Digest, DigestError};
pub use money::{Tokens, Usd};
pub use opinion::{Confidence, Opinion};
pub use picture::{
    Fault, FaultKind, ImageName, ImageNameError, Quality, QualityError, SheetNumber,
};
pub use run::{RunId, RunIdError};
pub use target::{Target, TargetError, Tolerance, ToleranceError};
