//! `waops status`

use clap::Args;

use super::manifests::Output;
use super::state::Where;
use crate::engine::object::{AccountObject, Object};
use crate::render::{out, status};

/// Show where everything stands, from the state alone: no provider is called.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops status -f manifests/
  waops status --output json | jq '.objects[] | select(.ready != \"True\")'")]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let (accounts, objects) = self.place.peek()?.all();
        let accounts: Vec<AccountObject> =
            accounts.iter().map(|account| AccountObject::clone(account)).collect();
        let objects: Vec<Object> = objects.iter().map(|object| Object::clone(object)).collect();
        let table = status::table(&accounts, &objects);
        match self.output {
            Output::Text => out::write(status::text(&table, out::colours()).as_bytes()),
            Output::Json => out::json(&table),
        }
    }
}
