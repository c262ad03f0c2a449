//! Makes the numbered sheet of one actor from the demonstration set, in memory.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use composite::{Cell, Limits, PictureError, SheetOptions, sheet, thumbnail};
use std::error::Error;
use std::path::Path;
use tdbal_types::SheetNumber;

/// An actor with an unreadable picture, which keeps its number and its cell on the sheet.
const ACTOR: &str = "9005_woodland_30_male";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/data/actors")
        .join(ACTOR)
        .join("training_data");
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension != "json")
        {
            pictures.push((path.clone(), std::fs::read(path)?));
        }
    }
    pictures.sort();

    let (limits, options) = (Limits::default(), SheetOptions::default());
    let mut cells = Vec::new();
    for (position, (path, bytes)) in pictures.iter().enumerate() {
        let number = SheetNumber::from_position(position);
        let cell = match thumbnail(bytes, options.cell, &limits) {
            Ok(thumbnail) => Cell::Picture(thumbnail),
            Err(PictureError::Unreadable { .. }) => {
                println!("{number}: {} cannot be read", path.display());
                Cell::Unreadable
            }
            Err(other) => return Err(other.into()),
        };
        cells.push((number, cell));
    }
    let sheet = sheet(&cells, &options)?;
    println!(
        "{} pictures on a sheet of {} x {} pixels, {} bytes of JPEG",
        cells.len(),
        sheet.width,
        sheet.height,
        sheet.jpeg.len()
    );
    Ok(())
}
