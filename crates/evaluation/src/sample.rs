//! Pictures, contexts and evaluations for the tests of this crate.

use crate::context::{EvaluationContext, EvaluationSettings};
use crate::evaluation::{EvaluatedPicture, Evaluation, JudgedPicture, SCHEMA_VERSION};
use crate::pictures::load::reduce;
use crate::pictures::picture::{Decoded, DecodedPicture, Origin};
use crate::pictures::workers::{LookSettings, Workers};
use balance_planner::{Policy, Protection};
use composite::SheetOptions;
use dataset::DataReader;
use evidence::{Measures, PerceptualHash, Tone};
use journal::FolderJournals;
use results::OutputFolder;
use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use storage::{MemoryStore, ObjectRead, ObjectReaders, StoreError};
use tdbal_types::time::Clock;
use tdbal_types::{
    ActorId, Digest, ImageClass, ImageName, Opinion, Quality, RunId, SheetNumber, Tokens, Usd,
};
use verdict::{JudgingSettings, NextStep, PictureEvidence, Readable};
use vision_eval::{MockVisionModel, ModelIdentity, ModelKind, Reply};

pub(crate) fn actor() -> ActorId {
    ActorId::new("9001_test").unwrap()
}

/// The name of picture `number`, which sorts by number.
pub(crate) fn name(number: u8) -> ImageName {
    ImageName::new(format!("{number:02}.png")).unwrap()
}

pub(crate) fn digest(number: u8) -> Digest {
    Digest::from_bytes([number; 32])
}

pub(crate) fn opinion(class: ImageClass, quality: i64) -> Opinion {
    Opinion {
        class,
        quality: Quality::new(quality).unwrap(),
        faults: Vec::new(),
    }
}

pub(crate) fn identity() -> ModelIdentity {
    ModelIdentity {
        kind: ModelKind::Live,
        model: "mock".into(),
        prompt_version: "1".into(),
        schema_digest: digest(0),
    }
}

/// A reply that costs 5 nano-dollars and 10 tokens of output.
pub(crate) fn reply(text: impl Into<String>) -> Reply {
    Reply {
        text: text.into(),
        model: "mock".into(),
        request_id: None,
        tokens: tokens(),
        cost: Usd::from_nanos(5),
    }
}

pub(crate) fn tokens() -> Tokens {
    Tokens {
        input: 100,
        cached: 0,
        output: 10,
    }
}

