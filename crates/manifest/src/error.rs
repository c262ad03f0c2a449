//! Why a manifest cannot be used.

/// Why a manifest cannot be used. A manifest with such an error is never replaced.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file is no JSON.
    #[error("it is not valid JSON (check or restore the file; tdbal does not replace it)")]
    Syntax(#[source] serde_json::Error),
    /// A part has another type than it must have.
    #[error("{path} should be {expected} (check or restore the file; tdbal does not replace it)")]
    Shape {
        /// Where in the document.
        path: String,
        /// What should be there.
        expected: &'static str,
    },
    /// An entry is named by something that is no plain file name.
    #[error("{path} holds an unusable name")]
    Name {
        /// Where in the document.
        path: String,
        /// What is wrong with it.
        #[source]
        source: tdbal_types::ImageNameError,
    },
    /// The same picture would be entered twice.
    #[error("{name} is in the manifest already")]
    Duplicate {
        /// The picture.
        name: tdbal_types::ImageName,
    },
}
