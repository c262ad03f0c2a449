//! Finds what is wrong with an actor from the facts about it. Pure.

use crate::facts::Facts;
use crate::finding::{Finding, Problem};
use crate::objects::ObjectState;
use dataset::drift::Drift;
use dataset::layout;
use manifest::DoubleEntry;
use std::collections::BTreeMap;
use tdbal_types::ImageName;

/// Finds everything that is wrong with an actor.
pub(crate) fn diagnose(facts: &Facts) -> Vec<Finding> {
    let mut problems = Vec::new();
    problems.extend(manifest_problems(facts));
    problems.extend(
        facts
            .base_image
            .clone()
            .map(|problem| Problem::BaseImage { problem }),
    );
    problems.extend(duplicate_problems(facts));
    problems.extend(set_problems(facts));
    problems.extend(picture_problems(facts));
    let actor = &facts.set.actor;
    problems
        .into_iter()
        .map(|problem| Finding::of(actor.clone(), problem))
        .collect()
}

fn manifest_problems(facts: &Facts) -> Vec<Problem> {
    let set = &facts.set;
    let mut problems = Vec::new();
    for drift in &set.drift {
        match drift {
            Drift::NoActorManifest { problem } => problems.push(Problem::NoActorManifest {
                problem: problem.clone(),
            }),
            Drift::OtherActor { named } => problems.push(Problem::OtherActor {
                named: named.clone(),
            }),
            Drift::TotalImages { claimed, entries } => problems.push(Problem::TotalImages {
                claimed: *claimed,
                entries: *entries,
            }),
            // Reported below, with the names of the files.
            Drift::NotInManifest { .. } | Drift::OnlyInActorManifest { .. } => {}
        }
    }
    let training = set.training.repeated_keys();
    if let (Ok(key), false) = (layout::training_manifest(&set.actor), training.is_empty()) {
        problems.push(Problem::RepeatedKeys {
            key: key.to_string(),
            paths: training.to_vec(),
        });
    }
    if let Ok(stored) = &set.actor_manifest {
        let paths = stored.manifest.repeated_keys();
        if !paths.is_empty() {
            problems.push(Problem::RepeatedKeys {
                key: stored.key.to_string(),
                paths: paths.to_vec(),
            });
        }
        if let Err(error) = stored.manifest.training_data() {
            problems.push(Problem::Data {
                problem: format!("{}: {}", stored.key, tdbal_types::chain(&error)),
            });
        }
    }
    problems
}

/// Duplicate entries that can be dropped: those without a local file. Dropping the entry of a file
/// would leave a file that no manifest names.
pub(crate) fn droppable(facts: &Facts, doubles: &[ImageName]) -> Vec<ImageName> {
    if !facts.set.training.repeated_keys().is_empty() {
        return Vec::new();
    }
    let has_file = |name: &ImageName| {
        let mut pictures = facts.set.pictures.iter();
        pictures.any(|picture| picture.name == *name && picture.local.is_some())
    };
    doubles
        .iter()
        .filter(|name| !has_file(name))
        .cloned()
        .collect()
}

/// Files that the actor manifest lists more than once.
pub(crate) fn double_listings(facts: &Facts) -> Vec<String> {
    let Ok(stored) = &facts.set.actor_manifest else {
        return Vec::new();
    };
    let doubles = stored.manifest.double_entries().into_iter();
    let files = doubles.filter_map(|double| match double {
        DoubleEntry::SameFile { file_name, .. } => Some(file_name),
        DoubleEntry::SameObject { .. } => None,
    });
    files.collect()
}

fn duplicate_problems(facts: &Facts) -> Vec<Problem> {
    let mut problems = Vec::new();
    for double in facts.set.training.double_entries() {
        if let DoubleEntry::SameObject {
            s3_url,
            names,
            doubles,
        } = double
        {
            problems.push(Problem::DoubleEntries {
                s3_url: dataset::folder::without_secrets(&s3_url),
                names,
                droppable: droppable(facts, &doubles),
            });
        }
    }
    let files = double_listings(facts);
    if !files.is_empty() {
        let stored = facts.set.actor_manifest.as_ref();
        let fixable = stored.is_ok_and(|stored| stored.manifest.repeated_keys().is_empty());
        problems.push(Problem::DoubleListings { files, fixable });
    }
    problems
}

