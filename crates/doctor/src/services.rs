//! Interprets the answers of services and buckets. The caller asks them.

use crate::finding::{Finding, Problem};
use dataset::error::DataError;
use dataset::layout;
use jiff::civil::Date;
use storage::{ObjectKey, ObjectStore, probe_guards};
use tdbal_types::{RunId, chain};

/// A model's shutdown is reported this many days ahead: a quarter, enough to try another model.
const NOTICE_DAYS: i64 = 90;

/// Checks whether a model was shut down, or will be within 90 days. `ends` is the day of the
/// shutdown, if one is announced.
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

/// Checks whether a bucket is in the regions that addresses and settings name. `real` is the region
/// that the server reports; nothing is checked without it.
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

/// Checks whether a bucket is writable and honours conditional writes, by writing an object and
/// deleting it. `run` makes the object's key unique.
pub async fn check_conditions(
    bucket: &str,
    store: &dyn ObjectStore,
    run: &RunId,
) -> Option<Finding> {
    let probed = async {
        let scratch = ObjectKey::new(format!("{}/probe/{run}", layout::STATE))?;
        Ok::<_, DataError>(probe_guards(store, &scratch).await?)
    };
    let bucket = bucket.to_owned();
    let problem = match probed.await {
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
