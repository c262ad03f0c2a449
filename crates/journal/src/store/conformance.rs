//! Test suite for the contract of `Journals`, which every implementation runs.
//!
//! The functions panic where an implementation breaks the contract.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test suite reports failures by panicking"
)]

use super::error::JournalError;
use super::journals::{JournalRead, Journals};
use bytes::Bytes;
use std::sync::Arc;
use tdbal_types::{ActorId, RunId};
use tokio::task::JoinSet;

/// Number of concurrent writers in the race tests.
const WRITERS: usize = 8;

/// Runs the whole suite. `one` and `other` are two independent handles to the same empty store, as
/// two processes would open it.
pub async fn all(one: Arc<dyn Journals>, other: Arc<dyn Journals>) {
    empty_store(one.as_ref()).await;
    appends(one.as_ref(), other.as_ref()).await;
    repeated_appends(one.as_ref(), other.as_ref()).await;
    two_writers(one.as_ref(), other.as_ref()).await;
    invalid_records(one.as_ref()).await;
    documents(one.as_ref(), other.as_ref()).await;
    markers(one.as_ref(), other.as_ref()).await;
    state(one.as_ref(), other.as_ref()).await;
    run_listing(one.as_ref()).await;
    invalid_names(one.as_ref()).await;
    races(&one, &other).await;
}

fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

fn record(text: &str) -> Bytes {
    Bytes::from(format!("{{\"step\":\"{text}\"}}"))
}

/// Reading from an empty store finds nothing and is not an error.
async fn empty_store(journals: &dyn Journals) {
    let (run, actor) = (run("absent"), actor("0001_a"));
    assert_eq!(journals.runs().await.unwrap(), []);
    assert_eq!(journals.actors(&run).await.unwrap(), []);
    assert_eq!(journals.read(&run, &actor).await.unwrap(), [] as [Bytes; 0]);
    assert_eq!(journals.document(&run, "plan.json").await.unwrap(), None);
    assert_eq!(journals.documents(&run).await.unwrap(), [] as [String; 0]);
    assert_eq!(journals.open_logs().await.unwrap(), []);
    assert_eq!(journals.state("kept.json").await.unwrap(), None);
    journals.close(&run, &actor).await.unwrap();
    assert_eq!(journals.runs().await.unwrap(), [], "reads create nothing");
}

/// Every handle reads the records in order, and logs do not mix.
async fn appends(one: &dyn Journals, other: &dyn Journals) {
    let (run, actor_a, actor_b) = (run("append"), actor("0001_a"), actor("0002_b c"));
    let written: Vec<_> = (1..=12).map(|n| record(&format!("{n} ü"))).collect();
    for (number, record) in (1..).zip(&written) {
        one.append(&run, &actor_a, number, record.clone())
            .await
            .unwrap();
    }
    one.append(&run, &actor_b, 1, record("b")).await.unwrap();
    for journals in [one, other] {
        assert_eq!(journals.read(&run, &actor_a).await.unwrap(), written);
        assert_eq!(journals.read(&run, &actor_b).await.unwrap(), [record("b")]);
        assert_eq!(
            journals.actors(&run).await.unwrap(),
            [actor_a.clone(), actor_b.clone()]
        );
    }
    let gap = one.append(&run, &actor_a, 14, record("14")).await;
    assert!(
        matches!(
            gap,
            Err(JournalError::Gap {
                number: 14,
                held: 12,
                ..
            })
        ),
        "{gap:?}"
    );
    let gap = other.append(&run, &actor_a, 20, record("20")).await;
    assert!(
        matches!(
            gap,
            Err(JournalError::Gap {
                number: 20,
                held: 12,
                ..
            })
        ),
        "{gap:?}"
    );
    assert_eq!(one.read(&run, &actor_a).await.unwrap(), written);
}

/// Repeating an append succeeds through any handle; different content is a conflict.
async fn repeated_appends(one: &dyn Journals, other: &dyn Journals) {
    let (run, actor) = (run("again"), actor("0001_a"));
    for number in 1..=2 {
        for journals in [one, other, one] {
            let record = record(&number.to_string());
            journals.append(&run, &actor, number, record).await.unwrap();
        }
    }
    one.append(&run, &actor, 1, record("1")).await.unwrap();
    for number in 1..=2 {
        let conflict = one.append(&run, &actor, number, record("different")).await;
        assert!(conflict.unwrap_err().is_conflict(), "record {number}");
    }
    let records = other.read(&run, &actor).await.unwrap();
    assert_eq!(records, [record("1"), record("2")]);
}

