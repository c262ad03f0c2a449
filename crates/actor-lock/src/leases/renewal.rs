//! A held lease: renewing, checking and releasing it.

use super::lease::{Lease, remaining_for_holder};
use super::settings::{Clock, LeaseSettings};
use super::stored::{MAX_LEASE, encode, is_lost_race, parse, store_error};
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

/// Attempts to delete the lease on release, in case a renewal in flight changes it in between.
const RELEASE_ATTEMPTS: usize = 4;

/// What is needed to read, renew and delete one held lease.
pub(super) struct Renewal {
    store: Arc<dyn ObjectStore>,
    key: ObjectKey,
    actor: ActorId,
    settings: LeaseSettings,
    clock: Clock,
}

/// The last known state of the lease.
#[derive(Debug)]
struct State {
    lease: Lease,
    version: Version,
    /// When the last successful renewal was requested.
    renewed: Instant,
    /// How the lease was lost, once it is.
    lost: Option<String>,
}

/// Why reading or renewing the lease failed.
enum LeaseFailure {
    /// Another holder has the lease.
    Lost(String),
    /// It is unknown whether the lease is still ours; retry.
    Unknown(String),
}

/// A lease and the background task that renews it.
pub(super) struct LeaseLock {
    renewal: Arc<Renewal>,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Renewal {
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

    /// For how long the lease can be relied on.
    fn remaining(&self, state: &State) -> Duration {
        remaining_for_holder(
            &state.lease,
            self.settings.time_to_live,
            (self.clock)(),
            state.renewed.elapsed(),
        )
    }

    /// Awaits a store call for at most a quarter of the time to live.
    async fn with_timeout<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreFailure> {
        // A store that hangs must not keep the holder from noticing that its lease runs out.
        match timeout(self.settings.time_to_live / 4, call).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if is_lost_race(&error) => Err(StoreFailure::Conflict),
            Ok(Err(error)) => Err(StoreFailure::Other(error.to_string())),
            Err(_) => Err(StoreFailure::Other(format!(
                "{} does not respond",
                self.store
            ))),
        }
    }

    /// Reads the lease and, if it is ours, adopts its content and version. They can be newer than
    /// `state` after a renewal whose response was lost.
    async fn refresh(&self, state: &mut State) -> Result<(), LeaseFailure> {
        let object = match self
            .with_timeout(self.store.get(&self.key, MAX_LEASE))
            .await
        {
            Ok(object) => object,
            Err(StoreFailure::Conflict) => {
                return Err(LeaseFailure::Lost("the lease was deleted".into()));
            }
            Err(StoreFailure::Other(problem)) => return Err(LeaseFailure::Unknown(problem)),
        };
        match parse(&object.bytes) {
            Some(lease) if lease.nonce == state.lease.nonce => {
                state.lease = lease;
                state.version = object.version;
                Ok(())
            }
            Some(lease) => Err(LeaseFailure::Lost(format!("now held by {}", lease.holder))),
            None => Err(LeaseFailure::Lost(
                "the object no longer contains a lease".into(),
            )),
        }
    }

    /// Extends the lease with a single conditional write.
    async fn write(&self, state: &mut State) -> Result<(), StoreFailure> {
        // Taken before the write, so a slow response cannot make the lease seem fresher than it is.
        let requested = Instant::now();
        let lease = state
            .lease
            .renewed((self.clock)(), self.settings.time_to_live);
        let mode = PutMode::Update(state.version.clone());
        let put = self.store.put(&self.key, encode(&lease), mode);
        state.version = self.with_timeout(put).await?;
        state.lease = lease;
        state.renewed = requested;
        Ok(())
    }

    async fn renew(&self, state: &mut State) -> Result<(), LeaseFailure> {
        match self.write(state).await {
            Ok(()) => return Ok(()),
            Err(StoreFailure::Other(problem)) => return Err(LeaseFailure::Unknown(problem)),
            Err(StoreFailure::Conflict) => self.refresh(state).await?,
        }
        // The lease is ours but has a newer version: the response to an earlier renewal was lost.
        self.write(state).await.map_err(|failure| match failure {
            StoreFailure::Conflict => LeaseFailure::Unknown("the lease keeps changing".into()),
            StoreFailure::Other(problem) => LeaseFailure::Unknown(problem),
        })
    }

