//! `waops review`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args};

use super::comment::{self, FORBIDDEN};
use super::look::Look;
use super::manifests::{Manifests, Reader, block_on, refused};
use super::plan::{SUMMARY, summarise};
use crate::check::{self, Report};
use crate::forge::{self, Platform, Posted};
use crate::lint::Severity;
use crate::local::plans::Verdict;
use crate::local::review::{Answer, answer, is_pipe};
use crate::render::files::here;
use crate::render::plan::markdown::{Comment, GITHUB, GITLAB, failure, markdown};
use crate::render::{findings, out, plan};
use crate::store::folder::Refused;

/// Validate, plan and comment: all that a CI does on a pull request, in one command.
///
/// In GitHub Actions and GitLab CI it knows the pull request, its base and where to comment from the environment. Elsewhere, and
/// where there is no pull request, it only shows the plan.
///
/// Exit code: 0; 1 when the manifests have errors, when no plan could be made, or when something is blocked; 3 when the token
/// may not comment.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops review -f manifests/ --against cluster
  waops review -f production.yaml --base-filename before.yaml --comment-id production")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Arguments {
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    look: Look,
    /// Let warnings fail, too
    #[arg(long, env = "WAOPS_STRICT", value_parser = clap::builder::FalseyValueParser::new(), action = ArgAction::SetTrue)]
    strict: bool,
    /// Show the plan, and write no comment
    #[arg(long, env = "WAOPS_NO_COMMENT", value_parser = clap::builder::FalseyValueParser::new(), action = ArgAction::SetTrue)]
    no_comment: bool,
    /// Let the check pass although something waits for a decision
    #[arg(long, env = "WAOPS_ALLOW_BLOCKED", value_parser = clap::builder::FalseyValueParser::new(), action = ArgAction::SetTrue)]
    allow_blocked: bool,
    /// Write the comment to this file, too
    #[arg(long, value_name = "FILE", env = "WAOPS_COMMENT_FILE")]
    comment_file: Option<PathBuf>,
}

