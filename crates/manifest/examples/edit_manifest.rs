//! Parses a training manifest, removes one picture, prints the result, and undoes the removal.
#![allow(clippy::print_stdout, reason = "an example")]

use manifest::{Edit, GenerationNote, TrainingManifest};
use std::collections::BTreeSet;
use std::error::Error;
use tdbal_types::{ImageName, RunId};

/// `my_note` is a field that tdbal does not know. It is preserved, and so is the order of keys.
const STORED: &str = r#"{
  "actor_id": "0004_european_35_male",
  "my_note": "scanned in March",
  "total_images": 2,
  "generations": [],
  "images": {
    "0004_1.png": {"prompt": "a ferry at dawn", "index": 1, "s3_url": null},
    "0004_2.png": {"prompt": "a greenhouse", "index": 2, "s3_url": null, "stars": 4}
  }
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = TrainingManifest::parse(STORED.as_bytes())?;
    for entry in manifest.images() {
        println!("{} was made from {:?}", entry.name, entry.prompt);
    }
    let removed = BTreeSet::from([ImageName::new("0004_1.png")?]);
    let edited = manifest.edited(&Edit {
        remove: removed.clone(),
        add: Vec::new(),
        note: GenerationNote {
            run: RunId::new("20261122T110650Z-0000002a")?,
            generated_by: "an example".into(),
        },
        now: "2026-11-22T11:06:50.000000".into(),
    })?;
    println!("{}", String::from_utf8(edited.to_bytes())?);

    let (out, later) = (BTreeSet::new(), "2026-11-22T11:08:00.000000");
    let undone = edited.restored(&manifest, &removed, &out, later)?;
    println!("{}", String::from_utf8(undone.to_bytes())?);

    if edited.images().len() != 1 || edited.total_images() != Some(1) {
        return Err("expected one remaining picture".into());
    }
    if undone.images() != manifest.images() {
        return Err("expected both pictures after the undo".into());
    }
    Ok(())
}
