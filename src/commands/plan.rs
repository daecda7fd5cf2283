//! `waops plan`

use std::process::ExitCode;

use clap::Args;

use super::manifests::{Manifests, Output, block_on, read};
use crate::local::plans::{Plans, Verdict};
use crate::local::workspace::{Options, Workspace};
use crate::render::{out, plan};
use crate::store::folder::{Folder, Refused};

/// Show what apply would do, what it costs, and what needs you. Nothing is written anywhere; providers are only read.
///
/// Exit code: 0, or 1 when the manifests have errors or a provider could not be reached. With --detailed-exitcode 0 means that
/// nothing changes, 2 that something does, and 3 that something is blocked. A template in review is no change.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops plan                                        the folder you stand in
  waops plan -f manifests/ --output json
  waops plan -f manifests/ --prune --detailed-exitcode")]
pub(super) struct Arguments {
    #[command(flatten)]
    manifests: Manifests,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Tell by the exit code whether something changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Delete what is in the state and not among the manifests
    #[arg(long)]
    prune: bool,
    /// Show what stays as it is, too
    #[arg(short, long)]
    all: bool,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on(self.plan())
    }

    async fn plan(self) -> Result<ExitCode, Refused> {
        let options = self.manifests.options(self.prune, false);
        let workspace = Workspace::look(&options, read(&options)?)?;
        let orphans = workspace.outcome.orphans.clone();
        let mut keys = workspace.objects();
        keys.retain(|key| !orphans.contains(key));
        let plans = Plans::of(&workspace, &keys).await.map_err(Refused::Wrong)?;
        let left =
            if orphans.is_empty() { Plans::default() } else { pruned(&options, workspace.folder).await? };
        match self.output {
            Output::Json => out::json(&plan::document(&plans.objects, &left.objects)),
            Output::Text => {
                let mut text = plan::text(&plans.objects, self.all, out::colours());
                text.push_str(&plan::orphans(&left.objects, out::colours()));
                out::write(text.as_bytes())
            }
        }
        .map_err(Refused::Wrong)?;
        Ok(ExitCode::from(match (plans.verdict(), self.detailed_exitcode) {
            (Verdict::Unreached, _) => 1,
            (Verdict::Same, _) | (_, false) => 0,
            (Verdict::Changes, true) => 2,
            (Verdict::Stopped, true) => 3,
        }))
    }
}

/// What `--prune` would do about what no manifest declares any more. Standard input cannot be read twice.
async fn pruned(options: &Options, folder: Folder) -> Result<Plans, Refused> {
    let options = Options { prunes: true, ..options.clone() };
    let workspace = Workspace::look(&options, folder)?;
    Plans::of(&workspace, &workspace.outcome.pruned).await.map_err(Refused::Wrong)
}
