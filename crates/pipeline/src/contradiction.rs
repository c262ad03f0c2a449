//! What persons said since a plan was made.

use crate::labels::Labels;
use crate::plan_file::{Assessed, SeenPicture};
use balance_planner::{Action, Protection, Reason};
use verdict::Rule;

/// Why nothing may be removed by a plan, by what persons say now: something that is to go must stay,
/// or the plan counts a picture as what it is not. `None` if they say nothing else than they did.
pub(crate) fn contradiction(
    assessed: &Assessed,
    protection: &Protection,
    labels: &Labels,
) -> Option<String> {
    if protection.set_is_good {
        return Some("its actor manifest says training_data_good".to_owned());
    }
    for decision in assessed.plan.with(Action::Remove) {
        let name = &decision.name;
        if protection.kept.contains(name) {
            return Some(format!("{name} was marked to be kept"));
        }
        if decision.reason == Reason::RemovedByHand && !protection.to_remove.contains(name) {
            return Some(format!("the wish to remove {name} was taken back"));
        }
    }
    let leaving = assessed.plan.with(Action::Remove);
    let mut leaving = leaving.filter_map(|decision| assessed.picture(&decision.name));
    let mut pictures = assessed.seen.pictures.iter();
    pictures
        .find_map(|picture| of_class(picture, labels))
        .or_else(|| leaving.find_map(|picture| of_quality(picture, labels)))
}

/// How a picture that leaves is better, by a person's word, than the plan went by.
fn of_quality(picture: &SeenPicture, labels: &Labels) -> Option<String> {
    let seen = picture.quality?;
    let said = labels.word(&picture.sha256)?.quality?;
    (said > seen).then(|| format!("a person says that {} has quality {said}", picture.name))
}

/// How the word on a picture's class differs from what the plan went by. What cannot be read has no
/// class in a plan.
fn of_class(picture: &SeenPicture, labels: &Labels) -> Option<String> {
    let (name, seen) = (&picture.name, picture.class?);
    let is_by_person = picture.rules.contains(&Rule::Person);
    match labels.word(&picture.sha256).and_then(|word| word.class) {
        Some(class) if class != seen => Some(format!("a person says that {name} is {class}")),
        None if is_by_person => Some(format!("the word that {name} is {seen} was taken back")),
        _ => None,
    }
}
