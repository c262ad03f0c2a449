//! Looks at actors, journals and locks, and puts together what is wrong. Changes nothing.

use crate::diagnose::diagnose;
use crate::facts::{Depth, facts};
use crate::finding::{Finding, Problem, Severity};
use crate::fix_plan::{ActorFix, FIX_SCHEMA_VERSION, FixPlan, OpenMarker, mend};
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

/// Who is looked at, and how.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The actors that there are.
    pub discovery: &'a Discovery,
    /// Only these of them; all, and what is about none of them, if it is not given.
    pub only: Option<&'a BTreeSet<ActorId>>,
    /// The buckets that the manifests name ([`named_buckets`]); none of them is asked where the depth
    /// says so.
    pub buckets: &'a Buckets,
    /// How closely.
    pub depth: Depth,
}

/// Buckets by name, and the regions that addresses say of each.
pub type Buckets = BTreeMap<String, BTreeSet<String>>;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Diagnosis {
    /// How many actors were looked at.
    pub actors: usize,
    /// What is wrong, in groups, and in each by actor.
    pub findings: Vec<Finding>,
    fixes: Vec<ActorFix>,
    marks: Vec<OpenMarker>,
}

impl Diagnosis {
    /// Adds what others found.
    pub fn tell(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        // Within a group and an actor they stay in the order in which they were found.
        self.findings
            .sort_by(|a, b| (a.group(), &a.actor).cmp(&(b.group(), &b.actor)));
        self.findings.dedup();
        // What is wrong with a bucket is told by everything that asks it: once is enough.
        let mut told = BTreeSet::new();
        self.findings.retain(|finding| match &finding.problem {
            Problem::Bucket { bucket, .. } => told.insert(bucket.clone()),
            _ => true,
        });
    }

    /// How many findings are so bad.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.severity() == severity)
            .count()
    }

    /// What can be mended.
    pub fn fix_plan(&self, run_id: RunId, made_at: String) -> FixPlan {
        FixPlan {
            schema_version: FIX_SCHEMA_VERSION,
            run_id,
            made_at,
            marks: self.marks.clone(),
            actors: self.fixes.clone(),
        }
    }
}

/// The buckets that the manifests of actors name; what cannot be read is told by [`examine`].
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
            objects::name_buckets(&reader, &set, &mut buckets);
        }
    }
    buckets
}

/// Looks at actors, journals and locks. Changes nothing.
pub async fn examine(executor: &Executor, checkup: Scope<'_>) -> Diagnosis {
    let Scope {
        discovery,
        only,
        buckets,
        depth,
    } = checkup;
    let is_asked = |actor: &ActorId| only.is_none_or(|only| only.contains(actor));
    let mut runs = runs::examine(executor).await;
    let mut found = Diagnosis::default();
    if only.is_none() {
        let warnings = discovery.warnings.iter().cloned();
        found.tell(warnings.map(|problem| Finding {
            actor: None,
            problem: Problem::Data { problem },
        }));
    }
    let reader = reader(executor, depth);
    let actors: Vec<_> = discovery
        .actors
        .iter()
        .filter(|(actor, _)| is_asked(actor))
        .collect();
    let seen: Vec<Seen> = stream::iter(actors)
        .map(|(actor, files)| look(executor, &reader, actor, files, &runs, depth))
        .buffered(executor.settings.jobs.max(1))
        .collect()
        .await;
    let mut unreachable: BTreeMap<String, String> = BTreeMap::new();
    for seen in seen {
        found.actors += 1;
        found.tell(seen.findings);
        found.fixes.extend(seen.fix);
        for (bucket, problem) in seen.objects.problems {
            unreachable.entry(bucket).or_insert(problem);
        }
    }
    if !depth.offline {
        for bucket in buckets.keys() {
            if !unreachable.contains_key(bucket)
                && let Err(problem) = look_at_bucket_locks(executor, &mut runs, bucket).await
            {
                unreachable.insert(bucket.clone(), problem);
            }
        }
    }
    found.tell(unreachable.into_iter().map(|(bucket, problem)| Finding {
        actor: None,
        problem: Problem::Bucket { bucket, problem },
    }));
    let asked = |finding: &Finding| match &finding.actor {
        Some(actor) => is_asked(actor),
        None => only.is_none(),
    };
    found.tell(runs.findings.into_iter().filter(asked));
    let marks = runs.marks.into_iter();
    found.marks = marks.filter(|mark| is_asked(&mark.actor)).collect();
    found
}

/// What was seen of one actor.
struct Seen {
    findings: Vec<Finding>,
    fix: Option<ActorFix>,
    objects: Objects,
}

async fn look(
    executor: &Executor,
    reader: &DataReader,
    actor: &ActorId,
    files: &ActorFiles,
    runs: &Runs,
    depth: Depth,
) -> Seen {
    let hidden = runs.unfinished.get(actor);
    match facts(executor, reader, actor, files, hidden, depth).await {
        Ok(facts) => Seen {
            findings: diagnose(&facts),
            fix: mend(&facts),
            objects: facts.objects,
        },
        Err(error) => {
            let problem = error.chain();
            Seen {
                findings: vec![Finding::of(actor.clone(), Problem::Data { problem })],
                fix: None,
                objects: Objects::default(),
            }
        }
    }
}

/// Looks at the locks in a bucket; says what stood in the way.
async fn look_at_bucket_locks(
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
    let looked = runs.look_at_locks(locks.as_ref()).await;
    looked.map(|_| ()).map_err(|error| chain(&error))
}

fn reader(executor: &Executor, depth: Depth) -> DataReader {
    let mut data = executor.data.clone();
    if depth.offline {
        data.buckets = Arc::new(Offline);
    }
    data.reader()
}

/// Opens no bucket. What needs one, such as the lock of an actor whose pictures are in it, fails.
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
            problem: "no bucket is asked: --offline".into(),
        })
    }
}
