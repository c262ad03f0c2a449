//! The fake model, called by the real client, judges sheets in any order, single pictures and
//! control sheets; and its habits ignore the pictures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

use composite::{
    Cell, Limits, SheetOptions, Thumbnail, control_sheet, encode_thumbnail, sheet, thumbnail,
};
use http_support::{RetryPolicy, Secret};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, Digest, ImageClass, Opinion, Quality, SheetNumber};
use test_support::openai::{FakeOpenAi, Habit};
use test_support::pictures::coded_file;
use vision_eval::openai::OpenAi;
use vision_eval::{
    AssessError, LookKind, ModelSettings, Question, SheetImage, Shown, Supports, assess,
};

const FIRST: LookKind = LookKind::Sheet { vote: 1 };

const SHAPES: [(u32, u32); 5] = [(120, 160), (160, 90), (100, 100), (60, 180), (900, 640)];

fn client(service: &FakeOpenAi) -> OpenAi {
    with_settings(service, ModelSettings::named("gpt-4.1-mini"))
}

fn with_settings(service: &FakeOpenAi, settings: ModelSettings) -> OpenAi {
    OpenAi::new(
        reqwest::Client::new(),
        &service.base_url(),
        Secret::new("sk-test"),
        settings,
        RetryPolicy::default(),
    )
}

fn as_sent(jpeg: Vec<u8>, (width, height): (u32, u32)) -> SheetImage {
    SheetImage {
        jpeg: jpeg.into(),
        width,
        height,
    }
}

fn question(look: LookKind, sheet: SheetImage, pictures: usize) -> Question {
    Question {
        actor: ActorId::new("0004_x").unwrap(),
        look,
        sheet,
        pictures: (0..pictures)
            .map(|position| Shown {
                number: SheetNumber::from_position(position),
                sha256: Digest::from_bytes([1; 32]),
            })
            .collect(),
        correction: None,
    }
}

async fn opinions(model: &OpenAi, question: Question) -> Vec<Opinion> {
    let pictures = question.pictures.len();
    let checked = assess(model, question).await.unwrap().checked;
    assert_eq!(checked.answers.len(), pictures);
    checked.answers.into_iter().map(|a| a.opinion).collect()
}

fn judged(opinions: &[Opinion]) -> Vec<(ImageClass, u8)> {
    opinions
        .iter()
        .map(|opinion| (opinion.class, opinion.quality.get()))
        .collect()
}

/// Returns a picture for every class and quality, in several shapes and formats.
fn every_code() -> impl Iterator<Item = (Vec<u8>, (ImageClass, u8))> {
    (0..30_u32).map(|seed| {
        let nth = seed as usize;
        let class = ImageClass::ALL[nth % 3];
        let quality = Quality::new(i64::from(seed / 3 + 1)).unwrap();
        let name = ["a.png", "a.jpg", "a.webp"][nth % 3];
        let shape = SHAPES[nth % SHAPES.len()];
        let file = coded_file(name, class, quality, u64::from(seed), shape);
        (file, (class, quality.get()))
    })
}

fn reduced(file: &[u8], edge: u32) -> Thumbnail {
    thumbnail(file, edge, &Limits::default()).unwrap()
}

fn sheet_of(thumbnails: impl IntoIterator<Item = Thumbnail>) -> SheetImage {
    let cells: Vec<(SheetNumber, Cell)> = thumbnails
        .into_iter()
        .enumerate()
        .map(|(position, thumbnail)| {
            let number = SheetNumber::from_position(position);
            (number, Cell::Picture(thumbnail))
        })
        .collect();
    let drawn = sheet(&cells, &SheetOptions::default()).unwrap();
    as_sent(drawn.jpeg, (drawn.width, drawn.height))
}

fn close(file: &[u8]) -> SheetImage {
    let alone = reduced(file, 512);
    let size = (alone.width(), alone.height());
    as_sent(encode_thumbnail(&alone, 90).unwrap(), size)
}

#[tokio::test]
async fn single_picture_is_judged_by_its_code() {
    let service = FakeOpenAi::start().await;
    let mut settings = ModelSettings::named("gpt-4.1-mini");
    let with_schema = client(&service);
    settings.supports = Supports {
        strict_schema: false,
        ..settings.supports
    };
    let without = with_settings(&service, settings);
    let mut seen = 0;
    for (file, truth) in every_code() {
        for model in [&with_schema, &without] {
            let asked = question(LookKind::Close, close(&file), 1);
            let opinions = opinions(model, asked).await;
            assert_eq!(judged(&opinions), [truth]);
            let is_poor = truth.1 <= 3;
            assert_eq!(opinions[0].faults.len(), usize::from(is_poor));
            seen += 1;
        }
    }
    assert_eq!(seen, 60);
    let asked = service.asked();
    assert_eq!(asked.len(), 60);
    assert!(
        asked
            .iter()
            .all(|asked| asked.close && asked.numbers.is_empty())
    );
}

