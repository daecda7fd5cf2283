//! `waops delete`

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::apply::finish;
use super::ask::ask;
use super::manifests::{Manifests, Output, Reader, block_on_for, span};
use crate::local::plans::Plans;
use crate::local::rest::Until;
use crate::local::workspace::Workspace;
use crate::plan::facts::Key;
use crate::render::progress::Progress;
use crate::render::{out, plan};
use crate::store::folder::{NO_MANIFEST, Refused, read_forgiving};
use crate::store::selection::Selection;

/// Delete objects, at the provider too, as their policies say; and wait until they are gone.
///
/// What was taken over stays at the provider, unless its policy says otherwise; `waops release` lets anything go without a call.
/// A manifest that is still there makes its object again at the next apply.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops delete waqr/poster -f manifests/
  waops delete watpl/marketing/order-shipped waqr/flyer --auto-approve")]
pub(super) struct Arguments {
    /// KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster
    #[arg(value_name = "OBJECT", required = true)]
    objects: Vec<Selection>,
    #[command(flatten)]
    manifests: Manifests,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Do not ask
    #[arg(short = 'y', long)]
    auto_approve: bool,
    /// How long to wait; as long as it takes without it
    #[arg(long, value_name = "DURATION", value_parser = span)]
    timeout: Option<SignedDuration>,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on_for(Reader::of(self.output), self.delete())
    }

    async fn delete(self) -> Result<ExitCode, Refused> {
        let options = self.manifests.options(false, false);
        // What is named was applied before, so none has to be declared any more.
        let folder = read_forgiving(&options.manifests, NO_MANIFEST)?;
        let (progress, witness) = Progress::new();
        let workspace = Workspace::reopen(&options, folder, "waops delete", witness)?;
        let keys = workspace.remove(&self.objects).map_err(Refused::Wrong)?;
        // Nobody has agreed yet, and what is on its way out goes on with the next apply.
        let plans = Plans::of(&workspace, &keys).await;
        let plans = plans.inspect_err(|_| workspace.store.discard()).map_err(Refused::Wrong)?;
        let text = plan::text(&plans.objects, true, out::colours());
        eprint!("{text}");
        for key in keys.iter().filter_map(|key| workspace.folder.spot(key)) {
            eprintln!("waops: the manifest at {key} is still there: the next apply makes its object again");
        }
        if !self.auto_approve {
            ask("Delete them?", "--auto-approve")
                .inspect_err(|_| workspace.store.discard())
                .map_err(Refused::Wrong)?;
        }
        let timeout = self.timeout.and_then(|timeout| Duration::try_from(timeout).ok());
        let keys: BTreeSet<Key> = keys.into_iter().collect();
        let answer = ("delete", self.output);
        finish(&workspace, &options, &keys, (Until::Submitted, timeout), progress, answer).await
    }
}
