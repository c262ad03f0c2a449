//! The records of an actor's journal: for every effect, what is about to be done and how it ended.
//!
//! A record is one JSON object: `time`, `step` (the name of the [`Step`] in snake case) and the
//! fields of that step beside them. Steps marked *intent* are durable before the effect they
//! announce; the step that follows is written after the effect. If a crash falls between the two,
//! the next process reads the intent and checks whether the effect took place.
//!
//! Later versions of tdbal and other programs read this format. Fields may be added; an existing
//! field never changes its name or meaning. A step that is not listed here is an error; a field that
//! is not listed here is ignored.

use serde::{Deserialize, Serialize};
use std::fmt;
use storage::place::{NewPlace, Place, Trashed};
use storage::{ObjectKey, Version};
use tdbal_types::{
    Digest, ImageClass, ImageName, PerceptualHash, PredictionId, Prompt, Quality, Tokens, Usd,
};

/// One record of an actor's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When the record was written: UTC without a zone, `2026-11-22T11:06:50.123456`.
    pub time: String,
    /// What is about to be done or was done.
    #[serde(flatten)]
    pub step: Step,
}

/// Identifies an order within an actor's part of a run: the class and a number counted within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// The class of picture that was ordered.
    pub class: ImageClass,
    /// The number of the order within its class: 1, 2, 3 and so on.
    pub ordinal: u32,
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.class, self.ordinal)
    }
}

