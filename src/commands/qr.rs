//! `waops qr`

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::home::Home;
use super::manifests::block_on;
use crate::render::{out, qr};
use crate::store::folder::Refused;
use crate::store::selection::Selection;

/// Draw a QR code: in the terminal, as SVG for print, or as PNG for screens.
///
/// It is drawn from the link, so it is the same today and in ten years, whatever becomes of the provider's own image.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops qr poster -f manifests/
  waops qr poster --against cluster poster.svg
  waops qr waqr/marketing/poster --output link")]
pub(super) struct Arguments {
    /// NAME, waqr/NAME or waqr/NAMESPACE/NAME
    #[arg(value_name = "OBJECT", value_parser = object)]
    object: Selection,
    /// Where to write it; standard output without it. The ending .svg or .png says the form
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// What to write
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    #[command(flatten)]
    home: Home,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Blocks, for a phone that is pointed at the screen.
    Terminal,
    /// Sharp at any size, for print.
    Svg,
    /// Pixels, for screens and mail.
    Png,
    /// What the code opens.
    Link,
}

/// A name alone is that of a QR code.
fn object(text: &str) -> Result<Selection, String> {
    if text.contains('/') { text.parse() } else { format!("waqr/{text}").parse() }
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on(async { self.draw().await.map(|()| ExitCode::SUCCESS).map_err(Refused::Wrong) })
    }

    async fn draw(self) -> Result<(), String> {
        let output = self.form()?;
        let code = qr::Drawing::of(&self.home.home().one(&self.object).await?)?;
        if let Some(warning) = &code.warning {
            eprintln!("waops: {warning}");
        }
        let drawn = match output {
            Output::Terminal => code.terminal(self.file.is_none() && out::colours()).into_bytes(),
            Output::Svg => code.image.svg().into_bytes(),
            Output::Png => code.image.png(),
            Output::Link => format!("{}\n", code.link).into_bytes(),
        };
        match &self.file {
            Some(path) => out::file(path, drawn),
            None if output == Output::Png && std::io::stdout().is_terminal() => {
                Err("a PNG is nothing for a terminal: name a file, or have it drawn there without --output"
                    .to_owned())
            }
            None => out::write(&drawn),
        }
    }

    fn form(&self) -> Result<Output, String> {
        let ending = self.file.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        match (self.output, &self.file, ending.map(str::to_ascii_lowercase).as_deref()) {
            (Some(output), ..) => Ok(output),
            (None, None, _) => Ok(Output::Terminal),
            (None, _, Some("svg")) => Ok(Output::Svg),
            (None, _, Some("png")) => Ok(Output::Png),
            (None, Some(path), _) => Err(format!(
                "{} ends neither in .svg nor in .png: say with --output what it is",
                path.display()
            )),
        }
    }
}
