//! The `waops` command.

use std::process::ExitCode;

use waops::commands::Cli;

fn main() -> ExitCode {
    // The one crypto provider of the process. It fails only if there is one already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::read(std::env::args_os()) {
        Ok(cli) => cli.run(),
        // Help and version come this way too, and are no failure.
        Err(error) => {
            let printed = error.print();
            ExitCode::from(u8::from(error.use_stderr() || printed.is_err()))
        }
    }
}
