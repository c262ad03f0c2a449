//! What a picture shows and how it is drawn.

use super::figures::Figure;
use tdbal_types::ImageClass;

/// What spoils a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Out of focus.
    Blurred,
    /// In the middle, facing the camera.
    Staring,
    /// Bent out of shape.
    Warped,
}

/// How a picture is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As a study would be: off centre, the face turned away.
    Scene,
    /// As a base image is: from the chest up, facing the camera.
    Portrait,
}

/// How many techniques there are of each stylised class: pen and ink, halftone, stipple, woodcut and
/// scratchboard; cel animation, screen print, watercolour, comic dots and gouache.
pub const TECHNIQUES: usize = 5;

/// Everything that a picture follows from.
#[derive(Debug, Clone, Copy)]
pub struct Sketch {
    /// Who is in it.
    pub figure: Figure,
    /// What kind of picture it is.
    pub class: ImageClass,
    /// How it is framed.
    pub framing: Framing,
    /// What spoils it.
    pub flaw: Option<Flaw>,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// How it is drawn, where it is no photograph: one of [`TECHNIQUES`] ways.
    pub technique: usize,
    /// Tells pictures of the same kind apart.
    pub seed: u64,
}
