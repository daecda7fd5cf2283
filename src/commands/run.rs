//! `waops run`

use std::process::ExitCode;

use clap::Args;

use super::manifests::{Manifests, block_on, read};
use crate::local::interrupt::Interrupts;
use crate::local::keep::{keep, look};
use crate::local::workspace::Workspace;
use crate::render::progress::Progress;
use crate::store::folder::Refused;

/// Keep the providers as the manifests say, for ever: follow the folder, compare, correct.
///
/// A manifest with errors keeps the last good one, and says so. Ends within its deadline at SIGTERM and Ctrl-C; nothing is lost at
/// kill -9. Nobody is asked, and every guard holds.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops run -f manifests/
  waops run -f manifests/ --prune")]
pub(super) struct Arguments {
    #[command(flatten)]
    manifests: Manifests,
    /// Delete what is in the state and not among the manifests
    #[arg(long)]
    prune: bool,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on(self.keep())
    }

    async fn keep(self) -> Result<ExitCode, Refused> {
        let options = self.manifests.options(self.prune, false);
        let seen = look(&options).await;
        let folder = read(&options)?;
        let (progress, witness) = Progress::lines();
        let workspace = Workspace::open(&options, folder, "waops run", witness)?;
        let interrupts =
            Interrupts::listen().map_err(|error| Refused::Wrong(format!("cannot listen: {error}")))?;
        let clean = keep(workspace, seen, &options, &interrupts, progress).await.map_err(Refused::Wrong)?;
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
