//! `waops plan`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::look::{Against, Look};
use super::manifests::{Manifests, Reader, block_on_for};
use crate::local::plans::Verdict;
use crate::local::review::{Answer, answer};
use crate::local::saved::{Ways, save};
use crate::render::files::here;
use crate::render::plan::markdown::{Comment, GITHUB, LEAST, Page, markdown};
use crate::render::{out, plan};
use crate::store::folder::Refused;

/// What GitHub takes as the summary of a step.
pub(super) const SUMMARY: usize = 1_000_000;

/// Show what apply would do, what it costs, and what needs you. Nothing is written anywhere; providers are only read.
///
/// Exit code: 0, or 1 when the manifests have errors or a provider could not be reached. With --detailed-exitcode 0 means that
/// nothing changes, 2 that something does, and 3 that something is blocked. A template in review is no change.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops plan                                        the folder you stand in
  waops plan -f manifests/ --output json
  waops plan -f manifests/ --prune --detailed-exitcode
  waops plan -f manifests/ --against cluster --base origin/main --output markdown
  kustomize build overlays/production | waops plan -f - --against cluster
  waops plan -f manifests/ --save plan.json         for `waops apply plan.json`")]
pub(super) struct Arguments {
    #[command(flatten)]
    manifests: Manifests,
    /// Form of the answer: for people, for programs, for a comment on a pull request, for GitHub's annotations
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    look: Look,
    /// How many bytes a comment may have; GitHub takes 65536 characters, GitLab 1000000
    #[arg(long, value_name = "BYTES", default_value_t = GITHUB, value_parser = limit)]
    limit: usize,
    /// Write the plan to a file that `waops apply` takes
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Tell by the exit code whether something changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Delete what is in the state and not among the manifests
    #[arg(long)]
    prune: bool,
    /// Show what stays as it is, too
    #[arg(short, long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
    Markdown,
    Github,
}

fn limit(text: &str) -> Result<usize, String> {
    let limit = text.parse::<usize>().ok().filter(|limit| *limit >= LEAST);
    limit.ok_or_else(|| format!("write a number from {LEAST} on"))
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        // A comment and annotations are read by programs, too.
        let reader = if self.output == Output::Text { Reader::Person } else { Reader::Program };
        block_on_for(reader, self.plan())
    }

    async fn plan(self) -> Result<ExitCode, Refused> {
        if self.save.is_some() && self.look.against != Against::Provider {
            return Err(Refused::Wrong(
                "--save needs the providers' lists (--against provider): what is applied later must be verified, and what a \
                 cluster holds its operator applies"
                    .to_owned(),
            ));
        }
        let options = self.manifests.options(self.prune, false);
        let answer = answer(&self.look.question(options, || None)).await?;
        let lost = self.show(&answer).map_err(Refused::Wrong)?;
        if let Some(path) = &self.save {
            save(path, &answer, Ways { prunes: self.prune, adopts: false }).map_err(Refused::Wrong)?;
        }
        if lost > 0 {
            eprintln!(
                "waops: {lost} changes that cost something, or that wait for a decision, do not fit into the comment; split \
                 the change"
            );
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::from(match (answer.plans.verdict(), self.detailed_exitcode) {
            (Verdict::Unreached, _) => 1,
            (Verdict::Same, _) | (_, false) => 0,
            (Verdict::Changes, true) => 2,
            (Verdict::Stopped, true) => 3,
        }))
    }

    /// Shows it; how much of what is dangerous did not fit.
    fn show(&self, answer: &Answer) -> Result<usize, String> {
        let Answer { plans, orphans, setting, .. } = answer;
        match self.output {
            Output::Json => out::json(&plan::document(&plans.objects, &orphans.objects, setting)).map(|()| 0),
            Output::Text => {
                let mut text = plan::opening(setting, out::colours());
                text.push_str(&plan::text(&plans.objects, self.all, out::colours()));
                text.push_str(&plan::orphans(&orphans.objects, out::colours()));
                out::write(text.as_bytes()).map(|()| 0)
            }
            Output::Markdown => {
                let Page { text, lost } = self.page(answer, self.limit);
                out::write(text.as_bytes()).map(|()| lost)
            }
            Output::Github => {
                summarise(&self.page(answer, SUMMARY).text)?;
                out::write(plan::annotations(&plans.objects, setting, &here()).as_bytes()).map(|()| 0)
            }
        }
    }

    fn page(&self, answer: &Answer, limit: usize) -> Page {
        let Answer { plans, orphans, setting, .. } = answer;
        markdown(&plans.objects, &orphans.objects, setting, &Comment { id: &self.look.comment_id, limit })
    }
}

/// Adds the whole story to the page of the step, where GitHub names a file for it.
pub(super) fn summarise(text: &str) -> Result<(), String> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("cannot write {} (GITHUB_STEP_SUMMARY): {error}", path.display()))
}
