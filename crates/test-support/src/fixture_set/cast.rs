//! Actors of the demonstration set. All of them are fictional.

use super::member::{Member, Opinion, Outcome, Person, Shot};
use crate::drawing::Figure;
use tdbal_types::ImageClass;

const P: ImageClass = ImageClass::Photorealistic;
const B: ImageClass = ImageClass::BwStylized;
const C: ImageClass = ImageClass::ColorStylized;

const TALL: (u32, u32) = (152, 228);
const DOOR: (u32, u32) = (160, 208);
const SQUARE: (u32, u32) = (184, 184);
const WIDE: (u32, u32) = (228, 152);
const CINEMA: (u32, u32) = (240, 136);
const SMALL: (u32, u32) = (120, 180);

const fn shot(
    suffix: &'static str,
    index: Option<u32>,
    class: ImageClass,
    quality: u8,
    size: (u32, u32),
) -> Shot {
    Shot {
        suffix,
        index,
        class,
        quality,
        size,
    }
}

/// Counts 13 / 4 / 3: balanced, although some pictures are bad enough to invite removal.
const KEEPER: &[Shot] = &[
    shot("1.jpg", Some(1), P, 8, TALL),
    shot("2.jpg", Some(2), P, 7, WIDE),
    shot("3.jpg", Some(3), P, 9, DOOR),
    shot("4.png", Some(4), B, 7, SQUARE),
    shot("5.jpg", Some(5), P, 3, CINEMA),
    shot("6.jpg", Some(6), P, 8, TALL),
    shot("7.jpg", Some(7), P, 6, DOOR),
    shot("8.webp", Some(8), C, 8, WIDE),
    shot("9.jpg", Some(9), P, 7, TALL),
    shot("10.jpg", Some(10), P, 8, WIDE),
    shot("11.png", Some(11), B, 6, DOOR),
    shot("12.jpg", Some(12), P, 5, SQUARE),
    shot("13.jpg", Some(13), P, 9, CINEMA),
    shot("14.jpg", Some(14), P, 7, TALL),
    shot("15.png", Some(15), C, 4, DOOR),
    shot("16.png", Some(16), B, 8, WIDE),
    shot("17.jpg", Some(17), P, 8, TALL),
    shot("18.jpg", Some(18), P, 7, WIDE),
    shot("19.png", Some(19), B, 7, DOOR),
    shot("20.jpg", Some(20), C, 9, SQUARE),
];

/// Counts 16 / 5 / 3. Among the photographs of quality 5, number 3 is the smallest; 9 and 10 have
/// the same size, and `_9.jpg` sorts last bytewise.
const AVIATOR: &[Shot] = &[
    shot("1.jpg", Some(1), P, 8, TALL),
    shot("2.jpg", Some(2), P, 7, WIDE),
    shot("3.jpg", Some(3), P, 5, SMALL),
    shot("4.jpg", Some(4), P, 9, SQUARE),
    shot("5.jpg", Some(5), P, 7, CINEMA),
    shot("6.jpg", Some(6), P, 3, TALL),
    shot("7.jpg", Some(7), P, 8, DOOR),
    shot("8.jpg", Some(8), P, 6, WIDE),
    shot("9.jpg", Some(9), P, 5, TALL),
    shot("10.jpg", Some(10), P, 5, TALL),
    shot("11.png", Some(11), B, 7, DOOR),
    shot("12.png", Some(12), B, 6, SQUARE),
    shot("13.jpg", Some(13), P, 8, CINEMA),
    shot("14.jpg", Some(14), P, 7, TALL),
    shot("15.jpg", Some(15), P, 9, DOOR),
    shot("16.jpg", Some(16), P, 8, WIDE),
    shot("17.jpg", Some(17), P, 6, TALL),
    shot("18.jpg", Some(18), P, 7, WIDE),
    shot("19.png", Some(19), B, 8, DOOR),
    shot("20.webp", Some(20), B, 4, SQUARE),
    shot("21.png", Some(21), B, 7, CINEMA),
    shot("22.jpg", Some(22), C, 8, TALL),
    shot("23.png", Some(23), C, 7, DOOR),
    shot("24.webp", Some(24), C, 6, WIDE),
];

/// Counts 10 / 2 / 2.
const BAKER: &[Shot] = &[
    shot("1.jpg", Some(1), P, 8, TALL),
    shot("2.jpg", Some(2), P, 6, WIDE),
    shot("3.jpg", Some(3), P, 7, DOOR),
    shot("4.png", Some(4), B, 8, SQUARE),
    shot("5.jpg", Some(5), P, 9, CINEMA),
    shot("6.jpg", Some(6), P, 7, TALL),
    shot("7.jpg", Some(7), C, 8, DOOR),
    shot("8.jpg", Some(8), P, 5, WIDE),
    shot("9.jpg", Some(9), P, 8, TALL),
    shot("10.jpg", Some(10), P, 7, WIDE),
    shot("11.png", Some(11), B, 6, DOOR),
    shot("12.jpg", Some(12), P, 8, SQUARE),
    shot("13.png", Some(13), C, 7, CINEMA),
    shot("14.jpg", Some(14), P, 9, TALL),
];

