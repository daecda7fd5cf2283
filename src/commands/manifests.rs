//! What every command over a folder of manifests is told.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use super::state::Where;
use super::validate::ProviderArgument;
use crate::api::duration;
use crate::check;
use crate::local::workspace::Options;
use crate::plan::absence;
use crate::render::{findings, out};
use crate::store::folder::{self, Folder, Refused};

/// Which manifests, with which secrets and which state.
#[derive(Debug, Args)]
pub(super) struct Manifests {
    #[command(flatten)]
    place: Where,
    /// The namespace of manifests that name none; `default`, or that of the context where a cluster is meant
    #[arg(short, long, value_name = "NAME", value_parser = namespace)]
    namespace: Option<String>,
    /// A file of documents of kind Secret that is not among the manifests
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// The provider of objects whose account is in none of the files
    #[arg(long, value_enum)]
    provider: Option<ProviderArgument>,
    /// What the provider's list lacks is really gone: the digits that the message names
    #[arg(long, value_name = "DIGITS", value_delimiter = ',', value_parser = digits)]
    confirm_absence: Vec<String>,
    /// How long a provider may take to show what it was told
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = span, env = "WAOPS_SETTLE", hide = true)]
    settle: SignedDuration,
    /// How long one write may take
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = span, env = "WAOPS_CALL", hide = true)]
    call: SignedDuration,
}

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A name of a namespace.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    let is_one = check::is_label(text).then(|| text.to_owned());
    is_one.ok_or_else(|| "a namespace is named with lower-case letters, digits and -, up to 63".to_owned())
}

/// What names a loss.
fn digits(text: &str) -> Result<String, String> {
    let is_one = absence::is_hash(text).then(|| text.to_owned());
    is_one.ok_or_else(|| "take the digits from the message of the object that waits".to_owned())
}

/// A duration of whole seconds, minutes and hours.
pub(super) fn span(text: &str) -> Result<SignedDuration, String> {
    let parsed = duration::parse(text).and_then(|duration| SignedDuration::try_from(duration).ok());
    parsed.ok_or_else(|| "write it as 90s, 10m or 1h30m".to_owned())
}

impl Manifests {
    /// What the engine is told.
    pub(super) fn options(&self, prunes: bool, adopts: bool) -> Options {
        Options {
            manifests: folder::Options {
                paths: self.place.paths.clone(),
                namespace: self.namespace.clone(),
                secrets: self.secrets.clone(),
                provider: self.provider.map(ProviderArgument::kind),
            },
            state: self.place.folder(),
            prunes,
            adopts,
            confirmed: self.confirm_absence.clone(),
            settle: self.settle,
            call: self.call,
            environment: Arc::new(|name| std::env::var(name).ok()),
        }
    }
}

/// The manifests.
pub(super) fn read(options: &Options) -> Result<Folder, Refused> {
    folder::read(&options.manifests)
}

/// Who reads standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// People, who find everything there.
    Person,
    /// A program, which finds the answer there or nothing.
    Program,
}

impl Reader {
    /// Who reads an answer of this form.
    pub(super) fn of(output: Output) -> Self {
        match output {
            Output::Text => Self::Person,
            Output::Json => Self::Program,
        }
    }
}

/// Says why nothing was done.
pub(super) fn refused(why: Refused, reader: Reader) -> ExitCode {
    match why {
        Refused::Findings(report) if reader == Reader::Program => {
            eprint!("{}", findings::text(&report, out::colours_on(&std::io::stderr())));
        }
        Refused::Findings(report) => {
            let text = findings::text(&report, out::colours());
            if let Err(message) = out::write(text.as_bytes()) {
                eprintln!("waops: {message}");
            }
        }
        Refused::Wrong(message) => eprintln!("waops: {message}"),
    }
    ExitCode::FAILURE
}

/// Runs until it is done.
pub(super) fn block_on(work: impl Future<Output = Result<ExitCode, Refused>>) -> ExitCode {
    block_on_for(Reader::Person, work)
}

/// The same for whoever reads the answer.
pub(super) fn block_on_for(
    reader: Reader,
    work: impl Future<Output = Result<ExitCode, Refused>>,
) -> ExitCode {
    let done = tokio::runtime::Runtime::new()
        .map_err(|error| Refused::Wrong(format!("cannot start: {error}")))
        .and_then(|runtime| {
            let done = runtime.block_on(work);
            // What is still under way was given its time.
            runtime.shutdown_background();
            done
        });
    done.unwrap_or_else(|why| refused(why, reader))
}
