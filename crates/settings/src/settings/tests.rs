use super::*;
use tdbal_types::chain;

fn resolve(flags: &Flags, toml: &str) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(file::FILE_NAME), toml).unwrap();
    Settings::resolve(flags, EnvironmentValues::default(), folder.path())
}

fn with_model(name: &str) -> Flags {
    Flags {
        model: Some(name.to_owned()),
        ..Flags::default()
    }
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

#[test]
fn a_model_has_its_own_server_and_price() {
    let toml = "[models.local]\nbase_url = \"http://127.0.0.1:8080/v1\"\n\
                prices = { input = 1.0, cached = 0.5, output = 2.0 }\n";
    let settings = resolve(&with_model("local"), toml).unwrap();
    assert_eq!(settings.openai_base_url, "http://127.0.0.1:8080/v1");
    assert!((settings.model.prices.output - 2.0).abs() < f64::EPSILON);
}

#[test]
fn a_name_wins_over_a_pattern_and_a_longer_pattern_over_a_shorter() {
    let toml =
        "[targets]\n\"0*\" = \"total=10\"\n\"00*\" = \"total=11\"\n\"0001_a\" = \"total=12\"\n";
    let settings = resolve(&Flags::default(), toml).unwrap();
    let total = |name| settings.policy_of(&actor(name)).target.total();
    assert_eq!(
        [
            total("0001_a"),
            total("0002_b"),
            total("0100_c"),
            total("1_d")
        ],
        [12, 11, 10, 20]
    );
    let flags = Flags {
        target: Some("total=5".parse().unwrap()),
        ..Flags::default()
    };
    let flagged = resolve(&flags, toml).unwrap();
    assert_eq!(flagged.policy_of(&actor("0001_a")).target.total(), 5);
}

#[test]
fn an_invalid_value_names_its_key_and_what_is_valid() {
    for (toml, says) in [
        (
            "evaluator = \"claude\"\n",
            "invalid value \"claude\" for evaluator: use openai or replay:DIR",
        ),
        ("image_model = \"dall-e\"\n", "dall-e"),
        ("target = \"photorealistic=70\"\n", "add up to 105"),
        ("[targets]\n\"0*\" = \"total=0\"\n", "targets.\"0*\""),
        (
            "[s3]\nendpoint = \"nonsense\"\n",
            "invalid value \"nonsense\" for the S3 endpoint: use the URL",
        ),
        (
            "[trust]\nmin_chance = 75\n",
            "invalid value 75 for trust.min_chance: use a share from 0 to 1",
        ),
        ("look = \"far\"\n", "use auto, sheet or close"),
        ("data_dir = \"ftp://x\"\n", "ftp"),
    ] {
        let error = resolve(&Flags::default(), toml).unwrap_err();
        assert!(chain(&error).contains(says), "{toml}: {}", chain(&error));
    }
}

#[test]
fn an_unknown_key_is_a_warning_that_suggests_the_nearest() {
    let settings = resolve(&Flags::default(), "tolerence = 5\nzzz = 1\n").unwrap();
    assert_eq!(
        settings.warnings,
        [
            "tdbal.toml: unknown key `tolerence` (did you mean `tolerance`?)",
            "tdbal.toml: unknown key `zzz`; `tdbal config` lists the valid keys"
        ]
    );
}
