//! `waops approve`

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::ask::ask;
use super::home::Home;
use super::manifests::block_on;
use crate::local::approve::{Waiting, waiting};
use crate::plan::decision::Part;
use crate::render::{decision, out};
use crate::store::folder::Refused;
use crate::store::selection::Selection;

/// Show what waits for your decision, what it costs, and the line that decides.
///
/// The line goes into the manifest, and Git brings it to where it counts. With --set it is written into the cluster at once, about
/// exactly what was shown: an object that changed meanwhile is left alone. A line approves one change of one code, once.
///
/// Exit code: 0; 1 when nothing waits, or nothing was written.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops approve waqr/poster -f manifests/             the line for the manifest
  waops approve waqr/poster --against cluster --set   written into the cluster, after a question
  waops approve waqr/poster --against cluster --output patch > approve.yaml")]
pub(super) struct Arguments {
    /// KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster
    #[arg(value_name = "OBJECT")]
    object: Selection,
    #[command(flatten)]
    home: Home,
    /// Form of the answer: for people, or the line as a patch in a file of its own
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Which of several lines is meant, by its number
    #[arg(long, value_name = "N")]
    choice: Option<usize>,
    /// Write the line into the cluster
    #[arg(long, conflicts_with = "output")]
    set: bool,
    /// Do not ask before it is written
    #[arg(short, long, requires = "set")]
    yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Patch,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on(async { self.approve().await.map(|()| ExitCode::SUCCESS).map_err(Refused::Wrong) })
    }

    async fn approve(self) -> Result<(), String> {
        let found = waiting(&self.home.home(), &self.object, self.home.manifests()).await?;
        if self.output == Output::Patch {
            let line = decision::choose(&found, self.choice)?;
            return out::write(decision::patch(found.target(line), line).as_bytes());
        }
        let colours = out::colours();
        let text = format!("{}\n{}", decision::opening(&found, colours), decision::choices(&found, colours));
        out::write(text.as_bytes())?;
        if self.set { self.write(&found).await } else { Ok(()) }
    }

    async fn write(&self, found: &Waiting) -> Result<(), String> {
        let line = decision::choose(found, self.choice)?;
        if !found.is_in_cluster() {
            return Err("without a cluster the manifest decides: add the line to it, and apply".to_owned());
        }
        if !self.yes {
            ask(&format!("Write `{}` into {}?", line.line, found.target(line)), "--yes")?;
        }
        found.decide(line).await?;
        let then = match line.part {
            Part::AccountSpec => {
                "take it out once the deletions are through: as long as it stands there, as many go unasked"
            }
            Part::Spec | Part::AccountAnnotations => "commit the same line where its manifest lives",
        };
        out::line(&format!("written into {}; {then}", found.target(line)))
    }
}
