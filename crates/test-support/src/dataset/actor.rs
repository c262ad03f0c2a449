//! Builder for one actor of a data set.

use super::folder::{DataSet, Truth};
use crate::pictures::{coded_file, corrupt, photo};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use tdbal_types::{ClassCounts, ImageClass, Quality};

/// Picture file of an actor.
#[derive(Debug, Clone)]
pub struct Picture {
    /// File name without the folder.
    pub name: String,
    /// Index in the training manifest; `None` if the manifest does not list the picture.
    pub index: Option<u32>,
    /// Class and quality; `None` if the file is not a coded picture.
    pub code: Option<(ImageClass, Quality)>,
    /// Contents of the file.
    pub bytes: Vec<u8>,
    /// Whether the actor's folder contains the file.
    pub local: bool,
}

/// Builder for an actor; nothing is written before [`Self::write`].
#[derive(Debug)]
pub struct ActorBuilder<'a> {
    set: &'a mut DataSet,
    name: String,
    pictures: Vec<Picture>,
    size: (u32, u32),
    object_prefix: Option<String>,
    base_image: bool,
    actor_manifest: bool,
    training_manifest: bool,
    actor_manifest_only: Vec<String>,
}

/// Returns a prompt that asks for a picture of `class`.
fn prompt(index: u32, class: Option<ImageClass>) -> String {
    let kind = match class {
        Some(ImageClass::Photorealistic) => ", a photorealistic photograph",
        Some(ImageClass::BwStylized) => ", a black and white ink drawing",
        Some(ImageClass::ColorStylized) => ", a colorful oil painting",
        None => "",
    };
    format!("Picture {index} of a test{kind}.")
}

impl DataSet {
    /// Starts building an actor; [`ActorBuilder::write`] writes its files.
    pub fn actor(&mut self, name: &str) -> ActorBuilder<'_> {
        ActorBuilder::new(self, name)
    }

    /// Writes an actor with `counts` pictures of qualities 6 to 9 and consistent manifests.
    pub fn actor_of(&mut self, name: &str, counts: ClassCounts) {
        self.actor(name).pictures_of(counts).write();
    }
}

impl<'a> ActorBuilder<'a> {
    fn new(set: &'a mut DataSet, name: &str) -> Self {
        Self {
            set,
            name: name.to_owned(),
            pictures: Vec::new(),
            size: (120, 160),
            object_prefix: None,
            base_image: true,
            actor_manifest: true,
            training_manifest: true,
            actor_manifest_only: Vec::new(),
        }
    }

    /// Sets the size in pixels of pictures added from now on. The default is 120 x 160.
    #[must_use]
    pub const fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    fn next_number(&self) -> u32 {
        self.pictures.len() as u32 + 1
    }

    /// Adds a picture named `{actor}_{n}.png`, where `n` is the next index.
    #[must_use]
    pub fn picture(self, class: ImageClass, quality: u8) -> Self {
        let number = self.next_number();
        let name = format!("{}_{number}.png", self.name);
        self.named(&name, Some(number), class, quality)
    }

    /// Adds a picture with this name and index. Without an index the manifest does not list it.
    #[must_use]
    pub fn named(mut self, name: &str, index: Option<u32>, class: ImageClass, quality: u8) -> Self {
        let quality = Quality::new(i64::from(quality)).expect("the quality is from 1 to 10");
        // Digits of the name in the seed: pictures of different actors are not near-duplicates.
        let id: String = self
            .name
            .chars()
            .filter(char::is_ascii_digit)
            .take(8)
            .collect();
        let seed = id.parse::<u64>().unwrap_or(0) * 1000 + u64::from(self.next_number());
        self.pictures.push(Picture {
            name: name.to_owned(),
            index,
            code: Some((class, quality)),
            bytes: coded_file(name, class, quality, seed, self.size),
            local: true,
        });
        self
    }

    /// Adds `counts` pictures, class by class, with qualities cycling from 6 to 9.
    #[must_use]
    pub fn pictures_of(mut self, counts: ClassCounts) -> Self {
        for (class, count) in counts.iter() {
            for ordinal in 0..count {
                self = self.picture(class, 6 + (ordinal % 4) as u8);
            }
        }
        self
    }

    /// Adds a file with these bytes named `{actor}_{n}.png`, where `n` is the next index.
    #[must_use]
    pub fn file(mut self, bytes: Vec<u8>) -> Self {
        let number = self.next_number();
        self.pictures.push(Picture {
            name: format!("{}_{number}.png", self.name),
            index: Some(number),
            code: None,
            bytes,
            local: true,
        });
        self
    }

    /// Adds a picture file that cannot be decoded.
    #[must_use]
    pub fn corrupt(self) -> Self {
        self.file(corrupt())
    }

    /// Replaces the picture added as number `number`, counted from 1, with a file that cannot be
    /// decoded.
    #[must_use]
    pub fn corrupt_at(mut self, number: usize) -> Self {
        let picture = &mut self.pictures[number - 1];
        picture.bytes = corrupt();
        picture.code = None;
        self
    }

