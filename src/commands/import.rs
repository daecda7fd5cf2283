//! `waops import`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::manifests::{Manifests, Output, Reader, block_on_for};
use crate::api::Kind;
use crate::local::import::{self, Wanted};
use crate::render::imported::{self, Imported, Telling};
use crate::render::out;
use crate::store::folder::Refused;

/// Write manifests for what exists at a provider already, so that it comes into Git. Providers are only read.
///
/// QR codes are taken over by their code, templates where they say what the manifest says. What is declared or looked after
/// already is left as it is, and no file is overwritten. Afterwards `waops plan` shows that nothing changes at the provider, and
/// `waops apply` takes everything over without a call that changes anything.
///
/// Exit code: 0 when everything that can be imported is declared, 1 when something was not written or it ended early; the same
/// command goes on where it stopped.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops import --account shop -f manifests/                    everything, into manifests/
  waops import --account shop -f account.yaml --out shop/ --phone +4930901820
  waops import --account shop -f manifests/ --kind template --output json")]
pub(super) struct Arguments {
    /// The WhatsAppAccount among the manifests: its name, or NAMESPACE/NAME
    #[arg(long, value_name = "NAME")]
    account: String,
    #[command(flatten)]
    manifests: Manifests,
    /// A phone number whose QR codes are meant, or its id; may be given several times. All of them without it
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    phone: Vec<String>,
    /// What to import; may be given several times. Everything without it
    #[arg(long, value_enum)]
    kind: Vec<KindArgument>,
    /// Where manifests go; the folder of --filename without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArgument {
    QrCode,
    Template,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on_for(Reader::of(self.output), self.import())
    }

    async fn import(self) -> Result<ExitCode, Refused> {
        let options = self.manifests.options(false, false);
        let kinds = self.kind.iter().map(|kind| match kind {
            KindArgument::QrCode => Kind::QrCode,
            KindArgument::Template => Kind::Template,
        });
        let wanted =
            Wanted { account: self.account, phones: self.phone, kinds: kinds.collect(), out: self.out };
        let mut telling = Telling::new();
        let (report, out) = import::run(&options, wanted, &mut |news| telling.tell(news)).await?;
        drop(telling);
        let imported = Imported::of(&report);
        match self.output {
            Output::Text => {
                let text = imported::text(&report, &options, &out, out::colours());
                out::write(text.as_bytes())
            }
            Output::Json => out::json(&imported),
        }
        .map_err(Refused::Wrong)?;
        Ok(if imported.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