/// Counts 16 / 2 / 4. Indices 9, 14, 15, 16 and 17 occur twice, so the name decides the order;
/// `_10.jpg` comes before `_9.jpg`.
const RANGER: &[Shot] = &[
    shot("1.jpg", Some(1), P, 8, TALL),
    shot("2.jpg", Some(2), P, 7, WIDE),
    shot("3.jpg", Some(3), P, 4, DOOR),
    shot("4.jpg", Some(4), P, 9, SQUARE),
    shot("5.jpg", Some(5), P, 7, CINEMA),
    shot("6.jpg", Some(6), P, 8, TALL),
    shot("7.jpg", Some(7), P, 6, DOOR),
    shot("8.jpg", Some(8), P, 7, WIDE),
    shot("10.jpg", Some(9), P, 8, TALL),
    shot("9.jpg", Some(9), P, 3, WIDE),
    shot("11.jpg", Some(11), P, 7, DOOR),
    shot("12.jpg", Some(12), P, 5, SQUARE),
    shot("13.jpg", Some(13), P, 9, CINEMA),
    shot("14.jpg", Some(14), P, 8, TALL),
    shot("14.png", Some(14), B, 7, DOOR),
    shot("15.jpg", Some(15), P, 6, WIDE),
    shot("15.webp", Some(15), C, 8, TALL),
    shot("16.jpg", Some(16), P, 7, WIDE),
    shot("16.png", Some(16), B, 6, DOOR),
    shot("17.png", Some(17), C, 4, SQUARE),
    shot("17.webp", Some(17), C, 7, CINEMA),
    shot("18.jpg", Some(18), C, 9, TALL),
];

/// Counts 15 / 4 / 2. Number 7 cannot be decoded, and the manifest does not list the last file.
const FOX: &[Shot] = &[
    shot("1.jpg", Some(1), P, 8, TALL),
    shot("2.jpg", Some(2), P, 7, WIDE),
    shot("3.jpg", Some(3), P, 9, DOOR),
    shot("4.png", Some(4), B, 7, SQUARE),
    shot("5.jpg", Some(5), P, 6, CINEMA),
    shot("6.jpg", Some(6), P, 8, TALL),
    shot("7.png", Some(7), P, 0, SMALL),
    shot("8.jpg", Some(8), P, 7, WIDE),
    shot("9.jpg", Some(9), P, 8, TALL),
    shot("10.jpg", Some(10), P, 9, WIDE),
    shot("11.webp", Some(11), C, 8, DOOR),
    shot("12.jpg", Some(12), P, 4, SQUARE),
    shot("13.jpg", Some(13), P, 8, CINEMA),
    shot("14.jpg", Some(14), P, 7, TALL),
    shot("15.png", Some(15), B, 8, DOOR),
    shot("16.jpg", Some(16), P, 6, WIDE),
    shot("17.jpg", Some(17), P, 9, TALL),
    shot("18.jpg", Some(18), P, 3, WIDE),
    shot("19.jpg", Some(19), P, 8, DOOR),
    shot("20.png", Some(20), B, 6, SQUARE),
    shot("21.png", Some(21), C, 7, CINEMA),
    shot("extra.png", None, B, 7, TALL),
];

/// Counts do not matter: the recorded reply is unusable.
const ROBOT: &[Shot] = &[
    shot("1.jpg", Some(1), P, 8, TALL),
    shot("2.jpg", Some(2), P, 7, WIDE),
    shot("3.jpg", Some(3), P, 7, DOOR),
    shot("4.png", Some(4), B, 8, SQUARE),
    shot("5.jpg", Some(5), P, 6, CINEMA),
    shot("6.jpg", Some(6), P, 9, TALL),
    shot("7.png", Some(7), C, 7, DOOR),
    shot("8.png", Some(8), B, 6, WIDE),
    shot("9.jpg", Some(9), P, 8, TALL),
];

