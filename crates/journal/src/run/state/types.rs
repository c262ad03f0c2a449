//! The types that describe how far an actor's part of a run is.

use crate::run::record::{Change, Ending, LookedAt, OrderKey, Returning};
use std::collections::{BTreeMap, BTreeSet};
use storage::place::{NewPlace, Place, Trashed};
use storage::{ObjectKey, Version};
use tdbal_types::{Digest, ImageName, PredictionId, Prompt, Tokens, Usd};

/// How far an actor's part of a run is, derived from the records of its journal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActorState {
    /// Whether work on the actor has begun.
    pub begun: bool,
    /// The pictures that were ordered, each with its latest attempt.
    pub orders: BTreeMap<OrderKey, Order>,
    /// What inspecting generated pictures has cost, failed inspections included.
    pub look_cost: Usd,
    /// The tokens that inspecting generated pictures has used.
    pub look_tokens: Tokens,
    /// Local copies that were created from their objects, by picture.
    pub fetched: BTreeMap<ImageName, Place>,
    /// The change that the plan asks for.
    pub change: ChangeState,
    /// How the actor's part of the run ended; `None` while it has not ended.
    pub ending: Option<Ending>,
    /// The undo of the actor's part of the run; `None` if none was started or it was abandoned.
    pub undo: Option<Undo>,
    /// Whether the run's trash was, or is about to be, deleted for good. If so, the run cannot be
    /// undone.
    pub purged: bool,
}

/// How far a change of the set is, from the intent to commit it: the plan's change or its undo.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeState {
    /// The latest intent to write the training manifest; `None` if there is none yet.
    pub change: Option<Change>,
    /// Whether the training manifest was written.
    pub committed: bool,
    /// The version of the training manifest that this change wrote last; `None` before the commit,
    /// or if the commit deleted the manifest.
    pub version: Option<Version>,
    /// Why the latest intent was withdrawn; `None` if it was not.
    pub withdrawn: Option<String>,
    /// Pictures that are in the trash, with where each copy was and is now.
    pub removed: BTreeMap<ImageName, Vec<Trashed>>,
    /// The latest intent to list pictures again that could not be moved to the trash.
    pub reinstate: Option<Reinstatement>,
    /// Pictures that the training manifest lists again.
    pub reinstated: BTreeSet<ImageName>,
    /// The latest write of the actor manifest, intended or done.
    pub actor_manifest: Option<ActorManifestWrite>,
}

/// A write that lists pictures in the training manifest again because they could not be moved to
/// the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reinstatement {
    /// The pictures that could not be moved.
    pub names: Vec<ImageName>,
    /// Why they could not be moved.
    pub problem: String,
    /// The digest of the new training manifest, kept as a document of the run.
    pub after: Digest,
    /// The version of the training manifest that is replaced.
    pub from: Version,
}

/// A write of the actor manifest, intended or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorManifestWrite {
    /// The key of the actor manifest in the data folder.
    pub key: ObjectKey,
    /// The digest of the actor manifest before the write, kept as a document of the run.
    pub before: Digest,
    /// The digest of the actor manifest after the write, kept as a document of the run.
    pub after: Digest,
    /// Whether the write is known to be done.
    pub written: bool,
}

/// How far the undo of an actor's part of a run is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undo {
    /// The removed pictures that the undo restores.
    pub back: Vec<Returning>,
    /// Why the undo is being abandoned; `None` if it is not.
    pub abandoning: Option<String>,
    /// Pictures that were restored, with where each copy is now.
    pub returned: BTreeMap<ImageName, Vec<Place>>,
    /// The change that reverts the run's change.
    pub change: ChangeState,
    /// Whether the undo is complete.
    pub done: bool,
}

/// A picture that was ordered from the generation service.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// How many times the order was placed. A request that the service refused for a reason that
    /// stops the run does not count.
    pub attempt: u32,
    /// The prompt of the latest attempt.
    pub prompt: Prompt,
    /// The seed of the latest attempt.
    pub seed: u64,
    /// The price of one prediction at the latest attempt.
    pub price: Usd,
    /// When the latest attempt was about to be sent: UTC, `2026-11-22T11:06:50.123456`.
    pub sent_at: String,
    /// How far the latest attempt is.
    pub state: OrderState,
    /// What earlier attempts cost, or the most they may have cost.
    pub(super) earlier_cost: Usd,
    /// What the latest attempt costs or, while that is unknown, the most it may cost.
    pub(super) attempt_cost: Usd,
}

/// How far the latest attempt of an order is.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderState {
    /// The request is about to be sent, or was sent without a clear answer: there may be a
    /// prediction, and it may be charged.
    Unknown,
    /// There is no prediction that the run waits for, so the order can be placed again.
    Absent,
    /// The order ended without a picture.
    Failed {
        /// Whether an order with another prompt may succeed.
        again: bool,
        /// The reason for the failure.
        problem: String,
    },
    /// The service created a prediction, which is paid for.
    Paid(Box<Paid>),
}

/// A prediction that is paid for, and its picture once that arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Paid {
    /// The prediction that makes the picture.
    pub prediction: PredictionId,
    /// The name of the generation model.
    pub model: String,
    /// The file of the picture, stored or about to be stored; `None` if the picture has not arrived
    /// or its name turned out to be in use.
    pub file: Option<NewFile>,
    /// The result of inspecting the picture.
    pub look: Inspection,
    /// Why the picture is rejected; `None` if it is not.
    pub reject: Option<String>,
}

/// The file of a generated picture.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFile {
    /// The file name of the picture.
    pub name: ImageName,
    /// The number at the end of that name.
    pub number: u64,
    /// The SHA-256 digest of the stored bytes.
    pub sha256: Digest,
    /// The number of stored bytes.
    pub size: u64,
    /// Every place where the picture is created.
    pub at: Vec<NewPlace>,
    /// The address of the picture's object for the training manifest; `None` if there is only a
    /// local file.
    pub s3_url: Option<String>,
    /// Where the picture was stored; `None` until that is known.
    pub stored: Option<Vec<Place>>,
    /// For each copy, where it was and where it is in the trash; `None` if the picture is not in
    /// the trash.
    pub trashed: Option<Vec<Trashed>>,
}

/// The result of inspecting a generated picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Inspection {
    /// The picture has not been inspected.
    Open,
    /// The vision model inspected the picture.
    Seen(LookedAt),
    /// The picture could not be inspected.
    Unlooked {
        /// Why the inspection failed.
        problem: String,
        /// Whether the run continues as if the picture had passed.
        accepted: bool,
    },
}
