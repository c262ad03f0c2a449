//! How a run plans and changes actors.

use dataset::destination::ObjectDestination;
use replicate_gen::{Catalogue, GeneratorIdentity};
use run_plan::limits::Limits;
use std::time::Duration;
use tdbal_types::Usd;

/// How a run plans and changes actors.
#[derive(Debug, Clone)]
pub struct ExecutionSettings {
    /// How many actors are worked on at once, 1 or more.
    pub jobs: usize,
    /// The prompts for new pictures.
    pub catalogue: Catalogue,
    /// Where new objects go for an actor that has none; `None` keeps new pictures in the folder only.
    pub destination: Option<ObjectDestination>,
    /// The generator that a plan names, before there is one.
    pub image_model: GeneratorIdentity,
    /// What one generated picture is expected to cost.
    pub picture_price: Usd,
    /// Maximum attempts per picture, each with a new prompt; 1 or more.
    pub attempts: usize,
    /// What a run may do.
    pub limits: Limits,
    /// How orders whose response was lost are looked for.
    pub lost_orders: LostOrders,
    /// How long to wait for the lock of a holder that may be dead.
    pub lock_patience: Duration,
    /// Whether a listing that lost more than half since the last run is accepted.
    pub allow_shrunk_listing: bool,
    /// Whether changes are made in a bucket that ignores conditional writes.
    pub allow_unguarded_bucket: bool,
    /// The program and version that manifests name as the maker of a picture.
    pub generated_by: String,
}

impl ExecutionSettings {
    /// Settings that cost nothing but what `image_model` costs: built-in prompts, default limits, new
    /// pictures only in the folder.
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

/// How lost orders are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostOrders {
    /// How long after the first listing that lacks an order the second is made.
    pub gap: Duration,
    /// For how long after an order its input is kept by the service, so that it can be found by its
    /// seed.
    pub kept_for: Duration,
    /// Whether an order that cannot be found any more may be bought again: the operator accepts that
    /// it may be charged twice.
    pub accept_double_charge: bool,
}

impl Default for LostOrders {
    /// A minute between listings; Replicate deletes inputs after an hour, of which five minutes are
    /// left to clocks that disagree.
    fn default() -> Self {
        Self {
            gap: Duration::from_mins(1),
            kept_for: Duration::from_mins(55),
            accept_double_charge: false,
        }
    }
}
