use super::*;
use tdbal_types::Prompt;

fn request(ordinal: u32) -> GenerationRequest {
    let class = ImageClass::BwStylized;
    GenerationRequest {
        actor: ActorId::new("0004_european_35_male").unwrap(),
        class,
        ordinal,
        prompt: Prompt {
            class,
            scene: String::new(),
            technique: String::new(),
            text: String::new(),
        },
        seed: 1,
        base_image: Bytes::new(),
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let actor = folder.path().join("0004_european_35_male");
    std::fs::create_dir(&actor).unwrap();
    for (name, bytes) in [
        ("bw_stylized_1.jpg", "one"),
        ("bw_stylized_2.png", "two"),
        ("bw_stylized_3.webp", "three"),
        ("bw_stylized_10.jpeg", "ten"),
    ] {
        std::fs::write(actor.join(name), bytes).unwrap();
    }
    folder
}

#[tokio::test]
async fn pictures_are_found_by_ordinal_in_any_format() {
    let folder = folder();
    let replay = Replay::new(folder.path());
    for (ordinal, expected) in [(1, "one"), (2, "two"), (3, "three"), (10, "ten")] {
        let started = replay.start(&request(ordinal)).await.unwrap();
        let generated = replay.finish(&started.id).await.unwrap();
        assert_eq!(generated.bytes, expected);
        assert_eq!(
            (generated.cost, generated.model),
            (Usd::ZERO, started.model)
        );
    }
}

#[tokio::test]
async fn another_process_can_finish_by_id_alone() {
    let folder = folder();
    let started = Replay::new(folder.path()).start(&request(2)).await.unwrap();
    assert_eq!(
        started.id.as_str(),
        "replay:0004_european_35_male/bw_stylized_2"
    );
    let other = Replay::new(folder.path());
    assert_eq!(other.finish(&started.id).await.unwrap().bytes, "two");
}

#[tokio::test]
async fn find_reports_lost_orders_as_absent() {
    let lost = LostOrder {
        picture: request(2).picture(),
        seed: 1,
        prompt: String::new(),
        ordered_at: jiff::Timestamp::UNIX_EPOCH,
    };
    let answer = Replay::new("nowhere").find(&lost).await.unwrap();
    assert_eq!(answer, Whereabouts::Absent);
}

#[tokio::test]
async fn a_missing_recording_is_an_error_with_its_path() {
    let folder = folder();
    let replay = Replay::new(folder.path());
    let error = replay.start(&request(4)).await.unwrap_err();
    let looked_for = folder.path().join("0004_european_35_male/bw_stylized_4");
    assert!(matches!(&error, GenerateError::NoRecording { path } if *path == looked_for));
    assert_eq!(
        error.to_string(),
        format!(
            "no recorded picture found at {}.{{jpg,jpeg,png,webp}}",
            looked_for.display()
        )
    );
    let nowhere = Replay::new(folder.path().join("nowhere"));
    assert!(matches!(
        nowhere.start(&request(1)).await,
        Err(GenerateError::NoRecording { .. })
    ));
}

#[tokio::test]
async fn an_id_cannot_point_outside_the_folder() {
    let folder = folder();
    std::fs::write(folder.path().join("bw_stylized_1.jpg"), "outside").unwrap();
    let replay = Replay::new(folder.path().join("0004_european_35_male"));
    for id in [
        "replay:../bw_stylized_1",
        "replay:..%2f/bw_stylized_1x",
        "replay:a/../bw_stylized_1",
        "replay:a/sepia_1",
        "gm3qorzdhgbfurvjtvhg6dckhu",
    ] {
        let result = replay.finish(&PredictionId::new(id).unwrap()).await;
        assert!(
            matches!(result, Err(GenerateError::ForeignPrediction { .. })),
            "{id}: {result:?}"
        );
    }
}
