//! What the answers of services and buckets mean. Who asks them is the caller's affair.

use crate::finding::{Finding, Problem};
use dataset::error::DataError;
use dataset::layout;
use jiff::civil::Date;
use storage::{ObjectKey, ObjectStore, probe_guards};
use tdbal_types::{RunId, chain};

/// From so many days before a model's end on it is told: a quarter, in which another can be tried.
const NOTICE_DAYS: i64 = 90;

/// Whether a model ends soon, or has ended.
pub fn check_model_end(model: &str, ends: Option<Date>, today: Date) -> Option<Finding> {
    let on = ends?;
    let days = i64::from(today.until(on).ok()?.get_days());
    (days <= NOTICE_DAYS).then(|| Finding {
        actor: None,
        problem: Problem::ModelEnds {
            model: model.to_owned(),
            on,
            days,
        },
    })
}

/// Whether a bucket is where addresses and settings say.
pub fn check_region<'a>(
    bucket: &str,
    named: impl IntoIterator<Item = &'a String>,
    real: Option<&str>,
) -> Vec<Finding> {
    let Some(real) = real else {
        return Vec::new();
    };
    let wrong = named.into_iter().filter(|named| *named != real);
    let findings = wrong.map(|named| Finding {
        actor: None,
        problem: Problem::OtherRegion {
            bucket: bucket.to_owned(),
            named: named.clone(),
            real: real.to_owned(),
        },
    });
    findings.collect()
}

/// Tries whether a bucket can be written to and honours conditions, with an object that is deleted
/// again; `run` makes its key its own.
pub async fn check_conditions(
    bucket: &str,
    store: &dyn ObjectStore,
    run: &RunId,
) -> Option<Finding> {
    let tried = async {
        let scratch = ObjectKey::new(format!("{}/probe/{run}", layout::STATE))?;
        Ok::<_, DataError>(probe_guards(store, &scratch).await?)
    };
    let bucket = bucket.to_owned();
    let problem = match tried.await {
        Ok(guards) if guards.all() => return None,
        Ok(guards) => Problem::NoConditions {
            bucket,
            create: guards.create,
            update: guards.update,
        },
        Err(error) => Problem::Bucket {
            bucket,
            problem: chain(&error),
        },
    };
    Some(Finding {
        actor: None,
        problem,
    })
}
