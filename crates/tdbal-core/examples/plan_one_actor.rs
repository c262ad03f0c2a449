#![allow(clippy::print_stdout, reason = "an example prints")]
//! Plans one actor: reads the set from a folder, makes its numbered sheet, checks a model's reply
//! against the sheet, and prints a decision and a reason for every picture. Changes nothing.

use std::error::Error;
use std::path::Path;
use tdbal_core::composite::{self, Cell, Limits, PictureError, SheetOptions};
use tdbal_core::planner::{self, Inventory, PictureState, Plan, Policy, Protection};
use tdbal_core::types::time::Clock;
use tdbal_core::types::{ActorId, Confidence, ImageName, SheetNumber};
use tdbal_core::vision::{LookKind, check_reply};
use tdbal_core::{dataset, local_data};

/// The largest picture that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Run this in the root of the repository. The reply is what a model answered about the sheet.
    let actor = ActorId::new("9002_andean_31_female")?;
    let reply = std::fs::read_to_string(format!("fixtures/replies/{actor}.json"))?;
    let plan = plan_actor(Path::new("fixtures/data"), &actor, &reply).await?;
    for decision in &plan.decisions {
        println!(
            "{:<6} {}: {}",
            decision.action, decision.name, decision.reason
        );
    }
    println!("{} now, {} afterwards", plan.before, plan.after);
    Ok(())
}

pub(crate) async fn plan_actor(
    folder: &Path,
    actor: &ActorId,
    reply: &str,
) -> Result<Plan, Box<dyn Error>> {
    // The set: the pictures in the order of the training manifest, which is the order of a sheet.
    let data = local_data(folder);
    let files = dataset::discovery::files_of(&data, actor).await?;
    let set = dataset::set::load(&data, actor, &files, &Clock::system().stamp()).await?;

    // The sheet: each picture in a cell with its number.
    let (limits, options) = (Limits::default(), SheetOptions::default());
    let mut cells: Vec<(SheetNumber, Cell)> = Vec::new();
    let mut readable: Vec<(SheetNumber, ImageName, u64)> = Vec::new();
    let mut inventory = Inventory::new();
    for (position, picture) in set.pictures.iter().enumerate() {
        let number = SheetNumber::from_position(position);
        let local = picture
            .local
            .as_ref()
            .ok_or("a picture has no local copy")?;
        let bytes = data.store().get(&local.key, MAX_BYTES).await?.bytes;
        match composite::thumbnail(&bytes, options.cell, &limits) {
            Ok(thumbnail) => {
                let header = composite::read_header(&bytes, &limits)?;
                let pixels = u64::from(header.width) * u64::from(header.height);
                readable.push((number, picture.name.clone(), pixels));
                cells.push((number, Cell::Picture(thumbnail)));
            }
            Err(PictureError::Unreadable { .. }) => {
                inventory.insert(picture.name.clone(), PictureState::Unreadable);
                cells.push((number, Cell::Unreadable));
            }
            // Such a picture cannot be judged, so the set cannot be planned.
            Err(error) => return Err(error.into()),
        }
    }
    let sheet = composite::sheet(&cells, &options)?;
    println!(
        "sheet: {} x {} pixels, {} bytes",
        sheet.width,
        sheet.height,
        sheet.jpeg.len()
    );

    // The reply: usable only if it has every readable number exactly once and no other.
    let numbers: Vec<SheetNumber> = readable.iter().map(|(number, ..)| *number).collect();
    let checked = check_reply(reply, LookKind::Sheet { vote: 1 }, &numbers)
        .map_err(|problems| format!("unusable reply: {problems:?}"))?;
    for (answer, (_, name, pixels)) in checked.answers.into_iter().zip(readable) {
        let state = PictureState::Assessed {
            class: answer.opinion.class,
            quality: answer.opinion.quality,
            pixels,
            // A run looks more than once and lets the module `verdict` decide how sure it is.
            confidence: Confidence::Likely,
            duplicate_of: None,
        };
        inventory.insert(name, state);
    }

    // The plan: what leaves, what stays, and how many pictures of each class to generate.
    Ok(planner::plan(
        &inventory,
        &Protection::default(),
        &Policy::default(),
    ))
}
