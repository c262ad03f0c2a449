//! The commands: each reads its arguments, wires the libraries together and prints the result.

mod actors;
mod calibrate;
mod demo;
mod doctor;
mod look_back;
mod people;
mod run;
mod session;
mod sheet;
mod whole_file;

pub(crate) use calibrate::calibrate;
pub(crate) use demo::demo;
pub(crate) use doctor::doctor;
pub(crate) use look_back::{log, stats, trash, undo};
pub(crate) use people::{keep, label, review, unkeep};
pub(crate) use run::{apply, balance, plan, resume, show};
pub(crate) use sheet::sheet;

use crate::exit::Exit;
use crate::render;
use crate::settings::file;

/// `tdbal config`: prints the default settings.
pub(crate) fn config() -> anyhow::Result<Exit> {
    render::out(file::DEFAULTS)?;
    Ok(Exit::Success)
}

/// `tdbal completions SHELL`: prints a completion script.
pub(crate) fn completions(
    shell: clap_complete::Shell,
    command: &mut clap::Command,
) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "tdbal", &mut script);
    render::out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
