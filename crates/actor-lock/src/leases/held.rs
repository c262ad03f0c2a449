//! A lease that is held.

use super::lease::{Lease, left_to_holder};
use super::settings::{Clock, LeaseSettings};
use super::stored::{MAX_LEASE, encode, failed, is_lost_race, parse};
use crate::{ActorLock, LockError};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use storage::{
    Condition, ObjectKey, ObjectReadExt as _, ObjectStore, PutMode, StoreError, Version,
};
use tdbal_types::ActorId;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often giving back tries again when a renewal that was under way comes between.
const RELEASE_ATTEMPTS: usize = 4;

/// Where a lease is, and how long it lasts.
pub(super) struct Held {
    store: Arc<dyn ObjectStore>,
    key: ObjectKey,
    actor: ActorId,
    settings: LeaseSettings,
    clock: Clock,
}

/// The lease as it was last known.
#[derive(Debug)]
struct State {
    lease: Lease,
    version: Version,
    /// When the last renewal that succeeded was begun.
    renewed: Instant,
    /// Why the lease is ours no longer.
    lost: Option<String>,
}

/// Why a lease could not be looked at or renewed.
enum Trouble {
    /// It is ours no longer.
    Lost(String),
    /// That is not known; it may be tried again.
    Unknown(String),
}

/// A lease and the task that renews it.
pub(super) struct LeaseLock {
    held: Arc<Held>,
    state: Arc<Mutex<State>>,
    renewal: JoinHandle<()>,
}

