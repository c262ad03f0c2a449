//! The commands, and what they have in common.

mod apply;
mod balance;
mod calibrate;
mod demo;
mod doctor;
mod keep;
mod label;
mod log;
mod looking;
mod named;
mod picture_names;
mod plan;
mod review;
mod session;
mod sheet;
mod stats;
mod trash;
mod undo;
mod unfinished;

pub(crate) use apply::{apply, resume};
pub(crate) use balance::balance;
pub(crate) use calibrate::calibrate;
pub(crate) use demo::demo;
pub(crate) use doctor::doctor;
pub(crate) use keep::{keep, unkeep};
pub(crate) use label::label;
pub(crate) use log::log;
pub(crate) use plan::{plan, show};
pub(crate) use review::review;
pub(crate) use sheet::sheet;
pub(crate) use stats::stats;
pub(crate) use trash::trash;
pub(crate) use undo::undo;

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
