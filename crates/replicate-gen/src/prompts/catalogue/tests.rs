use super::*;
use std::collections::HashSet;
use std::error::Error;
use tdbal_types::Prompt;

const SMALL: &str = r#"
    identity = "Same face of the {subject}."
    [photorealistic]
    [[photorealistic.scenes]]
    name = "a"
    action = "the {subject} at work"
    framing = "Off centre."
    gaze = "Turned away."
    [[photorealistic.techniques]]
    name = "still"
    medium = "A still"
    finish = "Sharp."
    [[stylized.scenes]]
    name = "b"
    action = "the {subject} at rest."
    framing = "Off centre."
    gaze = "Turned away."
    [bw_stylized]
    closing = "No colour."
    techniques = [{ name = "ink", medium = "A drawing", finish = "Fine." }]
    [color_stylized]
    techniques = [{ name = "oil", medium = "A painting", finish = "Thick." }]
"#;

fn every_prompt(class: ImageClass) -> Vec<Prompt> {
    let catalogue = Catalogue::builtin();
    let prompts = catalogue.class(class);
    let mut all = Vec::new();
    for scene in &prompts.scenes {
        for technique in &prompts.techniques {
            all.push(prompts.compose(scene, technique, "woman"));
        }
    }
    all
}

#[test]
fn the_builtin_catalogue_has_the_expected_size() {
    let catalogue = Catalogue::builtin();
    assert!(catalogue.photorealistic.scenes.len() >= 15);
    assert!(catalogue.bw_stylized.techniques.len() >= 11);
    assert!(catalogue.color_stylized.techniques.len() >= 9);
    assert!(catalogue.bw_stylized.scenes.len() >= 11);
    assert_eq!(catalogue.combinations(ImageClass::Photorealistic), 20 * 8);
}

#[test]
fn builtin_prompts_have_framing_gaze_and_identity() {
    let mut seen = HashSet::new();
    for class in ImageClass::ALL {
        for Prompt { text, .. } in every_prompt(class) {
            assert!(text.contains("off centre"), "{text}");
            assert!(
                ["left", "right"].iter().any(|side| text.contains(side)),
                "{text}"
            );
            assert!(
                ["turned", "profile", "bowed", "away from the camera"]
                    .iter()
                    .any(|turn| text.contains(turn)),
                "{text}"
            );
            assert!(text.contains("Keep the same face, hair"), "{text}");
            assert!(text.contains("of the woman in the reference"), "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
            assert!(!text.contains("  ") && !text.contains(".."), "{text}");
            // Kontext accepts 512 tokens, of about four characters each.
            assert!(text.len() < 1_400, "{} characters: {text}", text.len());
            assert!(seen.insert(text));
        }
    }
    assert_eq!(seen.len(), 20 * 8 + 14 * 13 + 14 * 11);
}

#[test]
fn every_builtin_scene_turns_the_face_away() {
    let catalogue = Catalogue::builtin();
    let mut cases = 0;
    for class in ImageClass::ALL {
        for scene in &catalogue.class(class).scenes {
            assert!(scene.framing.contains("off centre"), "{}", scene.framing);
            let turned = ["turned", "profile", "away from the camera"];
            assert!(
                turned.iter().any(|turn| scene.gaze.contains(turn)),
                "{}",
                scene.gaze
            );
            cases += 1;
        }
    }
    assert_eq!(cases, 20 + 14 + 14);
}

#[test]
fn closings_forbid_what_the_class_must_not_show() {
    for prompt in every_prompt(ImageClass::BwStylized) {
        assert!(prompt.text.contains("no colour anywhere"));
        assert!(prompt.text.contains("not a photograph"));
    }
    for prompt in every_prompt(ImageClass::ColorStylized) {
        assert!(prompt.text.contains("In full colour"));
        assert!(prompt.text.contains("not a photograph"));
    }
    for prompt in every_prompt(ImageClass::Photorealistic) {
        assert!(prompt.text.contains("Photorealistic"));
    }
}

#[test]
fn a_composed_prompt_reads_as_sentences() {
    let catalogue = Catalogue::parse(SMALL).unwrap();
    let prompts = catalogue.class(ImageClass::BwStylized);
    let prompt = prompts.compose(&prompts.scenes[0], &prompts.techniques[0], "robot");
    assert_eq!(
        prompt.text,
        "A drawing of the robot at rest. Off centre. Turned away. Fine. No colour. \
         Same face of the robot."
    );
}

#[test]
fn invalid_catalogues_are_rejected_with_a_reason() {
    let cases = [
        (
            SMALL.replace("the {subject} at rest.", "someone at rest"),
            "prompt catalogue: `action` in stylized.scenes \"b\" must contain {subject}",
        ),
        (
            SMALL.replace("of the {subject}", ""),
            "prompt catalogue: `identity` in the top-level table must contain {subject}",
        ),
        (
            SMALL.replace("Thick.", "Thick {sex}."),
            "prompt catalogue: `finish` in color_stylized.techniques \"oil\" has an unexpected \
             brace: {subject} is the only placeholder, and `medium` takes none",
        ),
        (
            SMALL.replace(
                "{ name = \"ink\", medium = \"A drawing\", finish = \"Fine.\" }",
                "",
            ),
            "prompt catalogue: bw_stylized.techniques is empty; \
             add at least one [[bw_stylized.techniques]]",
        ),
        (
            SMALL.replace("gaze = \"Turned away.\"", "gaze = \" \""),
            "prompt catalogue: `gaze` in stylized.scenes \"b\" is empty",
        ),
        (
            SMALL.replace(
                "[[stylized.scenes]]",
                "[[stylized.scenes]]\nname = \"c\"\naction = \"the {subject} at rest, alone\"\n\
                 framing = \"x\"\ngaze = \"x\"\n[[stylized.scenes]]",
            ),
            "prompt catalogue: stylized.scenes \"c\" and stylized.scenes \"b\" must differ in \
             `action`, and neither may contain the other's",
        ),
        (
            SMALL.replace(
                "[[stylized.scenes]]",
                "[[stylized.scenes]]\nname = \"B\"\naction = \"the {subject} at sea\"\n\
                 framing = \"x\"\ngaze = \"x\"\n[[stylized.scenes]]",
            ),
            "prompt catalogue: stylized.scenes \"b\" and stylized.scenes \"b\" must differ in \
             `name`, and neither may contain the other's",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(Catalogue::parse(&text).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_unknown_key_is_named_in_the_error() {
    let error = Catalogue::parse(&SMALL.replace("gaze =", "gase =")).unwrap_err();
    assert_eq!(error.to_string(), "cannot parse the prompt catalogue");
    assert!(error.source().unwrap().to_string().contains("gase"));
}
