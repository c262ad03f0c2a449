//! `tdbal` balances the training pictures of LoRA actors.

use std::process::ExitCode;

fn main() -> ExitCode {
    tdbal::run(std::env::args_os(), &tdbal::Environment::of_process())
}
