//! The `waops` command.

use std::process::ExitCode;

use clap::Parser;
use waops::commands::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
