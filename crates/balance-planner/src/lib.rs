//! Decides which pictures of a set to keep, which to remove, and how many to generate.
//!
//! [`plan()`] is pure: the same set, protection and policy always give the same plan. All counts
//! are made here; a model's own counts or recommendations are never used. What a person said
//! ([`Protection`]) overrides the target. A picture of unsure class is never removed to meet the
//! target: it becomes one of [`Plan::questions`].
//!
//! ```
//! use balance_planner::{Action, PictureState, Policy, Protection, plan};
//! use tdbal_types::{Confidence, ImageClass, ImageName, Quality};
//!
//! let set = (1..=20)
//!     .map(|number| {
//!         let class = match number {
//!             1..=16 => ImageClass::Photorealistic,
//!             17..=18 => ImageClass::BwStylized,
//!             _ => ImageClass::ColorStylized,
//!         };
//!         let quality = Quality::new(number % 10 + 1)?;
//!         let name = ImageName::new(format!("9001_{number:02}.png"))?;
//!         let state = PictureState::Assessed {
//!             class,
//!             quality,
//!             pixels: 1_000_000,
//!             confidence: Confidence::Likely,
//!             duplicate_of: None,
//!         };
//!         Ok((name, state))
//!     })
//!     .collect::<Result<_, Box<dyn std::error::Error>>>()?;
//! let free = plan(&set, &Protection::default(), &Policy::default());
//! assert_eq!(free.count(Action::Remove), 3);
//! assert_eq!(free.generate.to_string(), "0/2/1");
//! assert_eq!(free.after.to_string(), "13/4/3");
//!
//! let good = Protection { set_is_good: true, ..Protection::default() };
//! let plan = plan(&set, &good, &Policy::default());
//! assert_eq!(plan.count(Action::Remove), 0);
//! assert_eq!(plan.after.to_string(), "16/4/3");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decision;
mod decisions;
mod groups;
mod plan;
mod policy;
mod set;

pub use decision::{Action, Decision, Plan, Reason};
pub use plan::plan;
pub use policy::{Policy, QualityFloors, Scope};
pub use set::{Inventory, PictureState, Protection};

#[cfg(test)]
mod tests;