/// All actors, sorted by id.
pub(crate) const MEMBERS: &[Member] = &[
    Member {
        name: "9001_nordic_58_male",
        title: "Balanced: nothing to do, although the model's own sums and advice say otherwise",
        figure: Figure::Keeper,
        person: Person {
            age: "58",
            sex: "male",
            ethnicity: "nordic",
            actor_type: None,
            face_prompt: "58 year old Halvard, a lighthouse keeper with a long white beard",
            outfit: "Yellow oilskins and a sou'wester.",
        },
        shots: KEEPER,
        opinion: Opinion {
            counts: [14, 4, 2],
            delete: [&[5, 12], &[], &[]],
            generate: [0, 0, 1],
            analysis: "There are too many photorealistic images (14) and too few colour ones (2).",
        },
        outcome: Outcome::Balanced,
        contradicts: true,
        stray: None,
        base: "jpg",
    },
    Member {
        name: "9002_andean_31_female",
        title: "Excess only: the lowest qualities leave; ties fall to the smaller picture, then to the last name",
        figure: Figure::Aviator,
        person: Person {
            age: "31",
            sex: "female",
            ethnicity: "andean",
            actor_type: None,
            face_prompt: "31 year old Killa, a pilot with a leather cap and goggles",
            outfit: "A brown flying suit and a red scarf.",
        },
        shots: AVIATOR,
        opinion: Opinion {
            counts: [15, 5, 4],
            delete: [&[1, 4], &[19], &[22]],
            generate: [0, 0, 0],
            analysis: "The photorealistic images are slightly too many; the first ones can go.",
        },
        outcome: Outcome::ToChange {
            remove: &["6.jpg", "3.jpg", "9.jpg", "20.webp"],
            generate: [0, 0, 0],
        },
        contradicts: true,
        stray: None,
        base: "jpg",
    },
    Member {
        name: "9003_mediterranean_45_male",
        title: "Short: nothing leaves, pictures of every class are generated",
        figure: Figure::Baker,
        person: Person {
            age: "45",
            sex: "male",
            ethnicity: "mediterranean",
            actor_type: None,
            face_prompt: "45 year old Corrado, a baker with a curled moustache",
            outfit: "A blue shirt, a white apron and a tall white hat.",
        },
        shots: BAKER,
        opinion: Opinion {
            counts: [10, 2, 2],
            delete: [&[], &[], &[]],
            generate: [3, 2, 1],
            analysis: "A good set that is six pictures short.",
        },
        outcome: Outcome::ToChange {
            remove: &[],
            generate: [3, 2, 1],
        },
        contradicts: false,
        stray: Some("31.jpg"),
        base: "png",
    },
    Member {
        name: "9004_hibernian_27_female",
        title: "Excess and short, with indices that repeat: photographs and an illustration leave, drawings come",
        figure: Figure::Ranger,
        person: Person {
            age: "27",
            sex: "female",
            ethnicity: "hibernian",
            actor_type: None,
            face_prompt: "27 year old Aoife, a ranger with long red hair",
            outfit: "A green hooded cloak with a brass clasp.",
        },
        shots: RANGER,
        opinion: Opinion {
            counts: [16, 3, 3],
            delete: [&[3, 10], &[19], &[20]],
            generate: [2, 2, 0],
            analysis: "Remove the weak photographs, then generate two fresh photographs and two drawings.",
        },
        outcome: Outcome::ToChange {
            remove: &["9.jpg", "3.jpg", "12.jpg", "17.png"],
            generate: [0, 2, 0],
        },
        contradicts: true,
        stray: None,
        base: "jpg",
    },
    Member {
        name: "9005_woodland_30_male",
        title: "An unreadable file in the middle: it keeps its number, so that later numbers still name the right files",
        figure: Figure::Fox,
        person: Person {
            age: "30",
            sex: "male",
            ethnicity: "woodland",
            actor_type: Some("creature"),
            face_prompt: "Rusk, a fox who walks upright, with a white muzzle and a bushy tail",
            outfit: "A blue waistcoat with brass buttons.",
        },
        shots: FOX,
        opinion: Opinion {
            counts: [15, 4, 2],
            delete: [&[12, 18], &[], &[]],
            generate: [0, 0, 1],
            analysis: "Two photographs too many, one colour illustration too few; one cell cannot be judged.",
        },
        outcome: Outcome::ToChange {
            remove: &["18.jpg", "12.jpg"],
            generate: [0, 0, 1],
        },
        contradicts: false,
        stray: None,
        base: "jpg",
    },
    Member {
        name: "9006_brass_40_male",
        title: "A nonsense reply: the actor is not assessed and nothing is touched",
        figure: Figure::Robot,
        person: Person {
            age: "40",
            sex: "male",
            ethnicity: "brass",
            actor_type: Some("robot"),
            face_prompt: "Bolt, a robot with a square head and cyan eyes",
            outfit: "Brass plates and a red lamp on an antenna.",
        },
        shots: ROBOT,
        // Unused: the recorded reply is nonsense.
        opinion: Opinion {
            counts: [0; 3],
            delete: [&[]; 3],
            generate: [0; 3],
            analysis: "",
        },
        outcome: Outcome::Unassessed,
        contradicts: false,
        stray: None,
        base: "png",
    },
];
