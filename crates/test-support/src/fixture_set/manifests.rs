//! Manifests of an actor, in the format of the original system (the scripts that tdbal replaces).

use super::member::Member;
use super::prompts;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};
use tdbal_types::ClassCounts;

/// Formats the time `second` seconds after 11:00 on 2025-10-16 as the original system does: without
/// a time zone.
fn moment(second: u32) -> String {
    format!(
        "2025-10-16T{:02}:{:02}:{:02}.{:06}",
        11 + second / 3600,
        second / 60 % 60,
        second % 60,
        (second * 7919 + 101_113) % 1_000_000
    )
}

/// Contents of `data/actors/{actor}/training_data/manifest.json`.
pub(super) fn training(member: &Member) -> Value {
    let mut images = Map::new();
    let mut seen = ClassCounts::default();
    let mut second = member.id().parse::<u32>().unwrap_or(0) % 100 * 613;
    for shot in member.shots {
        let ordinal = seen[shot.class];
        seen[shot.class] += 1;
        let Some(index) = shot.index else { continue };
        second += 41;
        let name = member.file(shot.suffix);
        let prompt = prompts::prompt(shot.class, ordinal, member.noun());
        let preview: String = prompt.chars().take(100).collect();
        images.insert(
            name,
            json!({
                "prompt": prompt,
                "prompt_preview": format!("{preview}..."),
                "generated_at": moment(second),
                "s3_url": null,
                "index": index,
                "generation_id": 1,
                "generation_type": "existing",
            }),
        );
    }
    let migrated = moment(9000 + second % 600);
    json!({
        "actor_id": member.name,
        "created_at": migrated,
        "updated_at": migrated,
        "total_images": images.len(),
        "generations": [{
            "generation_id": 1,
            "type": "existing",
            "generated_at": migrated,
            "image_count": images.len(),
            "metadata": {
                "source": "migrated_from_prompt_metadata",
                "original_file": "prompt_metadata.json",
            },
        }],
        "images": images,
    })
}

/// Converts bytes to megabytes of 1024 x 1024 bytes, rounded to two decimals.
fn megabytes(bytes: usize) -> f64 {
    (bytes as f64 / 1_048_576.0 * 100.0).round() / 100.0
}

/// Contents of `data/actor_manifests/{id}_manifest.json`. `files` holds the names and bytes of the
/// training pictures.
pub(super) fn actor(member: &Member, base: &str, files: &[(String, Vec<u8>)]) -> Value {
    let mut listed: Vec<Value> = member
        .shots
        .iter()
        .zip(files)
        .filter(|(shot, _)| shot.index.is_some())
        .enumerate()
        .map(|(position, (_, (name, bytes)))| picture(member, name, bytes, position))
        .collect();
    if let Some(stray) = member.stray {
        listed.push(picture(
            member,
            &member.file(stray),
            b"long gone",
            listed.len(),
        ));
    }
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut metadata = json!({
        "img": format!("{}.webp", member.name),
        "age": member.person.age,
        "sex": member.person.sex,
        "ethnicity": member.person.ethnicity,
        "face_prompt": member.person.face_prompt,
        "id": member.id(),
        "name": member.name,
        "image": format!("image{}", member.id()),
        "outfit": member.person.outfit,
    });
    if let Some(kind) = member.person.actor_type {
        metadata["actor_type"] = json!(kind);
    }
    json!({
        "character_id": member.id(),
        "character_name": member.name,
        "metadata": metadata,
        "migration_timestamp": "2025-10-15T07:38:30.280047",
        "base_images": [{
            "filename": base,
            "s3_url": null,
            "status": "local_only",
            "format": if member.base == "png" { "png" } else { "jpeg" },
        }],
        "scene_images": [],
        "statistics": {
            "total_files": 1,
            "total_size_bytes": total,
            "total_size_mb": megabytes(total),
            "base_images_count": 1,
            "scene_images_count": 0,
            "training_images_count": listed.len(),
            "training_data_size_bytes": total,
            "training_data_size_mb": megabytes(total),
            "training_synced_count": 0,
            "training_local_only_count": listed.len(),
        },
        "status": "success",
        "training_data": listed,
        "training_data_updated": "2025-10-17T16:46:12.270539",
        "poster_frames": {},
        "lora_model": {
            "filename": format!("{}.safetensors", member.name),
            "s3_url": null,
            "size_bytes": 216_872_400,
            "size_mb": 206.83,
            "md5_hash": hex::encode(Md5::digest(member.name)),
            "last_modified": "2025-06-18T15:24:03+00:00",
            "created_date": "2025-06-18",
            "format": "safetensors",
        },
        "lora_model_updated": "2025-10-17T21:51:48.863461",
    })
}

fn picture(member: &Member, name: &str, bytes: &[u8], position: usize) -> Value {
    let second = position as u32 * 41;
    // 2025-10-16T11:00:00Z.
    let timestamp = 1_760_612_400.0 + f64::from(second) + 0.25;
    json!({
        "filename": name,
        "local_path": format!("data/actors/{}/training_data/{name}", member.name),
        "size_bytes": bytes.len(),
        "size_mb": megabytes(bytes.len()),
        "modified_timestamp": timestamp,
        "modified_date": moment(second),
        "md5_hash": hex::encode(Md5::digest(bytes)),
        "status": "local_only",
    })
}