fn set_problems(facts: &Facts) -> Vec<Problem> {
    let set = &facts.set;
    let (mut missing, mut no_object, mut no_copy) = (Vec::new(), Vec::new(), Vec::new());
    for picture in &set.pictures {
        let name = picture.name.clone();
        let state = facts.objects.states.get(&picture.name);
        match (&picture.local, &picture.s3_url, state) {
            (None, None, _) | (None, _, Some(ObjectState::Absent)) => missing.push(name),
            (Some(_), _, Some(ObjectState::Absent)) => no_object.push(name),
            (None, _, Some(ObjectState::Present(_))) => no_copy.push(name),
            _ => {}
        }
    }
    let unread: Vec<&ImageName> = facts.unreadable.iter().map(|(name, _)| name).collect();
    let orphans: Vec<ImageName> = facts
        .orphans()
        .into_iter()
        .filter(|name| !unread.contains(&name) && !is_unreadable(facts, name))
        .collect();
    let only_listed = only_in_actor_manifest(facts);
    let of_files = [
        (missing, (|files| Problem::Missing { files }) as fn(_) -> _),
        (no_object, |files| Problem::NoObject { files }),
        (no_copy, |files| Problem::NoCopy { files }),
        (orphans, |files| Problem::Orphans { files }),
        (only_listed, |files| Problem::OnlyInActorManifest { files }),
    ];
    let mut problems: Vec<Problem> = of_files
        .into_iter()
        .filter(|(files, _)| !files.is_empty())
        .map(|(files, make): (Vec<ImageName>, _)| make(files))
        .collect();
    let mut strangers: BTreeMap<&String, Vec<String>> = BTreeMap::new();
    for (bucket, key) in facts.objects.strangers.keys() {
        strangers.entry(bucket).or_default().push(key.to_string());
    }
    problems.extend(
        strangers
            .into_iter()
            .map(|(bucket, keys)| Problem::OrphanObjects {
                bucket: bucket.clone(),
                keys,
            }),
    );
    problems
}

fn is_unreadable(facts: &Facts, name: &ImageName) -> bool {
    facts
        .read
        .get(name)
        .is_some_and(|read| read.problem.is_some())
}

fn only_in_actor_manifest(facts: &Facts) -> Vec<ImageName> {
    let Ok(stored) = &facts.set.actor_manifest else {
        return Vec::new();
    };
    let listed = stored.manifest.training_data().unwrap_or_default();
    let mut names: Vec<ImageName> = listed
        .into_iter()
        .map(|file| file.name)
        .filter(|name| {
            !facts
                .set
                .pictures
                .iter()
                .any(|picture| picture.name == *name)
        })
        .collect();
    names.dedup();
    names
}

fn picture_problems(facts: &Facts) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, problem) in &facts.unreadable {
        let problem = format!("cannot read {file}: {problem}");
        problems.push(Problem::Data { problem });
    }
    for picture in &facts.set.pictures {
        let file = picture.name.clone();
        let local = facts.read.get(&picture.name);
        if let Some(problem) = local.and_then(|read| read.problem.clone()) {
            let file = file.clone();
            problems.push(Problem::NotAPicture { file, problem });
        }
        match facts.objects.states.get(&picture.name) {
            Some(ObjectState::BadAddress(problem)) => problems.push(Problem::Address {
                file,
                problem: problem.clone(),
            }),
            Some(ObjectState::Present(object)) => match &picture.local {
                Some(meta) => {
                    let sha256 = local
                        .zip(object.read.as_ref())
                        .map(|(local, object)| (local.sha256, object.sha256));
                    let differ = sha256.is_some_and(|(local, object)| local != object);
                    if differ || meta.size != object.size {
                        problems.push(Problem::CopiesDiffer {
                            file,
                            local_bytes: meta.size,
                            object_bytes: object.size,
                            sha256,
                        });
                    }
                }
                None => {
                    let read = object.read.as_ref();
                    if object.size == 0 {
                        let problem = "its object is empty".into();
                        problems.push(Problem::NotAPicture { file, problem });
                    } else if let Some(problem) = read.and_then(|read| read.problem.clone()) {
                        problems.push(Problem::NotAPicture { file, problem });
                    }
                }
            },
            Some(ObjectState::Own | ObjectState::Absent) | None => {}
        }
    }
    problems
}

#[cfg(test)]
mod tests;
