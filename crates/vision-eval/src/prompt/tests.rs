use super::*;
use tdbal_types::{Fault, ImageClass};

const SHEET: LookKind = LookKind::Sheet { vote: 1 };

#[test]
fn prompts_change_only_with_their_version() {
    // Whoever changes a prompt accepts a new snapshot, and gives it a new version.
    insta::assert_snapshot!(
        "prompts",
        format!(
            "{PROMPT_VERSION}\n\n=== sheet\n{}\n=== close\n{}",
            system_prompt(SHEET),
            system_prompt(LookKind::Close)
        )
    );
}

#[test]
fn both_prompts_explain_every_class_and_fault_in_the_same_words() {
    let line = |prompt: &'static str, name: &str| {
        let start = format!("   - \"{name}\": ");
        let found = prompt.lines().find(|line| line.starts_with(&start));
        found.unwrap_or_else(|| panic!("{name}"))
    };
    let names = ImageClass::ALL
        .map(ImageClass::as_str)
        .into_iter()
        .chain(Fault::ALL.map(Fault::as_str));
    let mut seen = 0;
    for name in names {
        let sheet = line(system_prompt(SHEET), name);
        // A close look may be told more, never anything else.
        let close = line(system_prompt(LookKind::Close), name);
        let same = sheet.trim_end_matches('.');
        assert!(close.starts_with(same), "{name}:\n{sheet}\n{close}");
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn a_control_sheet_cannot_be_told_by_its_prompt() {
    for look in [LookKind::Generated, LookKind::Control] {
        assert_eq!(system_prompt(look), system_prompt(SHEET));
    }
    assert_ne!(system_prompt(LookKind::Close), system_prompt(SHEET));
}