    /// Marks the lease as lost for good and returns the error.
    fn lose(&self, state: &mut State, problem: String) -> LockError {
        state.lost = Some(problem.clone());
        LockError::Lost {
            actor: self.actor.clone(),
            place: format!("{}: {}", self.store, self.key),
            problem,
        }
    }

    async fn check(&self, state: &mut State) -> Result<(), LockError> {
        if let Some(problem) = state.lost.clone() {
            return Err(self.lose(state, problem));
        }
        let mut failure = self.refresh(state).await.err();
        if failure.is_none() && self.remaining(state) < self.settings.time_to_live / 2 {
            failure = self.renew(state).await.err();
        }
        match failure {
            None => {}
            Some(LeaseFailure::Lost(problem)) => return Err(self.lose(state, problem)),
            Some(LeaseFailure::Unknown(problem)) => {
                tracing::warn!(actor = %self.actor, %problem, "could not check the lock");
                // While time is left no other run can take the lease over, so a store that fails
                // for a moment does not end the run.
                if self.is_about_to_expire(state) {
                    return Err(
                        self.lose(state, format!("the lease could not be renewed: {problem}"))
                    );
                }
            }
        }
        // The store may have taken so long to respond that the lease is running out.
        if self.is_about_to_expire(state) {
            return Err(self.lose(state, "the lease is about to expire".into()));
        }
        Ok(())
    }

    fn is_about_to_expire(&self, state: &State) -> bool {
        self.remaining(state) < self.settings.time_to_live / 4
    }

    /// Renews the lease at intervals until it is lost.
    async fn run(self: Arc<Self>, state: Arc<Mutex<State>>) {
        let mut pause = self.settings.renew_every;
        loop {
            sleep(pause).await;
            let mut state = state.lock().await;
            if state.lost.is_some() {
                return;
            }
            pause = match self.renew(&mut state).await {
                Ok(()) => self.settings.renew_every,
                Err(LeaseFailure::Lost(problem)) => {
                    tracing::warn!(actor = %self.actor, %problem, "lost the lock");
                    state.lost = Some(problem);
                    return;
                }
                Err(LeaseFailure::Unknown(problem)) if self.remaining(&state).is_zero() => {
                    tracing::warn!(actor = %self.actor, %problem, "the lock has expired");
                    state.lost = Some(format!("the lease could not be renewed: {problem}"));
                    return;
                }
                Err(LeaseFailure::Unknown(problem)) => {
                    tracing::warn!(actor = %self.actor, %problem, "could not renew the lock yet");
                    // Retry early, to have several attempts before the lease expires.
                    self.settings.renew_every / 4
                }
            };
        }
    }

    /// Deletes the lease if it still has this nonce.
    async fn delete_if_ours(&self, nonce: &str) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for _ in 0..RELEASE_ATTEMPTS {
            let current = self.store.get_optional(&self.key, MAX_LEASE).await?;
            let version = current
                .filter(|object| parse(&object.bytes).is_some_and(|lease| lease.nonce == nonce))
                .map(|object| object.version);
            let Some(version) = version else {
                return Ok(());
            };
            // Conditional on the version, which protects a lease that another run has taken.
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

/// Why a store call failed.
enum StoreFailure {
    /// The lease was deleted or has another version.
    Conflict,
    /// Any other failure, as a message.
    Other(String),
}

impl LeaseLock {
    /// Starts renewing a lease that was just written; `requested` is the time before that write.
    pub(super) fn start(
        renewal: Renewal,
        lease: Lease,
        version: Version,
        requested: Instant,
    ) -> Self {
        let renewal = Arc::new(renewal);
        let state = Arc::new(Mutex::new(State {
            lease,
            version,
            renewed: requested,
            lost: None,
        }));
        let task = tokio::spawn(Arc::clone(&renewal).run(Arc::clone(&state)));
        Self {
            renewal,
            state,
            task,
        }
    }
}

impl Drop for LeaseLock {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for LeaseLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseLock")
            .field("store", &self.renewal.store)
            .field("key", &self.renewal.key)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ActorLock for LeaseLock {
    async fn check(&self) -> Result<(), LockError> {
        let mut state = self.state.lock().await;
        self.renewal.check(&mut state).await
    }

    async fn release(self: Box<Self>) -> Result<(), LockError> {
        self.task.abort();
        let nonce = self.state.lock().await.lease.nonce.clone();
        let deleted = self.renewal.delete_if_ours(&nonce).await;
        deleted.map_err(|error| store_error(&self.renewal.actor, error))
    }
}
