//! URLs that name an S3 object.

mod host;
#[cfg(test)]
mod tests;

use crate::ObjectKey;
use host::{BucketStyle, HostError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// Escapes all characters of a key in a URL, except the unreserved ones of RFC 3986 and the slash.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// An S3 object, as named by a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectUrl {
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket, if the URL names it. URLs of the global S3 endpoint do not: the bucket
    /// can be in any region.
    pub region: Option<String>,
    /// Key of the object, percent-decoded. It may be a [foreign](ObjectKey::foreign) key, with
    /// trailing or repeated slashes, that no file can have.
    pub key: ObjectKey,
}

/// A URL that does not name an S3 object. Messages never show the query, because it can hold the
/// signature of a presigned URL, nor a user name or password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectUrlError {
    /// The scheme is missing, or is not `s3`, `https` or `http`. The field holds the URL.
    #[error("{0:?} is not an object URL: it must start with s3:// or https://")]
    Scheme(String),
    /// The URL contains a user name or password. The field holds the host.
    #[error("the object URL for host {0:?} contains a user name: remove it")]
    Credentials(String),
    /// The host, held by the field, is not a known S3 endpoint.
    #[error("{0:?} is neither an Amazon S3 host nor the endpoint in the settings")]
    UnknownHost(String),
    /// The host, held by the field, serves websites and has no S3 interface.
    #[error("{0:?} serves a bucket as a website: use the bucket's S3 URL instead")]
    Website(String),
    /// The host, held by the field, belongs to AWS but is not a supported bucket host.
    #[error("{0:?} is an AWS host, but not a supported bucket host: use s3://bucket/key")]
    UnsupportedHost(String),
    /// The bucket name is missing or invalid.
    #[error("{url:?} has the invalid bucket name {bucket:?}")]
    Bucket {
        /// URL without its query.
        url: String,
        /// Bucket name in the URL.
        bucket: String,
    },
    /// The URL, held by the field, has no key.
    #[error("{0:?} names a bucket, but no object in it")]
    NoKey(String),
    /// The decoded key is not UTF-8, or longer than the 1024 bytes that S3 allows. The field holds
    /// the URL.
    #[error("{0:?} has a key that is not valid UTF-8 or is longer than 1024 bytes")]
    Key(String),
}

impl ObjectUrl {
    /// Parses every form of URL that names an S3 object: `s3://`; virtual-hosted and path style
    /// with or without a region, including dual-stack, accelerated, FIPS and China endpoints; and
    /// both styles on the given custom endpoints.
    ///
    /// The key is percent-decoded once; `+` stays a plus. Query and fragment are dropped. The path
    /// is not normalised: `..` and `//` in a key are preserved.
    ///
    /// # Errors
    /// If the text does not name an object on a known host.
    pub fn parse(text: &str, custom_endpoints: &[Url]) -> Result<Self, ObjectUrlError> {
        // Parsed by hand, because the `url` crate would resolve `..` and thus change the key. The
        // query is cut off before anything can fail: no error may show a signature.
        let text = text.split(['?', '#']).next().unwrap_or_default();
        // Refused instead of ignored: credentials in a URL are a mistake that the user should know
        // of. This comes before all other checks, because their errors show the URL.
        if let Some((_, host)) = authority_of(text).rsplit_once('@') {
            return Err(ObjectUrlError::Credentials(host.to_owned()));
        }
        let no_scheme = || ObjectUrlError::Scheme(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(no_scheme)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "s3" | "https" | "http") {
            return Err(no_scheme());
        }
        let object_in =
            |bucket: &str, region: Option<String>, path: &str| object(text, bucket, region, path);
        if scheme == "s3" {
            return object_in(authority, None, path);
        }
        // Host names are case-insensitive; bucket names in `s3://` URLs and keys are not.
        let authority = authority.to_ascii_lowercase();
        match host::parse(&scheme, &authority, path, custom_endpoints) {
            Ok(BucketStyle::VirtualHosted { bucket, region }) => object_in(&bucket, region, path),
            Ok(BucketStyle::Path { region, path }) => {
                let (bucket, path) = path.split_once('/').unwrap_or((path, ""));
                // Bytes that are not UTF-8 become U+FFFD, which is not allowed in a bucket name.
                let bucket = percent_decode_str(bucket).decode_utf8_lossy();
                object_in(&bucket, region, path)
            }
            Err(HostError::Unknown) => Err(ObjectUrlError::UnknownHost(authority)),
            Err(HostError::Website) => Err(ObjectUrlError::Website(authority)),
            Err(HostError::Unsupported) => Err(ObjectUrlError::UnsupportedHost(authority)),
        }
    }

    /// The URL on Amazon S3: `https://{bucket}.s3.{region}.amazonaws.com/{key}`. Uses the global
    /// endpoint if the region is unknown, and path style if the bucket name cannot be a label of
    /// the host name (dots in it would not match the TLS certificate).
    pub fn to_https(&self) -> String {
        let key = encode(self.key.as_str());
        let bucket = &self.bucket;
        let host = match &self.region {
            Some(region) if region.starts_with("cn-") => format!("s3.{region}.amazonaws.com.cn"),
            Some(region) => format!("s3.{region}.amazonaws.com"),
            None => "s3.amazonaws.com".to_owned(),
        };
        if is_host_label(bucket) {
            format!("https://{bucket}.{host}/{key}")
        } else {
            format!("https://{host}/{bucket}/{key}")
        }
    }

    /// The path-style URL on a custom endpoint. It does not name the region.
    pub fn to_https_at(&self, endpoint: &Url) -> String {
        let mut endpoint = endpoint.clone();
        endpoint.set_query(None);
        endpoint.set_fragment(None);
        let base = endpoint.as_str().trim_end_matches('/');
        format!("{base}/{}/{}", self.bucket, encode(self.key.as_str()))
    }

    /// The URL `s3://{bucket}/{key}`. It does not name the region.
    pub fn to_s3(&self) -> String {
        format!("s3://{}/{}", self.bucket, encode(self.key.as_str()))
    }
}

fn encode(key: &str) -> String {
    utf8_percent_encode(key, ESCAPED).to_string()
}

/// The part of a URL between its scheme and its path. Any number of slashes may follow the scheme,
/// because a mistyped URL can hold a password, too.
fn authority_of(url: &str) -> &str {
    let rest = url.split_once(':').map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches('/');
    rest.split('/').next().unwrap_or_default()
}

/// The object under `path`, which is still percent-encoded.
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
    let invalid = || ObjectUrlError::Key(text.to_owned());
    // Decoded only once: `%2520` stands for a key with `%20` in it.
    let key = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| invalid())?;
    let key = ObjectKey::foreign(key.into_owned()).map_err(|_| invalid())?;
    Ok(ObjectUrl {
        bucket: bucket.to_owned(),
        region,
        key,
    })
}

/// Whether a bucket can have this name. Buckets created before March 2018 may have upper-case
/// letters, underscores and up to 255 characters; the finer rules are left to the server.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (1..=255).contains(&name.len())
        && name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !name.contains("..")
}

/// Whether a bucket name can be a single label of a host name.
fn is_host_label(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 63 && name.bytes().all(allowed) && !name.ends_with('-')
}
