//! The `waops` command.

use std::process::ExitCode;

use clap::Parser;
use waops::commands::Cli;

fn main() -> ExitCode {
    // The one crypto provider of the process. It fails only if there is one already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Cli::parse().run()
}
