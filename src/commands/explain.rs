//! `waops explain`

use clap::{Args, ValueEnum};

use crate::check::similar;
use crate::lint;
use crate::render::{out, rules};

/// Explain a rule of `waops validate`, or list them all.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The rule, as it stands in brackets behind a finding
    rule: Option<String>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Json,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let Some(id) = self.rule else {
            let all: Vec<_> = lint::all().collect();
            return match self.output {
                Output::Text => out::line(rules::list(&all).trim_end()),
                Output::Json => out::json(&all.iter().map(|rule| rules::to_json(rule)).collect::<Vec<_>>()),
            };
        };
        let rule = lint::find(&id).ok_or_else(|| {
            let hint = similar(&id, lint::all().map(|rule| rule.id)).map_or_else(
                || "`waops explain` lists them".to_owned(),
                |rule| format!("did you mean {rule}?"),
            );
            format!("there is no rule {}: {hint}", lint::quote(&id))
        })?;
        match self.output {
            Output::Text => out::line(rules::page(rule).trim_end()),
            Output::Json => out::json(&rules::to_json(rule)),
        }
    }
}
