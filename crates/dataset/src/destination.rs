//! Where the objects of new pictures go.

use crate::error::DataError;
use crate::folder::DataReader;
use crate::set::ActorSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::place::PlaceStore;
use storage::{ObjectKey, ObjectUrl};
use tdbal_types::ImageName;

/// Where new objects go for an actor that has none, from the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectDestination {
    /// The bucket.
    pub bucket: String,
    /// Its region, where it is known.
    pub region: Option<String>,
    /// The prefix of the keys; `{actor}` stands for the actor's name.
    pub prefix: String,
}

/// Where the new objects of one actor go, and how their addresses are written.
#[derive(Debug, Clone)]
pub struct Destination {
    bucket: String,
    region: Option<String>,
    pub prefix: String,
    form: Form,
}

/// The forms of addresses; new ones look like those that the actor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    S3,
    Amazon,
    Endpoint,
}

impl Destination {
    /// Where most objects of the actor are; else what the settings say; else nowhere.
    pub fn of(
        data: &DataReader,
        set: &ActorSet,
        settings: Option<&ObjectDestination>,
    ) -> Option<Self> {
        let mut places: BTreeMap<(String, String), (usize, Option<String>, Form)> = BTreeMap::new();
        for text in set
            .pictures
            .iter()
            .filter_map(|picture| picture.s3_url.as_deref())
        {
            let Ok(url) = data.parse_url(text) else {
                continue;
            };
            let prefix = url
                .key
                .as_str()
                .rsplit_once('/')
                .map_or("", |(prefix, _)| prefix);
            let form = Form::of(text);
            let place = places
                .entry((url.bucket.clone(), prefix.to_owned()))
                .or_insert((0, url.region.clone(), form));
            place.0 += 1;
        }
        // The most objects; among equals the first by name, which `max_by_key` meets last.
        let most = places
            .into_iter()
            .rev()
            .max_by_key(|(_, (count, _, _))| *count);
        if let Some(((bucket, prefix), (_, region, form))) = most {
            return Some(Self {
                bucket,
                region,
                prefix,
                form,
            });
        }
        settings.map(|settings| Self {
            bucket: settings.bucket.clone(),
            region: settings.region.clone(),
            prefix: settings.prefix.replace("{actor}", set.actor.as_str()),
            form: if data.endpoints().is_empty() {
                Form::Amazon
            } else {
                Form::Endpoint
            },
        })
    }

    pub fn url(&self, name: &ImageName) -> Result<ObjectUrl, DataError> {
        let prefix = self.prefix.trim_matches('/');
        let key = ObjectKey::foreign(name.as_str())?.under(prefix);
        Ok(ObjectUrl {
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            key,
        })
    }

    /// Where the object of that name is or would be, and its address as it would be written.
    pub fn named(
        &self,
        name: &ImageName,
        data: &DataReader,
    ) -> Result<(ObjectUrl, String), DataError> {
        let url = self.url(name)?;
        let address = self.address(&url, data);
        Ok((url, address))
    }

    pub fn address(&self, url: &ObjectUrl, data: &DataReader) -> String {
        match (self.form, data.endpoints().first()) {
            (Form::S3, _) => url.to_s3(),
            (Form::Endpoint, Some(endpoint)) => url.to_https_at(endpoint),
            _ => url.to_https(),
        }
    }
}

impl Form {
    fn of(text: &str) -> Self {
        if text.starts_with("s3://") {
            Self::S3
        } else if text.contains("amazonaws.com") {
            Self::Amazon
        } else {
            Self::Endpoint
        }
    }
}

/// The bucket in which the actor's new objects go, if they go into one.
pub fn destination_bucket(
    data: &DataReader,
    set: &ActorSet,
    settings: Option<&ObjectDestination>,
) -> Option<PlaceStore> {
    let destination = Destination::of(data, set, settings)?;
    Some(PlaceStore::Bucket {
        name: destination.bucket,
        region: destination.region,
    })
}
