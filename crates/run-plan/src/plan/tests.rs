//! What a plan file holds, and which files are refused.

use super::fixture::{actor, plan_of, without_change};
use super::*;
use serde_json::{Value, json};

fn plan() -> RunPlan {
    let error = "unassessed: no answer".to_owned();
    plan_of(vec![
        actor("0002", [18, 4, 3]),
        actor("0001", [16, 2, 3]),
        without_change("0003", ActorOutcome::Unassessed { error }),
    ])
}

/// Parses a plan after an edit of its JSON.
fn parse_edited(edit: impl FnOnce(&mut Value)) -> Result<RunPlan, RunPlanError> {
    let mut value = serde_json::to_value(plan()).unwrap();
    edit(&mut value);
    RunPlan::parse(value.to_string().as_bytes())
}

#[test]
fn stored_plan_parses_back_to_the_same_plan() {
    let bytes = plan().to_bytes().unwrap();
    assert_eq!(bytes.last(), Some(&b'\n'));
    assert_eq!(RunPlan::parse(&bytes).unwrap(), plan());
    assert_eq!(parse_edited(|_| ()).unwrap(), plan());
}

#[test]
fn actors_are_sorted_by_name() {
    let plan = plan();
    let names: Vec<&str> = plan.actors.iter().map(|p| p.actor.as_str()).collect();
    assert_eq!(names, ["0001", "0002", "0003"]);
}

#[test]
fn file_that_is_not_a_plan_is_refused() {
    for text in ["", "nonsense", "{}", "[]", "{\"schema_version\": \"2\"}"] {
        let error = RunPlan::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, RunPlanError::Json(_)), "{text}: {error}");
        assert_eq!(
            error.to_string(),
            "not a plan of tdbal (make one with tdbal plan -o FILE)"
        );
    }
}

#[test]
fn plan_without_a_field_is_refused() {
    let result = parse_edited(|plan| {
        plan.as_object_mut().unwrap().remove("settings");
    });
    assert!(matches!(result, Err(RunPlanError::Json(_))), "{result:?}");
}

#[test]
fn other_version_is_named_whatever_else_the_file_holds() {
    for version in [1, 3, 99] {
        let text = json!({ "schema_version": version, "unknown": [] }).to_string();
        let error = RunPlan::parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "plan format {version} is not supported (this tdbal reads format 2): run tdbal plan \
                 again"
            )
        );
    }
}

#[test]
fn edited_plan_is_refused() {
    type PlanEdit = fn(&mut Value);
    let edits: [(&str, PlanEdit); 5] = [
        ("a total", |plan| plan["totals"]["to_trash"] = json!(0)),
        ("a cost", |plan| {
            plan["actors"][0]["expected_generation_usd"] = json!(0.0);
        }),
        ("the summary", |plan| plan["changes"] = json!(false)),
        ("an actor left out", |plan| {
            plan["actors"].as_array_mut().unwrap().pop();
        }),
        ("an actor listed twice", |plan| {
            let again = plan["actors"][0]["actor"].clone();
            plan["actors"][1]["actor"] = again;
        }),
    ];
    for (what, edit) in edits {
        let result = parse_edited(edit);
        assert!(
            matches!(result, Err(RunPlanError::Sums)),
            "{what}: {result:?}"
        );
    }
    assert_eq!(
        RunPlanError::Sums.to_string(),
        "the plan was edited after it was written: run tdbal plan again"
    );
}

#[test]
fn totals_count_changes_and_actors_without_an_assessment() {
    let failed = ActorOutcome::Failed {
        error: "no such bucket".into(),
    };
    let skipped = ActorOutcome::Skipped {
        reason: "no pictures".into(),
    };
    let unassessed = ActorOutcome::Unassessed {
        error: "unassessed: no answer".into(),
    };
    let plan = plan_of(vec![
        actor("0001", [16, 2, 3]),
        actor("0002", [13, 4, 3]),
        without_change("0003", failed),
        without_change("0004", skipped),
        without_change("0005", unassessed),
        without_change("0006", ActorOutcome::Remaining),
    ]);
    let expected = PlanTotals {
        actors: 6,
        to_change: 1,
        to_trash: 3,
        to_generate: 2,
        to_review: 0,
        questions: 0,
        not_assessed: 2,
        evaluation_cost_usd: Usd::from_dollars(0.006),
        expected_generation_usd: Usd::from_dollars(0.08),
    };
    assert_eq!(plan.totals, expected);
    assert!(plan.changes);
}

#[test]
fn plan_of_balanced_actors_changes_nothing() {
    let plan = plan_of(vec![actor("0001", [13, 4, 3])]);
    assert!(!plan.changes);
    assert_eq!(plan.to_change().count(), 0);
    assert!(plan_of(Vec::new()).actors.is_empty());
}

#[test]
fn actors_left_out_no_longer_count() {
    let rest = plan().without(|actor| actor.as_str() != "0003");
    assert_eq!((rest.totals.actors, rest.totals.to_trash), (1, 0));
    assert!(!rest.changes);
    let bytes = rest.to_bytes().unwrap();
    assert_eq!(RunPlan::parse(&bytes).unwrap(), rest, "it is a valid plan");
}
