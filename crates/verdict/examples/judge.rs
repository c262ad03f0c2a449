//! Judges one picture by two votes, its pixels and its prompt.
#![allow(clippy::print_stdout, reason = "an example")]

use evidence::Tone;
use std::error::Error;
use tdbal_types::{Confidence, ImageClass, Opinion, Quality};
use verdict::{Observations, Scoring, judge};

fn main() -> Result<(), Box<dyn Error>> {
    let photo = Opinion {
        class: ImageClass::Photorealistic,
        quality: Quality::new(7)?,
        faults: Vec::new(),
    };
    let mut observations = Observations {
        votes: vec![photo.clone(), photo],
        provenance: evidence::class_of_prompt("A photorealistic portrait, shot on film"),
        tone: Some(Tone::Colour),
        ..Observations::default()
    };
    let scoring = Scoring::default();
    let verdict = judge(&observations, &scoring).ok_or("no look gives a class and a quality")?;
    println!("{}: {}", verdict.class, verdict.confidence);
    assert_eq!(verdict.confidence, Confidence::Sure);

    // The same votes about a monochrome picture contradict its pixels: a person should look at it.
    observations.tone = Some(Tone::Monochrome);
    let verdict = judge(&observations, &scoring).ok_or("no look gives a class and a quality")?;
    for rule in &verdict.rules {
        println!("{}: {rule}", verdict.confidence);
    }
    assert_eq!(verdict.confidence, Confidence::Unsure);
    Ok(())
}
