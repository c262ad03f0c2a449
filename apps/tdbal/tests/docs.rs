//! Tests of the documents: every command runs, prints what the document quotes and has its exit
//! status; every flag and variable is in the guide; every snippet is part of an example.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed assumption should stop the test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use test_support::fixtures::fixtures_dir;

/// Name of the program in the documents.
const PROGRAM: &str = "tdbal";

/// All documents, with the minimum number of commands in their `console` blocks.
const DOCUMENTS: [(&str, usize); 7] = [
    ("README.md", 9),
    ("docs/cli.md", 28),
    ("docs/progress.md", 8),
    ("docs/recording.md", 4),
    ("docs/trust.md", 6),
    ("docs/library.md", 0),
    ("docs/ARCHITECTURE.md", 0),
];

fn workspace() -> PathBuf {
    fixtures_dir().parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    let file = workspace().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A fenced block with its language and the last line of text before it.
#[derive(Debug, Default)]
struct Block {
    language: String,
    before: String,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    let mut before = String::new();
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => found.push(block),
            (Some(language), None) => {
                open = Some(Block {
                    language: language.to_owned(),
                    before: before.clone(),
                    lines: Vec::new(),
                });
            }
            (None, Some(mut block)) => {
                block.lines.push(line.to_owned());
                open = Some(block);
            }
            (None, None) if !line.trim().is_empty() => line.clone_into(&mut before),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// A command with its expected exit status and lines of output.
#[derive(Debug)]
struct Step {
    command: String,
    status: i32,
    prints: Vec<String>,
}

/// Commands of all `console` blocks, in order.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks(text).into_iter().filter(|b| b.language == "console") {
        assert!(block.lines.iter().any(|line| line.starts_with("$ ")));
        for line in block.lines {
            if let Some(command) = line.strip_prefix("$ ") {
                let (command, status) = match command.split_once(" # exit ") {
                    Some((command, status)) => (command, status.trim().parse().unwrap()),
                    None => (command, 0),
                };
                steps.push(Step {
                    command: command.to_owned(),
                    status,
                    prints: Vec::new(),
                });
            } else {
                steps.last_mut().unwrap().prints.push(line);
            }
        }
    }
    steps
}

