//! Orders of new pictures: lost, refused and broken ones, and what is bought at all.

use super::*;

#[tokio::test]
async fn picture_of_the_wrong_class_is_quarantined_and_reordered() {
    let mut world = World::new();
    let behave = |n| {
        if n == 0 {
            Behaviour::WrongClass
        } else {
            Behaviour::Good
        }
    };
    world.generator = Arc::new(Generator::new(behave));
    world.actor(ACTOR, &pictures(ACTOR, [13, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    assert_eq!(report.actors[0].generated.len(), 1);
    assert_eq!(
        report.actors[0].generation_cost_usd,
        tdbal_types::Usd::from_dollars(0.08)
    );
    let quarantined = world
        .keys(&format!("trash/{}/rejected", report.run_id))
        .await;
    assert_eq!(quarantined.len(), 1, "a paid picture is not thrown away");
}

#[tokio::test]
async fn order_with_a_lost_answer_is_found_and_not_sent_again() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|_| Behaviour::Lost));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    assert_eq!(world.generator.bought(), 1);
    assert_eq!(world.files(ACTOR).await.len(), 20);
}

#[tokio::test]
async fn order_that_was_never_taken_is_sent_with_another_seed() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|n| {
        if n == 0 {
            Behaviour::NeverTaken
        } else {
            Behaviour::Good
        }
    }));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert_eq!(report.actors[0].status, ActorStatus::Changed);
    let seeds = world.generator.seeds.lock().unwrap().clone();
    assert_eq!(seeds.len(), 2);
    assert_ne!(seeds[0], seeds[1]);
}

#[tokio::test]
async fn orders_never_taken_are_retried_a_limited_number_of_times() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|_| Behaviour::NeverTaken));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    assert!(matches!(
        report.actors[0].status,
        ActorStatus::Failed { .. }
    ));
    assert_eq!(world.generator.bought(), 3);
    assert_eq!(world.files(ACTOR).await.len(), 21);
}

#[tokio::test]
async fn unknowable_order_needs_confirmation() {
    let mut world = World::new();
    world.generator = Arc::new(Generator::new(|n| {
        if n == 0 {
            Behaviour::Unknowable
        } else {
            Behaviour::Good
        }
    }));
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{:?}", report.actors[0].status)
    };
    assert!(error.contains("--accept-double-charge"), "{error}");
    assert_eq!(world.generator.bought(), 1);
    // Running again changes nothing; accepting a double charge does.
    let _ = world.run(Mode::Execute).await;
    assert_eq!(world.generator.bought(), 1);
    world.accept_double_charge = true;
    let _ = world.run(Mode::Execute).await;
    assert_eq!(world.generator.bought(), 2);
    assert_eq!(world.files(ACTOR).await.len(), 20);
}

#[tokio::test]
async fn broken_picture_is_ordered_again() {
    let mut world = World::new();
    let behave = |n| {
        if n == 0 {
            Behaviour::Broken
        } else {
            Behaviour::Good
        }
    };
    world.generator = Arc::new(Generator::new(behave));
    world.actor(ACTOR, &pictures(ACTOR, [13, 3, 3], &[])).await;
    assert_eq!(world.run(Mode::Execute).await.totals.changed, 1);
    assert_eq!(world.generator.bought(), 2);
}

#[tokio::test]
async fn nothing_is_bought_if_it_could_not_be_stored() {
    let world = World::new();
    let set = pictures(ACTOR, [15, 3, 3], &[]);
    world.actor(ACTOR, &set).await;
    with_objects(&world, &set, true).await;
    let failing = storage::Failing::new(storage::MemoryStore::new("s3://bucket"));
    failing.inject(storage::Rule::new(
        [storage::Operation::List],
        storage::Effect::Denied,
    ));
    let failing: Arc<dyn storage::ObjectStore> = Arc::new(failing);
    world
        .buckets
        .0
        .lock()
        .unwrap()
        .insert("bucket".into(), failing);
    let report = world.run(Mode::Execute).await;
    assert!(
        matches!(report.actors[0].status, ActorStatus::Failed { .. }),
        "{report:?}"
    );
    assert_eq!(world.generator.bought(), 0);
}

#[tokio::test]
async fn nothing_is_bought_if_manifests_cannot_be_backed_up() {
    let mut world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let failing = storage::Failing::new(world.data.clone());
    let rule = storage::Rule::new([storage::Operation::Put], storage::Effect::Permanent);
    failing.inject(rule.on(|key| key.starts_with("trash/") && key.ends_with("manifest.json")));
    world.data = Arc::new(failing);
    let report = world.run(Mode::Execute).await;
    assert!(
        matches!(report.actors[0].status, ActorStatus::Failed { .. }),
        "{report:?}"
    );
    assert_eq!(world.generator.bought(), 0);
    assert_eq!(world.files(ACTOR).await.len(), 21);
}

#[tokio::test]
async fn lost_commit_quarantines_bought_pictures() {
    let mut world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let failing = storage::Failing::new(world.data.clone());
    let rule = storage::Rule::new([storage::Operation::Put], storage::Effect::Changed);
    failing.inject(rule.on(|key| key.starts_with("actors/") && key.ends_with("manifest.json")));
    world.data = Arc::new(failing);
    let report = world.run(Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    let kept = format!(
        "new pictures kept in trash/{}/rejected/{ACTOR}: 1;",
        report.run_id
    );
    assert!(error.contains(&kept), "{error}");
    assert_eq!(
        world.files(ACTOR).await.len(),
        21,
        "the folder is as it was"
    );
    let quarantined = world
        .keys(&format!("trash/{}/rejected", report.run_id))
        .await;
    assert_eq!(quarantined.len(), 1);
}

/// A model that judges the set, but gives no usable answer about generated pictures.
#[derive(Debug, Default)]
struct UnusableReplies(LookingModel);

impl std::fmt::Display for UnusableReplies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unusable replies")
    }
}

#[async_trait]
impl vision_eval::VisionModel for UnusableReplies {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        let mut reply = self.0.ask(question).await?;
        if question.look == LookKind::Generated {
            reply.text = "nonsense".into();
        }
        Ok(reply)
    }

    fn identity(&self) -> ModelIdentity {
        self.0.identity()
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        self.0.estimate(look, pictures, width, height)
    }
}

#[tokio::test]
async fn uninspectable_new_picture_is_kept_and_nothing_removed() {
    let world = World::new();
    world.actor(ACTOR, &pictures(ACTOR, [15, 3, 3], &[])).await;
    let model = Arc::new(UnusableReplies::default());
    let report = world.run_judged_by(model, Mode::Execute).await;
    let ActorStatus::Failed { error } = &report.actors[0].status else {
        panic!("{report:?}")
    };
    assert!(error.contains("could not be looked at"), "{error}");
    assert_eq!(world.generator.bought(), 1, "nothing is ordered again");
    assert_eq!(world.entries(ACTOR).await.len(), 22);
    assert!(report.actors[0].removed.is_empty());
}
