//! What a run tells while it goes on. A progress bar, plain lines and a web page are all consumers of
//! this one stream.

use crate::report::ActorReport;
use serde::Serialize;
use tdbal_types::{ActorId, ImageClass, ImageName, Usd};

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// How many actors were asked for.
        actors: usize,
        /// How many of them were done already and are not done again.
        resumed: usize,
    },
    /// The plans are made, and the actors that they change are changed now: each is begun and
    /// finished once more.
    ChangesStarted {
        /// How many actors are to be changed.
        actors: usize,
    },
    /// An actor is begun.
    ActorStarted {
        /// The actor.
        actor: ActorId,
    },
    /// The sheet of an actor is with the model.
    Asking {
        /// The actor.
        actor: ActorId,
        /// How many pictures are asked about.
        pictures: usize,
    },
    /// Pictures of an actor are with the model one by one.
    LookingClosely {
        /// The actor.
        actor: ActorId,
        /// How many.
        pictures: usize,
    },
    /// The model answered one more of the pictures that it is asked about one by one.
    LookedClosely {
        /// The actor.
        actor: ActorId,
        /// Number of pictures answered so far.
        done: usize,
        /// Number of pictures asked about.
        pictures: usize,
    },
    /// A picture was bought.
    Generated {
        /// The actor.
        actor: ActorId,
        /// The class that was asked for.
        class: ImageClass,
        /// What it cost.
        cost: Usd,
    },
    /// A picture was moved to the trash.
    Removed {
        /// The actor.
        actor: ActorId,
        /// The picture.
        file: ImageName,
    },
    /// An actor is finished, one way or another.
    ActorFinished {
        /// What became of it.
        report: Box<ActorReport>,
        /// What the run has spent so far.
        spent: Usd,
    },
    /// The run stops starting actors.
    Stopping {
        /// Why.
        reason: String,
    },
}

/// Takes events. Called from many tasks; it must not block.
pub trait Observer: Send + Sync {
    /// Takes one event.
    fn on_event(&self, event: &Event);
}

/// Takes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on_event(&self, _event: &Event) {}
}
