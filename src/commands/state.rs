//! `waops state`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::release::let_go;
use crate::api;
use crate::local::home::peek;
use crate::render::{out, state};
use crate::store::Memory;
use crate::store::file::beside;
use crate::store::selection::Selection;

/// Look into the state that waops keeps beside the manifests where there is no cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops state list -f manifests/
  waops state show waqr/marketing/poster
  waops state rm watpl/order-shipped

The state is .waops/state.json in the folder of the manifests (docs/state.md).")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Show(Show),
    Rm(Rm),
}

/// Where a state is.
#[derive(Debug, Args)]
pub(super) struct Where {
    /// The manifests whose state is meant
    #[arg(short = 'f', long = "filename", value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// The folder of the state, if it is not beside the manifests
    #[arg(long, value_name = "DIR", env = "WAOPS_STATE")]
    state: Option<PathBuf>,
}

/// List what waops looks after, and what each object owns
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Where,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = ListOutput::Text)]
    output: ListOutput,
}

/// Show everything that is known of one object
#[derive(Debug, Args)]
struct Show {
    /// KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster
    #[arg(value_name = "OBJECT")]
    object: Selection,
    #[command(flatten)]
    place: Where,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = ShowOutput::Yaml)]
    output: ShowOutput,
}

/// Let objects go without a call to the provider, and forget them
#[derive(Debug, Args)]
struct Rm {
    /// KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster
    #[arg(value_name = "OBJECT", required = true)]
    objects: Vec<Selection>,
    #[command(flatten)]
    place: Where,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ListOutput {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShowOutput {
    Yaml,
    Json,
}

impl Where {
    /// The folder of the state.
    pub(super) fn folder(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(|| beside(&self.paths))
    }

    /// What the state holds.
    pub(super) fn peek(&self) -> Result<Memory, String> {
        peek(&self.folder())
    }
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        match self.action {
            Action::List(List { place, output }) => {
                let memory = place.peek()?;
                match output {
                    ListOutput::Text => out::write(state::table(&memory).as_bytes()),
                    ListOutput::Json => out::json(&state::list(&memory)),
                }
            }
            Action::Show(Show { object, place, output }) => {
                let memory = place.peek()?;
                let keys = memory.keys();
                let shown = state::one(&memory, object.find(keys.iter())?);
                match output {
                    ShowOutput::Yaml => out::write(api::yaml(&shown).as_bytes()),
                    ShowOutput::Json => out::json(&shown),
                }
            }
            Action::Rm(Rm { objects, place, yes }) => let_go(&place, &objects, yes, "waops state rm", true),
        }
    }
}
