//! Events that a run reports while it works, for a progress bar, log lines or a web page.

use crate::report::ActorReport;
use serde::Serialize;
use tdbal_types::{ActorId, ImageClass, ImageName, Usd};

/// An event of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The run started.
    RunStarted {
        /// The number of selected actors.
        actors: usize,
        /// The number of those that an earlier run finished and this run skips.
        resumed: usize,
    },
    /// All actors are planned for, and the changes start. Each actor that is changed reports
    /// [`ActorStarted`](Self::ActorStarted) and [`ActorFinished`](Self::ActorFinished) again.
    ChangesStarted {
        /// The number of actors that are about to be changed.
        actors: usize,
    },
    /// Work on an actor started.
    ActorStarted {
        /// The actor that is worked on.
        actor: ActorId,
    },
    /// A sheet of an actor's pictures was sent to the vision model.
    Asking {
        /// The actor whose pictures are on the sheet.
        actor: ActorId,
        /// The number of pictures on the sheet.
        pictures: usize,
    },
    /// Pictures of an actor were sent to the vision model one by one.
    LookingClosely {
        /// The actor that the pictures belong to.
        actor: ActorId,
        /// The number of pictures.
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
        /// The actor that the picture was bought for.
        actor: ActorId,
        /// The class that was ordered.
        class: ImageClass,
        /// The price of the picture.
        cost: Usd,
    },
    /// A picture was moved to the trash.
    Removed {
        /// The actor whose set the picture left.
        actor: ActorId,
        /// The file name of the picture.
        file: ImageName,
    },
    /// Work on an actor ended, whatever its result.
    ActorFinished {
        /// The result for the actor.
        report: Box<ActorReport>,
        /// What the run has spent so far, on all actors.
        spent: Usd,
    },
    /// The run starts no more actors.
    Stopping {
        /// Why the run stops.
        reason: String,
    },
}

/// Receives the events of a run, from several tasks at once.
pub trait Observer: Send + Sync {
    /// Receives one event. Must not block.
    fn on_event(&self, event: &Event);
}

/// An observer that ignores all events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on_event(&self, _event: &Event) {}
}
