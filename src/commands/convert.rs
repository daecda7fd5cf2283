//! `waops convert`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::manifests::{Reader, refused};
use crate::check;
use crate::lint::ProviderKind;
use crate::local::convert::{self, Converted, Wanted};
use crate::render::out;

/// Turn provider JSON into manifests, or manifests into provider JSON. Files alone: nobody is called.
///
/// What a file holds is found out: bodies of requests, answers and lists of Meta and Alibaba, forms with Components as a text, several
/// of them in a file or a line, or manifests. What exists at a provider, since an answer has its id or code, is taken over by its manifest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops convert --account shop order_shipped.json                        a manifest on standard output
  curl … | waops convert --account shop --phone +4930901820 --out shop/   a list, one file for each
  waops convert --to meta templates/order-shipped-en-us.yaml
  waops convert --to alibaba -f manifests/                               a list of all of them")]
pub(super) struct Arguments {
    /// Files and folders; standard input without any
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The same, as other commands have it
    #[arg(short = 'f', long = "filename", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What to make of it
    #[arg(long, value_enum, default_value_t = To::Manifests)]
    to: To,
    /// The WhatsAppAccount that manifests refer to: its name, or NAMESPACE/NAME
    #[arg(long, value_name = "NAME", value_parser = account)]
    account: Option<String>,
    /// The phone number of QR codes whose JSON names none
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    phone: Option<String>,
    /// Write manifests into this folder, one file for each; none is overwritten
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    Manifests,
    Meta,
    Alibaba,
}

/// What a manifest can refer to.
fn account(text: &str) -> Result<String, String> {
    let (namespace, name) = text.split_once('/').map_or((None, text), |(one, other)| (Some(one), other));
    let is_one = check::is_subdomain(name) && namespace.is_none_or(check::is_label);
    let is_one = is_one.then(|| text.to_owned());
    is_one.ok_or_else(|| {
        "an account is named with lower-case letters, digits, - and ., as NAME or NAMESPACE/NAME".to_owned()
    })
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        let Self { files, mut paths, to, account, phone, out } = self;
        paths.extend(files);
        let to = match to {
            To::Manifests => None,
            To::Meta => Some(ProviderKind::Meta),
            To::Alibaba => Some(ProviderKind::Alibaba),
        };
        let Converted { text, notes } = match convert::run(&Wanted { paths, to, account, phone, out }) {
            Ok(converted) => converted,
            Err(why) => return refused(why, Reader::Person),
        };
        for note in notes {
            eprintln!("waops: {note}");
        }
        match out::write(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("waops: {message}");
                ExitCode::FAILURE
            }
        }
    }
}
