//! Acquiring and listing leases.

use super::lease::{Lease, LeaseStatus, Observation, after, status_of_unreadable};
use super::renewal::{LeaseLock, Renewal};
use super::settings::{Clock, IsAlive, LeaseSettings};
use super::stored::{MAX_LEASE, encode, is_lost_race, parse, store_error};
use crate::{ActorLock, ActorLocks, Holder, LockError, LockInfo};
use async_trait::async_trait;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use storage::{Object, ObjectKey, ObjectReadExt as _, ObjectStore, PutMode, Version};
use tdbal_types::ActorId;
use tokio::time::Instant;

/// File extension of leases.
const SUFFIX: &str = ".json";

/// Leases stored as objects `{prefix}/locks/{actor}.json`. The store needs atomic conditional
/// writes.
///
/// - A lease is created if there is none, and replaced if it has expired or its holder is known to
///   be dead. A background task and [`check`](ActorLock::check) renew it.
/// - A lease that has expired by the wall clock, but whose holder may be alive, is watched for half
///   its time to live before it is taken over. `acquire` waits for that long.
/// - A holder relies on its lease only while at least a quarter of the time to live is left, so it
///   stops before another run can take over.
pub struct LeaseLocks {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    settings: LeaseSettings,
    clock: Clock,
    is_alive: IsAlive,
    last_seen: Mutex<HashMap<ActorId, LastSeen>>,
}

/// What an earlier read found of a lease.
#[derive(Debug)]
struct LastSeen {
    version: Version,
    nonce: Option<String>,
    /// Time of the first read that found this version.
    unchanged_since: Instant,
    /// Time of the last read.
    read_at: Instant,
}

/// A lease as it was read just now, compared with the read before.
struct FoundLease {
    version: Version,
    /// Content of the lease; `None` if it cannot be parsed.
    lease: Option<Lease>,
    unchanged_for: Duration,
    /// Whether the lease was renewed since a recent read, which shows that its holder is alive.
    is_renewed: bool,
}

impl fmt::Debug for LeaseLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseLocks")
            .field("store", &self.store)
            .field("prefix", &self.prefix)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl LeaseLocks {
    /// Leases below `prefix` (`{prefix of the data}/.tdbal`); a trailing slash is ignored.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        settings: LeaseSettings,
        clock: Clock,
        is_alive: IsAlive,
    ) -> Self {
        Self {
            store,
            prefix: prefix.trim_end_matches('/').to_owned(),
            settings: settings.clamped(),
            clock,
            is_alive,
            last_seen: Mutex::default(),
        }
    }

    fn folder(&self) -> String {
        if self.prefix.is_empty() {
            "locks".to_owned()
        } else {
            format!("{}/locks", self.prefix)
        }
    }

    fn key(&self, actor: &ActorId) -> Result<ObjectKey, LockError> {
        let key = format!("{}/{actor}{SUFFIX}", self.folder());
        ObjectKey::new(key).map_err(|source| LockError::Name {
            actor: actor.clone(),
            source,
        })
    }

    async fn find(
        &self,
        actor: &ActorId,
        key: &ObjectKey,
    ) -> Result<Option<FoundLease>, LockError> {
        let object = self.store.get_optional(key, MAX_LEASE).await;
        let object = object.map_err(|source| store_error(actor, source))?;
        Ok(object.map(|object| self.compare(actor, object)))
    }

    /// Compares a lease with the last read of it, and remembers this read.
    fn compare(&self, actor: &ActorId, object: Object) -> FoundLease {
        let lease = parse(&object.bytes);
        let nonce = lease.as_ref().map(|lease| lease.nonce.clone());
        let mut last_seen = self
            .last_seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = last_seen.get(actor);
        let now = Instant::now();
        let time_to_live = lease.as_ref().map_or(Duration::ZERO, Lease::time_to_live);
        // A renewal proves life only if it is recent. After a longer gap the holder may have
        // renewed the lease once more and died since.
        let is_renewed = before.is_some_and(|before| {
            before.version != object.version
                && before.nonce == nonce
                && now - before.read_at <= time_to_live
        });
        let unchanged_since = before
            .filter(|before| before.version == object.version)
            .map_or(now, |before| before.unchanged_since);
        let seen = LastSeen {
            version: object.version.clone(),
            nonce,
            unchanged_since,
            read_at: now,
        };
        last_seen.insert(actor.clone(), seen);
        FoundLease {
            version: object.version,
            lease,
            unchanged_for: now - unchanged_since,
            is_renewed,
        }
    }

    fn status(&self, found: &FoundLease) -> LeaseStatus {
        match &found.lease {
            Some(lease) => lease.status(Observation {
                now: (self.clock)(),
                unchanged_for: found.unchanged_for,
                is_alive: (self.is_alive)(&lease.holder),
            }),
            None => status_of_unreadable(self.settings.time_to_live, found.unchanged_for),
        }
    }

    /// The error for a lease that is held for another `left`.
    fn held_error(&self, actor: &ActorId, found: Option<&FoundLease>, left: Duration) -> LockError {
        let lease = found.and_then(|found| found.lease.as_ref());
        let is_known_alive = found.is_some_and(|found| found.is_renewed)
            || lease.is_some_and(|lease| (self.is_alive)(&lease.holder) == Some(true));
        // A live holder renews the lease within half its time to live, so the next attempt shows
        // whether it is alive.
        let time_to_live = lease.map_or(self.settings.time_to_live, Lease::time_to_live);
        let again_after = left.min(time_to_live / 2);
        LockError::Held {
            actor: actor.clone(),
            holder: lease.map(|lease| Box::new(lease.holder.clone())),
            until: Some(after((self.clock)(), left)),
            again_after: (!is_known_alive).then_some(again_after),
        }
    }

    /// Writes our lease; `None` if another run was faster.
    async fn try_take(
        &self,
        actor: &ActorId,
        holder: &Holder,
        key: &ObjectKey,
        mode: PutMode,
    ) -> Result<Option<LeaseLock>, LockError> {
        // Taken before the write, so a slow response cannot make the lease seem fresher than it is.
        let requested = Instant::now();
        let nonce = format!("{:032x}", rand::random::<u128>());
        let lease = Lease::new(
            holder.clone(),
            nonce,
            (self.clock)(),
            self.settings.time_to_live,
        );
        let version = match self.store.put(key, encode(&lease), mode).await {
            Ok(version) => version,
            Err(error) => match self.find(actor, key).await? {
                // The write succeeded and only its response was lost.
                Some(found) if found.has_nonce(&lease.nonce) => found.version,
                _ if is_lost_race(&error) => return Ok(None),
                _ => return Err(store_error(actor, error)),
            },
        };
        let renewal = Renewal::new(
            Arc::clone(&self.store),
            key.clone(),
            actor.clone(),
            self.settings,
            Arc::clone(&self.clock),
        );
        Ok(Some(LeaseLock::start(renewal, lease, version, requested)))
    }
}

