//! The demonstration set matches its generator, and its index matches the set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tdbal_types::{ClassCounts, ImageClass, Quality, Target, Tolerance};
use test_support::fixture_set;
use test_support::fixtures::{Expected, Index, OutcomeKind, fixtures_dir};

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                let name = name.to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn make_fixtures_writes_exactly_the_committed_files() {
    let again = tempfile::tempdir().unwrap();
    fixture_set::write(again.path()).unwrap();
    let (written, mut kept) = (files(again.path()), files(&fixtures_dir()));
    // Golden files are written once, by the version in their path, and are not part of this set.
    kept.retain(|name, _| !name.starts_with("golden/"));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&kept));
    for (name, bytes) in &written {
        assert!(
            bytes == &kept[name],
            "{name} differs: run `cargo run -p test-support --example make_fixtures`"
        );
    }
    assert!((140..200).contains(&kept.len()), "{} files", kept.len());
    let size: usize = kept.values().map(Vec::len).sum();
    assert!(
        size < 1_200_000,
        "the set is embedded in the binary and must stay small: {size} bytes"
    );
}

/// Returns the files of an actor in sheet order: sorted by index, then by name, with files missing
/// from the manifest last.
fn order(actor: &str) -> Vec<String> {
    let folder = fixtures_dir()
        .join("data/actors")
        .join(actor)
        .join("training_data");
    let manifest = json(&folder.join("manifest.json"));
    let mut names: Vec<(u64, String)> = files(&folder)
        .into_keys()
        .filter(|name| name != "manifest.json")
        .map(|name| {
            let index = manifest["images"][&name]["index"].as_u64();
            (index.unwrap_or(u64::MAX), name)
        })
        .collect();
    names.sort();
    assert_eq!(manifest["actor_id"], actor);
    assert_eq!(
        manifest["total_images"].as_u64().unwrap() as usize,
        manifest["images"].as_object().unwrap().len()
    );
    names.into_iter().map(|(_, name)| name).collect()
}

/// Returns the class and quality of each number in a reply, or `None` if the reply is unusable.
fn answers(reply: &Value, asked: &[usize]) -> Option<BTreeMap<usize, (ImageClass, Quality)>> {
    let mut answers = BTreeMap::new();
    for answer in reply["image_classifications"].as_array()? {
        let number = answer["image_number"].as_u64()? as usize;
        let class = answer["type"].as_str()?.parse().ok()?;
        let quality = Quality::new(answer["quality_score"].as_i64()?).ok()?;
        if answers.insert(number, (class, quality)).is_some() {
            return None;
        }
    }
    answers.keys().eq(asked).then_some(answers)
}

struct Judged {
    name: String,
    class: ImageClass,
    quality: Quality,
    pixels: u32,
}

fn judge(expected: &Expected) -> Option<Vec<Judged>> {
    let root = fixtures_dir();
    let folder = root
        .join("data/actors")
        .join(&expected.actor)
        .join("training_data");
    let readable: Vec<(usize, u32)> = (1..)
        .zip(&expected.sheet)
        .filter_map(|(number, name)| {
            let picture = image::open(folder.join(name)).ok()?;
            Some((number, picture.width() * picture.height()))
        })
        .collect();
    let asked: Vec<usize> = readable.iter().map(|(number, _)| *number).collect();
    let unreadable: Vec<&String> = (1..)
        .zip(&expected.sheet)
        .filter(|(number, _)| !asked.contains(number))
        .map(|(_, name)| name)
        .collect();
    assert_eq!(unreadable, expected.unreadable.iter().collect::<Vec<_>>());
    let reply = json(&root.join(format!("replies/{}.json", expected.actor)));
    let answers = answers(&reply, &asked)?;
    let judged = readable.into_iter().map(|(number, pixels)| {
        let (class, quality) = answers[&number];
        Judged {
            name: expected.sheet[number - 1].clone(),
            class,
            quality,
            pixels,
        }
    });
    Some(judged.collect())
}

