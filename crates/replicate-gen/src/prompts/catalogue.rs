//! The prompt catalogue: the built-in one, or a TOML file of the user's.

use super::entries::ClassPrompts;
use super::error::CatalogueError;
use super::file::{CatalogueFile, Entry, TechniquesFile, class_prompts, scenes, single_line};
use std::sync::Arc;
use tdbal_types::ImageClass;

/// The built-in catalogue, whose comments explain the file format.
const BUILTIN: &str = include_str!("../../data/catalogue.toml");

/// The scenes and techniques that prompts are composed from, for every class of picture.
///
/// Every class has at least one scene and one technique. Their names and texts are distinct, which
/// makes it possible to recognise the scene and technique of an earlier prompt whatever its
/// descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    photorealistic: Arc<ClassPrompts>,
    bw_stylized: Arc<ClassPrompts>,
    color_stylized: Arc<ClassPrompts>,
}

impl Catalogue {
    /// Parses a catalogue from TOML. The comments in [`builtin_text`](Self::builtin_text) explain
    /// the format.
    ///
    /// # Errors
    /// When the text is not TOML in this format, a list is empty, a placeholder is missing or
    /// unknown, or two entries are indistinguishable.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: CatalogueFile = toml::from_str(text)?;
        let identity = single_line(&file.identity);
        let has_subject = Entry::TopLevel.check("identity", &identity)?;
        if !has_subject {
            return Err(Entry::TopLevel.missing("identity"));
        }
        // Both stylised classes draw the same scenes.
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

    /// Returns the built-in catalogue.
    ///
    /// # Panics
    /// Never: the catalogue is compiled in, and a test parses it.
    #[expect(
        clippy::expect_used,
        reason = "the file is compiled in, and a test parses it"
    )]
    pub fn builtin() -> Self {
        Self::parse(BUILTIN).expect("the built-in catalogue is valid")
    }

    /// Returns the built-in catalogue as TOML, as a starting point for a custom one.
    pub const fn builtin_text() -> &'static str {
        BUILTIN
    }

    /// Returns the number of different prompts for a class: its scenes times its techniques.
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
