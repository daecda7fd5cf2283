//! `waops reference`

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::Cli;
use crate::operator::EVENTS;
use crate::render::{imported, out, outcome, plan, reference, status};

/// Write the reference: kinds with every field, rules, conditions, commands, vendor fields, schemas of outputs.
#[derive(Debug, Args)]
#[command(hide = true)]
pub(super) struct Arguments {
    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The inventory of the vendors' fields
    #[arg(long, value_name = "FILE", default_value = "tests/vendor/fields.tsv")]
    fields: PathBuf,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let fields = std::fs::read_to_string(&self.fields)
            .map_err(|error| format!("cannot read {}: {error}", self.fields.display()))?;
        let pages = [
            ("kinds.md", reference::kinds()),
            ("rules.md", reference::rules()),
            ("conditions.md", reference::conditions(&EVENTS)),
            ("commands.md", reference::commands(Cli::command())),
            ("vendor-fields.md", reference::vendor_fields(&fields)?),
            ("plan.schema.json", reference::schema(&plan::schema())?),
            ("status.schema.json", reference::schema(&status::schema())?),
            ("apply.schema.json", reference::schema(&outcome::schema())?),
            ("import.schema.json", reference::schema(&imported::schema())?),
        ];
        for (name, text) in pages {
            out::file(&self.out.join(name), &text)?;
        }
        Ok(())
    }
}
