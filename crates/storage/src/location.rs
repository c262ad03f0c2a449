//! The location of the data of a run.

use crate::ObjectKey;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The location of a data set: a local folder, or a prefix of an S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataLocation {
    /// A folder on this machine.
    Folder(PathBuf),
    /// All objects below a prefix of a bucket.
    Bucket {
        /// Name of the bucket.
        bucket: String,
        /// Prefix without leading or trailing slashes; empty for the whole bucket.
        prefix: String,
    },
}

/// Text that is not a valid data location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataLocationError {
    /// The text is empty.
    #[error("the data location is empty: use a folder or s3://bucket/prefix")]
    Empty,
    /// The text is a URL with this scheme instead of `s3`.
    #[error("unsupported data location {0}://: use a folder or s3://bucket/prefix")]
    Scheme(String),
    /// The bucket name is missing or invalid.
    #[error("invalid bucket name {0:?} in the data location: use s3://bucket/prefix")]
    Bucket(String),
    /// The prefix is not a safe key: [`ObjectKey::new`] rejects it.
    #[error(
        "invalid prefix {0:?} in the data location: use single slashes, and no segment . or .."
    )]
    Prefix(String),
}

impl DataLocation {
    /// Parses `s3://bucket/prefix`, or a path if the text does not contain `://`. As with the AWS
    /// command line, the prefix is taken literally: it is not percent-decoded.
    ///
    /// # Errors
    /// If the text is empty or a URL with another scheme, or if the bucket name or prefix is
    /// invalid.
    pub fn parse(text: &str) -> Result<Self, DataLocationError> {
        if text.is_empty() {
            return Err(DataLocationError::Empty);
        }
        // Only "://" marks a URL: a colon alone also occurs in paths, as in `C:\data`.
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        if !scheme.eq_ignore_ascii_case("s3") {
            return Err(DataLocationError::Scheme(scheme.to_owned()));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !crate::url::is_bucket_name(bucket) {
            return Err(DataLocationError::Bucket(bucket.to_owned()));
        }
        let prefix = prefix.trim_end_matches('/');
        if !prefix.is_empty() && ObjectKey::new(prefix).is_err() {
            return Err(DataLocationError::Prefix(prefix.to_owned()));
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl FromStr for DataLocation {
    type Err = DataLocationError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for DataLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests;
