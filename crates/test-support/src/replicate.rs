//! A picture generator on loopback: it takes orders, keeps them waiting a little and gives coded
//! pictures (see [`crate::pictures::coded`]) of the class that it finds in the prompt.

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

/// A picture generator. It lives as long as this value.
#[derive(Debug)]
pub struct FakeReplicate {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

impl FakeReplicate {
    /// Starts a generator on a free port.
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

    /// Starts a generator that tells the class from a prompt in another way.
    pub async fn start_with(classify: impl Fn(&str) -> ImageClass + Send + 'static) -> Self {
        let service = Self::start().await;
        service.classify_with(classify);
        service
    }

    /// The same as [`Self::start`] for a test that is not asynchronous.
    pub fn start_blocking() -> Self {
        block_on(Self::start())
    }

    /// What a client is given as the base URL; it ends in `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.uri())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the class is told from a prompt; [`class_in`] unless set.
    pub fn classify_with(&self, classify: impl Fn(&str) -> ImageClass + Send + 'static) {
        self.state().classify = Box::new(classify);
    }

    /// How often a prediction is still `processing` when it is asked for; once unless set.
    pub fn set_polls(&self, polls: usize) {
        self.state().polls = polls;
    }

    /// The quality of what is generated; 9 unless set.
    pub fn set_quality(&self, quality: Quality) {
        self.state().quality = quality;
    }

    /// What becomes of the `nth` order from now on, counted from 1.
    pub fn on_order(&self, nth: usize, fate: Fate) {
        let mut state = self.state();
        let nth = state.orders + nth;
        state.fates.insert(nth, fate);
    }

    /// Shows every request to `watcher`, when it has arrived and once more when it is done, in place
    /// of whatever looked on before. It runs on the server's thread, one request at a time.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.server.on_request(watcher);
    }

    /// From now on only this token is accepted.
    pub fn accept_only(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Whether the listing gives all predictions, whatever is asked for.
    pub fn ignore_filters(&self, ignores: bool) {
        self.state().ignores_filters = ignores;
    }

    /// Removes input and output of every prediction so far, as the service does after an hour.
    pub fn remove_data(&self) {
        for prediction in &mut self.state().taken {
            prediction.data_removed = true;
        }
    }

    /// Makes every prediction so far older.
    pub fn age(&self, by: SignedDuration) {
        for prediction in &mut self.state().taken {
            prediction.created_at -= by;
        }
    }

    /// How many whole listings were served: those of which the last page was asked for.
    pub fn listings(&self) -> usize {
        self.state().listings
    }

    /// All orders that arrived, the refused ones too.
    pub fn orders(&self) -> usize {
        self.state().orders
    }

    /// Every order that was taken, in order: what an operator pays for.
    pub fn paid(&self) -> Vec<Creation> {
        let state = self.state();
        let taken = state.taken.iter();
        taken
            .map(|prediction| prediction.creation.clone())
            .collect()
    }

    /// How many files were uploaded.
    pub fn uploads(&self) -> usize {
        self.state().files.len()
    }
}
