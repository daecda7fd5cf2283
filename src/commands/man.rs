//! `waops man`

use clap::{Args, CommandFactory};

use super::Cli;
use crate::render::out;

/// Print the manual page, or write one for each command.
///
/// Read it: waops man | man -l -
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write waops.1, waops-validate.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<std::path::PathBuf>,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        if let Some(folder) = self.out {
            return clap_mangen::generate_to(Cli::command(), &folder)
                .map_err(|error| format!("cannot write to {}: {error}", folder.display()));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|error| error.to_string())?;
        out::write(&page)
    }
}