/// The second writer of a record number gets an error, and can append the next record after that.
async fn two_writers(one: &dyn Journals, other: &dyn Journals) {
    let (run, actor) = (run("two"), actor("0001_a"));
    one.append(&run, &actor, 1, record("one 1")).await.unwrap();
    other
        .append(&run, &actor, 2, record("other 2"))
        .await
        .unwrap();
    let taken = one
        .append(&run, &actor, 2, record("one 2"))
        .await
        .unwrap_err();
    assert!(
        matches!(&taken, JournalError::Taken { number: 2, .. }),
        "{taken:?}"
    );
    assert!(taken.to_string().contains("0001_a"), "{taken}");
    one.append(&run, &actor, 3, record("one 3")).await.unwrap();
    let records = other.read(&run, &actor).await.unwrap();
    assert_eq!(
        records,
        [record("one 1"), record("other 2"), record("one 3")]
    );
}

/// Only a single line of JSON is accepted as a record.
async fn invalid_records(journals: &dyn Journals) {
    let (run, actor) = (run("records"), actor("0001_a"));
    let invalid: [(u64, &[u8]); 7] = [
        (0, b"{}"),
        (1, b""),
        (1, b"{"),
        (1, b"{}\n"),
        (1, b"{\n}"),
        (1, b"{} {}"),
        (1, b"\"\xff\""),
    ];
    for (number, bytes) in invalid {
        let bytes = Bytes::from_static(bytes);
        let result = journals.append(&run, &actor, number, bytes.clone()).await;
        assert!(
            matches!(result, Err(JournalError::NotARecord { .. })),
            "{number} {bytes:?}: {result:?}"
        );
    }
    assert_eq!(journals.read(&run, &actor).await.unwrap(), [] as [Bytes; 0]);
    journals
        .append(&run, &actor, 1, Bytes::from_static(b"[1, 2]"))
        .await
        .unwrap();
}

/// A document is created once and never replaced.
async fn documents(one: &dyn Journals, other: &dyn Journals) {
    let run = run("documents");
    let [plan, second] = ["{\n \"plan\": 1\n}\n", "{}"].map(Bytes::from);
    for (journals, name, bytes, is_new) in [
        (one, "plan.json", &plan, true),
        (one, "plan.json", &plan, false),
        (other, "plan.json", &second, false),
        (other, "manifests/ab12.json", &second, true),
    ] {
        let created = journals.create_document(&run, name, bytes.clone()).await;
        assert_eq!(created.unwrap(), is_new, "{name}: {bytes:?}");
    }
    for journals in [one, other] {
        assert_eq!(
            journals.document(&run, "plan.json").await.unwrap(),
            Some(plan.clone())
        );
        assert_eq!(
            journals.documents(&run).await.unwrap(),
            ["manifests/ab12.json", "plan.json"]
        );
        assert_eq!(journals.document(&run, "plan").await.unwrap(), None);
    }
}

/// Markers can be set and removed repeatedly, and are listed by run, then by actor.
async fn markers(one: &dyn Journals, other: &dyn Journals) {
    let [early, late] = ["2026-01-01", "2026-01-02"].map(run);
    let [a, b] = ["0001_a", "0002_b"].map(actor);
    for (run, actor) in [(&late, &a), (&early, &b), (&early, &a), (&early, &a)] {
        one.open(run, actor).await.unwrap();
    }
    assert_eq!(
        other.open_logs().await.unwrap(),
        [
            (early.clone(), a.clone()),
            (early.clone(), b.clone()),
            (late.clone(), a.clone())
        ]
    );
    for (run, actor) in [(&early, &a), (&early, &a), (&late, &a)] {
        other.close(run, actor).await.unwrap();
    }
    assert_eq!(one.open_logs().await.unwrap(), [(early.clone(), b.clone())]);
    one.close(&early, &b).await.unwrap();
    assert_eq!(one.open_logs().await.unwrap(), []);
}

