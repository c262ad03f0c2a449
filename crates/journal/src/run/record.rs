//! What the journal of an actor says: every step's intent before it is done, and what came of it.
//!
//! The format is read by later versions and by other programs: fields are added, never given another
//! meaning.

use serde::{Deserialize, Serialize};
use std::fmt;
use storage::place::{NewPlace, Place, Trashed};
use storage::{ObjectKey, Version};
use tdbal_types::{
    Digest, ImageClass, ImageName, PerceptualHash, PredictionId, Prompt, Quality, Tokens, Usd,
};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When: UTC, `2026-11-22T11:06:50.123456`.
    pub time: String,
    /// What.
    #[serde(flatten)]
    pub step: Step,
}

/// Which of an actor's orders: the class, and a number within it that goes up with every order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// The class that is wanted.
    pub class: ImageClass,
    /// Its number within the class, from 1.
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
    /// The actor is begun, after its set was found to be as the plan saw it.
    Begun,
    /// Intent: the create call is about to be sent.
    Order {
        /// The order.
        order: OrderKey,
        /// How often this order is being bought, from 1; more only after two listings lacked it.
        attempt: u32,
        /// The prompt.
        prompt: Prompt,
        /// The seed, derived from run, actor, order and attempt.
        seed: u64,
        /// What it will cost.
        price: Usd,
    },
    /// The order has a prediction.
    Ordered {
        /// The order.
        order: OrderKey,
        /// The prediction: paid for.
        prediction: PredictionId,
        /// The model that makes it.
        model: String,
    },
    /// The create call got no answer that says what became of it.
    OrderLost {
        /// The order.
        order: OrderKey,
        /// What came in place of an answer.
        problem: String,
    },
    /// The service takes no order of anybody for now; this one was not taken.
    OrderRefused {
        /// The order.
        order: OrderKey,
        /// What it said.
        problem: String,
    },
    /// A lost order is in none of two whole listings, so that it was never taken.
    OrderAbsent {
        /// The order.
        order: OrderKey,
    },
    /// A lost order is given up; the operator accepts that it may have been charged.
    OrderGivenUp {
        /// The order.
        order: OrderKey,
        /// What it may have cost.
        cost: Usd,
    },
    /// The order came to nothing.
    OrderFailed {
        /// The order.
        order: OrderKey,
        /// The prediction, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prediction: Option<PredictionId>,
        /// Why.
        problem: String,
        /// What it cost, or may have cost at most.
        cost: Usd,
        /// Whether another prompt may do better.
        again: bool,
    },
    /// Intent: the picture came, decodes, and is about to be stored under this name.
    Store {
        /// The order.
        order: OrderKey,
        /// Its file name.
        name: ImageName,
        /// The number in it.
        number: u64,
        /// The SHA-256 of what is stored.
        sha256: Digest,
        /// Its size in bytes.
        size: u64,
        /// What it cost.
        cost: Usd,
        /// The keys that it is created at; the address that the manifest will have.
        at: Vec<NewPlace>,
        /// The address that the manifest will have, where it has an object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        s3_url: Option<String>,
    },
    /// It is stored.
    Stored {
        /// The order.
        order: OrderKey,
        /// Where.
        places: Vec<Place>,
    },
    /// Something else has that name; nothing was written there.
    NameTaken {
        /// The order.
        order: OrderKey,
        /// The name.
        name: ImageName,
    },
    /// Pictures that came were looked at.
    Looked {
        /// What was seen; one that was not spoken of is rejected.
        seen: Vec<LookedAt>,
        /// What the look cost.
        cost: Usd,
        /// Its tokens.
        tokens: Tokens,
    },
    /// Nobody could look at what came; it is kept, and nothing is removed on its strength.
    Unlooked {
        /// The orders.
        orders: Vec<OrderKey>,
        /// Why.
        problem: String,
        /// What trying cost.
        cost: Usd,
        /// Whether everything else may go on as if they had been looked at: a replay without
        /// recorded looks.
        accepted: bool,
    },
    /// Intent: the picture is not taken and goes to the trash.
    Reject {
        /// The order.
        order: OrderKey,
        /// Why.
        reason: String,
    },
    /// It is in the trash.
    Rejected {
        /// The order.
        order: OrderKey,
        /// Where, and where it was.
        places: Vec<Trashed>,
    },
    /// Intent: the local copy of a picture is about to be created from its object.
    Fetch {
        /// Its name.
        name: ImageName,
        /// The object, in the version that was downloaded.
        from: Place,
        /// The SHA-256 of what was downloaded.
        sha256: Digest,
        /// Where it is created.
        to: NewPlace,
    },
    /// It is there.
    Fetched {
        /// Its name.
        name: ImageName,
        /// Where.
        place: Place,
    },
    /// Intent: the training manifest is about to be written.
    Commit(Box<Change>),
    /// It was written: from here on the set is the new one.
    Committed {
        /// Its version; none where there is no manifest any more.
        version: Option<Version>,
    },
    /// It was not written, because somebody else had changed it; the set stays as it is.
    Withdrawn {
        /// What changed.
        problem: String,
    },
    /// A picture that left the set is in the trash, and no longer where it was.
    Removed {
        /// Its name.
        name: ImageName,
        /// Where it was and is.
        places: Vec<Trashed>,
    },
    /// Intent: pictures that could not be moved to the trash get their entries back.
    Reinstate {
        /// Their names.
        names: Vec<ImageName>,
        /// Why.
        problem: String,
        /// The training manifest as it will be: a document of the run.
        after: Digest,
        /// The version that it replaces.
        from: Version,
    },
    /// They have them.
    Reinstated {
        /// The version of the training manifest.
        version: Version,
    },
    /// Intent: the actor manifest is about to be written.
    ActorManifest {
        /// Its key.
        key: ObjectKey,
        /// As it is: a document of the run.
        before: Digest,
        /// As it will be: a document of the run.
        after: Digest,
    },
    /// The actor manifest is in step.
    ActorManifestWritten,
    /// The actor's part of the run is over.
    Done {
        /// How it ended.
        ending: Ending,
    },
    /// Intent: the actor's part of the run is taken back; everything that follows does that.
    Undo {
        /// Pictures that come back.
        back: Vec<Returning>,
    },
    /// A picture is where it was before the run.
    Returned {
        /// Its name.
        name: ImageName,
        /// Where, in its version now.
        places: Vec<Place>,
    },
    /// Intent: it is not taken back after all; what came back goes to the trash again.
    UndoAbandoning {
        /// Why.
        problem: String,
    },
    /// It is not taken back after all; what had come back is in the trash again.
    UndoAbandoned {
        /// Why.
        problem: String,
    },
    /// The actor's part of the run was taken back.
    Undone,
    /// What was in the trash was deleted for good.
    Purged,
}

