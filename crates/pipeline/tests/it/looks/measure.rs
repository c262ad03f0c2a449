//! With a model that errs persistently on some pictures and at random on others, no picture is removed
//! against the rules.

use super::{Judge, evaluation, judging_world};
use crate::world::pictures;
use balance_planner::Action;
use evidence::Tone;
use results::Mode;
use std::collections::BTreeSet;
use std::sync::Arc;
use tdbal_types::{Confidence, ImageClass};
use test_support::simulated::{Errors, Eye, SimulatedModel};

const ACTORS: usize = 6;
const SEEDS: u64 = 5;

#[tokio::test]
async fn unsure_or_contradicted_pictures_are_never_removed() {
    let (mut removed, mut unsure, mut against, mut stayed) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let mut world = judging_world();
        world.control_every = 50;
        for number in 0..ACTORS {
            let actor = format!("{}_s{seed}", 9001 + number);
            let set = pictures(&actor, [14 + number % 4, 5, 3], &[(0, 2), (1, 3), (16, 2)]);
            world.actor(&actor, &set).await;
        }
        let errors = Errors {
            persistent: 0.10,
            passing: 0.05,
            quality_noise: 1,
            ..Errors::default()
        };
        let eye = Eye::Looks(errors);
        let judge = Arc::new(Judge::simulated(SimulatedModel { seed, eye }));
        let report = world.run_judged_by(judge.clone(), Mode::Execute).await;
        assert!(report.suspicions.is_empty(), "{:?}", report.suspicions);
        let asked = judge.take();
        let looked_at: BTreeSet<_> = super::close_looks_of(&asked).into_iter().collect();
        for reported in &report.actors {
            let actor = reported.actor.as_str();
            let evaluation = evaluation(&world, actor).await;
            let planned: BTreeSet<_> = evaluation
                .plan
                .with(Action::Remove)
                .map(|decision| decision.name.clone())
                .collect();
            for picture in &reported.removed {
                assert!(planned.contains(picture), "{picture}");
                let judged = evaluation.judged(picture).unwrap();
                let verdict = &judged.verdict;
                assert!(
                    verdict.confidence >= Confidence::Likely,
                    "{picture}: {verdict:?}"
                );
                let is_ink = verdict.class == ImageClass::BwStylized;
                let contradicts = match judged.tone {
                    Tone::Monochrome => !is_ink,
                    Tone::Colour => is_ink,
                    Tone::Unclear => false,
                };
                assert!(!contradicts, "{picture}: {verdict:?} and {:?}", judged.tone);
                // It had a close look, and no answer contradicted it.
                let digest = evaluation.picture(picture).unwrap().sha256;
                assert!(looked_at.contains(&digest), "{picture}");
                assert_eq!(judged.close.as_ref().unwrap().class, verdict.class);
                removed += 1;
            }
            for judged in &evaluation.judged {
                let is_unsure = judged.verdict.confidence == Confidence::Unsure;
                unsure += usize::from(is_unsure);
                stayed += usize::from(is_unsure && !reported.removed.contains(&judged.file_name));
                let is_ink = judged.votes[&1].class == ImageClass::BwStylized;
                against += usize::from(is_ink != (judged.tone == Tone::Monochrome));
            }
        }
    }
    // The model did err, also against the pixels, and some pictures were removed.
    assert!(removed > 10, "{removed} removed");
    assert!(
        unsure > 20 && stayed == unsure,
        "{unsure} unsure, {stayed} stayed"
    );
    assert!(against > 10, "{against} answers against the pixels");
}