/// A line with runs of spaces collapsed, so it does not depend on column widths.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A command with an environment that has little more than `PATH`.
fn bare(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        // Keeps the AWS credential chain off the network.
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// Runs a line of a document in a shell, with `tdbal` as the program under test.
fn run(line: &str, folder: &Path) -> Output {
    let binary = assert_cmd::cargo::cargo_bin!("tdbal");
    let script = format!("{PROGRAM}() {{ \"$BINARY\" \"$@\"; }}\n{line}\n");
    let mut shell = bare("sh", folder);
    shell.env("BINARY", binary).args(["-c", &script]);
    shell.output().unwrap()
}

/// Runs the commands of a document in order, in a folder that holds only the fixtures.
fn follow(document: &str) {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures_dir(), &folder.path().join("fixtures"));
    let steps = steps(&read(document));
    let (_, least) = DOCUMENTS
        .iter()
        .find(|(name, _)| *name == document)
        .unwrap();
    let of_program = |step: &&Step| step.command.starts_with(PROGRAM);
    let count = steps.iter().filter(of_program).count();
    assert!(count >= *least, "{document} has only {count} commands");
    for step in steps {
        let output = run(&step.command, folder.path());
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let whole = format!("{document}: $ {}\n{}{}", step.command, said[0], said[1]);
        assert_eq!(output.status.code(), Some(step.status), "{whole}");
        let lines: BTreeSet<String> = said.iter().flat_map(|s| s.lines()).map(squeezed).collect();
        for line in &step.prints {
            assert!(lines.contains(&squeezed(line)), "{line:?} in {whole}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
#[cfg(unix)]
fn readme_commands_print_what_it_quotes() {
    follow("README.md");
}

#[test]
#[cfg(unix)]
fn command_line_guide_commands_print_what_it_quotes() {
    follow("docs/cli.md");
}

#[test]
#[cfg(unix)]
fn progress_guide_commands_print_what_it_quotes() {
    follow("docs/progress.md");
}

#[test]
#[cfg(unix)]
fn recording_guide_commands_print_what_it_quotes() {
    follow("docs/recording.md");
}

#[test]
#[cfg(unix)]
fn trust_guide_commands_print_what_it_quotes() {
    follow("docs/trust.md");
}

/// Commands that need a key cannot run here, but their flags must parse. Commands for cargo must be
/// known ones.
#[test]
fn commands_that_need_keys_parse() {
    let folder = tempfile::tempdir().unwrap();
    let (mut parsed, mut cargo) = (0, 0);
    for (document, _) in DOCUMENTS {
        let blocks = blocks(&read(document));
        for line in blocks
            .iter()
            .filter(|b| b.language == "sh")
            .flat_map(|b| &b.lines)
        {
            if let Some(arguments) = line.strip_prefix("tdbal ") {
                let output = bare(
                    assert_cmd::cargo::cargo_bin!("tdbal").to_str().unwrap(),
                    folder.path(),
                )
                .args(arguments.split_whitespace())
                .arg("--help")
                .output()
                .unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{document}: {line}\n{said}");
                parsed += 1;
            } else if let Some(arguments) = line.strip_prefix("cargo ") {
                assert!(cargo_knows(arguments), "{document}: {line}");
                cargo += 1;
            } else {
                let is_variable = line.split_once('=').is_some_and(|(name, _)| {
                    read("apps/tdbal/src/environment.rs").contains(&format!("\"{name}\""))
                });
                assert!(
                    is_variable,
                    "{document} has a command that nothing checks: {line}"
                );
            }
        }
    }
    assert!(parsed >= 5 && cargo >= 10, "{parsed} and {cargo}");
}

fn cargo_knows(arguments: &str) -> bool {
    if let Some(rest) = arguments.strip_prefix("run -p ") {
        let (name, example) = rest.split_once(" --example ").unwrap();
        return workspace()
            .join(format!("crates/{name}/examples/{example}.rs"))
            .is_file();
    }
    ["run --release -- demo", "test --workspace"].contains(&arguments)
}

#[test]
fn readme_opens_with_the_two_commands() {
    let readme = read("README.md");
    let first = blocks(&readme).into_iter().next().unwrap();
    assert_eq!(
        first.lines,
        ["cargo run --release -- demo", "cargo test --workspace"]
    );
}

#[test]
fn every_flag_and_variable_is_in_the_guide() {
    let folder = tempfile::tempdir().unwrap();
    let guide = read("docs/cli.md");
    let has = |word: &str| {
        let quoted = [
            format!("`{word}`"),
            format!("`{word} "),
            format!("{word}: "),
        ];
        quoted.iter().any(|quoted| guide.contains(quoted))
    };
    let mut flags = BTreeSet::new();
    let commands = [
        "",
        "plan",
        "show",
        "apply",
        "resume",
        "undo",
        "log",
        "trash list",
        "trash purge",
        "keep",
        "unkeep",
        "label",
        "review",
        "calibrate",
        "doctor",
        "demo",
        "sheet",
        "stats",
    ];
    for command in commands {
        let output = run(&format!("{PROGRAM} {command} --help"), folder.path());
        let help = String::from_utf8(output.stdout).unwrap();
        let words = help.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
        let found = words.filter(|word| word.starts_with("--") && word.len() > 2);
        flags.extend(found.map(str::to_owned));
    }
    assert!(flags.len() >= 35, "{flags:?}");
    for flag in &flags {
        // `--output` of `sheet` is described by its short name.
        assert!(
            has(flag) || flag == "--output",
            "{flag} is not in docs/cli.md"
        );
    }
    let source = read("apps/tdbal/src/environment.rs");
    let variables: Vec<&str> = source
        .lines()
        .filter_map(|line| line.split_once(": &str = \"")?.1.strip_suffix("\";"))
        .collect();
    assert!(variables.len() >= 15, "{variables:?}");
    for variable in variables {
        assert!(has(variable), "{variable} is not in docs/cli.md");
    }
}

/// Every file that `docs/safety.md` names exists and has the tests that are named with it.
#[test]
fn every_test_named_by_a_promise_exists() {
    let mut file = String::new();
    let mut found = 0;
    for word in read("docs/safety.md").split('`').skip(1).step_by(2) {
        if word.starts_with("crates/") || word.starts_with("apps/") {
            assert!(workspace().join(word).exists(), "{word} does not exist");
            file = read(word);
        } else if word.contains('_')
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
            && word.matches('_').count() >= 3
        {
            assert!(
                file.contains(&format!("fn {word}(")),
                "no test {word} in the file"
            );
            found += 1;
        }
    }
    assert!(found >= 10, "only {found} tests are named");
}

/// Markdown is not compiled, so a snippet must be part of the example that it names, line by line.
#[test]
fn every_snippet_is_part_of_its_example() {
    let mut seen = 0;
    for block in blocks(&read("docs/library.md")) {
        if block.language != "rust" {
            continue;
        }
        let named = block
            .before
            .strip_prefix("From `")
            .and_then(|b| b.strip_suffix("`:"));
        let path = named.unwrap_or_else(|| panic!("{:?} names no example", block.before));
        let trimmed =
            |text: &str| -> String { text.lines().flat_map(|line| [line.trim(), "\n"]).collect() };
        let snippet = trimmed(&block.lines.join("\n"));
        assert!(
            trimmed(&read(path)).contains(&snippet),
            "not in {path}:\n{snippet}"
        );
        seen += 1;
    }
    assert!(seen >= 9, "{seen}");
}

#[test]
fn every_link_leads_to_a_file() {
    let mut seen = 0;
    for (document, _) in DOCUMENTS {
        let text = read(document);
        let folder = workspace().join(document).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => workspace().join(document),
                file => folder.join(file),
            };
            assert!(path.is_file(), "{document} links to {target}");
            let headings = std::fs::read_to_string(path).unwrap();
            let is_there = headings
                .lines()
                .filter_map(|line| line.strip_prefix('#'))
                .any(|line| {
                    line.trim_matches(['#', ' '])
                        .to_lowercase()
                        .replace(' ', "-")
                        == heading
                });
            assert!(
                heading.is_empty() || is_there,
                "{document} links to {target}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 14, "{seen}");
}
