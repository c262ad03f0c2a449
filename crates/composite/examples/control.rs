//! Writes three control sheets to a folder: `cargo run -p composite --example control -- DIR`.
#![allow(
    clippy::print_stdout,
    missing_docs,
    reason = "an example prints its result"
)]

use composite::{SheetOptions, control_sheet};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: control DIR")?);
    for seed in 1..=3 {
        let (sheet, monochrome) = control_sheet(seed, 20, &SheetOptions::default())?;
        let file = folder.join(format!("control_{seed}.jpg"));
        std::fs::write(&file, &sheet.jpeg)?;
        println!("{}: {monochrome:?}", file.display());
    }
    Ok(())
}
