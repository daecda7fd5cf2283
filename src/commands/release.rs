//! `waops release`

use clap::Args;

use super::ask::confirm;
use super::state::Where;
use crate::clock;
use crate::engine::object::Object;
use crate::plan::facts::Key;
use crate::render::state;
use crate::store::file::FileStore;
use crate::store::release::{forget, release};
use crate::store::selection::Selection;

/// Let objects go: what they own stays at the provider, and waops does not look after it any more.
///
/// No provider is called and nothing is deleted there. A manifest that is still there asks at the next plan whether to take it over
/// again. Use it before an uninstall, or to hand objects to another installation.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops release waqr/poster watpl/marketing/order-shipped
  waops release --all -f manifests/ --yes")]
pub(super) struct Arguments {
    /// KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster
    #[arg(value_name = "OBJECT", required_unless_present = "all")]
    objects: Vec<Selection>,
    /// Every object of the state
    #[arg(long, conflicts_with = "objects")]
    all: bool,
    #[command(flatten)]
    place: Where,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let Self { objects, place, yes, .. } = self;
        let_go(&place, &objects, yes, "waops release", false)
    }
}

/// Lets the selected objects go, or all where none is selected; and forgets them, if that is meant.
pub(super) fn let_go(
    place: &Where,
    selected: &[Selection],
    yes: bool,
    command: &str,
    forgets: bool,
) -> Result<(), String> {
    place.peek()?;
    let store =
        FileStore::open(&place.folder(), command, clock::timestamp()).map_err(|error| error.to_string())?;
    let keys = store.memory().keys();
    let chosen: Vec<Key> = if selected.is_empty() {
        keys
    } else {
        selected.iter().map(|one| one.find(keys.iter()).cloned()).collect::<Result<_, _>>()?
    };
    let objects: Vec<Object> = chosen
        .iter()
        .filter_map(|key| store.memory().object(key))
        .map(|object| Object::clone(&object))
        .collect();
    if objects.is_empty() && !forgets {
        return Err(
            "there is nothing to let go: accounts own nothing, and the state holds no such object".to_owned()
        );
    }
    confirm(&state::left_behind(&objects), "Let them go?", yes)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(async {
        for object in &objects {
            release(&store, &object.key).await.map_err(|error| format!("{}: {error}", object.key))?;
        }
        if forgets {
            forget(&store, &chosen, clock::timestamp()).await?;
        }
        Ok(())
    })
}
