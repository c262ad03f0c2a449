//! Where the data of a run is.

use crate::ObjectKey;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A folder, or a prefix of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataLocation {
    /// A folder of this machine.
    Folder(PathBuf),
    /// What stands below a prefix of a bucket.
    Bucket {
        /// The name of the bucket.
        bucket: String,
        /// The prefix, without slashes at its ends; empty for the whole bucket.
        prefix: String,
    },
}

/// Why a text is no location of data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataLocationError {
    /// It is empty.
    #[error("the location of the data is empty: give a folder or s3://bucket/prefix")]
    Empty,
    /// It is a URL of another kind.
    #[error("{0}:// is no location of data: give a folder or s3://bucket/prefix")]
    Scheme(String),
    /// The bucket's name is missing or cannot be one.
    #[error("{0:?} is no name of a bucket: expected s3://bucket/prefix")]
    Bucket(String),
    /// The prefix could leave the bucket.
    #[error("{0:?} is no prefix: segments joined by single slashes, none of them . or ..")]
    Prefix(String),
}

impl DataLocation {
    /// Takes `s3://bucket/prefix`, or else a path. The prefix is taken literally, as the AWS
    /// command line takes it: nothing in it is percent-decoded.
    ///
    /// # Errors
    /// When it is empty, a URL of another scheme, or names no bucket or prefix.
    pub fn parse(text: &str) -> Result<Self, DataLocationError> {
        if text.is_empty() {
            return Err(DataLocationError::Empty);
        }
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
