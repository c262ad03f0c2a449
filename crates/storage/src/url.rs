//! The forms of URLs that name an object of S3.

mod host;
#[cfg(test)]
mod tests;

use crate::ObjectKey;
use host::{HostError, Place};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// What stands for itself in a key within a URL: RFC 3986's unreserved characters, and the slash.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// An object of S3 by the name that a URL gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectUrl {
    /// The bucket.
    pub bucket: String,
    /// The region, where the URL tells it. A URL of S3's global endpoint does not: the bucket can
    /// be anywhere.
    pub region: Option<String>,
    /// The key, decoded. It may be one that no file can have: slashes at its end or in a row are
    /// part of it.
    pub key: ObjectKey,
}

/// Why a text names no object. No message shows what stands behind a question mark: it can be the
/// signature of a presigned URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectUrlError {
    /// The scheme is none of s3, https and http, or is missing.
    #[error("{0:?} is no object URL: it must begin with s3:// or https://")]
    Scheme(String),
    /// It has a user name or password.
    #[error("the object URL for host {0:?} has a user name in it: remove it")]
    Credentials(String),
    /// The host is no S3 endpoint that is known.
    #[error("{0:?} is neither a host of Amazon S3 nor the endpoint in the settings")]
    UnknownHost(String),
    /// The host serves web sites and has no S3 interface.
    #[error("{0:?} serves a bucket as a web site: use the bucket's S3 URL instead")]
    Website(String),
    /// A host of AWS of a kind that no bucket can be read from here.
    #[error("{0:?} is a host of AWS, but not one of a bucket")]
    UnsupportedHost(String),
    /// The name of the bucket is missing or cannot be one.
    #[error("{url:?} names the bucket {bucket:?}, which cannot be a bucket's name")]
    Bucket {
        /// The URL without its query.
        url: String,
        /// The name.
        bucket: String,
    },
    /// There is no key.
    #[error("{0:?} names a bucket but no object in it")]
    NoKey(String),
    /// The key is not UTF-8 once decoded, or longer than S3 allows.
    #[error("{0:?} has a key that is not UTF-8 or longer than 1024 bytes")]
    Key(String),
}

impl ObjectUrl {
    /// Reads a URL in any form in which S3's objects are named: `s3://`, virtual-host and path
    /// style with or without a region, dual-stack, accelerated, FIPS and China's; and those of the
    /// given custom endpoints.
    ///
    /// The key is percent-decoded once; `+` stays a plus. Query and fragment are dropped. Text is
    /// never normalised as a path: `..` and `//` in a key stay as they are.
    ///
    /// # Errors
    /// When it names no object of a known host.
    pub fn parse(text: &str, custom_endpoints: &[Url]) -> Result<Self, ObjectUrlError> {
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let no_scheme = || ObjectUrlError::Scheme(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(no_scheme)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "s3" | "https" | "http") {
            return Err(no_scheme());
        }
        if let Some((_, host)) = authority.rsplit_once('@') {
            return Err(ObjectUrlError::Credentials(host.to_owned()));
        }
        let in_bucket =
            |bucket: &str, region: Option<String>, path: &str| object(text, bucket, region, path);
        if scheme == "s3" {
            return in_bucket(authority, None, path);
        }
        let authority = authority.to_ascii_lowercase();
        match host::place(&scheme, &authority, path, custom_endpoints) {
            Ok(Place::Host { bucket, region }) => in_bucket(&bucket, region, path),
            Ok(Place::Path { region, path }) => {
                let (bucket, path) = path.split_once('/').unwrap_or((path, ""));
                let bucket = percent_decode_str(bucket).decode_utf8_lossy();
                in_bucket(&bucket, region, path)
            }
            Err(HostError::Unknown) => Err(ObjectUrlError::UnknownHost(authority)),
            Err(HostError::Website) => Err(ObjectUrlError::Website(authority)),
            Err(HostError::Unsupported) => Err(ObjectUrlError::UnsupportedHost(authority)),
        }
    }

    /// The URL on Amazon S3: `https://{bucket}.s3.{region}.amazonaws.com/{key}`, the global
    /// endpoint where the region is not known, and path style where the bucket's name cannot stand
    /// in front of a host (its dots would not match the certificate).
    pub fn to_https(&self) -> String {
        let key = encode(self.key.as_str());
        let bucket = &self.bucket;
        let host = match &self.region {
            Some(region) if region.starts_with("cn-") => format!("s3.{region}.amazonaws.com.cn"),
            Some(region) => format!("s3.{region}.amazonaws.com"),
            None => "s3.amazonaws.com".to_owned(),
        };
        if fits_a_host(bucket) {
            format!("https://{bucket}.{host}/{key}")
        } else {
            format!("https://{host}/{bucket}/{key}")
        }
    }

    /// The URL on a custom endpoint, in path style. It does not tell the region.
    pub fn to_https_at(&self, endpoint: &Url) -> String {
        let mut endpoint = endpoint.clone();
        endpoint.set_query(None);
        endpoint.set_fragment(None);
        let base = endpoint.as_str().trim_end_matches('/');
        format!("{base}/{}/{}", self.bucket, encode(self.key.as_str()))
    }

    /// `s3://{bucket}/{key}`. It does not tell the region.
    pub fn to_s3(&self) -> String {
        format!("s3://{}/{}", self.bucket, encode(self.key.as_str()))
    }
}

fn encode(key: &str) -> String {
    utf8_percent_encode(key, PLAIN).to_string()
}

/// The object at `path`, which is still encoded.
fn object(
    text: &str,
    bucket: &str,
    region: Option<String>,
    path: &str,
) -> Result<ObjectUrl, ObjectUrlError> {
    if !is_bucket_name(bucket) {
        let (url, bucket) = (text.to_owned(), bucket.to_owned());
        return Err(ObjectUrlError::Bucket { url, bucket });
    }
    if path.is_empty() {
        return Err(ObjectUrlError::NoKey(text.to_owned()));
    }
    let wrong = || ObjectUrlError::Key(text.to_owned());
    let key = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| wrong())?;
    let key = ObjectKey::foreign(key.into_owned()).map_err(|_| wrong())?;
    Ok(ObjectUrl {
        bucket: bucket.to_owned(),
        region,
        key,
    })
}

/// Whether a bucket can have this name. Upper case and underscores are those of buckets made before
/// 2018; servers check the rest.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (1..=255).contains(&name.len())
        && name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !name.contains("..")
}

/// Whether a bucket's name can be one label of a host.
fn fits_a_host(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 63 && name.bytes().all(allowed) && !name.ends_with('-')
}
