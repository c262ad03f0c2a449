use super::*;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};

#[test]
fn prompts_give_a_class_or_none() {
    let cases = [
        ("A candid shot of a man at the pier.", Some(Photorealistic)),
        ("Photorealistic portrait of a woman.", Some(Photorealistic)),
        ("a PHOTOGRAPH of the man, 50 mm", Some(Photorealistic)),
        ("A charcoal drawing of the woman.", Some(BwStylized)),
        ("A drawing of the man. No colour.", Some(BwStylized)),
        ("Woodcut of a man, not photorealistic", Some(BwStylized)),
        ("A black & white etching of a bridge", Some(BwStylized)),
        ("An illustration in grey-scale of her", None),
        ("An illustration in greyscale of her", Some(BwStylized)),
        ("A gouache painting of the man", Some(ColorStylized)),
        ("A cartoon of her in bright colours", Some(ColorStylized)),
        ("Non-photorealistic, colored pencil", Some(ColorStylized)),
        // An explicit statement overrides the technique.
        ("A colour woodcut of the man", Some(ColorStylized)),
        ("A monochrome watercolour of him", Some(BwStylized)),
        // Unclear.
        ("", None),
        ("a man", None),
        ("A comic book page of the man", None),
        ("An illustration, not photorealistic", None),
        ("The man by a stream. Side angle.", None),
        // Contradictory.
        ("A black-and-white photograph of him", None),
        ("A photo of a watercolor painting", None),
        ("A charcoal drawing with gouache", None),
        ("Monochrome drawing, flat colors", None),
        // Words that describe the scene, not the technique.
        (
            "A candid shot: she wears a charcoal coat",
            Some(Photorealistic),
        ),
        (
            "Candid shot of a man painting a pastel fence",
            Some(Photorealistic),
        ),
        ("A watercolor of him, a candid moment", Some(ColorStylized)),
    ];
    let count = cases.len();
    let mut seen = 0;
    for (prompt, class) in cases {
        assert_eq!(class_of_prompt(prompt), class, "{prompt}");
        assert_eq!(class_of_prompt(&prompt.to_uppercase()), class, "{prompt}");
        seen += 1;
    }
    assert_eq!(seen, count);
}

#[test]
fn records_name_classes_in_several_spellings() {
    for class in ImageClass::ALL {
        assert_eq!(class_of_record(class.as_str()), Some(class));
    }
    assert_eq!(class_of_record("BW Stylised"), Some(BwStylized));
    assert_eq!(class_of_record("colour-stylized"), Some(ColorStylized));
    for other in ["", "existing", "balance", "stylized", "bw"] {
        assert_eq!(class_of_record(other), None, "{other}");
    }
}
