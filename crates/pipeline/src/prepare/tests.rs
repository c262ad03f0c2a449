use super::*;

/// A plan that a released version wrote.
const PLAN: &[u8] = include_bytes!("../../../../fixtures/golden/0.1.0/planned/plan.json");

fn unfinished(generates: bool, needs_bucket: bool) -> UnfinishedRun {
    UnfinishedRun {
        run: RunId::new("run-1").unwrap(),
        actors: 1,
        generates,
        needs_bucket,
    }
}

#[test]
fn only_an_execution_that_generates_needs_the_generator() {
    for (mode, scope, generator) in [
        (Mode::DryRun, Scope::Both, false),
        (Mode::Execute, Scope::Both, true),
        (Mode::Execute, Scope::GenerateOnly, true),
        (Mode::Execute, Scope::DeleteOnly, false),
    ] {
        let needs = ServiceNeeds::of_run(mode, scope);
        assert!(needs.model);
        assert_eq!(needs.generator, generator, "{mode:?} {scope:?}");
    }
}

#[test]
fn a_plan_needs_services_only_if_it_generates() {
    let mut plan = RunPlan::parse(PLAN).unwrap();
    plan.totals.to_generate = 0;
    assert_eq!(ServiceNeeds::of_plan(&plan), ServiceNeeds::default());
    plan.totals.to_generate = 1;
    assert_eq!(ServiceNeeds::of_plan(&plan), ServiceNeeds::GENERATION);
}

#[test]
fn unfinished_runs_need_services_only_if_one_generates() {
    let runs = [unfinished(false, false), unfinished(true, false)];
    assert_eq!(
        ServiceNeeds::of_unfinished(&runs[..1]),
        ServiceNeeds::default()
    );
    assert_eq!(ServiceNeeds::of_unfinished(&runs), ServiceNeeds::GENERATION);
}

#[test]
fn pictures_of_an_actor_are_named_before_new_pictures() {
    let actor = ActorId::new("0001_a").unwrap();
    let nowhere = CostEstimate::default();
    let estimate = CostEstimate {
        needs_bucket: Some(actor.clone()),
        ..CostEstimate::default()
    };
    assert_eq!(BucketReason::of_estimate(&nowhere, false), None);
    assert_eq!(
        BucketReason::of_estimate(&nowhere, true),
        Some(BucketReason::NewPictures)
    );
    assert_eq!(
        BucketReason::of_estimate(&estimate, true),
        Some(BucketReason::ActorPictures(actor))
    );
}

#[test]
fn the_unfinished_run_that_needs_the_bucket_is_named() {
    let runs = [unfinished(true, false), unfinished(false, true)];
    assert_eq!(BucketReason::of_unfinished(&runs[..1]), None);
    let reason = BucketReason::of_unfinished(&runs).unwrap();
    assert_eq!(reason.to_string(), "run run-1 has pictures in S3");
}
