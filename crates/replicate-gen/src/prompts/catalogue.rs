//! The catalogue that prompts are made from: built in, or a TOML file of the operator's.

use super::entries::ClassPrompts;
use super::error::CatalogueError;
use super::file::{CatalogueFile, Entry, TechniquesFile, class_prompts, scenes, trimmed};
use std::sync::Arc;
use tdbal_types::ImageClass;

/// The file that is used unless settings name another; it explains its own form.
const BUILTIN: &str = include_str!("../../data/catalogue.toml");

/// Scenes and techniques for every class of picture.
///
/// Every class has at least one scene and one technique; names and texts are distinct, so that a
/// text that was used can be told from the others whatever the descriptor was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    photorealistic: Arc<ClassPrompts>,
    bw_stylized: Arc<ClassPrompts>,
    color_stylized: Arc<ClassPrompts>,
}

impl Catalogue {
    /// Reads a catalogue from TOML. The file `data/catalogue.toml` of this crate explains the form.
    ///
    /// # Errors
    /// When the text is not TOML of that form, a list is empty, a placeholder is missing or unknown,
    /// or two entries cannot be told apart.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: CatalogueFile = toml::from_str(text)?;
        let identity = trimmed(&file.identity);
        let has_subject = Entry("the file", "identity").check("identity", &identity)?;
        if !has_subject {
            return Err(Entry("the file", "identity").missing("identity"));
        }
        let drawn = scenes("stylized.scenes", file.stylized.scenes)?;
        let photographed = scenes("photorealistic.scenes", file.photorealistic.scenes)?;
        let class = |class, scenes, section: TechniquesFile| {
            class_prompts(class, scenes, section, identity.clone()).map(Arc::new)
        };
        Ok(Self {
            photorealistic: class(
                ImageClass::Photorealistic,
                photographed,
                TechniquesFile {
                    closing: file.photorealistic.closing,
                    techniques: file.photorealistic.techniques,
                },
            )?,
            bw_stylized: class(ImageClass::BwStylized, drawn.clone(), file.bw_stylized)?,
            color_stylized: class(ImageClass::ColorStylized, drawn, file.color_stylized)?,
        })
    }

    /// The catalogue that comes with this crate.
    ///
    /// # Panics
    /// Never: its file is part of the crate, and a test reads it.
    #[expect(
        clippy::expect_used,
        reason = "the file is compiled in, and a test reads it"
    )]
    pub fn builtin() -> Self {
        Self::parse(BUILTIN).expect("the built-in catalogue is whole")
    }

    /// The text of the built-in catalogue, to begin an own one from.
    pub const fn builtin_text() -> &'static str {
        BUILTIN
    }

    /// How many different prompts there are of a class, combinations included.
    pub fn combinations(&self, class: ImageClass) -> usize {
        let prompts = self.class(class);
        prompts.scenes.len() * prompts.techniques.len()
    }

    pub(crate) const fn class(&self, class: ImageClass) -> &Arc<ClassPrompts> {
        match class {
            ImageClass::Photorealistic => &self.photorealistic,
            ImageClass::BwStylized => &self.bw_stylized,
            ImageClass::ColorStylized => &self.color_stylized,
        }
    }
}

#[cfg(test)]
mod tests;
