//! Settings of planning and changing actors.

use crate::limits::Limits;
use dataset::destination::ObjectDestination;
use replicate_gen::{Catalogue, GeneratorIdentity};
use std::time::Duration;
use tdbal_types::Usd;

/// Settings of planning and changing actors.
#[derive(Debug, Clone)]
pub struct ExecutionSettings {
    /// Number of actors to work on at the same time, 1 or more.
    pub jobs: usize,
    /// The catalogue of prompts for new pictures.
    pub catalogue: Catalogue,
    /// Where the objects of new pictures go for actors without objects; `None` keeps such pictures in
    /// the folder only.
    pub destination: Option<ObjectDestination>,
    /// The generator that plans name; planning itself needs no generator.
    pub image_model: GeneratorIdentity,
    /// Expected price of one generated picture.
    pub picture_price: Usd,
    /// Maximum attempts per picture, each with a new prompt; 1 or more.
    pub attempts: usize,
    /// Limits on what a run may do.
    pub limits: Limits,
    /// How to search for orders whose response was lost.
    pub lost_orders: LostOrders,
    /// How long to wait for a lock whose holder may be dead.
    pub lock_patience: Duration,
    /// Whether to accept a listing that lost more than half of its entries since the last run.
    pub allow_shrunk_listing: bool,
    /// Whether to change data in a bucket that ignores conditional writes.
    pub allow_unguarded_bucket: bool,
    /// The program and version that manifests name as the maker of new pictures.
    pub generated_by: String,
}

impl ExecutionSettings {
    /// Default settings for a generator: built-in prompts, default limits, two actors at a time, two
    /// attempts per picture, new pictures in the folder only.
    pub fn new(image_model: GeneratorIdentity, picture_price: Usd, generated_by: &str) -> Self {
        Self {
            jobs: 2,
            catalogue: Catalogue::builtin(),
            destination: None,
            image_model,
            picture_price,
            attempts: 2,
            limits: Limits::default(),
            lost_orders: LostOrders::default(),
            lock_patience: Duration::from_secs(90),
            allow_shrunk_listing: false,
            allow_unguarded_bucket: false,
            generated_by: generated_by.to_owned(),
        }
    }
}

/// How to search the generator's listing for orders whose response was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostOrders {
    /// Time between the first listing that lacks an order and the second.
    pub gap: Duration,
    /// How long the service keeps the input of an order. An order is found by its seed, which is part
    /// of the input.
    pub kept_for: Duration,
    /// Whether to order a picture again if its first order cannot be found any more. The operator
    /// accepts that it may be charged twice.
    pub accept_double_charge: bool,
}

impl Default for LostOrders {
    /// One minute between listings. Replicate deletes inputs after an hour; five minutes of it are
    /// reserved for clocks that disagree.
    fn default() -> Self {
        Self {
            gap: Duration::from_mins(1),
            kept_for: Duration::from_mins(55),
            accept_double_charge: false,
        }
    }
}
