//! The command line: one file for each subcommand, no logic of their own.

mod apply;
mod approve;
mod ask;
mod comment;
mod completions;
mod convert;
mod crds;
mod delete;
mod demo;
mod explain;
mod home;
mod import;
mod look;
mod man;
mod manifests;
mod operator;
mod plan;
mod plugin;
mod probe;
mod qr;
mod reference;
mod release;
mod review;
mod run;
mod simulate;
mod state;
mod status;
mod validate;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::telemetry::Logs;

/// WhatsApp as code: QR codes and message templates declared in YAML.
#[derive(Debug, Parser)]
#[command(name = "waops", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    logs: Logs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(validate::Arguments),
    Plan(plan::Arguments),
    Comment(comment::Arguments),
    Review(review::Arguments),
    Apply(apply::Arguments),
    Run(run::Arguments),
    Status(status::Arguments),
    Approve(approve::Arguments),
    Qr(qr::Arguments),
    Demo(demo::Arguments),
    Delete(delete::Arguments),
    Import(import::Arguments),
    Convert(convert::Arguments),
    Explain(explain::Arguments),
    Crds(crds::Arguments),
    State(state::Arguments),
    Release(release::Arguments),
    Simulate(simulate::Arguments),
    Operator(operator::Arguments),
    Probe(probe::Arguments),
    Reference(reference::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Version(version::Arguments),
}

impl Cli {
    /// Reads the command line. Under the name `kubectl-waops` it is that of the plugin.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let mut command = Self::command();
        if plugin::is_meant(arguments.first().map(OsString::as_os_str)) {
            command = plugin::face(&command);
        }
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// Does what was asked for.
    pub fn run(self) -> ExitCode {
        self.logs.start();
        let done = match self.command {
            Command::Validate(arguments) => return arguments.run(),
            Command::Plan(arguments) => return arguments.run(),
            Command::Comment(arguments) => return arguments.run(),
            Command::Review(arguments) => return arguments.run(),
            Command::Apply(arguments) => return arguments.run(),
            Command::Run(arguments) => return arguments.run(),
            Command::Status(arguments) => return arguments.run(),
            Command::Approve(arguments) => return arguments.run(),
            Command::Qr(arguments) => return arguments.run(),
            Command::Delete(arguments) => return arguments.run(),
            Command::Demo(arguments) => return arguments.run(),
            Command::Import(arguments) => return arguments.run(),
            Command::Convert(arguments) => return arguments.run(),
            Command::Explain(arguments) => arguments.run(),
            Command::Crds(arguments) => arguments.run(),
            Command::State(arguments) => arguments.run(),
            Command::Release(arguments) => arguments.run(),
            Command::Simulate(arguments) => arguments.run(),
            Command::Operator(arguments) => arguments.run(),
            Command::Probe(arguments) => arguments.run(),
            Command::Reference(arguments) => arguments.run(),
            Command::Completions(arguments) => arguments.run(),
            Command::Man(arguments) => arguments.run(),
            Command::Version(arguments) => arguments.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("waops: {message}");
                ExitCode::FAILURE
            }
        }
    }
}