impl Held {
    pub(super) const fn new(
        store: Arc<dyn ObjectStore>,
        key: ObjectKey,
        actor: ActorId,
        settings: LeaseSettings,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            key,
            actor,
            settings,
            clock,
        }
    }

    /// How long the lease can be counted on.
    fn left(&self, state: &State) -> Duration {
        left_to_holder(
            &state.lease,
            self.settings.time_to_live,
            (self.clock)(),
            state.renewed.elapsed(),
        )
    }

    /// Waits for an answer of the store no longer than a quarter of the time to live: a store that
    /// hangs must not keep a holder from learning that its time is over.
    async fn limited<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, Failure> {
        match timeout(self.settings.time_to_live / 4, call).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if is_lost_race(&error) => Err(Failure::Conflict),
            Ok(Err(error)) => Err(Failure::Other(error.to_string())),
            Err(_) => Err(Failure::Other(format!("{} does not answer", self.store))),
        }
    }

    /// Reads the lease. Where it is ours, its version is the one that counts: a renewal may have
    /// been done though its answer was lost.
    async fn look(&self, state: &mut State) -> Result<(), Trouble> {
        let object = match self.limited(self.store.get(&self.key, MAX_LEASE)).await {
            Ok(object) => object,
            Err(Failure::Conflict) => return Err(Trouble::Lost("it was taken away".into())),
            Err(Failure::Other(problem)) => return Err(Trouble::Unknown(problem)),
        };
        match parse(&object.bytes) {
            Some(lease) if lease.nonce == state.lease.nonce => {
                state.lease = lease;
                state.version = object.version;
                Ok(())
            }
            Some(lease) => Err(Trouble::Lost(format!("{} has it", lease.holder))),
            None => Err(Trouble::Lost("something else stands in its place".into())),
        }
    }

    /// Writes the lease anew, once.
    async fn write(&self, state: &mut State) -> Result<(), Failure> {
        let begun = Instant::now();
        let lease = state
            .lease
            .renewed((self.clock)(), self.settings.time_to_live);
        let mode = PutMode::Update(state.version.clone());
        let put = self.store.put(&self.key, encode(&lease), mode);
        state.version = self.limited(put).await?;
        state.lease = lease;
        state.renewed = begun;
        Ok(())
    }

    async fn renew(&self, state: &mut State) -> Result<(), Trouble> {
        match self.write(state).await {
            Ok(()) => return Ok(()),
            Err(Failure::Other(problem)) => return Err(Trouble::Unknown(problem)),
            Err(Failure::Conflict) => self.look(state).await?,
        }
        // It is ours in a version that we did not know of: an earlier renewal's answer was lost.
        self.write(state).await.map_err(|failure| match failure {
            Failure::Conflict => Trouble::Unknown("it changes at each look".into()),
            Failure::Other(problem) => Trouble::Unknown(problem),
        })
    }

    fn lost(&self, state: &mut State, problem: String) -> LockError {
        state.lost = Some(problem.clone());
        LockError::Lost {
            actor: self.actor.clone(),
            place: format!("{}: {}", self.store, self.key),
            problem,
        }
    }

    async fn check(&self, state: &mut State) -> Result<(), LockError> {
        if let Some(problem) = state.lost.clone() {
            return Err(self.lost(state, problem));
        }
        let mut trouble = self.look(state).await.err();
        if trouble.is_none() && self.left(state) < self.settings.time_to_live / 2 {
            trouble = self.renew(state).await.err();
        }
        match trouble {
            None => {}
            Some(Trouble::Lost(problem)) => return Err(self.lost(state, problem)),
            Some(Trouble::Unknown(problem)) => {
                tracing::warn!(actor = %self.actor, %problem, "the lock could not be asked for");
                if self.is_nearly_over(state) {
                    return Err(self.lost(state, format!("it could not be renewed: {problem}")));
                }
            }
        }
        // The answers may have taken longer than the lease lasts.
        if self.is_nearly_over(state) {
            return Err(self.lost(state, "its time is nearly over".into()));
        }
        Ok(())
    }

    fn is_nearly_over(&self, state: &State) -> bool {
        self.left(state) < self.settings.time_to_live / 4
    }

    /// Renews the lease again and again until it is lost.
    async fn keep(self: Arc<Self>, state: Arc<Mutex<State>>) {
        let mut pause = self.settings.renew_every;
        loop {
            sleep(pause).await;
            let mut state = state.lock().await;
            if state.lost.is_some() {
                return;
            }
            pause = match self.renew(&mut state).await {
                Ok(()) => self.settings.renew_every,
                Err(Trouble::Lost(problem)) => {
                    tracing::warn!(actor = %self.actor, %problem, "the lock is lost");
                    state.lost = Some(problem);
                    return;
                }
                Err(Trouble::Unknown(problem)) if self.left(&state).is_zero() => {
                    tracing::warn!(actor = %self.actor, %problem, "the lock has expired");
                    state.lost = Some(format!("it could not be renewed: {problem}"));
                    return;
                }
                Err(Trouble::Unknown(problem)) => {
                    tracing::warn!(actor = %self.actor, %problem, "the lock was not renewed yet");
                    self.settings.renew_every / 4
                }
            };
        }
    }

    async fn give_back(&self, nonce: &str) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for _ in 0..RELEASE_ATTEMPTS {
            let there = self.store.get_optional(&self.key, MAX_LEASE).await?;
            let version = there
                .filter(|object| parse(&object.bytes).is_some_and(|lease| lease.nonce == nonce))
                .map(|object| object.version);
            let Some(version) = version else {
                return Ok(());
            };
            outcome = self
                .store
                .delete(&self.key, Condition::IfVersion(version))
                .await
                .map(drop);
            match &outcome {
                Err(error) if is_lost_race(error) => {}
                _ => break,
            }
        }
        outcome
    }
}

/// How a call of the store failed.
enum Failure {
    /// The lease is gone or is not as we know it.
    Conflict,
    /// Anything else; what it was, for people.
    Other(String),
}

impl LeaseLock {
    /// Holds a lease that was just written; `asked` is when that was begun.
    pub(super) fn start(held: Held, lease: Lease, version: Version, asked: Instant) -> Self {
        let held = Arc::new(held);
        let state = Arc::new(Mutex::new(State {
            lease,
            version,
            renewed: asked,
            lost: None,
        }));
        let renewal = tokio::spawn(Arc::clone(&held).keep(Arc::clone(&state)));
        Self {
            held,
            state,
            renewal,
        }
    }
}

impl Drop for LeaseLock {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl fmt::Debug for LeaseLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseLock")
            .field("store", &self.held.store)
            .field("key", &self.held.key)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ActorLock for LeaseLock {
    async fn check(&self) -> Result<(), LockError> {
        let mut state = self.state.lock().await;
        self.held.check(&mut state).await
    }

    async fn release(self: Box<Self>) -> Result<(), LockError> {
        self.renewal.abort();
        let nonce = self.state.lock().await.lease.nonce.clone();
        let given_back = self.held.give_back(&nonce).await;
        given_back.map_err(|error| failed(&self.held.actor, error))
    }
}
