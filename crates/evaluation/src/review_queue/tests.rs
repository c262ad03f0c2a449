use super::*;
use dataset::people::labels::Statement;
use tdbal_types::{Confidence, ImageClass, ImageName};

/// An evaluation of seven pictures that a released version wrote.
const EVALUATION: &str = include_str!(
    "../../../../fixtures/golden/0.1.0/planned/debug/training_data_evaluation/9201_a_evaluation.json"
);

fn name(number: usize) -> ImageName {
    ImageName::new(format!("9201_a_{number}.png")).unwrap()
}

/// The evaluation, with only these pictures unsure, and a plan that asks about `questions`.
fn evaluation(unsure: &[usize], questions: &[usize]) -> Evaluation {
    let mut evaluation: Evaluation = serde_json::from_str(EVALUATION).unwrap();
    for judged in &mut evaluation.judged {
        let is_unsure = unsure
            .iter()
            .any(|number| name(*number) == judged.file_name);
        judged.verdict.confidence = if is_unsure {
            Confidence::Unsure
        } else {
            Confidence::Sure
        };
    }
    evaluation.plan.questions = questions.iter().map(|number| name(*number)).collect();
    evaluation.protection.kept.clear();
    evaluation.protection.set_is_good = false;
    evaluation
}

fn pictures(evaluation: &Evaluation) -> Vec<SetPicture> {
    let all = evaluation.pictures.iter();
    all.map(|picture| SetPicture {
        name: picture.file_name.clone(),
        local: None,
        s3_url: None,
        provenance: None,
    })
    .collect()
}

fn queue(evaluation: &Evaluation, labels: &Labels) -> Vec<ReviewItem> {
    ReviewQueue::default().add_actor(evaluation, labels, &pictures(evaluation))
}

fn names(items: &[ReviewItem]) -> Vec<ImageName> {
    items.iter().map(|item| item.picture.name.clone()).collect()
}

#[test]
fn questions_of_the_plan_come_before_other_unsure_pictures() {
    let evaluation = evaluation(&[1, 3, 5, 6], &[5, 3]);
    let queued = queue(&evaluation, &Labels::default());
    assert_eq!(names(&queued), [5, 3, 1, 6].map(name));
    for item in &queued {
        let evaluated = evaluation.picture(&item.picture.name).unwrap();
        assert_eq!(item.sha256, evaluated.sha256);
        assert_eq!(item.actor, evaluation.actor_id);
    }
}

#[test]
fn labelled_pictures_are_not_asked_about() {
    let evaluation = evaluation(&[1, 3], &[]);
    let mut labels = Labels::default();
    let labelled = evaluation.picture(&name(1)).unwrap().sha256;
    let statement = Statement {
        actor: evaluation.actor_id.clone(),
        file: name(1),
        class: Some(ImageClass::BwStylized),
        quality: None,
        wish: None,
        said_at: String::new(),
        said_by: String::new(),
    };
    labels.say(labelled, statement);
    assert_eq!(names(&queue(&evaluation, &labels)), [name(3)]);
}

#[test]
fn pictures_that_left_the_set_are_not_asked_about() {
    let evaluation = evaluation(&[1, 3], &[3]);
    let mut left = pictures(&evaluation);
    left.retain(|picture| picture.name != name(3));
    let queued = ReviewQueue::default().add_actor(&evaluation, &Labels::default(), &left);
    assert_eq!(names(&queued), [name(1)]);
}

#[test]
fn identical_pictures_of_two_actors_are_asked_about_once() {
    let first = evaluation(&[1, 3], &[]);
    let mut second = evaluation(&[1, 4], &[]);
    second.actor_id = ActorId::new("9202_b").unwrap();
    let mut queue = ReviewQueue::default();
    let labels = Labels::default();
    assert_eq!(queue.add_actor(&first, &labels, &pictures(&first)).len(), 2);
    let added = queue.add_actor(&second, &labels, &pictures(&second));
    assert_eq!(names(&added), [name(4)]);
}

#[test]
fn an_item_says_what_protects_its_picture() {
    let mut evaluation = evaluation(&[1, 3], &[]);
    evaluation.protection.kept.insert(name(1));
    let protectors = |evaluation: &Evaluation| {
        let queued = queue(evaluation, &Labels::default());
        queued
            .iter()
            .map(|item| item.protected_by)
            .collect::<Vec<_>>()
    };
    assert_eq!(protectors(&evaluation), [Some(Protector::KeepList), None]);
    evaluation.protection.set_is_good = true;
    assert_eq!(
        protectors(&evaluation),
        [Some(Protector::KeepList), Some(Protector::ActorManifest)]
    );
}
