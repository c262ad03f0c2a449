//! Locks in a bucket: leases that their holders renew.

use super::held::{Held, LeaseLock};
use super::lease::{Lease, Sight, Standing, after, standing_of_unreadable};
use super::settings::{Clock, IsAlive, LeaseSettings};
use super::stored::{MAX_LEASE, encode, failed, is_lost_race, parse};
use crate::{ActorLock, ActorLocks, Holder, LockError, LockInfo};
use async_trait::async_trait;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use storage::{Object, ObjectKey, ObjectReadExt as _, ObjectStore, PutMode, Version};
use tdbal_types::ActorId;
use tokio::time::Instant;

/// How the names of leases end.
const SUFFIX: &str = ".json";

/// Leases as objects of a store whose conditional writes are one step: `{prefix}/locks/{actor}.json`.
///
/// - A lease is created where none is, or written over one that has expired or whose holder is known
///   to be dead; it is renewed by a task of its own and by [`check`](ActorLock::check).
/// - A lease that has expired by the clock, of a holder that may live, is watched for half its time
///   to live before it is taken over: that long `acquire` may take.
/// - A holder counts on a lease only while a quarter of its time to live is left, so that it has
///   stopped before another begins.
pub struct LeaseLocks {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    settings: LeaseSettings,
    clock: Clock,
    is_alive: IsAlive,
    sightings: Mutex<HashMap<ActorId, Sighting>>,
}

/// A lease as it was last seen: since when it is as it is, and when that was looked at.
#[derive(Debug)]
struct Sighting {
    version: Version,
    nonce: Option<String>,
    since: Instant,
    looked: Instant,
}

/// A lease that somebody has, as it was read just now.
struct Found {
    version: Version,
    /// `None` where it cannot be read.
    lease: Option<Lease>,
    unchanged_for: Duration,
    /// Whether it was renewed since it was last seen, not long ago: its holder lives.
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
    /// Leases below `prefix` (`{prefix of the data}/.tdbal`), with or without a slash at its end.
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
            settings: settings.sound(),
            clock,
            is_alive,
            sightings: Mutex::default(),
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

    async fn find(&self, actor: &ActorId, key: &ObjectKey) -> Result<Option<Found>, LockError> {
        let object = self.store.get_optional(key, MAX_LEASE).await;
        let object = object.map_err(|source| failed(actor, source))?;
        Ok(object.map(|object| self.recognise(actor, object)))
    }

    /// Compares a lease with what was seen of it before.
    fn recognise(&self, actor: &ActorId, object: Object) -> Found {
        let lease = parse(&object.bytes);
        let nonce = lease.as_ref().map(|lease| lease.nonce.clone());
        let mut sightings = self
            .sightings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = sightings.get(actor);
        let now = Instant::now();
        let recently = lease.as_ref().map_or(Duration::ZERO, Lease::time_to_live);
        let is_renewed = before.is_some_and(|before| {
            before.version != object.version
                && before.nonce == nonce
                && now - before.looked <= recently
        });
        let since = before
            .filter(|before| before.version == object.version)
            .map_or(now, |before| before.since);
        let sighting = Sighting {
            version: object.version.clone(),
            nonce,
            since,
            looked: now,
        };
        sightings.insert(actor.clone(), sighting);
        Found {
            version: object.version,
            lease,
            unchanged_for: now - since,
            is_renewed,
        }
    }

    fn standing(&self, found: &Found) -> Standing {
        match &found.lease {
            Some(lease) => lease.standing(Sight {
                now: (self.clock)(),
                unchanged_for: found.unchanged_for,
                is_alive: (self.is_alive)(&lease.holder),
            }),
            None => standing_of_unreadable(self.settings.time_to_live, found.unchanged_for),
        }
    }

    /// The refusal that names who has a lease for `left` from now.
    fn held(&self, actor: &ActorId, found: Option<&Found>, left: Duration) -> LockError {
        let lease = found.and_then(|found| found.lease.as_ref());
        let is_known_alive = found.is_some_and(|found| found.is_renewed)
            || lease.is_some_and(|lease| (self.is_alive)(&lease.holder) == Some(true));
        // A holder that lives renews the lease before half of its time is over.
        let time_to_live = lease.map_or(self.settings.time_to_live, Lease::time_to_live);
        let again_after = left.min(time_to_live / 2);
        LockError::Held {
            actor: actor.clone(),
            holder: lease.map(|lease| Box::new(lease.holder.clone())),
            until: Some(after((self.clock)(), left)),
            again_after: (!is_known_alive).then_some(again_after),
        }
    }

    /// Writes a lease of our own. `None` where another was faster.
    async fn take(
        &self,
        actor: &ActorId,
        holder: &Holder,
        key: &ObjectKey,
        mode: PutMode,
    ) -> Result<Option<LeaseLock>, LockError> {
        let asked = Instant::now();
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
                // The answer was lost, not the lease.
                Some(found) if found.is_of(&lease.nonce) => found.version,
                _ if is_lost_race(&error) => return Ok(None),
                _ => return Err(failed(actor, error)),
            },
        };
        let held = Held::new(
            Arc::clone(&self.store),
            key.clone(),
            actor.clone(),
            self.settings,
            Arc::clone(&self.clock),
        );
        Ok(Some(LeaseLock::start(held, lease, version, asked)))
    }
}

impl Found {
    fn is_of(&self, nonce: &str) -> bool {
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
            match self.standing(&found) {
                Standing::Free => break PutMode::Update(found.version),
                // Nobody renewed it yet since it was first seen; who does, lives.
                Standing::Watch(left) if !found.is_renewed => tokio::time::sleep(left).await,
                Standing::Watch(left) | Standing::Held(left) => {
                    return Err(self.held(actor, Some(&found), left));
                }
            }
        };
        if let Some(lock) = self.take(actor, holder, &key, mode).await? {
            return Ok(Box::new(lock));
        }
        let winner = self.find(actor, &key).await?;
        let left = winner.as_ref().and_then(|found| found.lease.as_ref());
        let left = left.map_or(self.settings.time_to_live, Lease::time_to_live);
        Err(self.held(actor, winner.as_ref(), left))
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
                tracing::warn!(%key, "no lock has this name: left out");
                continue;
            };
            let object = self.store.get_optional(&key, MAX_LEASE).await;
            // It may be given back meanwhile.
            let Some(object) = object.map_err(|source| failed(&actor, source))? else {
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
