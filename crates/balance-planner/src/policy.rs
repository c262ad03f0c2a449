//! The settings of a plan.

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};
use tdbal_types::{ImageClass, Quality, Target, Tolerance};

/// Which halves of a plan to make: removals, generations or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Remove and generate pictures.
    #[default]
    Both,
    /// Remove pictures and generate none.
    DeleteOnly,
    /// Generate pictures and remove none.
    GenerateOnly,
}

/// The minimum quality of each class. Pictures surely below it are replaced; without a minimum
/// every quality is good enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityFloors {
    /// Minimum quality of photorealistic pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photorealistic: Option<Quality>,
    /// Minimum quality of black-and-white stylised pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bw_stylized: Option<Quality>,
    /// Minimum quality of colour stylised pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_stylized: Option<Quality>,
}

impl QualityFloors {
    /// The same minimum for every class.
    pub const fn all(floor: Quality) -> Self {
        Self {
            photorealistic: Some(floor),
            bw_stylized: Some(floor),
            color_stylized: Some(floor),
        }
    }

    /// Whether no class has a minimum.
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

/// The settings of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Number of pictures in the set, and the share of each class.
    pub target: Target,
    /// How far the share of a class may be from its target.
    pub tolerance: Tolerance,
    /// Whether to bring a set that is within the tolerance to the exact counts of the target.
    pub exact: bool,
    /// Whether to remove files that do not decode.
    pub remove_unreadable: bool,
    /// Which halves of the plan to make.
    pub scope: Scope,
    /// Minimum quality of each class.
    #[serde(default)]
    pub floors: QualityFloors,
    /// Maximum number of pictures that one plan replaces for their quality. Pictures that are
    /// removed as excess, and near-duplicates, do not count towards it.
    #[serde(default = "Policy::default_max_replace")]
    pub max_replace: usize,
}

impl Policy {
    /// The default of [`Policy::max_replace`].
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
