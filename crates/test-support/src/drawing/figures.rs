//! The fictional characters of the fixtures.

use super::numbers::{Rgb, cosine, hex, sine};
use super::solids::{Body, Frame, Material, Point};
use Material::{Accent, Boots, Coat, Dark, Hair, Skin, Trim, Trousers, White};

/// Character shown in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// A bearded lighthouse keeper in yellow oilskins.
    Keeper,
    /// A pilot with a leather cap, goggles and a red scarf.
    Aviator,
    /// A baker with a moustache and a tall white hat.
    Baker,
    /// A red-haired ranger in a green cloak.
    Ranger,
    /// A fox who walks upright, in a blue waistcoat.
    Fox,
    /// A robot of brass and tin.
    Robot,
}

/// Pose of a figure. Angles are in turns; positive angles turn to the right of the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pose {
    /// Direction of the body.
    pub(crate) turn: f32,
    /// Direction of the head relative to the body.
    pub(crate) look: f32,
    /// Sideways tilt of the head.
    pub(crate) tilt: f32,
    /// Lift of each arm: 0 hangs down, 0.5 points up.
    pub(crate) arms: [f32; 2],
    /// Distance between the feet from front to back, in body units.
    pub(crate) stride: f32,
}

const NECK: Point = [0.0, 1.1, 0.0];

impl Figure {
    /// Returns the colour of a material on this figure.
    pub(crate) fn colour(self, material: Material) -> Rgb {
        // Skin, hair, coat, trousers, boots, accent, trim.
        let palette: [u32; 7] = match self {
            Self::Keeper => [
                0xe9b08f, 0xf3efe6, 0xf2b91f, 0x2f4858, 0x27313a, 0xd99a10, 0x3b6a8c,
            ],
            Self::Aviator => [
                0xb97a50, 0x2b1d18, 0x9a6238, 0x59604a, 0x3a2a22, 0xc9272c, 0x6b3f22,
            ],
            Self::Baker => [
                0xd99a72, 0x3a261c, 0x5f9ec4, 0x40465e, 0x4c3427, 0xf7f2e8, 0xd6524a,
            ],
            Self::Ranger => [
                0xf2c5a5, 0xc4441c, 0x2f7d4f, 0x6d5135, 0x4a3323, 0x1f5c3a, 0xd9b04a,
            ],
            Self::Fox => [
                0xe27a2c, 0xe27a2c, 0x2d5fa8, 0x46352b, 0x2a1e1a, 0xfaf3e6, 0xe8c14a,
            ],
            Self::Robot => [
                0xb9c2c6, 0x8d999e, 0xc58a3a, 0x7f8b90, 0x4e585c, 0x3fd6d0, 0xd8453a,
            ],
        };
        match material {
            Skin => hex(palette[0]),
            Hair => hex(palette[1]),
            Coat => hex(palette[2]),
            Trousers => hex(palette[3]),
            Boots => hex(palette[4]),
            Accent => hex(palette[5]),
            Trim => hex(palette[6]),
            Dark => hex(0x1d1a1c),
            White => hex(0xf8f4ec),
        }
    }

    /// Builds the body in a pose: about 1.75 units tall, standing at the origin.
    pub(crate) fn body(self, pose: &Pose) -> Body {
        let mut body = Body::new();
        body.joint(Frame::turned(pose.turn, 0.0), [0.0; 3]);
        trunk(&mut body, self, pose);
        match self {
            Self::Keeper => {
                body.egg([0.0, 0.62, 0.0], [0.34, 0.32, 0.27], Coat)
                    .limb(&[([0.0, 0.95, 0.25], 0.03), ([0.0, 0.5, 0.3], 0.03)], Trim);
            }
            Self::Aviator => {
                scarf(&mut body);
            }
            Self::Baker => {
                body.egg([0.0, 0.66, 0.1], [0.23, 0.3, 0.18], Accent).egg(
                    [0.0, 0.95, 0.12],
                    [0.14, 0.12, 0.12],
                    Accent,
                );
            }
            Self::Ranger => cloak(&mut body),
            Self::Fox => tail(&mut body),
            Self::Robot => {
                body.egg([0.0, 0.85, 0.2], [0.09, 0.09, 0.05], Accent)
                    .ball([0.13, 0.67, 0.2], 0.03, Trim)
                    .ball([-0.13, 0.67, 0.2], 0.03, Trim);
            }
        }
        body.joint(Frame::turned(pose.turn + pose.look, pose.tilt), NECK);
        head(&mut body, self);
        body
    }
}

