//! `waops validate`

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::check::{self, Report};
use crate::lint::{ProviderKind, Severity};
use crate::render::files::here;
use crate::render::{findings, out};

/// Check manifests before they reach a provider: their form, the providers' rules, and what lies between files.
///
/// Exit code: 0 when everything is well, 1 when something was found or could not be read; the last line says which.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops validate                                       the folder you stand in
  waops validate -f manifests/ -f more.yaml
  kustomize build overlays/production | waops validate -f -
  helm template shop ./chart | waops validate -f - --output github

Folders that hold a file .nowaops, and hidden ones, are passed by unless they are named themselves.")]
pub(super) struct Arguments {
    /// File, folder (with all folders in it) or - for standard input; may be given several times
    #[arg(short = 'f', long = "filename", value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Form of the answer: for people, for programs, for GitHub's pull requests, for code scanning
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Let warnings fail, too
    #[arg(long)]
    strict: bool,
    /// The provider of objects whose account is in none of the files
    #[arg(long, value_enum)]
    provider: Option<ProviderArgument>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Json,
    Github,
    Sarif,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProviderArgument {
    Alibaba,
    Meta,
}

impl ProviderArgument {
    pub(super) fn kind(self) -> ProviderKind {
        match self {
            Self::Alibaba => ProviderKind::Alibaba,
            Self::Meta => ProviderKind::Meta,
        }
    }
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        let provider = self.provider.map(ProviderArgument::kind);
        let report = check::run(&check::Options { paths: self.paths, provider });
        let failed = fails(&report, self.strict);
        let written = match self.output {
            Output::Text => out::write(findings::text(&report, out::colours()).as_bytes()),
            Output::Github => out::write(findings::github(&report, &here()).as_bytes()),
            Output::Json => out::json(&findings::to_json(&report, failed)),
            Output::Sarif => out::json(&findings::to_sarif(&report, &here())),
        };
        if let Err(message) = written {
            eprintln!("waops: {message}");
            return ExitCode::FAILURE;
        }
        // Programs read the output; whoever reads the log still learns how it went.
        if failed && !std::io::stdout().is_terminal() && matches!(self.output, Output::Json | Output::Sarif) {
            eprintln!("{}", findings::summary(&report));
        }
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn fails(report: &Report, strict: bool) -> bool {
    report.unreadable > 0
        || report.count(Severity::Error) > 0
        || (strict && report.count(Severity::Warning) > 0)
}
