//! How to decide.

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};
use tdbal_types::{ImageClass, Quality, Target, Tolerance};

/// Which of the two halves of a plan are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Removals and generations.
    #[default]
    Both,
    /// Removals only.
    DeleteOnly,
    /// Generations only.
    GenerateOnly,
}

/// The lowest quality of each class that need not be replaced; none where any quality will do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityFloors {
    /// For photorealistic pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photorealistic: Option<Quality>,
    /// For black-and-white stylised pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bw_stylized: Option<Quality>,
    /// For colour stylised pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_stylized: Option<Quality>,
}

impl QualityFloors {
    /// The same floor for every class.
    pub const fn all(floor: Quality) -> Self {
        Self {
            photorealistic: Some(floor),
            bw_stylized: Some(floor),
            color_stylized: Some(floor),
        }
    }

    /// Whether no class has a floor.
    pub const fn is_empty(&self) -> bool {
        self.photorealistic.is_none() && self.bw_stylized.is_none() && self.color_stylized.is_none()
    }
}

impl Index<ImageClass> for QualityFloors {
    type Output = Option<Quality>;
    fn index(&self, class: ImageClass) -> &Option<Quality> {
        match class {
            ImageClass::Photorealistic => &self.photorealistic,
            ImageClass::BwStylized => &self.bw_stylized,
            ImageClass::ColorStylized => &self.color_stylized,
        }
    }
}

impl IndexMut<ImageClass> for QualityFloors {
    fn index_mut(&mut self, class: ImageClass) -> &mut Option<Quality> {
        match class {
            ImageClass::Photorealistic => &mut self.photorealistic,
            ImageClass::BwStylized => &mut self.bw_stylized,
            ImageClass::ColorStylized => &mut self.color_stylized,
        }
    }
}

/// How to decide.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// What the set should be.
    pub target: Target,
    /// How near is near enough.
    pub tolerance: Tolerance,
    /// Whether a set within tolerance is still brought to the target's exact counts.
    pub exact: bool,
    /// Whether pictures that do not decode are removed.
    pub remove_unreadable: bool,
    /// Which of the two halves are wanted.
    pub scope: Scope,
    /// What is surely of lower quality than this is replaced.
    #[serde(default)]
    pub floors: QualityFloors,
    /// At most so many pictures are replaced for their quality at once. What leaves because there is
    /// too much of its class anyway, and near-duplicates, do not count towards it.
    #[serde(default = "Policy::default_max_replace")]
    pub max_replace: usize,
}

impl Policy {
    /// At most so many pictures are replaced for their quality, unless settings say otherwise.
    pub const MAX_REPLACE: usize = 5;

    const fn default_max_replace() -> usize {
        Self::MAX_REPLACE
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            target: Target::default(),
            tolerance: Tolerance::default(),
            exact: false,
            remove_unreadable: false,
            scope: Scope::default(),
            floors: QualityFloors::default(),
            max_replace: Self::MAX_REPLACE,
        }
    }
}
