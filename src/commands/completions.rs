//! `waops completions SHELL`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::render::out;

/// Print completions for a shell.
///
/// Bash: waops completions bash > /etc/bash_completion.d/waops
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "waops", &mut script);
        out::write(&script)
    }
}
