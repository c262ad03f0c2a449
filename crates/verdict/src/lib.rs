//! What to believe of a picture: votes, a close look, evidence and a person's word, weighed by named
//! rules; what to ask next about a set; and whether a model's answers depend on the pictures at all.
//!
//! A *vote* is what one sheet's answer says of a picture; a *close look* is one picture alone;
//! *evidence* is what its pixels and its provenance say; a *label* is a person's word. The
//! [`Verdict`] is what follows from all of these, by [`judge`]. [`next`] says what to ask about a set
//! until it is decided, [`accept`] whether a new picture counts, and [`suspicions`] why a model should
//! not be believed. All of it is pure. The rules are in `docs/trust.md` with what each costs and
//! catches.
//!
//! ```
//! use tdbal_types::{Confidence, ImageClass, Opinion, Quality};
//! use verdict::{Rule, Scoring, Testimony, judge};
//!
//! let vote = Opinion { class: ImageClass::BwStylized, quality: Quality::new(7)?, faults: vec![] };
//! let mut testimony = Testimony { votes: vec![vote.clone(), vote], ..Testimony::default() };
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
mod inquiry;
mod judge;
mod looking;
mod odds;
mod order;
mod picture;
mod rule;
mod scoring;
mod settings;
mod testimony;
mod trust;

pub use accept::{Refusal, accept};
pub use inquiry::{Decision, Next, next};
pub use judge::{Verdict, judge};
pub use looking::{LookPolicy, UnknownLookPolicy, Votes, VotesError};
pub use odds::Rates;
pub use order::sheet_order;
pub use picture::{Exhibit, Readable, Set};
pub use rule::Rule;
pub use scoring::Scoring;
pub use settings::Inquiry;
pub use tdbal_types::Label;
pub use testimony::Testimony;
pub use trust::{
    ActorVotes, ControlResult, SheetVote, Stability, Standing, Subject, Suspecting, Suspicion,
    stability, standing, suspicions,
};