/// Where this runs.
struct Run {
    platform: Option<Platform>,
    /// The pull request that gets a comment.
    request: Option<u64>,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        block_on(self.review())
    }

    async fn review(self) -> Result<ExitCode, Refused> {
        let run = self.where_it_runs();
        let question = self.look.question(self.manifests.options(false, false), base);
        let manifests = &question.options.manifests;
        let (paths, provider) = (manifests.paths.clone(), manifests.provider);
        if let Some(pipe) = paths.iter().find(|path| is_pipe(path)) {
            return Err(Refused::Wrong(format!(
                "{} is a pipe, and a review reads its manifests twice: write them into a file",
                pipe.display()
            )));
        }
        let mut report = check::run(&check::Options { paths, provider });
        // What a branch removes, people have to see a plan of. Where it removes nothing, there is none.
        report.forgive(question.forgives(), &manifests.paths);
        let shown = if run.is_github() {
            findings::github(&report, &here())
        } else {
            findings::text(&report, out::colours())
        };
        out::write(shown.as_bytes()).map_err(Refused::Wrong)?;
        if self.fails(&report) {
            let why =
                format!("The manifests have mistakes: {}. The check says where.", findings::summary(&report));
            return self.end(&run, &failure(&self.look.comment_id, &why), ExitCode::FAILURE).await;
        }
        let answer = match answer(&question).await {
            Ok(answer) => answer,
            Err(why) => {
                let said = match &why {
                    Refused::Wrong(why) => why.clone(),
                    Refused::Findings(report) => findings::summary(report),
                };
                let code = refused(why, Reader::Person);
                let text = failure(&self.look.comment_id, &format!("No plan could be made: {said}"));
                return self.end(&run, &text, code).await;
            }
        };
        let (text, lost) = self.show(&run, &answer).map_err(Refused::Wrong)?;
        let code = match answer.plans.verdict() {
            _ if lost > 0 => {
                eprintln!(
                    "waops: {lost} changes that cost something, or that wait for a decision, do not fit into the comment; \
                     split the change"
                );
                ExitCode::FAILURE
            }
            Verdict::Unreached => ExitCode::FAILURE,
            Verdict::Stopped if !self.allow_blocked => {
                eprintln!("waops: something waits for a decision: the plan has the lines");
                ExitCode::FAILURE
            }
            _ => ExitCode::SUCCESS,
        };
        self.end(&run, &text, code).await
    }

    fn fails(&self, report: &Report) -> bool {
        report.unreadable > 0
            || report.count(Severity::Error) > 0
            || (self.strict && report.count(Severity::Warning) > 0)
    }

    /// Shows the plan where people look; the comment, and how much did not fit into it.
    fn show(&self, run: &Run, answer: &Answer) -> Result<(String, usize), String> {
        let Answer { plans, orphans, setting, .. } = answer;
        let page = |limit| {
            let comment = Comment { id: &self.look.comment_id, limit };
            markdown(&plans.objects, &orphans.objects, setting, &comment)
        };
        if run.is_github() {
            summarise(&page(SUMMARY).text)?;
            out::write(plan::annotations(&plans.objects, setting, &here()).as_bytes())?;
        } else {
            let mut text = plan::opening(setting, out::colours());
            text.push_str(&plan::text(&plans.objects, false, out::colours()));
            out::write(text.as_bytes())?;
        }
        let page = page(if run.platform == Some(Platform::GitLab) { GITLAB } else { GITHUB });
        Ok((page.text, page.lost))
    }

    /// Leaves the comment; what the whole comes to.
    async fn end(&self, run: &Run, text: &str, code: ExitCode) -> Result<ExitCode, Refused> {
        if let Some(path) = &self.comment_file {
            out::file(path, text).map_err(Refused::Wrong)?;
        }
        let (Some(platform), Some(request)) = (run.platform, run.request) else { return Ok(code) };
        // Not before everything is shown: what stands in the way of a comment hides no mistake.
        let posted = match comment::place(platform, request) {
            Ok(place) => forge::post(&place, text).await,
            Err(why) => Err(forge::Refused::Wrong(why)),
        };
        match posted {
            Ok(posted) => {
                let said = match posted {
                    Posted::Made => "the comment was made",
                    Posted::Changed => "the comment was brought up to date",
                    Posted::Same => "the comment says this already",
                };
                eprintln!("waops: {said}");
                Ok(code)
            }
            // Whoever sent it can do nothing about it, and has seen everything.
            Err(forge::Refused::Forbidden(why) | forge::Refused::Wrong(why))
                if comment::is_fork(platform) =>
            {
                eprintln!("waops: no comment, since the pull request comes from a fork: {why}");
                Ok(code)
            }
            Err(forge::Refused::Forbidden(why)) => {
                eprintln!("waops: no permission to comment: {why}");
                Ok(ExitCode::from(FORBIDDEN))
            }
            Err(forge::Refused::Wrong(why)) => Err(Refused::Wrong(format!("no comment: {why}"))),
        }
    }

    fn where_it_runs(&self) -> Run {
        let platform = comment::platform();
        let request = platform.filter(|_| !self.no_comment).and_then(comment::request);
        Run { platform, request }
    }
}

impl Run {
    fn is_github(&self) -> bool {
        self.platform == Some(Platform::GitHub)
    }
}

/// The base of the pull request: the branch that it goes into.
fn base() -> Option<String> {
    let origin = |name: &str| Some(format!("origin/{}", comment::variable(name)?));
    match comment::platform()? {
        Platform::GitHub => origin("GITHUB_BASE_REF"),
        // In a fork that branch is as old as the fork; the commit at which the changes began is there all the same.
        Platform::GitLab if comment::is_fork(Platform::GitLab) => {
            comment::variable("CI_MERGE_REQUEST_DIFF_BASE_SHA")
        }
        Platform::GitLab => origin("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
    }
}
