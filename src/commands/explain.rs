//! `waops explain`

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use crate::check::similar;
use crate::lint;
use crate::plan::reason::Reason;
use crate::render::{out, rules, states};

/// Explain a rule of `waops validate`, or a state of an object; or list them all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops explain body-text          a rule, as it stands in brackets behind a finding
  waops explain ApprovalNeeded     a state, as `kubectl get` shows it
  waops explain | grep button")]
pub(super) struct Arguments {
    /// The rule or the state
    #[arg(value_name = "NAME")]
    name: Option<String>,
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
        let Some(name) = self.name else { return self.all() };
        let state = Reason::ALL.iter().copied().find(|reason| reason.name().eq_ignore_ascii_case(&name));
        let (text, json) = match (lint::find(&name), state) {
            (Some(rule), _) => (rules::page(rule), rules::to_json(rule)),
            (None, Some(state)) => (states::page(state), states::to_json(state)),
            (None, None) => return Err(unknown(&name)),
        };
        match self.output {
            Output::Text => out::line(text.trim_end()),
            Output::Json => out::json(&json),
        }
    }

    fn all(&self) -> Result<(), String> {
        let rules: Vec<_> = lint::all().collect();
        match self.output {
            Output::Text => {
                let text = format!("Rules:\n{}\nStates:\n{}", rules::list(&rules), states::list());
                out::line(text.trim_end())
            }
            Output::Json => {
                let rules: Vec<Json> = rules.iter().map(|rule| rules::to_json(rule)).collect();
                let states: Vec<Json> = Reason::ALL.iter().map(|state| states::to_json(*state)).collect();
                out::json(&json!({"rules": rules, "states": states}))
            }
        }
    }
}

fn unknown(name: &str) -> String {
    let names = lint::all().map(|rule| rule.id).chain(Reason::ALL.iter().map(|reason| reason.name()));
    let hint = similar(name, names)
        .map_or_else(|| "`waops explain` lists them".to_owned(), |found| format!("did you mean {found}?"));
    format!("there is no rule and no state {}: {hint}", lint::quote(name))
}
