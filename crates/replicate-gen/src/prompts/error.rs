//! The errors of parsing a catalogue.

/// Why a prompt catalogue is invalid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The text is not TOML, or has missing or unknown keys.
    #[error("cannot parse the prompt catalogue")]
    Toml(#[from] toml::de::Error),
    /// A list has no entries.
    #[error("prompt catalogue: {list} is empty; add at least one [[{list}]]")]
    Empty {
        /// The list, as written in the file: `bw_stylized.techniques`.
        list: String,
    },
    /// A value is empty, or has no words besides the placeholder.
    #[error("prompt catalogue: `{key}` in {entry} is empty")]
    Blank {
        /// The place in the file, such as `stylized.scenes "campfire"`.
        entry: String,
        /// The key of the empty value.
        key: &'static str,
    },
    /// A value that must name the subject does not contain `{subject}`.
    #[error("prompt catalogue: `{key}` in {entry} must contain {{subject}}")]
    MissingPlaceholder {
        /// The place in the file, such as `stylized.scenes "campfire"`.
        entry: String,
        /// The key of the value.
        key: &'static str,
    },
    /// A value contains a brace that is not part of an allowed placeholder.
    #[error(
        "prompt catalogue: `{key}` in {entry} has an unexpected brace: {{subject}} is the only \
         placeholder, and `medium` takes none"
    )]
    StrayBrace {
        /// The place in the file, such as `bw_stylized.techniques "charcoal"`.
        entry: String,
        /// The key of the value.
        key: &'static str,
    },
    /// Two entries have the same value, or one value contains the other, so a prompt made from one
    /// could be taken for the other.
    #[error(
        "prompt catalogue: {first} and {second} must differ in `{key}`, and neither may contain \
         the other's"
    )]
    Duplicate {
        /// The list and the name of the first entry.
        first: String,
        /// The list and the name of the second entry.
        second: String,
        /// The key of the conflicting values.
        key: &'static str,
    },
}
