//! Errors of manifests.

/// Why a manifest cannot be read or changed. tdbal never overwrites such a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file is not valid JSON.
    #[error("the file is not valid JSON (fix or restore it; tdbal does not overwrite it)")]
    Syntax(#[source] serde_json::Error),
    /// A value has the wrong JSON type, or a required value is missing.
    #[error("{path} must be {expected} (fix or restore the file; tdbal does not overwrite it)")]
    Shape {
        /// Path of the value in the document, such as `training_data[3].filename`.
        path: String,
        /// The required type, such as `an array`.
        expected: &'static str,
    },
    /// The name of an entry is not a plain file name.
    #[error(
        "{path} has an invalid file name (fix or restore the file; tdbal does not overwrite it)"
    )]
    Name {
        /// Path of the entry in the document.
        path: String,
        /// Why the name is invalid.
        #[source]
        source: tdbal_types::ImageNameError,
    },
    /// The picture to add already has an entry.
    #[error("{name} is already in the manifest")]
    Duplicate {
        /// File name of the picture.
        name: tdbal_types::ImageName,
    },
    /// An object contains a key more than once. Writing the manifest would keep only the last
    /// value.
    #[error(
        "duplicate {} {} (only the last value would be kept; fix the file by hand, tdbal does not \
         overwrite it)",
        if paths.len() == 1 { "key" } else { "keys" },
        paths.join(", ")
    )]
    RepeatedKeys {
        /// Paths of the repeated keys in the document.
        paths: Vec<String>,
    },
    /// The picture to restore has no entry in the manifest from before the change.
    #[error("{name} has no entry to restore: the manifest did not contain it before the change")]
    NotBefore {
        /// File name of the picture.
        name: tdbal_types::ImageName,
    },
    /// The picture to restore has an entry that was changed since.
    #[error(
        "{name} is already in the manifest with a different entry (remove that entry to restore the \
         old one, or leave this picture out)"
    )]
    Changed {
        /// File name of the picture.
        name: tdbal_types::ImageName,
    },
}
