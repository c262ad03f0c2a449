use super::*;
use crate::answer::Problem;
use crate::assess::assess;
use crate::look::Shown;
use crate::model::{Correction, ModelKind, SheetImage};
use crate::recording::Replay;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tdbal_types::{Digest, SheetNumber, Tokens, Usd};

const FIRST: LookKind = LookKind::Sheet { vote: 1 };
const KEY: &str = "sk-very-secret";
const IMAGE: &str = "the bytes of the picture";

/// A model that gives the scripted answers in order, and usable ones after that.
#[derive(Debug, Default)]
struct ScriptedModel {
    answers: Mutex<VecDeque<String>>,
    asked: AtomicUsize,
    one_sheet: bool,
}

impl ScriptedModel {
    fn with_answers(answers: &[&str]) -> Self {
        Self {
            answers: Mutex::new(answers.iter().map(ToString::to_string).collect()),
            ..Self::default()
        }
    }
}

impl fmt::Display for ScriptedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("says")
    }
}

#[async_trait]
impl VisionModel for ScriptedModel {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let text = answers
            .pop_front()
            .unwrap_or_else(|| usable_answer(question.look, question.pictures.len()));
        Ok(Reply {
            text,
            model: "says-2026".to_owned(),
            request_id: Some("req_1".to_owned()),
            tokens: Tokens {
                input: 100,
                cached: 1,
                output: 10,
            },
            cost: Usd::from_nanos(560_000),
        })
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            kind: ModelKind::Live,
            model: "says".to_owned(),
            prompt_version: "p".to_owned(),
            schema_digest: Digest::from_bytes([3; 32]),
        }
    }

    fn estimate(&self, _: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        Estimate {
            tokens: Tokens {
                input: pictures as u64,
                cached: u64::from(width),
                output: u64::from(height),
            },
            cost: Usd::from_nanos(1),
        }
    }

    async fn repertoire(&self, _: &ActorId) -> Repertoire {
        if self.one_sheet {
            Repertoire::OneSheet
        } else {
            Repertoire::Everything
        }
    }
}

fn usable_answer(look: LookKind, pictures: usize) -> String {
    if look == LookKind::Close {
        let answer = json!({"seen": "x", "class": "bw_stylized", "faults": [], "quality": 4});
        return answer.to_string();
    }
    let pictures: Vec<Value> = (1..=pictures)
        .map(|number| {
            json!({"number": number, "class": "photorealistic", "faults": [], "quality": 8})
        })
        .collect();
    json!({"pictures": pictures, "analysis": "Fine."}).to_string()
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

fn question(name: &str, look: LookKind, pictures: &[u8]) -> Question {
    Question {
        actor: actor(name),
        look,
        sheet: SheetImage {
            jpeg: Bytes::from_static(IMAGE.as_bytes()),
            width: 1_000,
            height: 200,
        },
        pictures: (0..)
            .zip(pictures)
            .map(|(position, byte)| Shown {
                number: SheetNumber::from_position(position),
                sha256: Digest::from_bytes([*byte; 32]),
            })
            .collect(),
        correction: None,
    }
}

fn file(dir: &Path, name: &str) -> PathBuf {
    dir.join(name).join("exchanges.jsonl")
}

fn lines(dir: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(file(dir, name)).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn recorded_answers_are_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("not/there/yet");
    let recorder = Recorder::new(Arc::new(ScriptedModel::default()), &folder);
    let questions = [
        question("0004_x", FIRST, &[1, 2, 3]),
        question("0004_x", LookKind::Sheet { vote: 2 }, &[3, 1, 2]),
        question("0004_x", LookKind::Close, &[2]),
        question("0004_x", LookKind::Generated, &[7]),
        question("0005_y", FIRST, &[1, 2, 3]),
        question("control_sheet", LookKind::Control, &[8, 9]),
    ];
    let mut answers = Vec::new();
    for question in &questions {
        answers.push(recorder.ask(question).await.unwrap().text);
    }
    let replay = Replay::new(&folder);
    for (question, answer) in questions.iter().zip(&answers) {
        let reply = replay.ask(question).await.unwrap();
        assert_eq!(&reply.text, answer, "{}", question.look);
        assert_eq!(reply.model, "says-2026");
        assert_eq!((reply.cost, reply.request_id), (Usd::ZERO, None));
        let repertoire = replay.repertoire(&question.actor).await;
        assert_eq!(repertoire, Repertoire::Everything);
    }
    assert_eq!(
        ["0004_x", "0005_y", "control_sheet"].map(|name| lines(&folder, name).len()),
        [4, 1, 1]
    );
    assert_eq!(recorder.lost(), 0);
}

#[tokio::test]
async fn recorded_line_holds_the_question_and_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Recorder::new(Arc::new(ScriptedModel::default()), dir.path());
    recorder
        .ask(&question("0004_x", FIRST, &[1, 2]))
        .await
        .unwrap();
    recorder
        .ask(&question("0004_x", LookKind::Close, &[2]))
        .await
        .unwrap();
    insta::assert_snapshot!(lines(dir.path(), "0004_x").join("\n"));
}