/// What was seen of a picture that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedAt {
    /// The order.
    pub order: OrderKey,
    /// The class that was seen; none if nothing was said.
    pub class: Option<ImageClass>,
    /// How good it is.
    pub quality: Option<Quality>,
    /// Why it does not count, where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What it looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<PerceptualHash>,
}

/// One conditional write of the training manifest, with everything that follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The version that it replaces; none where there is no manifest yet.
    pub from: Option<Version>,
    /// The manifest before: a document of the run; none where there is none yet.
    pub before: Option<Digest>,
    /// The manifest after: a document of the run; none where there is to be none.
    pub after: Option<Digest>,
    /// Pictures that come into the set.
    pub added: Vec<Added>,
    /// Pictures that leave it.
    pub leaving: Vec<Leaving>,
}

/// A picture that comes into the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its name.
    pub name: ImageName,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Where it is.
    pub places: Vec<Place>,
}

/// A picture that leaves the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Its name.
    pub name: ImageName,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Where it is; the object first, so that it is only gone from the folder when it is gone
    /// elsewhere.
    pub places: Vec<Place>,
}

/// A picture that comes back from the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returning {
    /// Its name.
    pub name: ImageName,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Where it was and where its copies are.
    pub places: Vec<Trashed>,
}

/// How an actor's part of a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    /// Exactly as planned.
    Complete,
    /// Something of it could not be done; the set is whole.
    Failed {
        /// What.
        error: String,
    },
    /// It was not as the plan saw it; nothing was touched.
    Refused {
        /// What was different.
        error: String,
    },
}
