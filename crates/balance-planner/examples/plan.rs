//! Plans a set with too many photographs and too few drawings, and prints every decision.
#![allow(clippy::print_stdout, reason = "an example")]

use balance_planner::{Inventory, PictureState, Policy, Protection, plan};
use std::collections::BTreeSet;
use std::error::Error;
use tdbal_types::{Confidence, ImageClass, ImageName, Quality};

fn main() -> Result<(), Box<dyn Error>> {
    let mut set = Inventory::new();
    for number in 1..=21 {
        let class = match number {
            1..=16 => ImageClass::Photorealistic,
            17..=18 => ImageClass::BwStylized,
            _ => ImageClass::ColorStylized,
        };
        let state = PictureState::Assessed {
            class,
            quality: Quality::new(number % 10 + 1)?,
            pixels: 1_000_000,
            confidence: Confidence::Likely,
            duplicate_of: None,
        };
        set.insert(ImageName::new(format!("0004_{number:02}.png"))?, state);
    }
    set.insert(ImageName::new("0004_22.png")?, PictureState::Unreadable);

    let policy = Policy {
        target: "total=20,photorealistic=65,bw_stylized=20,color_stylized=15".parse()?,
        ..Policy::default()
    };
    let protection = Protection {
        kept: BTreeSet::from([ImageName::new("0004_10.png")?]),
        ..Protection::default()
    };
    let plan = plan(&set, &protection, &policy);
    for decision in &plan.decisions {
        println!(
            "{} {:<7} {}",
            decision.name, decision.action, decision.reason
        );
    }
    println!(
        "before {}, generate {}, after {}",
        plan.before, plan.generate, plan.after
    );

    if plan.after != policy.target.counts() {
        return Err("the plan does not reach its target".into());
    }
    Ok(())
}
