//! `waops comment`

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::Value as Json;

use crate::forge::{self, Place, Platform, Posted};
use crate::render::out;

/// More is no comment.
const MOST: u64 = 4 << 20;
/// The exit code where the token may not comment.
pub(super) const FORBIDDEN: u8 = 3;

/// Put a plan into a comment on its pull request: the first run makes it, later runs change it.
///
/// Where it goes and with which token is read from the environment that GitHub Actions or GitLab CI sets. The comment is found
/// again by the marker in its first line, among those that the same account wrote.
///
/// Exit code: 0, 3 when the token may not comment, 1 when something else is wrong.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops plan --against cluster --base origin/main --output markdown | waops comment
  waops comment --file plan.md --provider gitlab

Read from the environment:
  GitHub  GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL, and GITHUB_EVENT_PATH or GITHUB_REF for the pull request
  GitLab  GITLAB_TOKEN, CI_API_V4_URL, CI_MERGE_REQUEST_PROJECT_ID, CI_MERGE_REQUEST_IID")]
pub(super) struct Arguments {
    /// The comment, as `waops plan --output markdown` wrote it; - for standard input
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Where the pull request is; the environment tells without it
    #[arg(long, value_enum)]
    provider: Option<Forge>,
    /// The number of the pull request; the environment tells without it
    #[arg(long, value_name = "NUMBER")]
    request: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Forge {
    #[value(name = "github")]
    GitHub,
    #[value(name = "gitlab")]
    GitLab,
}

impl Arguments {
    pub(super) fn run(self) -> ExitCode {
        match self.comment() {
            Ok(posted) => {
                let said = match posted {
                    Posted::Made => "the comment was made",
                    Posted::Changed => "the comment was brought up to date",
                    Posted::Same => "the comment says this already",
                };
                match out::line(said) {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(_) => ExitCode::FAILURE,
                }
            }
            Err(forge::Refused::Forbidden(why)) => {
                eprintln!("waops: no permission to comment: {why}");
                ExitCode::from(FORBIDDEN)
            }
            Err(forge::Refused::Wrong(why)) => {
                eprintln!("waops: {why}");
                ExitCode::FAILURE
            }
        }
    }

    fn comment(&self) -> Result<Posted, forge::Refused> {
        let body = text(&self.file).map_err(forge::Refused::Wrong)?;
        let place = self.place().map_err(forge::Refused::Wrong)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| forge::Refused::Wrong(format!("cannot start: {error}")))?;
        runtime.block_on(forge::post(&place, &body))
    }

    fn place(&self) -> Result<Place, String> {
        let named = self.provider.map(|provider| match provider {
            Forge::GitHub => Platform::GitHub,
            Forge::GitLab => Platform::GitLab,
        });
        let platform = named
            .or_else(platform)
            .ok_or("this is neither GitHub Actions nor GitLab CI: say which with --provider")?;
        let request = self.request.or_else(|| request(platform)).ok_or(
            "the environment names no pull request: run on pull requests alone, or name one with --request",
        )?;
        place(platform, request)
    }
}

/// Whose merge request it is. The pipeline of a fork runs in the fork, so the project of the pipeline comes second.
const PROJECT: &[&str] = &["CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID", "CI_PROJECT_PATH"];

/// A variable that says something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The first of these that says something.
fn first(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| variable(name))
}

/// The platform whose CI runs us.
pub(super) fn platform() -> Option<Platform> {
    let is_set = |name: &str| variable(name).as_deref() == Some("true");
    if is_set("GITHUB_ACTIONS") {
        return Some(Platform::GitHub);
    }
    is_set("GITLAB_CI").then_some(Platform::GitLab)
}

/// Where its pull requests are commented on, and with what.
pub(super) fn place(platform: Platform, request: u64) -> Result<Place, String> {
    let need = |names: &[&str], help: &str| {
        first(names).ok_or_else(|| format!("{} is not set: {help}", names.join(" or ")))
    };
    let (token, api, project) = match platform {
        Platform::GitHub => (
            need(&["GITHUB_TOKEN", "GH_TOKEN"], "give the step `env: {GITHUB_TOKEN: ${{ github.token }}}`")?,
            variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            need(&["GITHUB_REPOSITORY"], "it is owner/name")?,
        ),
        Platform::GitLab => (
            need(&["GITLAB_TOKEN"], Platform::GitLab.permission())?,
            variable("CI_API_V4_URL").unwrap_or_else(|| "https://gitlab.com/api/v4".to_owned()),
            need(PROJECT, "it is the id of the project")?,
        ),
    };
    Ok(Place { platform, api, project, request, token: token.trim().to_owned() })
}

/// The pull request of this run; none where it is of something else.
pub(super) fn request(platform: Platform) -> Option<u64> {
    if platform == Platform::GitLab {
        return variable("CI_MERGE_REQUEST_IID")?.trim().parse().ok();
    }
    let event = event();
    let commented = event["issue"]["pull_request"].is_object().then(|| event["issue"]["number"].as_u64());
    let reference = || {
        let reference = variable("GITHUB_REF")?;
        reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok()
    };
    event["pull_request"]["number"].as_u64().or(commented.flatten()).or_else(reference)
}

/// Whether the pull request comes from another repository, so that its token may only read, or is missing.
pub(super) fn is_fork(platform: Platform) -> bool {
    match platform {
        Platform::GitHub => {
            let event = event();
            // A fork that is gone has no id. Whether a repository is somebody's fork says nothing: so may ours be.
            let [head, base] = ["head", "base"].map(|side| &event["pull_request"][side]["repo"]["id"]);
            head != base
        }
        Platform::GitLab => {
            let source = variable("CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
            source.is_some_and(|source| Some(source) != first(PROJECT))
        }
    }
}

/// What GitHub says of the event that started this run.
fn event() -> Json {
    let bytes = variable("GITHUB_EVENT_PATH").and_then(|path| std::fs::read(path).ok());
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn text(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).map_err(unreadable)?.take(MOST + 1).read_to_end(&mut bytes)
    };
    if read.map_err(unreadable)? as u64 > MOST {
        return Err(format!("{} is far too large for a comment", path.display()));
    }
    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))
}
