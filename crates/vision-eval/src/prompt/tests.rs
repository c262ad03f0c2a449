use super::*;
use tdbal_types::{Fault, ImageClass};

const SHEET: LookKind = LookKind::Sheet { vote: 1 };

#[test]
fn prompts_match_the_snapshot_of_their_version() {
    // A changed prompt needs a new version before its snapshot is accepted.
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
fn prompts_define_classes_and_faults_in_the_same_words() {
    let line = |prompt: &'static str, name: &str| {
        let start = format!("   - \"{name}\": ");
        let found = prompt.lines().find(|line| line.starts_with(&start));
        found.unwrap_or_else(|| panic!("{name} is not defined"))
    };
    let names = ImageClass::ALL
        .map(ImageClass::as_str)
        .into_iter()
        .chain(Fault::ALL.map(Fault::as_str));
    let mut seen = 0;
    for name in names {
        let sheet = line(system_prompt(SHEET), name);
        // The prompt for close looks may say more about a class or fault, but nothing different.
        let close = line(system_prompt(LookKind::Close), name);
        let same = sheet.trim_end_matches('.');
        assert!(close.starts_with(same), "{name}:\n{sheet}\n{close}");
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn control_sheet_has_the_prompt_of_any_sheet() {
    for look in [LookKind::Generated, LookKind::Control] {
        assert_eq!(system_prompt(look), system_prompt(SHEET));
    }
    assert_ne!(system_prompt(LookKind::Close), system_prompt(SHEET));
}