#[test]
fn index_matches_the_pictures_and_replies() {
    use OutcomeKind::{Balanced, ToChange, Unassessed};
    let index = Index::of_fixtures();
    let target = Target::STANDARD.counts();
    let mut outcomes = Vec::new();
    for expected in &index.actors {
        assert_eq!(order(&expected.actor), expected.sheet);
        outcomes.push(expected.outcome);
        let Some(mut judged) = judge(expected) else {
            assert_eq!(expected.outcome, Unassessed, "{}", expected.actor);
            assert_eq!((&expected.plan, expected.counts_after), (&None, None));
            continue;
        };
        let before: ClassCounts = judged.iter().map(|picture| picture.class).collect();
        assert_eq!(expected.counts_before, Some(before), "{}", expected.actor);
        let plan = expected.plan.as_ref().unwrap();
        if Target::STANDARD.is_met_by(&before, Tolerance::STANDARD) {
            assert_eq!(expected.outcome, Balanced);
            assert!(plan.remove.is_empty() && plan.generate.is_empty());
            continue;
        }
        assert_eq!(expected.outcome, ToChange);
        assert_eq!(expected.counts_after, Some(target));
        judged.sort_by_key(|picture| {
            (
                picture.class,
                picture.quality,
                picture.pixels,
                Reverse(picture.name.clone()),
            )
        });
        let leaving: Vec<String> = ImageClass::ALL
            .into_iter()
            .flat_map(|class| {
                let excess = before[class].saturating_sub(target[class]);
                judged
                    .iter()
                    .filter(move |picture| picture.class == class)
                    .take(excess)
            })
            .map(|picture| picture.name.clone())
            .collect();
        assert_eq!(plan.remove, leaving, "{}", expected.actor);
        let missing = ClassCounts::from_fn(|class| target[class].saturating_sub(before[class]));
        assert_eq!(plan.generate, missing, "{}", expected.actor);
    }
    assert_eq!(
        outcomes,
        [Balanced, ToChange, ToChange, ToChange, ToChange, Unassessed]
    );
}

#[test]
fn generated_pictures_match_the_plan() {
    let mut seen = 0;
    for expected in Index::of_fixtures().actors {
        let wanted = expected.plan.map(|plan| plan.generate).unwrap_or_default();
        let folder = fixtures_dir().join("generated").join(&expected.actor);
        let reply = fixtures_dir().join(format!("replies/{}_generated.json", expected.actor));
        assert_eq!(folder.is_dir(), !wanted.is_empty(), "{}", expected.actor);
        assert_eq!(reply.is_file(), !wanted.is_empty(), "{}", expected.actor);
        if wanted.is_empty() {
            continue;
        }
        let asked: Vec<usize> = (1..=wanted.total()).collect();
        let answers = answers(&json(&reply), &asked).unwrap();
        let mut number = 0;
        for (class, count) in wanted.iter() {
            for ordinal in 1..=count {
                number += 1;
                seen += 1;
                assert_eq!(answers[&number].0, class);
                image::open(folder.join(format!("{class}_{ordinal}.jpg"))).unwrap();
            }
        }
    }
    assert_eq!(seen, 9);
}

#[test]
fn set_contains_the_irregularities_it_demonstrates() {
    let index = Index::of_fixtures();
    let repeated = |actor: &str| {
        let folder = fixtures_dir()
            .join("data/actors")
            .join(actor)
            .join("training_data");
        let manifest = json(&folder.join("manifest.json"));
        let mut indices: Vec<u64> = manifest["images"]
            .as_object()
            .unwrap()
            .values()
            .map(|image| image["index"].as_u64().unwrap())
            .collect();
        let all = indices.len();
        indices.sort_unstable();
        indices.dedup();
        all - indices.len()
    };
    assert_eq!(repeated("9004_hibernian_27_female"), 5);
    let fox = index.actor("9005_woodland_30_male");
    assert_eq!(fox.unreadable, [fox.sheet[6].clone()]);
    assert_eq!(fox.unlisted, [fox.sheet[21].clone()]);
    let baker = index.actor("9003_mediterranean_45_male");
    assert_eq!(baker.only_in_actor_manifest.len(), 1);
    for expected in &index.actors {
        let id = expected.actor.split('_').next().unwrap();
        let path = format!("data/actor_manifests/{id}_manifest.json");
        let manifest = json(&fixtures_dir().join(path));
        assert_eq!(manifest["character_name"], expected.actor.as_str());
        let base = manifest["base_images"][0]["filename"].as_str().unwrap();
        let folder = fixtures_dir().join("data/actors").join(&expected.actor);
        image::open(folder.join("base_image").join(base)).unwrap();
        let listed = manifest["training_data"].as_array().unwrap().len();
        let known = expected.sheet.len() - expected.unlisted.len();
        assert_eq!(listed, known + expected.only_in_actor_manifest.len());
    }
    let opinions = index.actors.iter().filter(|a| a.model_contradicts_itself);
    assert_eq!(opinions.count(), 3);
}

#[test]
fn all_pictures_but_the_unreadable_one_are_shown() {
    let options = composite::SheetOptions::default();
    let limits = composite::Limits::default();
    let (mut shown, mut unreadable) = (0, 0);
    for expected in Index::of_fixtures().actors {
        let folder = fixtures_dir()
            .join("data/actors")
            .join(&expected.actor)
            .join("training_data");
        for name in &expected.sheet {
            let file = fs::read(folder.join(name)).unwrap();
            match composite::thumbnail(&file, options.cell, &limits) {
                Ok(_) => shown += 1,
                Err(composite::PictureError::Unreadable { .. }) => {
                    assert!(expected.unreadable.contains(name), "{name}");
                    unreadable += 1;
                }
                Err(other) => panic!("{name}: {other}"),
            }
        }
    }
    assert_eq!((shown, unreadable), (110, 1));
}
