use super::*;
use journal::run::record::Ending;
use run_plan::plan::RunPlan;

/// A plan that a released version wrote; none of its pictures is in a bucket.
const PLAN: &[u8] = include_bytes!("../../../../fixtures/golden/0.1.0/planned/plan.json");

fn left(state: &ActorState, stores_new_pictures: bool) -> (UnfinishedRun, RunPlan) {
    let plan = RunPlan::parse(PLAN).unwrap();
    let mut left = UnfinishedRun::new(plan.run_id.clone());
    for (_, change) in plan.to_change() {
        left.add(change, state, stores_new_pictures);
    }
    (left, plan)
}

#[test]
fn actors_that_were_not_started_are_left_to_do() {
    let (left, plan) = left(&ActorState::of(&[]), false);
    assert!(left.actors > 0);
    assert_eq!(left.actors, plan.to_change().count());
    assert_eq!(left.generates, plan.totals.to_generate > 0);
    assert!(!left.needs_bucket);
}

#[test]
fn generated_pictures_need_the_bucket_that_stores_them() {
    let (left, _) = left(&ActorState::of(&[]), true);
    assert_eq!(left.needs_bucket, left.generates);
}

#[test]
fn finished_actors_are_not_left_to_do() {
    let mut finished = ActorState::of(&[]);
    finished.ending = Some(Ending::Complete);
    let (left, plan) = left(&finished, true);
    assert_eq!(left, UnfinishedRun::new(plan.run_id));
}
