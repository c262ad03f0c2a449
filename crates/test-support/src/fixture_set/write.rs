//! Writes the demonstration set.

use super::member::{Member, Outcome, Shot, counts_of};
use super::{cast, index, manifests, replies};
use crate::drawing::{Format, Framing, Sketch, TECHNIQUES, draw};
use std::fs;
use std::io;
use std::path::Path;
use tdbal_types::ImageClass;

/// Writes the demonstration set into `folder`, which is created if needed. The bytes are the same
/// on every machine.
///
/// # Errors
/// Returns an error if a file or folder cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    // Drawing takes nearly all of the time, so each actor gets a thread.
    std::thread::scope(|threads| {
        let writers: Vec<_> = cast::MEMBERS
            .iter()
            .map(|member| threads.spawn(|| write_member(folder, member)))
            .collect();
        writers
            .into_iter()
            .try_for_each(|writer| writer.join().expect("drawing a fixture does not panic"))
    })?;
    save(
        &folder.join("index.json"),
        &pretty(&index::index(cast::MEMBERS)),
    )?;
    save(&folder.join("README.md"), include_bytes!("README.md"))
}

fn write_member(folder: &Path, member: &Member) -> io::Result<()> {
    let actor = folder.join("data/actors").join(member.name);
    let seed = member.id().parse::<u64>().expect("the id is a number") * 1000;
    let mut sizes = Vec::new();
    for (number, shot) in (1..).zip(member.shots) {
        let name = member.file(shot.suffix);
        let bytes = picture(member, shot, seed + number);
        save(&actor.join("training_data").join(&name), &bytes)?;
        sizes.push((name, bytes));
    }
    let manifest = manifests::training(member);
    save(
        &actor.join("training_data/manifest.json"),
        &pretty(&manifest),
    )?;

    let base = format!("{}_base.{}", member.name, member.base);
    let portrait = Sketch {
        figure: member.figure,
        class: ImageClass::Photorealistic,
        framing: Framing::Portrait,
        flaw: None,
        size: if member.base == "png" {
            (72, 96)
        } else {
            (168, 224)
        },
        technique: 0,
        seed,
    };
    save(
        &actor.join("base_image").join(&base),
        &encode(&portrait, &base),
    )?;

    let manifest = manifests::actor(member, &base, &sizes);
    let path = format!("data/actor_manifests/{}_manifest.json", member.id());
    save(&folder.join(path), &pretty(&manifest))?;

    let reply = match member.outcome {
        Outcome::Unassessed => replies::nonsense(),
        Outcome::Balanced | Outcome::ToChange { .. } => replies::assessed(member),
    };
    save(
        &folder.join(format!("replies/{}.json", member.name)),
        &pretty(&reply),
    )?;
    write_generated(folder, member, seed + 500)
}

fn write_generated(folder: &Path, member: &Member, seed: u64) -> io::Result<()> {
    let Outcome::ToChange { generate, .. } = member.outcome else {
        return Ok(());
    };
    let counts = counts_of(generate);
    if counts.is_empty() {
        return Ok(());
    }
    for (class, count) in counts.iter() {
        for ordinal in 1..=count {
            let name = format!("{class}_{ordinal}.jpg");
            let sketch = Sketch {
                figure: member.figure,
                class,
                framing: Framing::Scene,
                flaw: None,
                size: (176, 176),
                technique: ordinal,
                // Distinct for every picture of the set: equal seeds give near-duplicates.
                seed: seed + class as u64 * 20 + ordinal as u64,
            };
            let path = folder.join("generated").join(member.name).join(&name);
            save(&path, &encode(&sketch, &name))?;
        }
    }
    let path = format!("replies/{}_generated.json", member.name);
    save(&folder.join(path), &pretty(&replies::generated(counts)))
}

fn picture(member: &Member, shot: &Shot, seed: u64) -> Vec<u8> {
    let sketch = Sketch {
        figure: member.figure,
        class: shot.class,
        framing: Framing::Scene,
        flaw: shot.flaw(),
        size: shot.size,
        // Lossless files are small only with flat colours: cel animation and screen print.
        technique: match (shot.class, Format::of(shot.suffix)) {
            (ImageClass::ColorStylized, Format::Png | Format::WebP) => seed as usize % 2,
            _ => seed as usize % TECHNIQUES,
        },
        seed,
    };
    let mut bytes = encode(&sketch, shot.suffix);
    if !shot.readable() {
        // Imitates an interrupted download into a preallocated file: the first 33 bytes (signature
        // and IHDR) have arrived, the rest is zeros.
        bytes.truncate(3000);
        bytes.iter_mut().skip(33).for_each(|byte| *byte = 0);
    }
    bytes
}

fn encode(sketch: &Sketch, name: &str) -> Vec<u8> {
    Format::of(name).encode(&draw(sketch))
}

fn pretty(value: &serde_json::Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain values serialize to JSON");
    bytes.push(b'\n');
    bytes
}

fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
