//! `waops status`

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::home::Home;
use super::manifests::block_on;
use crate::render::{out, status};
use crate::store::folder::Refused;
use crate::store::selection::Selection;

/// Show where everything stands, by account, and what to do about what is not as written. No provider is called.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops status -f manifests/
  waops status -f manifests/ waqr/poster
  waops status --against cluster --all-namespaces --unready
  waops status --output json | jq '.objects[] | select(.ready != \"True\")'")]
pub(super) struct Arguments {
    /// KIND/NAME or KIND/NAMESPACE/NAME: these alone; of an account, all that is on it. Everything without one
    #[arg(value_name = "OBJECT")]
    objects: Vec<Selection>,
    #[command(flatten)]
    home: Home,
    /// Form of the answer: a tree for people, a table, or all of it for programs
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Show only what is not as written
    #[arg(long)]
    unready: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Table,
    Json,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on(async { self.show().await.map(|()| ExitCode::SUCCESS).map_err(Refused::Wrong) })
    }

    async fn show(self) -> Result<(), String> {
        let mut standing = self.home.home().everything().await?;
        if !self.objects.is_empty() {
            standing.keep(&self.objects)?;
        }
        let mut table = status::table(&standing.accounts, &standing.objects);
        if self.unready {
            table = table.unready();
        }
        match self.output {
            Output::Text => out::write(status::tree(&table, out::width(), out::colours()).as_bytes()),
            Output::Table => out::write(status::text(&table, out::colours()).as_bytes()),
            Output::Json => out::json(&table),
        }
    }
}
