use super::*;
use crate::cli::Cli;
use clap::Parser as _;

fn resolve(args: &[&str], variables: &[(&str, &str)], dot_env: &str, toml: &str) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), dot_env).unwrap();
    std::fs::write(folder.path().join(file::FILE_NAME), toml).unwrap();
    let environment: Environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let environment = environment
        .with_dot_env(&folder.path().join(".env"))
        .unwrap();
    let cli = Cli::parse_from(["tdbal"].iter().chain(args));
    Settings::resolve(&Flags::from(&cli.run), &environment, folder.path()).unwrap()
}

#[test]
fn flags_win_over_environment_dot_env_file_and_defaults() {
    let toml = "model = \"m-file\"\n[openai]\nbase_url = \"http://file/v1\"\n";
    let dot_env = "OPENAI_BASE_URL=http://dotenv/v1\n";
    let variables = [("OPENAI_BASE_URL", "http://process/v1")];
    let url = |variables: &[_], dot_env, toml| {
        resolve(&["--all"], variables, dot_env, toml).openai_base_url
    };
    assert_eq!(url(&variables, dot_env, toml), "http://process/v1");
    assert_eq!(url(&[], dot_env, toml), "http://dotenv/v1");
    assert_eq!(url(&[], "", toml), "http://file/v1");
    assert_eq!(url(&[], "", ""), "https://api.openai.com/v1");
    let model = |args: &[&str]| resolve(args, &[], "", toml).model.name;
    assert_eq!(model(&["--all", "--model", "m-flag"]), "m-flag");
    assert_eq!(model(&["--all"]), "m-file");
}

#[test]
fn a_flag_limits_the_run_to_removing_or_generating() {
    let scope = |flag| resolve(&["--all", flag], &[], "", "").policy.scope;
    assert_eq!(scope("--delete-only"), Scope::DeleteOnly);
    assert_eq!(scope("--generate-only"), Scope::GenerateOnly);
    assert_eq!(scope("--exact"), Scope::Both);
}