/// A step of one actor's part of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Work on the actor starts. Written once, after checking that the set is still the one that
    /// was planned for and before anything else is changed or bought.
    Begun,
    /// Intent: the request that buys a picture is about to be sent.
    Order {
        /// The order that is placed.
        order: OrderKey,
        /// How many times this order has been placed, including this time. Above 1 only if the
        /// earlier requests provably created no prediction or were given up.
        attempt: u32,
        /// The prompt to be sent.
        prompt: Prompt,
        /// The seed to be sent, derived from run, actor, order and attempt.
        seed: u64,
        /// The price of one prediction.
        price: Usd,
    },
    /// The service accepted the order and created a prediction; also written when a lost order is
    /// found in the service's listing. From here on the order is paid for.
    Ordered {
        /// The order that was accepted.
        order: OrderKey,
        /// The prediction that makes the picture.
        prediction: PredictionId,
        /// The name of the generation model.
        model: String,
    },
    /// The request failed in a way that leaves open whether a prediction was created. Nothing more
    /// is bought for the actor until that is known.
    OrderLost {
        /// The order whose outcome is unknown.
        order: OrderKey,
        /// The error in place of an answer.
        problem: String,
    },
    /// The service refused the order for a reason that stops the whole run, such as missing credit.
    /// No prediction was created; the attempt does not count.
    OrderRefused {
        /// The order that was refused.
        order: OrderKey,
        /// The service's error.
        problem: String,
    },
    /// Two complete listings of the service's predictions lack a lost order, so it was never
    /// created and costs nothing. It may be placed again.
    OrderAbsent {
        /// The order that was never created.
        order: OrderKey,
    },
    /// The search for a lost order ended without an answer, and the operator accepts that it may
    /// have been charged. It may be placed again.
    OrderGivenUp {
        /// The order whose outcome stays unknown.
        order: OrderKey,
        /// The most that it may have cost.
        cost: Usd,
    },
    /// The order ended without a picture.
    OrderFailed {
        /// The order that failed.
        order: OrderKey,
        /// The prediction that failed; absent if none was created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prediction: Option<PredictionId>,
        /// The reason for the failure.
        problem: String,
        /// What the order cost or, if that is unknown, the most it may have cost.
        cost: Usd,
        /// Whether an order with another prompt may succeed.
        again: bool,
    },
    /// Intent: the picture arrived, can be decoded, and is about to be stored under `name`.
    Store {
        /// The order that the picture belongs to.
        order: OrderKey,
        /// The file name that the picture gets.
        name: ImageName,
        /// The number at the end of that name.
        number: u64,
        /// The SHA-256 digest of the bytes that are stored.
        sha256: Digest,
        /// The number of bytes that are stored.
        size: u64,
        /// What the prediction cost.
        cost: Usd,
        /// Every place where the picture is about to be created; each must still be free.
        at: Vec<NewPlace>,
        /// The address of the picture's object for the training manifest; absent if only a local
        /// file is created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        s3_url: Option<String>,
    },
    /// The picture was created at every place that [`Step::Store`] lists.
    Stored {
        /// The order that the picture belongs to.
        order: OrderKey,
        /// Where the picture is, with the versions that the stores returned.
        places: Vec<Place>,
    },
    /// Another file already has the name of [`Step::Store`]; it was not overwritten. The picture is
    /// stored under another name next.
    NameTaken {
        /// The order that the picture belongs to.
        order: OrderKey,
        /// The name that is in use.
        name: ImageName,
    },
    /// The vision model inspected generated pictures.
    Looked {
        /// What the model said of each picture.
        seen: Vec<LookedAt>,
        /// What the model's answers cost.
        cost: Usd,
        /// The tokens that the model's answers used.
        tokens: Tokens,
    },
    /// Generated pictures could not be inspected. They are kept, but no picture is removed on the
    /// assumption that they are good unless `accepted` is true.
    Unlooked {
        /// The orders whose pictures were not inspected.
        orders: Vec<OrderKey>,
        /// Why the inspection failed.
        problem: String,
        /// What the failed attempts cost.
        cost: Usd,
        /// Whether the run continues as if the pictures had passed: true for a replay that has no
        /// recorded inspections.
        accepted: bool,
    },
    /// Intent: the generated picture is not added to the set and is about to go to the trash.
    Reject {
        /// The order that the picture belongs to.
        order: OrderKey,
        /// Why the picture is rejected.
        reason: String,
    },
    /// The rejected picture is in the trash.
    Rejected {
        /// The order that the picture belongs to.
        order: OrderKey,
        /// For each copy of the picture, where it was and where it is in the trash.
        places: Vec<Trashed>,
    },
    /// Intent: a missing local copy is about to be created from the picture's object.
    Fetch {
        /// The picture that has no local copy.
        name: ImageName,
        /// The object, in the version that was downloaded.
        from: Place,
        /// The SHA-256 digest of the downloaded bytes.
        sha256: Digest,
        /// Where the local copy is about to be created; the place must still be free.
        to: NewPlace,
    },
    /// The local copy of [`Step::Fetch`] exists.
    Fetched {
        /// The picture that now has a local copy.
        name: ImageName,
        /// The local copy in the version that was created.
        place: Place,
    },
    /// Intent: the training manifest is about to be replaced, which changes the set.
    Commit(Box<Change>),
    /// The training manifest was replaced: the set is the new one. From here on the change is
    /// completed, however often that has to be retried.
    Committed {
        /// The version of the training manifest that was written; null if it was deleted.
        version: Option<Version>,
    },
    /// The training manifest was not replaced, in most cases because another process changed it
    /// first. The set stays as it is.
    Withdrawn {
        /// Why the commit did not take place.
        problem: String,
    },
    /// A picture that left the set was copied to the trash and deleted from where it was.
    Removed {
        /// The picture that was removed.
        name: ImageName,
        /// For each copy of the picture, where it was and where it is in the trash.
        places: Vec<Trashed>,
    },
    /// Intent: pictures that could not be moved to the trash are about to be listed in the training
    /// manifest again.
    Reinstate {
        /// The pictures that could not be moved.
        names: Vec<ImageName>,
        /// Why they could not be moved.
        problem: String,
        /// The digest of the new training manifest, kept as a document of the run.
        after: Digest,
        /// The version of the training manifest that is replaced.
        from: Version,
    },
    /// The training manifest lists the pictures of [`Step::Reinstate`] again.
    Reinstated {
        /// The version of the training manifest that was written.
        version: Version,
    },
    /// Intent: the actor manifest is about to be replaced to match the training manifest.
    ActorManifest {
        /// The key of the actor manifest in the data folder.
        key: ObjectKey,
        /// The digest of the actor manifest before the write, kept as a document of the run.
        before: Digest,
        /// The digest of the actor manifest after the write, kept as a document of the run.
        after: Digest,
    },
    /// The actor manifest matches the training manifest.
    ActorManifestWritten,
    /// The actor's part of the run ended.
    Done {
        /// How it ended.
        ending: Ending,
    },
    /// Intent: the actor's part of the run is about to be undone. All later records up to
    /// [`Step::Undone`] or [`Step::UndoAbandoned`] belong to the undo.
    Undo {
        /// The removed pictures that are about to be restored.
        back: Vec<Returning>,
    },
    /// A removed picture was restored to where it was before the run.
    Returned {
        /// The picture that was restored.
        name: ImageName,
        /// Where the picture is, with the versions that the stores returned.
        places: Vec<Place>,
    },
    /// Intent: the undo is about to be abandoned; restored pictures go back to the trash.
    UndoAbandoning {
        /// Why the undo cannot be completed.
        problem: String,
    },
    /// The undo was abandoned; restored pictures are in the trash again, and the run stands as it
    /// did before the undo.
    UndoAbandoned {
        /// Why the undo could not be completed.
        problem: String,
    },
    /// The actor's part of the run was undone.
    Undone,
    /// Intent: the files in the trash of the run are about to be deleted for good. The run can no
    /// longer be undone.
    Purged,
}