fn trunk(body: &mut Body, figure: Figure, pose: &Pose) {
    if figure == Figure::Robot {
        body.block([0.0, 0.75, 0.0], [0.25, 0.28, 0.17], Coat).limb(
            &[([0.0, 1.0, 0.0], 0.08), ([0.0, 1.14, 0.0], 0.08)],
            Trousers,
        );
    } else {
        body.egg([0.0, 0.74, 0.0], [0.27, 0.36, 0.21], Coat)
            .egg([0.0, 0.97, 0.0], [0.25, 0.15, 0.17], Coat)
            .limb(&[([0.0, 1.05, 0.0], 0.09), ([0.0, 1.15, 0.0], 0.09)], Skin);
    }
    let sleeve = if figure == Figure::Robot {
        Trousers
    } else {
        Coat
    };
    for (side, step) in [(-1.0, pose.stride), (1.0, -pose.stride)] {
        body.limb(
            &[
                ([side * 0.12, 0.48, 0.0], 0.115),
                ([side * 0.13, 0.27, step * 0.6], 0.095),
                ([side * 0.13, 0.1, step], 0.085),
            ],
            Trousers,
        )
        .egg(
            [side * 0.13, 0.06, step + 0.06],
            [0.085, 0.065, 0.15],
            Boots,
        );
    }
    for (side, lift) in [(-1.0, pose.arms[0]), (1.0, pose.arms[1])] {
        let (out, down) = (sine(lift + 0.02) * side, -cosine(lift + 0.02));
        let shoulder = [side * 0.24, 1.0, 0.0];
        let at = |reach: f32, forward: f32| {
            [
                shoulder[0] + out * reach,
                shoulder[1] + down * reach,
                forward,
            ]
        };
        body.limb(
            &[
                (shoulder, 0.095),
                (at(0.22, 0.02), 0.085),
                (at(0.4, 0.1), 0.07),
            ],
            sleeve,
        )
        .ball(at(0.47, 0.13), 0.075, Skin);
    }
}

fn head(body: &mut Body, figure: Figure) {
    match figure {
        Figure::Robot => return robot_head(body),
        Figure::Fox => return fox_head(body),
        _ => {}
    }
    body.egg([0.0, 0.27, 0.0], [0.27, 0.3, 0.27], Skin)
        .ball([0.0, 0.22, 0.28], 0.05, Skin);
    for side in [-1.0, 1.0] {
        body.ball([side * 0.105, 0.3, 0.235], 0.04, Dark).ball(
            [side * 0.27, 0.25, 0.0],
            0.06,
            Skin,
        );
    }
    match figure {
        Figure::Keeper => {
            body.egg([0.0, 0.06, 0.12], [0.22, 0.2, 0.2], Hair)
                .limb(&[([0.0, 0.0, 0.2], 0.12), ([0.0, -0.18, 0.22], 0.05)], Hair)
                .limb(
                    &[
                        ([-0.14, 0.14, 0.22], 0.04),
                        ([0.0, 0.17, 0.27], 0.05),
                        ([0.14, 0.14, 0.22], 0.04),
                    ],
                    Hair,
                )
                .egg([0.0, 0.42, -0.03], [0.29, 0.22, 0.29], Coat)
                .egg([0.0, 0.42, -0.05], [0.43, 0.05, 0.42], Accent);
        }
        Figure::Aviator => {
            body.egg([0.0, 0.33, -0.05], [0.3, 0.28, 0.29], Trim).egg(
                [0.0, 0.47, 0.16],
                [0.26, 0.06, 0.14],
                Dark,
            );
            for side in [-1.0, 1.0] {
                body.egg([side * 0.11, 0.46, 0.24], [0.1, 0.085, 0.07], Accent)
                    .egg([side * 0.11, 0.46, 0.28], [0.075, 0.06, 0.06], White)
                    .limb(
                        &[
                            ([side * 0.27, 0.25, 0.03], 0.08),
                            ([side * 0.24, 0.0, 0.08], 0.05),
                        ],
                        Trim,
                    );
            }
            body.limb(
                &[
                    ([-0.07, 0.115, 0.245], 0.017),
                    ([0.0, 0.095, 0.26], 0.022),
                    ([0.07, 0.115, 0.245], 0.017),
                ],
                Dark,
            );
        }
        Figure::Baker => {
            for side in [-1.0, 1.0] {
                body.limb(
                    &[
                        ([0.0, 0.15, 0.28], 0.045),
                        ([side * 0.12, 0.13, 0.26], 0.04),
                        ([side * 0.22, 0.2, 0.2], 0.014),
                    ],
                    Hair,
                )
                .ball([side * 0.13, 0.68, 0.05], 0.17, White);
            }
            body.egg([0.0, 0.32, -0.08], [0.28, 0.26, 0.24], Hair)
                .egg([0.0, 0.5, -0.01], [0.26, 0.12, 0.26], White)
                .ball([0.0, 0.7, -0.1], 0.19, White)
                .ball([0.0, 0.74, 0.06], 0.16, White);
        }
        Figure::Ranger => {
            body.egg([0.0, 0.36, -0.06], [0.3, 0.26, 0.29], Hair).limb(
                &[
                    ([-0.2, 0.45, 0.16], 0.09),
                    ([0.02, 0.52, 0.17], 0.09),
                    ([0.22, 0.42, 0.14], 0.08),
                ],
                Hair,
            );
            for side in [-1.0, 1.0] {
                body.limb(
                    &[
                        ([side * 0.25, 0.3, 0.02], 0.09),
                        ([side * 0.28, 0.0, 0.06], 0.09),
                        ([side * 0.22, -0.3, 0.14], 0.04),
                    ],
                    Hair,
                );
            }
            body.limb(
                &[
                    ([-0.06, 0.11, 0.25], 0.017),
                    ([0.0, 0.095, 0.262], 0.02),
                    ([0.06, 0.11, 0.25], 0.017),
                ],
                Dark,
            );
        }
        Figure::Fox | Figure::Robot => {}
    }
}