/// The answer to a close look: a photorealistic picture.
pub(crate) fn close_reply() -> Reply {
    reply(r#"{"seen": "a face", "class": "photorealistic", "quality": 7, "faults": []}"#)
}

/// A model that has an identity. Tests add its answers.
pub(crate) fn model() -> MockVisionModel {
    let mut model = MockVisionModel::new();
    model.expect_identity().returning(identity);
    model
}

/// Buckets that are all empty.
#[derive(Debug)]
struct EmptyBuckets;

impl ObjectReaders for EmptyBuckets {
    fn bucket<'a, 'n, 'r, 'f>(
        &'a self,
        name: &'n str,
        _region: Option<&'r str>,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<dyn ObjectRead>, StoreError>> + Send + 'f>>
    where
        'a: 'f,
        'n: 'f,
        'r: 'f,
        Self: 'f,
    {
        let bucket: Arc<dyn ObjectRead> = Arc::new(MemoryStore::new(name));
        Box::pin(async move { Ok(bucket) })
    }
}

/// A reader of `store`, with journals in `folder` and without buckets.
pub(crate) fn reader(store: MemoryStore, folder: &Path) -> DataReader {
    let journals = Arc::new(FolderJournals::new(folder.join("journals")));
    DataReader::new(Arc::new(store), Arc::new(EmptyBuckets), journals)
}

/// A context over empty data, whose output folder is `folder`.
pub(crate) fn context(model: MockVisionModel, folder: &Path) -> EvaluationContext {
    EvaluationContext {
        data: reader(MemoryStore::new("data"), folder),
        output: OutputFolder::new(folder),
        model: Arc::new(model),
        settings: EvaluationSettings::default(),
        workers: Arc::new(Workers::new(1)),
        clock: Clock::system(),
    }
}

/// A drawing that decodes.
pub(crate) async fn decoded() -> DecodedPicture {
    let (sheet, _) = composite::control_sheet(0, 1, &SheetOptions::default()).unwrap();
    let (settings, workers) = (LookSettings::default(), Workers::new(1));
    let (_, decoded) = reduce(sheet.jpeg.into(), &settings, &workers, &name(0))
        .await
        .unwrap();
    match decoded {
        Decoded::Readable(picture) => *picture,
        Decoded::Unreadable { reason } => panic!("{reason}"),
    }
}

/// Measures of a coloured or monochrome picture that resembles no other number.
pub(crate) fn measures(number: u8, class: ImageClass) -> Measures {
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        for bit in 0..8 {
            let column = (at * 8 + bit) as u8;
            // Rows of a Hadamard matrix: any two differ in half of their columns.
            *byte |= (((column & number).count_ones() & 1) as u8) << bit;
        }
    }
    Measures {
        r99: if class == ImageClass::BwStylized {
            1.0
        } else {
            20.0
        },
        sharpness: 100.0,
        blockiness: None,
        hash: PerceptualHash::from_bytes(hash),
        width: 1000,
        height: 800,
    }
}

/// Picture `number`, about which the model was not asked yet.
pub(crate) fn readable(number: u8, class: ImageClass) -> Readable {
    Readable {
        sha256: digest(number),
        measures: measures(number, class),
        provenance: None,
        label: None,
        votes: BTreeMap::new(),
        close: None,
    }
}

/// The class and quality of a picture of an [`evaluation`]; `None` is not readable.
pub(crate) type Picture = Option<(ImageClass, i64)>;

/// An evaluation of pictures number 0, 1 and so on, judged on one recorded sheet.
pub(crate) fn evaluation(pictures: &[Picture]) -> Evaluation {
    let settings = JudgingSettings {
        one_sheet: true,
        ..JudgingSettings::default()
    };
    let policy = Policy {
        remove_unreadable: true,
        ..Policy::default()
    };
    let mut set = verdict::Set::new();
    for (number, picture) in (0_u8..).zip(pictures) {
        let evidence = match picture {
            None => PictureEvidence::Unreadable,
            Some((class, quality)) => {
                let mut readable = readable(number, *class);
                readable.votes.insert(1, opinion(*class, *quality));
                PictureEvidence::Readable(Box::new(readable))
            }
        };
        set.insert(name(number), evidence);
    }
    let step = verdict::next_step(&set, &Protection::default(), &policy, &settings);
    let NextStep::Decided(decision) = step else {
        panic!("a further question: {step:?}");
    };
    let judged = set.iter().filter_map(|(name, evidence)| {
        let PictureEvidence::Readable(readable) = evidence else {
            return None;
        };
        Some(JudgedPicture {
            file_name: name.clone(),
            verdict: decision.verdicts[name].clone(),
            votes: readable.votes.clone(),
            close: None,
            measures: readable.measures.clone(),
            tone: Tone::Colour,
            flags: Vec::new(),
            provenance: None,
            label: None,
            duplicate_of: None,
        })
    });
    let evaluated = (0_u8..)
        .zip(pictures)
        .map(|(number, picture)| EvaluatedPicture {
            image_number: SheetNumber::from_position(usize::from(number)),
            file_name: name(number),
            size_bytes: 10,
            sha256: digest(number),
            readable: picture.is_some(),
            unreadable_reason: picture.is_none().then(|| "damaged".to_owned()),
            width: picture.map(|_| 1000),
            height: picture.map(|_| 800),
            origin: Origin::Local,
            object: None,
            version: None,
        });
    Evaluation {
        actor_id: actor(),
        counts: None,
        recommendations: None,
        analysis: Some("a set".into()),
        composite_image: "9001_test_composite.jpg".into(),
        schema_version: SCHEMA_VERSION,
        run_id: RunId::new("r").unwrap(),
        evaluated_at: "2026-11-28T12:00:00.000000".into(),
        pictures: evaluated.collect(),
        judged: judged.collect(),
        sheets: Vec::new(),
        stability: None,
        inquiry: settings,
        discrepancies: Vec::new(),
        drift: Vec::new(),
        policy,
        protection: Protection::default(),
        training_manifest: None,
        plan: decision.plan,
        model: identity(),
        replies: Vec::new(),
        tokens: tokens(),
        cost_usd: Usd::from_nanos(5),
    }
}
