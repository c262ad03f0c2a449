//! Weighs what is known of one picture: two votes, its pixels, its prompt.
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
    let mut testimony = Observations {
        votes: vec![photo.clone(), photo],
        provenance: evidence::class_of_prompt("A photorealistic portrait, shot on film"),
        tone: Some(Tone::Colour),
        ..Observations::default()
    };
    let scoring = Scoring::default();
    let verdict = judge(&testimony, &scoring).ok_or("nothing is known of it")?;
    println!("{}: {}", verdict.class, verdict.confidence);
    assert_eq!(verdict.confidence, Confidence::Sure);

    // The same votes on a picture without any colour: a person should look at it.
    testimony.tone = Some(Tone::Monochrome);
    let verdict = judge(&testimony, &scoring).ok_or("nothing is known of it")?;
    for rule in &verdict.rules {
        println!("{}: {rule}", verdict.confidence);
    }
    assert_eq!(verdict.confidence, Confidence::Unsure);
    Ok(())
}