fn fox_head(body: &mut Body) {
    body.egg([0.0, 0.24, 0.0], [0.29, 0.26, 0.26], Skin)
        .limb(
            &[([0.0, 0.16, 0.14], 0.16), ([0.0, 0.12, 0.44], 0.06)],
            Accent,
        )
        .limb(
            &[([0.0, 0.24, 0.16], 0.14), ([0.0, 0.18, 0.42], 0.045)],
            Skin,
        )
        .ball([0.0, 0.18, 0.48], 0.05, Dark);
    for side in [-1.0, 1.0] {
        body.ball([side * 0.12, 0.31, 0.22], 0.042, Dark)
            .ball([side * 0.135, 0.325, 0.255], 0.014, White)
            .egg([side * 0.22, 0.13, 0.06], [0.13, 0.11, 0.14], Accent)
            .limb(
                &[
                    ([side * 0.16, 0.4, -0.02], 0.12),
                    ([side * 0.25, 0.72, -0.05], 0.02),
                ],
                Skin,
            )
            .limb(
                &[
                    ([side * 0.17, 0.42, 0.05], 0.07),
                    ([side * 0.235, 0.62, 0.0], 0.02),
                ],
                Dark,
            );
    }
}

fn robot_head(body: &mut Body) {
    body.block([0.0, 0.29, 0.0], [0.27, 0.22, 0.22], Skin)
        .block([0.0, 0.33, 0.2], [0.21, 0.09, 0.04], Dark)
        .block([0.0, 0.15, 0.21], [0.13, 0.025, 0.03], Hair)
        .limb(&[([0.0, 0.5, 0.0], 0.025), ([0.0, 0.72, 0.0], 0.02)], Hair)
        .ball([0.0, 0.76, 0.0], 0.065, Trim);
    for side in [-1.0, 1.0] {
        body.ball([side * 0.1, 0.33, 0.22], 0.055, Accent).egg(
            [side * 0.28, 0.29, 0.0],
            [0.06, 0.11, 0.11],
            Coat,
        );
    }
}

fn scarf(body: &mut Body) {
    for step in 0..24 {
        let angle = step as f32 / 24.0;
        body.ball(
            [cosine(angle) * 0.17, 1.07, sine(angle) * 0.15],
            0.085,
            Accent,
        );
    }
    body.limb(
        &[
            ([-0.12, 1.06, -0.1], 0.08),
            ([-0.42, 1.12, -0.16], 0.075),
            ([-0.7, 1.0, -0.14], 0.06),
        ],
        Accent,
    )
    .egg([0.0, 0.76, 0.17], [0.035, 0.27, 0.06], Trim);
}

fn cloak(body: &mut Body) {
    body.limb(
        &[([0.0, 1.02, -0.1], 0.26), ([0.0, 0.35, -0.14], 0.36)],
        Accent,
    )
    .limb(
        &[
            ([-0.2, 1.06, 0.02], 0.1),
            ([0.0, 1.02, 0.16], 0.08),
            ([0.2, 1.06, 0.02], 0.1),
        ],
        Accent,
    )
    .ball([0.0, 1.0, 0.25], 0.045, Trim)
    .limb(
        &[
            ([-0.22, 0.66, 0.1], 0.04),
            ([0.0, 0.62, 0.2], 0.04),
            ([0.22, 0.66, 0.1], 0.04),
        ],
        Trim,
    );
}

fn tail(body: &mut Body) {
    body.limb(
        &[
            ([0.0, 0.45, -0.18], 0.06),
            ([-0.3, 0.4, -0.3], 0.13),
            ([-0.55, 0.62, -0.32], 0.15),
        ],
        Skin,
    )
    .limb(
        &[([-0.55, 0.62, -0.32], 0.152), ([-0.62, 0.9, -0.3], 0.04)],
        Accent,
    )
    .egg([0.0, 0.82, 0.17], [0.1, 0.26, 0.08], Accent)
    .ball([0.0, 0.86, 0.26], 0.025, Trim)
    .ball([0.0, 0.72, 0.26], 0.025, Trim);
}
