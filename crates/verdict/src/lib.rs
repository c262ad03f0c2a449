//! Judges pictures by votes, close looks, evidence and labels, using named rules; decides what to
//! ask next about a set; and detects models whose answers do not depend on the pictures.
//!
//! - A *vote* is what a model's answer about one sheet says of a picture.
//! - A *close look* is what a model's answer about the picture alone says. Votes and close looks
//!   together are called *looks*.
//! - *Evidence* is what the pixels and the provenance (prompt or record) of a picture say.
//! - A *label* is what a person says.
//! - A *recorded sheet* was answered for the original system, the scripts that tdbal replaces. It
//!   gives one vote per picture, in one order.
//!
//! [`judge()`] combines all of these into a [`Verdict`] on one picture. [`next_step()`] returns
//! what to ask about a set until its plan is decided, [`accept()`] decides whether a newly
//! generated picture counts, and [`suspicions`] returns the reasons not to trust a model.
//! Everything here is pure: no files, no clock, no randomness. `docs/trust.md` lists what each rule
//! costs and which errors it catches.
//!
//! ```
//! use tdbal_types::{Confidence, ImageClass, Opinion, Quality};
//! use verdict::{Observations, Rule, Scoring, judge};
//!
//! let vote = Opinion { class: ImageClass::BwStylized, quality: Quality::new(7)?, faults: vec![] };
//! let votes = vec![vote.clone(), vote];
//! let mut observations = Observations { votes, ..Observations::default() };
//! let verdict = judge(&observations, &Scoring::default()).ok_or("two votes give a verdict")?;
//! assert_eq!(verdict.confidence, Confidence::Likely);
//!
//! observations.tone = Some(evidence::Tone::Colour);
//! let contradicted = judge(&observations, &Scoring::default()).ok_or("they still do")?;
//! assert_eq!(contradicted.confidence, Confidence::Unsure);
//! assert!(contradicted.rules.contains(&Rule::ToneContradicts));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod duplicates;
mod judge;
mod look_policy;
mod next_step;
mod observations;
mod order;
mod picture;
mod probability;
mod rule;
mod scoring;
mod settings;
mod trust;

pub use accept::{Rejection, accept};
pub use judge::{Verdict, judge};
pub use look_policy::{LookPolicy, UnknownLookPolicy, Votes, VotesError};
pub use next_step::{Decision, NextStep, next_step};
pub use observations::Observations;
pub use order::sheet_order;
pub use picture::{PictureEvidence, Readable, Set};
pub use probability::ErrorRates;
pub use rule::Rule;
pub use scoring::Scoring;
pub use settings::JudgingSettings;
pub use tdbal_types::Label;
pub use trust::{
    ActorVotes, ControlOutcome, ControlResult, SheetVote, Stability, Subject, Suspicion,
    TrustSettings, control_outcome, stability, suspicions,
};
