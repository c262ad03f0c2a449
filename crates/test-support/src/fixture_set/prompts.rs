//! Prompts that the pictures of the fixtures supposedly come from.

use tdbal_types::ImageClass;

const PHOTOGRAPHS: [&str; 16] = [
    "A film still of the {who} crossing a wet market square at dawn, seen from the side, low sun behind the stalls",
    "A photograph of the {who} waiting at a tram stop in fog, three-quarter view from behind a lamp post",
    "A film still of the {who} climbing a rope ladder on a harbour wall, framed in the left third",
    "A photograph of the {who} mending a kite on a hilltop, looking down at the work, wind from the right",
    "A film still of the {who} in a night train, lit by passing lamps, face turned to the window",
    "A photograph of the {who} carrying a crate through an orchard, full figure, autumn light",
    "A film still of the {who} at a workbench under one bulb, seen over the shoulder",
    "A photograph of the {who} wading through a shallow river, mid shot, mist on the far bank",
    "A film still of the {who} reading a map on the bonnet of an old lorry, desert road behind",
    "A photograph of the {who} feeding gulls on a pier, seen from below, overcast sky",
    "A film still of the {who} running for a ferry, motion in the background, evening",
    "A photograph of the {who} asleep in a deck chair in a winter garden, from above",
    "A film still of the {who} lighting a lantern in a barn, warm light on one side of the face",
    "A photograph of the {who} walking a forest path in snow, small in the frame",
    "A film still of the {who} leaning on a bridge rail over a canal, city lights out of focus",
    "A photograph of the {who} hanging washing on a roof, sheets in the foreground",
];

const BLACK_AND_WHITE: [&str; 6] = [
    "A black-and-white pen and ink drawing of the {who} untangling a fishing line, cross-hatched shadows on white paper",
    "A black-and-white halftone newspaper illustration of the {who} raising a hand to hail a boat, coarse dots",
    "A black-and-white stipple drawing of the {who} listening at a door, built from dots alone",
    "A black-and-white woodcut of the {who} in a storm, bold parallel cuts",
    "A black-and-white scratchboard picture of the {who} by moonlight, white lines on black",
    "A black-and-white brush drawing of the {who} pushing a wheelbarrow uphill, dry strokes",
];

const COLOUR: [&str; 6] = [
    "A cel-shaded animation frame of the {who} leaping over a puddle, flat colours, dark outlines",
    "A screen-printed travel poster illustration of the {who} before a rising sun, four colours",
    "A watercolour illustration of the {who} resting by a window, soft washes, paper showing through",
    "A comic book illustration of the {who} pointing out to sea, dots of bright colour, heavy outlines",
    "A gouache painting of the {who} among market stalls, visible strokes, matt colours",
    "A paper-cut illustration of the {who} crossing a rope bridge, layered colours",
];

/// Returns the prompt of picture number `ordinal` of a class, counted from 0.
pub(super) fn prompt(class: ImageClass, ordinal: usize, who: &str) -> String {
    let list: &[&str] = match class {
        ImageClass::Photorealistic => &PHOTOGRAPHS,
        ImageClass::BwStylized => &BLACK_AND_WHITE,
        ImageClass::ColorStylized => &COLOUR,
    };
    let scene = list[ordinal % list.len()].replace("{who}", who);
    format!("{scene}. Keep the face, the hair and the build of the {who} as they are.")
}
