//! Examines actors, journals and locks, and collects what is wrong. Changes nothing.

use crate::diagnose::diagnose;
use crate::facts::{Depth, facts};
use crate::finding::{Finding, Problem, Severity};
use crate::fix_plan::{ActorFix, FIX_SCHEMA_VERSION, FixPlan, OpenMarker, actor_fix};
use crate::objects::Objects;
use crate::runs::Runs;
use crate::{objects, runs};
use async_trait::async_trait;
use dataset::discovery::{ActorFiles, Discovery};
use dataset::folder::DataReader;
use execution::executor::Executor;
use futures_util::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use storage::place::PlaceStore;
use storage::{ObjectStore, ObjectStores, StoreError};
use tdbal_types::{ActorId, RunId, chain};

/// Which actors are examined, and how thoroughly.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// All actors of the data set.
    pub discovery: &'a Discovery,
    /// The actors to examine. `None` examines all, and reports problems that concern no actor.
    pub only: Option<&'a BTreeSet<ActorId>>,
    /// The buckets that the manifests name, from [`named_buckets`]. They are not asked if
    /// [`Depth::offline`] is set.
    pub buckets: &'a Buckets,
    /// How thoroughly the actors are examined.
    pub depth: Depth,
}

/// The regions that addresses name for each bucket, by the bucket's name.
pub type Buckets = BTreeMap<String, BTreeSet<String>>;

/// The result of an examination.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis {
    /// Number of actors that were examined.
    pub actors: usize,
    /// What is wrong, sorted by group, then by actor.
    pub findings: Vec<Finding>,
    fixes: Vec<ActorFix>,
    markers: Vec<OpenMarker>,
}

impl Diagnosis {
    /// Adds findings, for instance from other probes, and drops duplicates.
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        // The sort is stable: within a group and an actor, findings stay in the order of the checks.
        self.findings
            .sort_by(|a, b| (a.group(), &a.actor).cmp(&(b.group(), &b.actor)));
        self.findings.dedup();
        // Everything that asks a broken bucket reports it; one finding per bucket is enough.
        let mut reported = BTreeSet::new();
        self.findings.retain(|finding| match &finding.problem {
            Problem::Bucket { bucket, .. } => reported.insert(bucket.clone()),
            _ => true,
        });
    }

    /// Number of findings with this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.severity() == severity)
            .count()
    }

    /// Plans the fixes of everything that can be fixed, for the given run. `made_at` is in UTC.
    pub fn fix_plan(&self, run_id: RunId, made_at: String) -> FixPlan {
        FixPlan {
            schema_version: FIX_SCHEMA_VERSION,
            run_id,
            made_at,
            marks: self.markers.clone(),
            actors: self.fixes.clone(),
        }
    }
}

/// Lists the buckets that the manifests of the actors name. Manifests that cannot be read are
/// skipped; [`examine`] reports them.
pub async fn named_buckets(
    executor: &Executor,
    discovery: &Discovery,
    only: Option<&BTreeSet<ActorId>>,
) -> Buckets {
    let reader = executor.data.reader();
    let now = executor.evaluation.clock.stamp();
    let mut buckets = Buckets::new();
    for (actor, files) in &discovery.actors {
        if only.is_none_or(|only| only.contains(actor))
            && let Ok(set) = dataset::set::load(&reader, actor, files, &now).await
        {
            objects::add_buckets(&reader, &set, &mut buckets);
        }
    }
    buckets
}

/// Examines actors, journals and locks. Changes nothing.
pub async fn examine(executor: &Executor, scope: Scope<'_>) -> Diagnosis {
    let Scope {
        discovery,
        only,
        buckets,
        depth,
    } = scope;
    let is_wanted = |actor: &ActorId| only.is_none_or(|only| only.contains(actor));
    let mut runs = runs::examine(executor).await;
    let mut found = Diagnosis::default();
    if only.is_none() {
        let warnings = discovery.warnings.iter().cloned();
        found.add(warnings.map(|problem| Finding {
            actor: None,
            problem: Problem::Data { problem },
        }));
    }
    let reader = reader(executor, depth);
    let actors: Vec<_> = discovery
        .actors
        .iter()
        .filter(|(actor, _)| is_wanted(actor))
        .collect();
    let examined: Vec<Examined> = stream::iter(actors)
        .map(|(actor, files)| examine_actor(executor, &reader, actor, files, &runs, depth))
        .buffered(executor.settings.jobs.max(1))
        .collect()
        .await;
    let mut unreachable: BTreeMap<String, String> = BTreeMap::new();
    for actor in examined {
        found.actors += 1;
        found.add(actor.findings);
        found.fixes.extend(actor.fix);
        for (bucket, problem) in actor.objects.problems {
            unreachable.entry(bucket).or_insert(problem);
        }
    }
    if !depth.offline {
        for bucket in buckets.keys() {
            if !unreachable.contains_key(bucket)
                && let Err(problem) = check_bucket_locks(executor, &mut runs, bucket).await
            {
                unreachable.insert(bucket.clone(), problem);
            }
        }
    }
    found.add(unreachable.into_iter().map(|(bucket, problem)| Finding {
        actor: None,
        problem: Problem::Bucket { bucket, problem },
    }));
    let is_in_scope = |finding: &Finding| match &finding.actor {
        Some(actor) => is_wanted(actor),
        None => only.is_none(),
    };
    found.add(runs.findings.into_iter().filter(is_in_scope));
    let markers = runs.markers.into_iter();
    found.markers = markers.filter(|marker| is_wanted(&marker.actor)).collect();
    found
}

/// The result of one actor.
struct Examined {
    findings: Vec<Finding>,
    fix: Option<ActorFix>,
    objects: Objects,
}

async fn examine_actor(
    executor: &Executor,
    reader: &DataReader,
    actor: &ActorId,
    files: &ActorFiles,
    runs: &Runs,
    depth: Depth,
) -> Examined {
    let hidden = runs.unfinished.get(actor);
    match facts(executor, reader, actor, files, hidden, depth).await {
        Ok(facts) => Examined {
            findings: diagnose(&facts),
            fix: actor_fix(&facts),
            objects: facts.objects,
        },
        Err(error) => {
            let problem = error.chain();
            Examined {
                findings: vec![Finding::of(actor.clone(), Problem::Data { problem })],
                fix: None,
                objects: Objects::default(),
            }
        }
    }
}

/// Checks the locks in a bucket; the error is the text of the bucket's problem.
async fn check_bucket_locks(
    executor: &Executor,
    runs: &mut Runs,
    bucket: &str,
) -> Result<(), String> {
    let place = PlaceStore::Bucket {
        name: bucket.to_owned(),
        region: None,
    };
    let store = executor.data.open(&place).await.map_err(|e| chain(&e))?;
    let locks = executor.data.bucket_locks.of(store);
    let checked = runs.check_locks(locks.as_ref()).await;
    checked.map(|_| ()).map_err(|error| chain(&error))
}

fn reader(executor: &Executor, depth: Depth) -> DataReader {
    let mut data = executor.data.clone();
    if depth.offline {
        data.buckets = Arc::new(Offline);
    }
    data.reader()
}

/// A source of buckets that opens none. Operations that need a bucket fail, such as locking an actor
/// whose pictures are in one.
#[derive(Debug, Clone, Copy)]
pub struct Offline;

#[async_trait]
impl ObjectStores for Offline {
    async fn bucket(
        &self,
        name: &str,
        _region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        Err(StoreError::Unavailable {
            store: format!("s3://{name}"),
            problem: "buckets are not used with --offline".into(),
        })
    }
}
