//! Description of a picture to draw.

use super::figures::Figure;
use tdbal_types::ImageClass;

/// Flaw that lowers the quality of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The whole picture is out of focus.
    Blurred,
    /// The figure is centred and looks at the camera.
    Staring,
    /// The figure is distorted by a horizontal wave.
    Warped,
}

/// Framing of the figure in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Training picture: off centre, with the face turned away.
    Scene,
    /// Base image: from the chest up, facing the camera.
    Portrait,
}

/// Number of techniques in each stylised class.
///
/// Black-and-white: pen and ink, halftone, stipple, woodcut, scratchboard. Colour: cel animation,
/// screen print, watercolour, comic dots, gouache.
pub const TECHNIQUES: usize = 5;

/// Description of a picture. Equal sketches give identical pictures.
#[derive(Debug, Clone, Copy)]
pub struct Sketch {
    /// Character shown in the picture.
    pub figure: Figure,
    /// Class of the picture.
    pub class: ImageClass,
    /// Framing of the figure.
    pub framing: Framing,
    /// Flaw of the picture, if any.
    pub flaw: Option<Flaw>,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Technique of a stylised picture, taken modulo [`TECHNIQUES`]; ignored for photographs.
    pub technique: usize,
    /// Seed for the pose, the backdrop and the light.
    pub seed: u64,
}