    /// Sets the `s3_url` of every picture to `{prefix}/{name}`.
    #[must_use]
    pub fn objects_at(mut self, prefix: &str) -> Self {
        self.object_prefix = Some(prefix.trim_end_matches('/').to_owned());
        self
    }

    /// Writes none of the pictures added so far to the folder, as if they existed in a bucket only.
    #[must_use]
    pub fn without_local_copies(mut self) -> Self {
        for picture in &mut self.pictures {
            picture.local = false;
        }
        self
    }

    /// Omits the base image.
    #[must_use]
    pub const fn without_base_image(mut self) -> Self {
        self.base_image = false;
        self
    }

    /// Omits the actor manifest.
    #[must_use]
    pub const fn without_actor_manifest(mut self) -> Self {
        self.actor_manifest = false;
        self
    }

    /// Omits the training manifest.
    #[must_use]
    pub const fn without_training_manifest(mut self) -> Self {
        self.training_manifest = false;
        self
    }

    /// Lists one more picture in the actor manifest that exists nowhere.
    #[must_use]
    pub fn only_in_actor_manifest(mut self, name: &str) -> Self {
        self.actor_manifest_only.push(name.to_owned());
        self
    }

    /// Writes the actor's files and returns all its pictures, for example to put them into a
    /// bucket.
    ///
    /// # Panics
    /// Panics if a file cannot be written.
    pub fn write(self) -> Vec<Picture> {
        let folder = self.set.training_data(&self.name);
        for picture in self.pictures.iter().filter(|picture| picture.local) {
            save(&folder.join(&picture.name), &picture.bytes);
        }
        if self.training_manifest {
            let path = self.set.training_manifest(&self.name);
            save(&path, &pretty(&self.training()));
        }
        if self.actor_manifest {
            let path = self.set.actor_manifest(&self.name);
            save(&path, &pretty(&self.actor()));
        }
        if self.base_image {
            let base = folder.with_file_name("base_image").join(self.base_name());
            save(&base, &photo(1, 48, 64));
        }
        let truth: Truth = self
            .pictures
            .iter()
            .filter_map(|picture| Some((picture.name.clone(), picture.code?)))
            .collect();
        self.set.truth.insert(self.name, truth);
        self.pictures
    }

    fn base_name(&self) -> String {
        format!("{}_base.jpg", self.name)
    }

    fn url(&self, name: &str) -> Value {
        match &self.object_prefix {
            Some(prefix) => json!(format!("{prefix}/{name}")),
            None => Value::Null,
        }
    }

    fn training(&self) -> Value {
        let mut images = Map::new();
        for picture in &self.pictures {
            let Some(index) = picture.index else { continue };
            let prompt = prompt(index, picture.code.map(|(class, _)| class));
            images.insert(
                picture.name.clone(),
                json!({
                    "prompt": prompt,
                    "prompt_preview": prompt,
                    "generated_at": "2025-10-16T11:47:03.874649",
                    "s3_url": self.url(&picture.name),
                    "index": index,
                    "generation_id": 1,
                    "generation_type": "existing",
                }),
            );
        }
        json!({
            "actor_id": self.name,
            "created_at": "2025-10-17T14:30:14.003751",
            "updated_at": "2025-10-17T14:30:14.003762",
            "total_images": images.len(),
            "generations": [{
                "generation_id": 1,
                "type": "existing",
                "generated_at": "2025-10-17T14:30:14.003763",
                "image_count": images.len(),
                "metadata": {"source": "migrated_from_prompt_metadata"},
            }],
            "images": images,
        })
    }

    fn actor(&self) -> Value {
        let id = self.name.split('_').next().unwrap_or(&self.name);
        let names = self.pictures.iter().map(|picture| &picture.name);
        let listed: Vec<Value> = names
            .chain(&self.actor_manifest_only)
            .map(|name| {
                json!({
                    "filename": name,
                    "local_path": format!("data/actors/{}/training_data/{name}", self.name),
                    "size_bytes": 1000,
                    "md5_hash": "0123456789abcdef0123456789abcdef",
                    "s3_url": self.url(name),
                    "status": "synced",
                })
            })
            .collect();
        json!({
            "character_id": id,
            "character_name": self.name,
            "metadata": {
                "age": "35",
                "sex": if self.name.ends_with("_female") { "female" } else { "male" },
                "ethnicity": "invented",
                "id": id,
                "name": self.name,
            },
            "base_images": [{
                "filename": self.base_name(),
                "s3_url": null,
                "status": "local_only",
                "format": "jpeg",
            }],
            "statistics": {
                "base_images_count": 1,
                "training_images_count": listed.len(),
            },
            "status": "success",
            "training_data": listed,
            "made_for_tests": {"kept": true},
        })
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("plain values serialize to JSON")
}

fn save(path: &Path, bytes: &[u8]) {
    let folder = path.parent().expect("the path has a parent folder");
    fs::create_dir_all(folder).expect("creating the folder succeeds");
    fs::write(path, bytes).expect("writing the file succeeds");
}

#[cfg(test)]
mod tests;
