//! Replies of a vision model, in the form in which the original system (the scripts that tdbal
//! replaces) recorded them.

use super::member::{Member, Opinion};
use serde_json::{Value, json};
use tdbal_types::ClassCounts;

fn reply(classifications: Vec<Value>, opinion: &Opinion) -> Value {
    let [photorealistic, bw, color] = opinion.counts;
    let [delete_photorealistic, delete_bw, delete_color] = opinion.delete;
    let [more_photorealistic, more_bw, more_color] = opinion.generate;
    json!({
        "image_classifications": classifications,
        "counts": {
            "photorealistic": photorealistic,
            "bw_stylized": bw,
            "color_stylized": color,
        },
        "recommendations": {
            "delete_photorealistic": delete_photorealistic,
            "delete_bw_stylized": delete_bw,
            "delete_color_stylized": delete_color,
            "generate_photorealistic": more_photorealistic,
            "generate_bw_stylized": more_bw,
            "generate_color_stylized": more_color,
        },
        "analysis": opinion.analysis,
    })
}

/// Reply for the sheet of an actor: one answer for every readable picture.
pub(super) fn assessed(member: &Member) -> Value {
    let answers = (1..)
        .zip(member.shots)
        .filter(|(_, shot)| shot.readable())
        .map(|(number, shot): (u32, _)| {
            json!({
                "image_number": number,
                "type": shot.class.as_str(),
                "quality_score": shot.quality,
            })
        })
        .collect();
    reply(answers, &member.opinion)
}

/// Reply for the sheet of newly generated pictures, class by class and in order of generation.
pub(super) fn generated(counts: ClassCounts) -> Value {
    let classes = counts
        .iter()
        .flat_map(|(class, count)| std::iter::repeat_n(class, count));
    let answers = (1..)
        .zip(classes)
        .map(|(number, class): (u32, _)| {
            json!({
                "image_number": number,
                "type": class.as_str(),
                "quality_score": 7 + number % 3,
            })
        })
        .collect();
    let opinion = Opinion {
        counts: [
            counts.photorealistic,
            counts.bw_stylized,
            counts.color_stylized,
        ],
        delete: [&[]; 3],
        generate: [0; 3],
        analysis: "Every picture is of the kind that was asked for.",
    };
    reply(answers, &opinion)
}

/// Unusable reply: a duplicate number, a number that is not on the sheet, missing numbers, an
/// unknown class and a quality out of range.
pub(super) fn nonsense() -> Value {
    let answers = [
        (1, "photorealistic", 8),
        (2, "photorealistic", 7),
        (2, "bw_stylized", 9),
        (3, "sepia", 6),
        (5, "photorealistic", 42),
        (8, "color_stylized", 5),
        (31, "photorealistic", 8),
    ]
    .map(|(number, class, quality)| {
        json!({"image_number": number, "type": class, "quality_score": quality})
    });
    let opinion = Opinion {
        counts: [12, 12, 12],
        delete: [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[31], &[]],
        generate: [50, 0, 0],
        analysis: "The set is perfectly balanced. Delete all of it and start again.",
    };
    reply(answers.to_vec(), &opinion)
}
