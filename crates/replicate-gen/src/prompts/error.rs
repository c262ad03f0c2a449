//! What is wrong with a catalogue.

/// What is wrong with a catalogue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// It is no TOML, or has other keys than a catalogue has.
    #[error("the prompt catalogue cannot be read")]
    Toml(#[from] toml::de::Error),
    /// A list has no entry.
    #[error("the prompt catalogue has no {list}: write at least one [[{list}]]")]
    Empty {
        /// The list, as it is written in the file.
        list: String,
    },
    /// A text is empty.
    #[error("in the prompt catalogue, {key} of {entry} is empty")]
    Blank {
        /// The list and the entry's name.
        entry: String,
        /// The key.
        key: &'static str,
    },
    /// A text that must name the subject does not.
    #[error("in the prompt catalogue, {key} of {entry} does not hold {{subject}}")]
    MissingPlaceholder {
        /// The list and the entry's name.
        entry: String,
        /// The key.
        key: &'static str,
    },
    /// Braces that nothing fills in.
    #[error(
        "in the prompt catalogue, {key} of {entry} has a brace where nothing is filled in: \
         {{subject}} is the only placeholder, and medium takes none"
    )]
    StrayBrace {
        /// The list and the entry's name.
        entry: String,
        /// The key.
        key: &'static str,
    },
    /// Two entries that cannot be told apart.
    #[error(
        "in the prompt catalogue, {first} and {second} have the same {key}, or one holds the other's"
    )]
    Duplicate {
        /// The list and the name of one.
        first: String,
        /// The list and the name of the other.
        second: String,
        /// The key.
        key: &'static str,
    },
}
