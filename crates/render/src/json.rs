//! Values for programs.

use crate::style::instant;
use results::RunReport;
use serde::Serialize;
use serde_json::Value;

/// Keys that hold a time.
const TIMES: [&str; 4] = ["time", "at", "said_at", "marked_at"];

/// A run's report as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct ReportJson<'a> {
    #[serde(flatten)]
    report: &'a RunReport,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    finished_first: &'a [RunReport],
}

impl<'a> ReportJson<'a> {
    /// The report of a run, with the reports of earlier runs that it finished before it started.
    pub const fn new(report: &'a RunReport, finished_first: &'a [RunReport]) -> Self {
        Self {
            report,
            finished_first,
        }
    }
}

/// A value as JSON in which every time is RFC 3339 in UTC, `2026-11-22T11:06:50.123456Z`; documents
/// on disk leave the `Z` out.
///
/// # Errors
/// When the value cannot be serialised.
pub fn with_utc_times(value: &impl Serialize) -> serde_json::Result<Value> {
    let mut json = serde_json::to_value(value)?;
    mark_as_utc(&mut json);
    Ok(json)
}

fn mark_as_utc(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(stamp) if TIMES.contains(&key.as_str()) => {
                        if !stamp.ends_with('Z') && instant(stamp).is_some() {
                            stamp.push('Z');
                        }
                    }
                    value => mark_as_utc(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(mark_as_utc),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let value = json!({ "runs": [{ "time": "2026-11-22T11:06:50.123456", "run_id": "at" }] });
        let told = json!({ "runs": [{ "time": "2026-11-22T11:06:50.123456Z", "run_id": "at" }] });
        assert_eq!(with_utc_times(&value).unwrap(), told);
        assert_eq!(with_utc_times(&told).unwrap(), told);
        let other = json!({ "at": null, "time": "" });
        assert_eq!(with_utc_times(&other).unwrap(), other);
    }
}