/// A state document is replaced only if it still has the version that was read.
async fn state(one: &dyn Journals, other: &dyn Journals) {
    let [first, second] = ["{\"kept\":[]}", "{\"kept\":[\"a\"]}"].map(Bytes::from);
    let created = one
        .put_state("kept.json", first.clone(), None)
        .await
        .unwrap();
    for over in [None, Some(created.clone())] {
        let is_stale = over.is_none();
        let written = other.put_state("kept.json", second.clone(), over).await;
        assert_eq!(written.is_err(), is_stale, "{written:?}");
    }
    let stale = one
        .put_state("kept.json", first.clone(), Some(created.clone()))
        .await
        .unwrap_err();
    assert!(matches!(stale, JournalError::Changed { .. }), "{stale:?}");
    let (bytes, version) = one.state("kept.json").await.unwrap().unwrap();
    assert_eq!(bytes, second);
    one.put_state("kept.json", first, Some(version))
        .await
        .unwrap();
    let absent = one.put_state("census.json", second, Some(created)).await;
    assert!(absent.unwrap_err().is_conflict(), "no document to replace");
    assert_eq!(one.state("census.json").await.unwrap(), None);
}

/// Runs with documents or logs are listed by name; a marker alone does not make a run.
async fn run_listing(journals: &dyn Journals) {
    let only_open = run("0-only-open");
    journals.open(&only_open, &actor("0001_a")).await.unwrap();
    let only_documents = run("1-documents");
    journals
        .create_document(&only_documents, "plan.json", Bytes::from_static(b"{}"))
        .await
        .unwrap();
    let runs = journals.runs().await.unwrap();
    assert!(runs.is_sorted());
    assert!(runs.contains(&only_documents) && runs.contains(&run("append")));
    assert!(!runs.contains(&only_open), "{runs:?}");
    journals.close(&only_open, &actor("0001_a")).await.unwrap();
    assert!(!journals.runs().await.unwrap().contains(&only_open));
}

/// Names that are not plain relative keys are rejected.
async fn invalid_names(journals: &dyn Journals) {
    let run = run("names");
    for bad in ["", "..", "../plan.json", "a//b", "/a", "a\nb"] {
        let document = journals.create_document(&run, bad, Bytes::new()).await;
        assert!(
            matches!(document, Err(JournalError::Name { .. })),
            "{bad:?}: {document:?}"
        );
        assert!(journals.document(&run, bad).await.is_err(), "{bad:?}");
        assert!(journals.state(bad).await.is_err(), "{bad:?}");
        let state = journals.put_state(bad, Bytes::new(), None).await;
        assert!(state.is_err(), "{bad:?}");
    }
    assert_eq!(journals.documents(&run).await.unwrap(), [] as [String; 0]);
}

/// Of several writers that append the same record number at once, exactly one succeeds, and
/// likewise of several that create the same document.
async fn races(one: &Arc<dyn Journals>, other: &Arc<dyn Journals>) {
    let (run, actor) = (run("races"), actor("0001_a"));
    let mut expected = Vec::new();
    for number in 1..=12 {
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            let journals = Arc::clone(if writer % 2 == 0 { one } else { other });
            let (run, actor) = (run.clone(), actor.clone());
            let bytes = record(&format!("{writer} writes {number}"));
            tasks.spawn(async move {
                let appended = journals.append(&run, &actor, number, bytes.clone()).await;
                let name = format!("{number}.json");
                let created = journals.create_document(&run, &name, bytes.clone()).await;
                (appended.map(|()| bytes), created.unwrap())
            });
        }
        let results = tasks.join_all().await;
        let created = results.iter().filter(|(_, created)| *created).count();
        assert_eq!(created, 1, "document {number}");
        let mut winners = Vec::new();
        for (appended, _) in results {
            match appended {
                Ok(bytes) => winners.push(bytes),
                Err(error) => assert!(error.is_conflict(), "{error:?}"),
            }
        }
        assert_eq!(winners.len(), 1, "record {number}");
        expected.extend(winners);
    }
    assert_eq!(one.read(&run, &actor).await.unwrap(), expected);
}
