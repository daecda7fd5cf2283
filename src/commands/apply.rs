//! `waops apply`

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use super::ask::ask;
use super::manifests::{Manifests, Output, Reader, block_on_for, read, span};
use crate::engine::store::Store as _;
use crate::local::drive::{End, Patience, drive, standings};
use crate::local::interrupt::Interrupts;
use crate::local::plans::Plans;
use crate::local::rest::Until;
use crate::local::saved::{self, Agreed, Ways};
use crate::local::workspace::{Options, Workspace};
use crate::plan::facts::Key;
use crate::render::outcome::Outcome;
use crate::render::progress::Progress;
use crate::render::{out, plan};
use crate::store::file::FileStore;
use crate::store::folder::{NO_PATH, Refused, read_forgiving};

/// Make the providers have what the manifests say, and wait until that is so.
///
/// Shows the plan and asks. --auto-approve skips the question and never a guard: what kills a printed code still needs its line in
/// the manifest. Ctrl-C is safe at any moment, and another apply goes on where this one ended.
///
/// Exit code: 0 when everything is as it should be, 1 when something is not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops apply -f manifests/
  waops apply -f manifests/ --auto-approve --wait approved --timeout 30m
  waops apply -f manifests/ plan.json               what was agreed to, and nothing else
  waops apply -f manifests/ --prune                 delete what is not declared any more")]
pub(super) struct Arguments {
    /// A plan of `waops plan --save`: exactly that is applied, or it is said what moved meanwhile
    #[arg(value_name = "PLAN", conflicts_with_all = ["prune", "adopt"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    manifests: Manifests,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Do not ask
    #[arg(short = 'y', long)]
    auto_approve: bool,
    /// Delete what is in the state and not among the manifests
    #[arg(long)]
    prune: bool,
    /// Take over what exists and is as written, where the policy would ask
    #[arg(long)]
    adopt: bool,
    /// What to wait for: that templates are submitted, or that their reviews are over
    #[arg(long, value_enum, default_value_t = Wait::Submitted)]
    wait: Wait,
    /// How long to wait; as long as it takes without it
    #[arg(long, value_name = "DURATION", value_parser = span)]
    timeout: Option<SignedDuration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wait {
    Submitted,
    Approved,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on_for(Reader::of(self.output), self.apply())
    }

    async fn apply(self) -> Result<ExitCode, Refused> {
        let agreed = self.plan.as_deref().map(saved::read).transpose().map_err(Refused::Wrong)?;
        let ways = match &agreed {
            Some(agreed) => agreed.ways(),
            None => Ways { prunes: self.prune, adopts: self.adopt },
        };
        let options = self.manifests.options(ways.prunes, ways.adopts);
        let folder = match &agreed {
            Some(agreed) if agreed.is_partial() => read_forgiving(&options.manifests, NO_PATH)?,
            _ => read(&options)?,
        };
        let (progress, witness) = Progress::new();
        let mut workspace = Workspace::open(&options, folder, "waops apply", witness)?;
        if let Some(agreed) = &agreed {
            let removed = agreed.removed(&workspace);
            workspace.forget(&removed);
            workspace.outcome.orphans.retain(|key| !removed.contains(key));
        }
        // What was declared to make the plan is forgotten where nobody agrees to it.
        let keys = self.agree(&workspace, agreed.as_ref()).await;
        let keys = keys.inspect_err(|_| workspace.store.discard()).map_err(Refused::Wrong)?;
        workspace.driver.confine(keys.clone());
        let until = match self.wait {
            Wait::Submitted => Until::Submitted,
            Wait::Approved => Until::Approved,
        };
        let timeout = self.timeout.and_then(|timeout| Duration::try_from(timeout).ok());
        finish(&workspace, &options, &keys, (until, timeout), progress, ("apply", self.output)).await
    }

    /// What is worked on, once it was shown and agreed to.
    async fn agree(
        &self,
        workspace: &Workspace<FileStore>,
        agreed: Option<&Agreed>,
    ) -> Result<BTreeSet<Key>, String> {
        if let Some(agreed) = agreed {
            agreed.fits(workspace.store.installation(), workspace.store.found_at())?;
        }
        let mut keys = workspace.declared();
        let mut plans = Plans::of(workspace, &keys).await?;
        if let Some(agreed) = agreed {
            plans.note_wishes(workspace);
            keys = agreed.unchanged(&mut plans)?;
        }
        show(&plans, &workspace.outcome.orphans, self.output)?;
        // Who made the plan, or merged it, agreed to it.
        if plans.has_work() && !self.auto_approve && agreed.is_none() {
            ask("Apply this?", "--auto-approve")?;
        }
        Ok(keys.into_iter().collect())
    }
}

fn show(plans: &Plans, orphans: &[Key], output: Output) -> Result<(), String> {
    let mut text = plan::text(&plans.objects, false, out::colours());
    if let Some(left) = plan::left(orphans) {
        let _ = writeln!(text, "\n{left}");
    }
    match output {
        Output::Text => out::write(text.as_bytes()),
        // Programs read standard output, and people still want to know what they agree to.
        Output::Json => {
            eprint!("{text}");
            Ok(())
        }
    }
}

/// Does what was agreed to, waits, and says what came of it, and which command goes on with what is unfinished.
pub(super) async fn finish(
    workspace: &Workspace<FileStore>,
    options: &Options,
    keys: &BTreeSet<Key>,
    (until, timeout): (Until, Option<Duration>),
    mut progress: Progress,
    (command, output): (&str, Output),
) -> Result<ExitCode, Refused> {
    workspace.store.settled().await.map_err(|error| Refused::Wrong(error.to_string()))?;
    let interrupts =
        Interrupts::listen().map_err(|error| Refused::Wrong(format!("cannot listen: {error}")))?;
    let call = Duration::try_from(options.call).unwrap_or_default();
    let patience = Patience { until, timeout, call, interrupts };
    let end = drive(workspace, keys, &patience, |news| progress.tell(news)).await.map_err(Refused::Wrong)?;
    drop(progress);
    if let End::Broken(why) = &end {
        eprintln!("waops: {why}");
    }
    let outcome = Outcome::of(&end, &standings(workspace, keys, until));
    match output {
        Output::Text => out::write(outcome.text(command, out::colours()).as_bytes()),
        Output::Json => out::json(&outcome),
    }
    .map_err(Refused::Wrong)?;
    Ok(if outcome.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