/// What the vision model said of one generated picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedAt {
    /// The order that the picture belongs to.
    pub order: OrderKey,
    /// The class that the model recognised; null if the answer left the picture out, in which case
    /// it is rejected.
    pub class: Option<ImageClass>,
    /// The quality that the model gave, 1 to 10; null if the answer left the picture out.
    pub quality: Option<Quality>,
    /// Why the picture is rejected; absent if it passed. Records of early versions do not name a
    /// wrong class here, so readers compare `class` with the ordered class too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The perceptual hash of the picture; absent if it was not computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<PerceptualHash>,
}

/// A conditional write of the training manifest, with the pictures that it adds and removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The version of the training manifest that is replaced; null if there is none yet. The write
    /// fails if the manifest has another version.
    pub from: Option<Version>,
    /// The digest of the training manifest before the write, kept as a document of the run; null if
    /// there is none yet.
    pub before: Option<Digest>,
    /// The digest of the training manifest after the write, kept as a document of the run; null if
    /// the manifest is deleted.
    pub after: Option<Digest>,
    /// Pictures that the write adds to the set.
    pub added: Vec<Added>,
    /// Pictures that the write removes from the set.
    pub leaving: Vec<Leaving>,
}

/// A picture that a [`Change`] adds to the set. Its files are stored before the change is committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The file name of the picture.
    pub name: ImageName,
    /// The SHA-256 digest of its bytes.
    pub sha256: Digest,
    /// Every copy of the picture: local file, object, or both.
    pub places: Vec<Place>,
}

/// A picture that a [`Change`] removes from the set. Its files go to the trash after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The file name of the picture.
    pub name: ImageName,
    /// The SHA-256 digest of its bytes.
    pub sha256: Digest,
    /// Every copy of the picture, in the order of removal. The object comes before the local file,
    /// so the local file exists as long as the object does.
    pub places: Vec<Place>,
}

/// A removed picture that an undo restores from the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returning {
    /// The file name of the picture.
    pub name: ImageName,
    /// The SHA-256 digest of its bytes.
    pub sha256: Digest,
    /// For each copy of the picture, where it was and where it is in the trash.
    pub places: Vec<Trashed>,
}

/// How an actor's part of a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    /// Everything that was planned was done.
    Complete,
    /// Work had begun and something could not be done. The set and its manifests are consistent.
    Failed {
        /// What could not be done, and why.
        error: String,
    },
    /// Work did not begin, because the actor has changed since the plan. Nothing was
    /// changed.
    Refused {
        /// What differs from the plan.
        error: String,
    },
}
