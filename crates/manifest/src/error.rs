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
    /// An object has a key more than once: only the last entry could be written, the others would be
    /// lost.
    #[error(
        "{} more than once (only the last would be kept: repair the file; tdbal does not write it)",
        there(paths)
    )]
    RepeatedKeys {
        /// Where in the document.
        paths: Vec<String>,
    },
    /// An entry that is to be put back was not in the manifest before.
    #[error("{name} was not in the manifest before, so there is no entry to put back")]
    NotBefore {
        /// The picture.
        name: tdbal_types::ImageName,
    },
    /// An entry that is to be put back is there with other content: somebody changed it since.
    #[error(
        "{name} is in the manifest already, with another entry than before (take that entry out, or \
         keep it and leave this picture out)"
    )]
    Changed {
        /// The picture.
        name: tdbal_types::ImageName,
    },
}

fn there(paths: &[String]) -> String {
    let verb = if paths.len() == 1 { "is" } else { "are" };
    format!("{} {verb} there", paths.join(", "))
}
