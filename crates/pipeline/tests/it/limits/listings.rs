//! Listings that lost pictures or actors since the last run.

use super::*;

async fn remove_files(world: &World, actor: &str, count: usize) {
    let files = world.keys(&format!("actors/{actor}/training_data")).await;
    let pictures = files.iter().filter(|key| !has_extension(key, "json"));
    for key in pictures.take(count) {
        let key = ObjectKey::new(key.as_str()).unwrap();
        world.data.delete(&key, Condition::Always).await.unwrap();
    }
}

#[tokio::test]
async fn actor_with_less_than_half_its_listing_is_refused() {
    for (lost, is_refused) in [(10, false), (11, true)] {
        let mut world = one_actor().await;
        resume_and_execute(&world).await;
        remove_files(&world, ACTOR, lost).await;
        let before = snapshot(&world).await;
        let report = execute(&world).await.unwrap();
        let refused = matches!(
            status(&report, ACTOR),
            ActorStatus::Failed { error } if error.contains("--allow-shrunk-listing")
        );
        assert_eq!(refused, is_refused, "{lost} of 20: {report:?}");
        if is_refused {
            let error = error_of(&report, ACTOR);
            assert!(
                error.contains("20 picture files") && error.contains("has 9 of"),
                "{error}"
            );
            assert_same(&snapshot(&world).await, &before, "refused");
            world.allow_shrunk_listing = true;
            let report = execute(&world).await.unwrap();
            let allowed = format!("{:?}", status(&report, ACTOR));
            assert!(!allowed.contains("--allow-shrunk-listing"), "{allowed}");
        }
    }
}

#[tokio::test]
async fn listing_without_most_actors_refuses_the_run() {
    let mut world = one_actor().await;
    for actor in ["9002_b", "9003_c", "9004_d"] {
        world.actor(actor, &pictures(actor, [13, 4, 3], &[])).await;
    }
    resume_and_execute(&world).await;
    for actor in ["9002_b", "9003_c", "9004_d"] {
        for key in world.keys(&format!("actors/{actor}")).await {
            let key = ObjectKey::new(key).unwrap();
            world.data.delete(&key, Condition::Always).await.unwrap();
        }
        let id = actor.split('_').next().unwrap();
        let key = ObjectKey::new(format!("actor_manifests/{id}_manifest.json")).unwrap();
        world.data.delete(&key, Condition::Always).await.unwrap();
    }
    let before = snapshot_with_journals(&world).await;
    let refused = execute(&world).await.unwrap_err();
    assert!(
        matches!(refused, RunError::ListingShrank { before: 4, now: 1 }),
        "{refused:?}"
    );
    assert!(refused.is_limit());
    assert_same(&snapshot_with_journals(&world).await, &before, "refused");
    world.allow_shrunk_listing = true;
    assert!(execute(&world).await.is_ok());
}