#[tokio::test]
async fn recording_holds_no_secrets_prompts_or_images() {
    let dir = tempfile::tempdir().unwrap();
    let answer = format!("your key is {KEY}, \"{KEY}\"");
    let model = Arc::new(ScriptedModel::with_answers(&[&answer, "second"]));
    let recorder = Recorder::new(model, dir.path()).with_secret(Secret::new(KEY));
    let mut asked = question("0004_x", FIRST, &[1]);
    recorder.ask(&asked).await.unwrap();
    asked.correction = Some(Correction {
        previous: "what was said before".to_owned(),
        problems: vec![Problem::Empty],
    });
    let reply = recorder.ask(&asked).await.unwrap();
    assert_eq!(reply.text, "second");
    let lines = lines(dir.path(), "0004_x");
    assert_eq!(lines.len(), 2);
    let prompt = crate::system_prompt(FIRST);
    for line in &lines {
        for hidden in [
            KEY,
            IMAGE,
            "what was said before",
            "Numbers to judge",
            &prompt[..60],
        ] {
            assert!(!line.contains(hidden), "{hidden}: {line}");
        }
        let keys: Value = serde_json::from_str(line).unwrap();
        let known = [
            "look",
            "pictures",
            "asked_again",
            "identity",
            "text",
            "model",
            "request_id",
            "tokens",
            "cost",
        ];
        for key in keys.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{key}");
        }
    }
    assert!(lines[0].contains("your key is ***"), "{}", lines[0]);
    assert!(lines[1].contains("\"asked_again\":true"), "{}", lines[1]);
    assert!(!format!("{recorder:?}").contains(KEY));
}

#[tokio::test]
async fn question_asked_twice_replays_the_second_answer() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = Recorder::new(Arc::new(ScriptedModel::with_answers(&["no"])), dir.path());
    let asked = question("0004_x", FIRST, &[1, 2]);
    let live = assess(&recorder, asked.clone()).await.unwrap();
    assert_eq!(live.replies.len(), 2);
    assert_eq!(lines(dir.path(), "0004_x").len(), 2);
    let again = assess(&Replay::new(dir.path()), asked).await.unwrap();
    assert_eq!(again.checked, live.checked);
    assert_eq!(again.reasked, None);
}