impl FoundLease {
    fn has_nonce(&self, nonce: &str) -> bool {
        self.lease
            .as_ref()
            .is_some_and(|lease| lease.nonce == nonce)
    }
}

#[async_trait]
impl ActorLocks for LeaseLocks {
    async fn acquire(
        &self,
        actor: &ActorId,
        holder: &Holder,
    ) -> Result<Box<dyn ActorLock>, LockError> {
        let key = self.key(actor)?;
        let mode = loop {
            let Some(found) = self.find(actor, &key).await? else {
                break PutMode::Create;
            };
            match self.status(&found) {
                LeaseStatus::Free => break PutMode::Update(found.version),
                // Wait to see whether a live holder renews the lease. One that was renewed
                // meanwhile has a live holder, and waiting longer would be pointless.
                LeaseStatus::Watch(left) if !found.is_renewed => tokio::time::sleep(left).await,
                LeaseStatus::Watch(left) | LeaseStatus::Held(left) => {
                    return Err(self.held_error(actor, Some(&found), left));
                }
            }
        };
        if let Some(lock) = self.try_take(actor, holder, &key, mode).await? {
            return Ok(Box::new(lock));
        }
        let winner = self.find(actor, &key).await?;
        let left = winner.as_ref().and_then(|found| found.lease.as_ref());
        let left = left.map_or(self.settings.time_to_live, Lease::time_to_live);
        Err(self.held_error(actor, winner.as_ref(), left))
    }

    async fn list(&self) -> Result<Vec<LockInfo>, LockError> {
        let folder = self.folder();
        let objects = self.store.list(&folder).await.map_err(LockError::List)?;
        let mut locks = Vec::new();
        for key in objects.into_iter().map(|object| object.key) {
            let name = key.as_str().strip_prefix(&folder);
            let actor = name
                .and_then(|name| name.strip_prefix('/')?.strip_suffix(SUFFIX))
                .and_then(|name| ActorId::new(name).ok());
            let Some(actor) = actor else {
                tracing::warn!(%key, "skipping an object that is not a lock");
                continue;
            };
            let object = self.store.get_optional(&key, MAX_LEASE).await;
            // The lease may have been released since it was listed.
            let Some(object) = object.map_err(|source| store_error(&actor, source))? else {
                continue;
            };
            let lease = parse(&object.bytes);
            let (now, lease) = ((self.clock)(), lease.as_ref());
            locks.push(LockInfo {
                actor,
                place: format!("{}: {key}", self.store),
                holder: lease.map(|lease| lease.holder.clone()),
                until: lease.map(|lease| lease.expires_at),
                stale: lease
                    .is_none_or(|lease| lease.is_stale(now, (self.is_alive)(&lease.holder))),
            });
        }
        locks.sort_by(|a, b| a.actor.cmp(&b.actor));
        Ok(locks)
    }
}
