//! All library crates of tdbal behind one dependency, each as a module under a short name.
//!
//! tdbal balances the training pictures of *actors*, the characters that LoRAs (small add-ons to
//! image models) are trained on. The guide `docs/library.md` shows each module at work and begins
//! with a program that needs only this crate and an async runtime.
//!
//! Nothing in these crates prints, ends the process, or reads the environment. Clocks, seeds,
//! settings and clients are parameters.
//!
//! The only code of this crate's own is [`local_data`], which reads data in a folder on this
//! machine:
//!
//! ```no_run
//! # async fn example() -> Result<(), tdbal_core::dataset::DataError> {
//! let data = tdbal_core::local_data("data");
//! for actor in tdbal_core::dataset::discover(&data).await?.names() {
//!     println!("{actor}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `http`: the clients for OpenAI-compatible vision models (`vision::openai`) and for Replicate
//!   (`generation::ReplicateClient`).
//! - `s3`: the object store on Amazon S3 and compatible servers (`s3`).
//! - `fast`: inflates PNG data with libdeflate, which needs a C compiler.

mod local_data;

pub use local_data::{NoBuckets, local_data};

#[doc(inline)]
pub use actor_lock as locks;
#[doc(inline)]
pub use balance_planner as planner;
#[doc(inline)]
pub use calibration;
#[doc(inline)]
pub use composite;
#[doc(inline)]
pub use dataset;
#[doc(inline)]
pub use doctor;
#[doc(inline)]
pub use evaluation;
#[doc(inline)]
pub use evidence;
#[doc(inline)]
pub use execution;
#[doc(inline)]
pub use http_support as http;
#[doc(inline)]
pub use journal;
#[doc(inline)]
pub use manifest;
#[doc(inline)]
pub use pipeline;
#[doc(inline)]
pub use replicate_gen as generation;
#[doc(inline)]
pub use results;
#[doc(inline)]
pub use run_plan;
#[doc(inline)]
pub use selection;
#[doc(inline)]
pub use storage;
#[cfg(feature = "s3")]
#[doc(inline)]
pub use storage_s3 as s3;
#[doc(inline)]
pub use tdbal_types as types;
#[doc(inline)]
pub use verdict;
#[doc(inline)]
pub use vision_eval as vision;
