use super::*;
use http_support::RetryPolicy;
use replicate_gen::PollSettings;
use tdbal_types::chain;

fn load_text(text: &str) -> Result<Loaded, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, text).unwrap();
    load(&path)
}

#[test]
fn without_a_file_the_defaults_are_those_of_the_crates() {
    let loaded = load(Path::new("/does/not/exist/tdbal.toml")).unwrap();
    assert!(loaded.unknown_keys.is_empty(), "{:?}", loaded.unknown_keys);
    assert_eq!(loaded.settings.jobs, 4);
    assert_eq!(loaded.settings.retry, RetryPolicy::default());
    let poll = loaded.settings.replicate.poll().unwrap();
    assert_eq!(poll, PollSettings::default());
    let (limits, defaults) = (loaded.settings.limits, composite::Limits::default());
    assert_eq!(limits.max_width, defaults.max_width);
    assert_eq!(limits.max_pixels, defaults.max_pixels);
    let gap = execution::LostOrders::default().gap.as_secs_f64();
    assert!((loaded.settings.replicate.lost_order_gap_s - gap).abs() < f64::EPSILON);
}

#[test]
fn a_file_changes_its_keys_and_unknown_ones_are_reported() {
    let loaded = load_text("jobs = 9\njbos = 1\n[s3]\nbucket = \"b\"\nbuket = \"c\"\n").unwrap();
    assert_eq!(loaded.settings.jobs, 9);
    assert_eq!(loaded.settings.s3.bucket, "b");
    assert_eq!(
        loaded.settings.s3.prefix,
        "system_actors/training_data/{actor}"
    );
    let unknown: Vec<_> = loaded
        .unknown_keys
        .iter()
        .map(|key| (key.path.as_str(), key.suggestion.as_deref()))
        .collect();
    assert_eq!(
        unknown,
        [("jbos", Some("jobs")), ("s3.buket", Some("s3.bucket"))]
    );
}

#[test]
fn a_value_of_the_wrong_type_is_an_error_that_names_the_file() {
    let error = load_text("jobs = \"many\"\n").unwrap_err();
    let text = chain(&error);
    assert!(
        text.contains("tdbal.toml") && text.contains("jobs"),
        "{text}"
    );
    let error = load_text("jobs = \n").unwrap_err();
    assert!(chain(&error).contains("line 1"), "{}", chain(&error));
}

#[test]
fn the_examples_in_the_comments_are_valid_settings() {
    let uncommented: String = DEFAULTS
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with("[image_models.") || rest.starts_with("[models.") => {
                format!("{rest}\n")
            }
            Some(rest) if rest.split(" = ").count() == 2 || rest.contains(" = { ") => {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let loaded = load_text(&uncommented).unwrap();
    assert!(loaded.unknown_keys.is_empty(), "{:?}", loaded.unknown_keys);
    assert_eq!(loaded.settings.image_models.len(), 1);
    assert_eq!(loaded.settings.models.len(), 1);
    assert_eq!(loaded.settings.targets.len(), 2);
    let limits = loaded.settings.limits;
    assert!(limits.max_delete.is_some() && limits.max_delete_per_actor.is_some());
    assert!(limits.max_generate.is_some() && limits.budget_usd.is_some());
}

#[test]
fn keys_of_models_are_checked_and_dots_in_names_are_kept() {
    let loaded = load_text("[models.\"gpt-4.1-mini\"]\nbase_ulr = \"x\"\nzzz = 1\n").unwrap();
    let suggestions: Vec<_> = loaded.unknown_keys.iter().map(|k| &k.suggestion).collect();
    let suggested = Some("models.gpt-4.1-mini.base_url".to_owned());
    assert_eq!(suggestions, [&suggested, &None]);
}
