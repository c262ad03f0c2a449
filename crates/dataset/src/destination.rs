//! Where the objects of new pictures are stored.

use crate::error::DataError;
use crate::folder::DataReader;
use crate::set::ActorSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::place::PlaceStore;
use storage::{ObjectKey, ObjectUrl};
use tdbal_types::ImageName;

/// The settings for where new objects of an actor are stored that has no objects yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectDestination {
    /// The name of the bucket.
    pub bucket: String,
    /// The region of the bucket; `None` if unknown.
    pub region: Option<String>,
    /// The prefix of the keys; `{actor}` is replaced by the actor's name.
    pub prefix: String,
}

/// Where the new objects of one actor are stored, and the form of their addresses in the training
/// manifest.
#[derive(Debug, Clone)]
pub struct Destination {
    bucket: String,
    region: Option<String>,
    /// The folder of the objects in the bucket; may start or end with `/`.
    pub prefix: String,
    form: Form,
}

/// The form of an address. New addresses have the form that the actor's other addresses have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// `s3://bucket/key`
    S3,
    /// HTTPS at amazonaws.com
    Amazon,
    /// HTTPS at another S3 server
    Endpoint,
}

impl Destination {
    /// Returns the folder that holds most objects of the actor. If the actor has no objects, returns
    /// what the settings say, or `None` without settings: new pictures get no object then.
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
        // `max_by_key` returns the last of several maxima; reversed, that is the first by name.
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

    /// Returns the URL of the object of a picture with this name.
    ///
    /// # Errors
    /// [`DataError::Key`] if the name cannot be part of an object key.
    pub fn url(&self, name: &ImageName) -> Result<ObjectUrl, DataError> {
        let prefix = self.prefix.trim_matches('/');
        let key = ObjectKey::foreign(name.as_str())?.under(prefix);
        Ok(ObjectUrl {
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            key,
        })
    }

    /// Returns the URL of the object of a picture with this name, and its address for the training
    /// manifest.
    ///
    /// # Errors
    /// [`DataError::Key`] if the name cannot be part of an object key.
    pub fn named(
        &self,
        name: &ImageName,
        data: &DataReader,
    ) -> Result<(ObjectUrl, String), DataError> {
        let url = self.url(name)?;
        let address = self.address(&url, data);
        Ok((url, address))
    }

    /// Returns the address of an object for the training manifest.
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

/// Returns the bucket that the actor's new objects are stored in; `None` if new pictures get no
/// object.
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
