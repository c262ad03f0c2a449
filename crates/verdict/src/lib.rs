//! What to believe of a picture: votes, a close look, evidence and a person's word, weighed by named
//! rules; what to ask next about a set; and whether a model's answers depend on the pictures at all.
//!
//! A *vote* is what one sheet's answer says of a picture; a *close look* is one picture alone;
//! *evidence* is what its pixels and its provenance say; a *label* is a person's word. The
//! [`Verdict`] is what follows from all of these, by [`judge`]. [`next_step`] says what to ask about a set
//! until it is decided, [`accept`] whether a new picture counts, and [`suspicions`] why a model should
//! not be believed. All of it is pure. The rules are in `docs/trust.md` with what each costs and
//! catches.
//!
//! ```
//! use tdbal_types::{Confidence, ImageClass, Opinion, Quality};
//! use verdict::{Rule, Scoring, Observations, judge};
//!
//! let vote = Opinion { class: ImageClass::BwStylized, quality: Quality::new(7)?, faults: vec![] };
//! let mut testimony = Observations { votes: vec![vote.clone(), vote], ..Observations::default() };
//! let looks = judge(&testimony, &Scoring::default()).ok_or("two looks make a verdict")?;
//! assert_eq!(looks.confidence, Confidence::Likely);
//!
//! testimony.tone = Some(evidence::Tone::Colour);
//! let contradicted = judge(&testimony, &Scoring::default()).ok_or("they still do")?;
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
