use super::*;
use crate::cli::Cli;
use clap::Parser as _;

fn resolve(
    args: &[&str],
    variables: &[(&str, &str)],
    dot_env: &str,
    toml: &str,
) -> anyhow::Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), dot_env).unwrap();
    std::fs::write(folder.path().join(file::FILE_NAME), toml).unwrap();
    let environment: Environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let environment = environment.with_dot_env(&folder.path().join(".env"))?;
    let cli = Cli::parse_from(["tdbal"].iter().chain(args));
    Settings::resolve(&Flags::from(&cli.run), &environment, folder.path())
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

#[test]
fn the_order_is_flags_environment_dot_env_file_defaults() {
    let toml = "model = \"m-file\"\n[openai]\nbase_url = \"http://file/v1\"\n";
    let dot_env = "OPENAI_BASE_URL=http://dotenv/v1\n";
    let variables = [("OPENAI_BASE_URL", "http://process/v1")];
    let url = |variables: &[_], dot_env, toml| {
        resolve(&["--all"], variables, dot_env, toml)
            .unwrap()
            .openai_base_url
    };
    assert_eq!(url(&variables, dot_env, toml), "http://process/v1");
    assert_eq!(url(&[], dot_env, toml), "http://dotenv/v1");
    assert_eq!(url(&[], "", toml), "http://file/v1");
    assert_eq!(url(&[], "", ""), "https://api.openai.com/v1");
    let flagged = resolve(&["--all", "--model", "m-flag"], &[], "", toml).unwrap();
    assert_eq!(flagged.model.name, "m-flag");
    assert_eq!(
        resolve(&["--all"], &[], "", toml).unwrap().model.name,
        "m-file"
    );
}

#[test]
fn a_model_has_its_own_server_and_price() {
    let toml = "[models.local]\nbase_url = \"http://127.0.0.1:8080/v1\"\n\
                prices = { input = 1.0, cached = 0.5, output = 2.0 }\n";
    let settings = resolve(&["--all", "--model", "local"], &[], "", toml).unwrap();
    assert_eq!(settings.openai_base_url, "http://127.0.0.1:8080/v1");
    assert!((settings.model.prices.output - 2.0).abs() < f64::EPSILON);
}

#[test]
fn a_name_wins_over_a_pattern_and_a_longer_pattern_over_a_shorter() {
    let toml =
        "[targets]\n\"0*\" = \"total=10\"\n\"00*\" = \"total=11\"\n\"0001_a\" = \"total=12\"\n";
    let settings = resolve(&["--all"], &[], "", toml).unwrap();
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
    let flagged = resolve(&["--all", "--target", "total=5"], &[], "", toml).unwrap();
    assert_eq!(flagged.policy_of(&actor("0001_a")).target.total(), 5);
}

#[test]
fn what_makes_no_sense_says_what_and_where() {
    for (toml, says) in [
        (
            "evaluator = \"claude\"\n",
            "\"claude\" is no evaluator: use openai or replay:DIR",
        ),
        ("image_model = \"dall-e\"\n", "dall-e"),
        ("target = \"photorealistic=70\"\n", "add up to 105"),
        ("[targets]\n\"0*\" = \"total=0\"\n", "targets.\"0*\""),
        ("[s3]\nendpoint = \"nonsense\"\n", "\"nonsense\" is no URL"),
        ("data_dir = \"ftp://x\"\n", "ftp"),
    ] {
        let error = resolve(&["--all"], &[], "", toml).unwrap_err();
        assert!(format!("{error:#}").contains(says), "{toml}: {error:#}");
    }
}

#[test]
fn half_a_plan_is_a_flag() {
    let scope = |flag| resolve(&["--all", flag], &[], "", "").unwrap().policy.scope;
    assert_eq!(scope("--delete-only"), Scope::DeleteOnly);
    assert_eq!(scope("--generate-only"), Scope::GenerateOnly);
    assert_eq!(scope("--exact"), Scope::Both);
}