#[tokio::test]
async fn order_on_the_sheet_does_not_change_answers() {
    let service = FakeOpenAi::start().await;
    let model = client(&service);
    let pictures: Vec<_> = every_code().collect();
    // Steps coprime to 30 visit every picture once.
    for (vote, step) in (1..).zip([1, 7, 11, 29]) {
        let order: Vec<usize> = (0..30).map(|at| at * step % 30).collect();
        let sheet = sheet_of(order.iter().map(|at| reduced(&pictures[*at].0, 200)));
        let truth: Vec<_> = order.iter().map(|at| pictures[*at].1).collect();
        let asked = question(LookKind::Sheet { vote }, sheet, 30);
        assert_eq!(judged(&opinions(&model, asked).await), truth, "{step}");
    }
    assert!(service.asked().iter().all(|asked| !asked.close));
    assert_eq!(service.calls(), 4);
}

#[tokio::test]
async fn control_sheets_are_answered_correctly() {
    let service = FakeOpenAi::start().await;
    let model = client(&service);
    let mut cells = 0;
    for seed in 0..20 {
        let (drawn, is_monochrome) = control_sheet(seed, 20, &SheetOptions::default()).unwrap();
        let sheet = as_sent(drawn.jpeg, (drawn.width, drawn.height));
        let asked = question(LookKind::Control, sheet, 20);
        let opinions = opinions(&model, asked).await;
        for (opinion, is_monochrome) in opinions.iter().zip(is_monochrome) {
            let is_bw = opinion.class == ImageClass::BwStylized;
            assert_eq!(is_bw, is_monochrome, "{seed}: {opinion:?}");
            // One in a few hundred coloured areas happens to have the exact colour of a code.
            cells += usize::from(opinion.quality.get() == 7);
        }
    }
    assert!(cells >= 390, "{cells} of 400");
}

#[tokio::test]
async fn plain_grey_picture_is_not_judged() {
    let service = FakeOpenAi::start().await;
    let grey = image::RgbImage::from_pixel(64, 64, image::Rgb([200; 3]));
    let mut file = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let asked = question(LookKind::Close, close(file.get_ref()), 1);
    let error = assess(&client(&service), asked).await.unwrap_err();
    assert!(matches!(error, AssessError::Unassessed { .. }), "{error}");
}

#[tokio::test]
async fn habits_ignore_the_pictures() {
    let service = FakeOpenAi::start().await;
    let model = client(&service);
    let quality = |value| Quality::new(value).unwrap();
    let codes: Vec<_> = every_code().collect();
    let forwards = sheet_of(codes.iter().map(|(file, _)| reduced(file, 200)));
    let backwards = sheet_of(codes.iter().rev().map(|(file, _)| reduced(file, 200)));
    let ask = async |sheet: &SheetImage| {
        let asked = question(FIRST, sheet.clone(), 30);
        judged(&opinions(&model, asked).await)
    };
    let ask_close = async |file: &[u8]| {
        let asked = question(LookKind::Close, close(file), 1);
        judged(&opinions(&model, asked).await)
    };

    service.answer_by_habit(Habit::Constant(ImageClass::BwStylized, quality(4)));
    assert_eq!(ask(&forwards).await, [(ImageClass::BwStylized, 4); 30]);
    assert_eq!(ask_close(&codes[5].0).await, [(ImageClass::BwStylized, 4)]);

    let template = [
        (ImageClass::Photorealistic, quality(8)),
        (ImageClass::ColorStylized, quality(2)),
    ];
    service.answer_by_habit(Habit::Template(template.to_vec()));
    let by_position: Vec<_> = (0..30)
        .map(|position| (template[position % 2].0, template[position % 2].1.get()))
        .collect();
    assert_eq!(ask(&forwards).await, by_position);
    assert_eq!(ask(&backwards).await, by_position);
    assert_eq!(ask_close(&codes[5].0).await, by_position[..1]);

    service.answer_by_habit(Habit::Random { seed: 1 });
    let first = ask(&forwards).await;
    assert_eq!(
        ask(&forwards).await,
        first,
        "the same seed gives the same answers"
    );
    assert_ne!(ask(&backwards).await, first);
    let classes: BTreeSet<_> = first.iter().map(|(class, _)| *class).collect();
    let qualities: BTreeSet<_> = first.iter().map(|(_, quality)| *quality).collect();
    assert!(classes.len() == 3 && qualities.len() >= 6, "{first:?}");
    service.answer_by_habit(Habit::Random { seed: 2 });
    assert_ne!(ask(&forwards).await, first);

    service.answer_by_habit(None);
    let truth: Vec<_> = codes.iter().map(|(_, truth)| *truth).collect();
    assert_eq!(ask(&forwards).await, truth);
}
