//! Fake picture generator on loopback, with the API of Replicate.
//!
//! It accepts orders, leaves them `processing` for a number of polls and then returns a coded
//! picture (see [`crate::pictures::coded`]) of the class that the prompt asks for.

mod fate;
mod files;
mod listing;
mod orders;
mod prompt_class;
mod routes;
mod state;

pub use fate::Fate;
pub use prompt_class::class_in;
pub use state::Creation;

use crate::loopback::{Loopback, block_on};
use crate::traffic::SeenRequest;
use jiff::SignedDuration;
use state::State;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tdbal_types::{ImageClass, Quality};

/// Fake picture generator. The server stops when this value is dropped.
#[derive(Debug)]
pub struct FakeReplicate {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

impl FakeReplicate {
    /// Starts the server on a free port.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::new()));
        let shared = Arc::clone(&state);
        let server = Loopback::start(move |request| {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            state.respond(request)
        })
        .await;
        let service = Self { server, state };
        service.state().origin = service.server.uri();
        service
    }

    /// Starts the server with another way to tell the class from a prompt; see
    /// [`Self::classify_with`].
    pub async fn start_with(classify: impl Fn(&str) -> ImageClass + Send + 'static) -> Self {
        let service = Self::start().await;
        service.classify_with(classify);
        service
    }

    /// Starts the server from a test without a runtime; see [`Self::start`].
    pub fn start_blocking() -> Self {
        block_on(Self::start())
    }

    /// Returns the base URL for a client; it ends in `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.uri())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the function that tells the class from a prompt. The default is [`class_in`].
    pub fn classify_with(&self, classify: impl Fn(&str) -> ImageClass + Send + 'static) {
        self.state().classify = Box::new(classify);
    }

    /// Sets how many polls of a prediction return `processing`. The default is 1.
    pub fn set_polls(&self, polls: usize) {
        self.state().polls = polls;
    }

    /// Sets the quality of generated pictures. The default is 9.
    pub fn set_quality(&self, quality: Quality) {
        self.state().quality = quality;
    }

    /// Sets the fate of the `nth` order from now on, counted from 1.
    pub fn on_order(&self, nth: usize, fate: Fate) {
        let mut state = self.state();
        let nth = state.orders + nth;
        state.fates.insert(nth, fate);
    }

    /// Calls `watcher` twice for every request: when it has arrived and when it has been carried
    /// out.
    ///
    /// Replaces the previous watcher. It runs on the server's thread, one request at a time.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.server.on_request(watcher);
    }

    /// Accepts only this token from now on.
    pub fn accept_only(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Turns ignoring `created_after` in listings on or off.
    pub fn ignore_filters(&self, ignores: bool) {
        self.state().ignores_filters = ignores;
    }

    /// Removes the input and output of all predictions so far, as the service does after an hour.
    pub fn remove_data(&self) {
        for prediction in &mut self.state().taken {
            prediction.data_removed = true;
        }
    }

    /// Moves the creation time of all predictions so far back by `by`.
    pub fn age(&self, by: SignedDuration) {
        for prediction in &mut self.state().taken {
            prediction.created_at -= by;
        }
    }

    /// Returns the number of complete listings, that is, those read to the last page.
    pub fn listings(&self) -> usize {
        self.state().listings
    }

    /// Returns the number of orders received, including rejected ones.
    pub fn orders(&self) -> usize {
        self.state().orders
    }

    /// Returns all accepted orders, oldest first. These are the ones that cost money.
    pub fn paid(&self) -> Vec<Creation> {
        let state = self.state();
        let taken = state.taken.iter();
        taken
            .map(|prediction| prediction.creation.clone())
            .collect()
    }

    /// Returns the number of uploaded files.
    pub fn uploads(&self) -> usize {
        self.state().files.len()
    }
}