#[tokio::test]
async fn incomplete_line_does_not_affect_other_lines() {
    let whole = {
        let dir = tempfile::tempdir().unwrap();
        let recorder = Recorder::new(Arc::new(ScriptedModel::default()), dir.path());
        let asked = question("0004_x", FIRST, &[1, 2]);
        recorder.ask(&asked).await.unwrap();
        fs::read(file(dir.path(), "0004_x")).unwrap()
    };
    let cuts = [1, whole.len() / 2, whole.len() - 2, whole.len() - 1];
    for cut in cuts {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("0004_x")).unwrap();
        let torn = file(dir.path(), "0004_x");
        // A complete line and the beginning of a second one.
        fs::write(&torn, [whole.as_slice(), &whole[..cut]].concat()).unwrap();
        let recorder = Recorder::new(Arc::new(ScriptedModel::default()), dir.path());
        let close = question("0004_x", LookKind::Close, &[2]);
        recorder.ask(&close).await.unwrap();
        let replay = Replay::new(dir.path());
        for asked in [&close, &question("0004_x", FIRST, &[1, 2])] {
            let reply = replay.ask(asked).await.unwrap();
            assert_eq!(
                reply.text,
                usable_answer(asked.look, asked.pictures.len()),
                "{cut}"
            );
        }
        assert_eq!(lines(dir.path(), "0004_x").len(), 3, "{cut}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_recorders_can_share_a_folder() {
    const EACH: u8 = 60;
    let dir = tempfile::tempdir().unwrap();
    // Long answers make it likely that a line written in several pieces is interleaved with others.
    let long = "x".repeat(100_000);
    let mut tasks = Vec::new();
    for first in [0, EACH] {
        let long = long.clone();
        let answers: Vec<&str> = (0..EACH).map(|_| long.as_str()).collect();
        let recorder = Arc::new(Recorder::new(
            Arc::new(ScriptedModel::with_answers(&answers)),
            dir.path(),
        ));
        for picture in first..first + EACH {
            let recorder = Arc::clone(&recorder);
            tasks.push(tokio::spawn(async move {
                let asked = question("0004_x", LookKind::Close, &[picture]);
                recorder.ask(&asked).await.unwrap();
                recorder.lost()
            }));
        }
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), 0);
    }
    assert_eq!(lines(dir.path(), "0004_x").len(), 2 * usize::from(EACH));
    let replay = Replay::new(dir.path());
    for picture in [0, EACH - 1, EACH, 2 * EACH - 1] {
        let asked = question("0004_x", LookKind::Close, &[picture]);
        assert_eq!(replay.ask(&asked).await.unwrap().text, long);
    }
}

#[tokio::test]
async fn unwritable_folder_fails_before_the_model_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("a_file");
    fs::write(&blocked, "").unwrap();
    let model = Arc::new(ScriptedModel::default());
    let recorder = Recorder::new(Arc::clone(&model) as Arc<dyn VisionModel>, &blocked);
    let asked = question("0004_x", FIRST, &[1]);
    let error = recorder.ask(&asked).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot record answers in {}; make it writable, or run without --record",
            file(&blocked, "0004_x").display()
        )
    );
    assert!(error.stops_run(), "every other actor would fail too");
    assert_eq!(error.cost(), Usd::ZERO);
    assert_eq!(model.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn answer_that_cannot_be_written_is_returned_and_counted() {
    /// Replaces the recording with a folder while it answers.
    #[derive(Debug)]
    struct BlocksRecording(PathBuf);
    impl fmt::Display for BlocksRecording {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("blocks recording")
        }
    }
    #[async_trait]
    impl VisionModel for BlocksRecording {
        async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
            fs::remove_file(&self.0).unwrap();
            fs::create_dir(&self.0).unwrap();
            ScriptedModel::default().ask(question).await
        }
        fn identity(&self) -> ModelIdentity {
            ScriptedModel::default().identity()
        }
        fn estimate(&self, _: LookKind, _: usize, _: u32, _: u32) -> Estimate {
            Estimate::default()
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let model = BlocksRecording(file(dir.path(), "0004_x"));
    let recorder = Recorder::new(Arc::new(model), dir.path());
    let asked = question("0004_x", FIRST, &[1]);
    let reply = recorder.ask(&asked).await.unwrap();
    assert_eq!(
        reply.cost,
        Usd::from_nanos(560_000),
        "the answer is paid for"
    );
    assert_eq!(recorder.lost(), 1);
}

#[tokio::test]
async fn recorder_forwards_everything_to_the_model() {
    let dir = tempfile::tempdir().unwrap();
    let model = Arc::new(ScriptedModel {
        one_sheet: true,
        ..ScriptedModel::default()
    });
    let recorder = Recorder::new(Arc::clone(&model) as Arc<dyn VisionModel>, dir.path());
    assert_eq!(recorder.to_string(), "says");
    assert_eq!(recorder.identity(), model.identity());
    assert_eq!(
        recorder.estimate(LookKind::Close, 1, 2, 3),
        model.estimate(LookKind::Close, 1, 2, 3)
    );
    let repertoire = recorder.repertoire(&actor("0004_x")).await;
    assert_eq!(repertoire, Repertoire::OneSheet);
    // A new recording of this one sheet would seem to answer every question about the actor.
    let asked = question("0004_x", FIRST, &[1]);
    recorder.ask(&asked).await.unwrap();
    assert!(!file(dir.path(), "0004_x").exists());
}
