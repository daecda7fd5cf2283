//! `kubectl waops`: the same commands, with a cluster as their home.

use std::ffi::OsStr;
use std::path::Path;

use clap::Command;

/// The name under which kubectl finds a plugin.
const FILE: &str = "kubectl-waops";
/// What people type.
const NAME: &str = "kubectl waops";
/// The commands that have a meaning there. Whatever works with a state of its own is left out: beside an operator it would
/// be a second one.
const COMMANDS: [&str; 6] = ["status", "plan", "explain", "qr", "approve", "version"];

/// Whether the program was called as a plugin of kubectl.
pub(super) fn is_meant(program: Option<&OsStr>) -> bool {
    program.and_then(|program| Path::new(program).file_stem()).is_some_and(|name| name == FILE)
}

/// The command line of the plugin.
pub(super) fn face(all: &Command) -> Command {
    let kept = COMMANDS.iter().filter_map(|name| all.find_subcommand(name));
    Command::new(NAME)
        .bin_name(NAME)
        .display_name(FILE)
        .version(env!("CARGO_PKG_VERSION"))
        .about("WhatsApp as code: QR codes and message templates in your cluster.")
        .after_help(
            "Each looks at the cluster of the kubeconfig; `waops` has more commands, which need none.",
        )
        .max_term_width(100)
        .arg_required_else_help(true)
        .args(all.get_arguments().cloned())
        .subcommands(kept.cloned().map(at_home))
}

/// A command that looks at a cluster unless it is told otherwise.
fn at_home(command: Command) -> Command {
    let examples =
        command.get_after_help().map(|text| text.to_string().replace("  waops ", "  kubectl waops "));
    let examples = examples.map(|text| text.replace(" --against cluster", ""));
    let looks = command.get_arguments().any(|argument| argument.get_id() == "against");
    let command = match examples {
        Some(examples) => command.after_help(examples),
        None => command,
    };
    if looks { command.mut_arg("against", |argument| argument.default_value("cluster")) } else { command }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::commands::Cli;

    #[test]
    fn it_is_found_by_its_name_alone() {
        for (program, is_plugin) in [
            ("/usr/local/bin/kubectl-waops", true),
            ("kubectl-waops.exe", true),
            ("/opt/kubectl-waops/waops", false),
            ("waops", false),
        ] {
            assert_eq!(is_meant(Some(OsStr::new(program))), is_plugin, "{program}");
        }
        assert!(!is_meant(None));
    }

    #[test]
    fn every_command_of_it_is_one_of_waops_with_a_cluster_as_its_home() {
        let face = face(&Cli::command());
        face.clone().debug_assert();
        let names: Vec<&str> = face.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names, COMMANDS);
        let matches = face.clone().try_get_matches_from(["kubectl-waops", "status"]).unwrap();
        let (_, status) = matches.subcommand().unwrap();
        assert!(format!("{:?}", status.get_raw("against").unwrap().collect::<Vec<_>>()).contains("cluster"));
        Cli::from_arg_matches(&matches).unwrap();
        let help = face.try_get_matches_from(["kubectl-waops", "approve", "--help"]).unwrap_err().to_string();
        assert!(help.contains("Usage: kubectl waops approve"), "{help}");
        assert!(help.contains("  kubectl waops approve waqr/poster --set"), "{help}");
    }
}
