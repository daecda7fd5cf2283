//! Comments on pull requests: one for each plan, found again by its marker and written anew, never repeated.
//!
//! ```text
//! list every page ─▶ ours, by marker and author ─▶ none: make one · one: change it, if it differs · more: keep the first
//! ```
//!
//! Whose comment it is counts as much as its marker: anybody may write a marker, and nobody's words are replaced.

mod call;
mod github;
mod gitlab;

use std::time::Duration;

use call::{Answer, Client};

/// How often everything is tried anew where a platform stumbles.
const ATTEMPTS: u32 = 4;

/// Where a comment goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// Which platform.
    pub platform: Platform,
    /// Its API: `https://api.github.com`, `https://gitlab.com/api/v4`.
    pub api: String,
    /// `owner/name` at GitHub, the id or the path of a project at GitLab.
    pub project: String,
    /// The number of the pull request.
    pub request: u64,
    /// What lets us comment.
    pub token: String,
}

/// A platform that shows pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// GitHub, and GitHub Enterprise.
    GitHub,
    /// GitLab, and one's own.
    GitLab,
}

/// What became of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is the first one.
    Made,
    /// It replaces what an earlier run wrote.
    Changed,
    /// An earlier run wrote the same.
    Same,
}

/// Why there is no comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The token may not comment; what to do.
    Forbidden(String),
    /// Something else; what to do.
    Wrong(String),
}

/// A comment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comment {
    id: u64,
    body: String,
    ours: bool,
}

/// The first line of a comment, if it is one of `waops plan --output markdown`.
pub fn marker(body: &str) -> Option<&str> {
    let first = body.lines().next()?;
    (first.starts_with("<!-- waops:plan:") && first.ends_with(" -->")).then_some(first)
}

/// Makes the comment, or changes the one of an earlier run.
pub async fn post(place: &Place, body: &str) -> Result<Posted, Refused> {
    let marker = marker(body).ok_or_else(|| {
        Refused::Wrong(
            "the text is no comment of `waops plan --output markdown`: its first line is not the marker"
                .into(),
        )
    })?;
    let (length, most) = (body.chars().count(), place.platform.most());
    if length > most {
        return Err(Refused::Wrong(format!(
            "the comment has {length} characters, and the platform takes {most}: give `waops plan --limit` a smaller number"
        )));
    }
    let client = Client::new(place)?;
    let (mut pause, mut is_anew) = (Duration::from_secs(1), false);
    for attempt in 1..=ATTEMPTS {
        // What an unclear answer left behind is found by the list that the next attempt begins with.
        match once(place, &client, marker, body).await {
            Err(Trouble::Passing(after, _)) if attempt < ATTEMPTS => {
                tokio::time::sleep(after.unwrap_or(pause).min(Duration::from_secs(60))).await;
                pause *= 2;
            }
            // Another run may have deleted what was to be changed: the list says what is left.
            Err(Trouble::Nothing(_)) if attempt < ATTEMPTS && !is_anew => is_anew = true,
            Err(Trouble::Passing(_, why) | Trouble::Nothing(why)) => return Err(Refused::Wrong(why)),
            Err(Trouble::Final(refused)) => return Err(refused),
            Ok(posted) => return Ok(posted),
        }
    }
    Err(Refused::Wrong("the platform did not answer".to_owned()))
}

async fn once(place: &Place, client: &Client, marker: &str, body: &str) -> Result<Posted, Trouble> {
    let all = match place.platform {
        Platform::GitHub => github::comments(client).await?,
        Platform::GitLab => gitlab::comments(client).await?,
    };
    let mut mine =
        all.into_iter().filter(|comment| comment.ours && self::marker(&comment.body) == Some(marker));
    let Some(first) = mine.next() else {
        place.platform.make(client, body).await?;
        return Ok(Posted::Made);
    };
    // Two runs at the same moment may have made one each, and two later ones delete the same.
    for other in mine {
        match place.platform.remove(client, other.id).await {
            Ok(_) | Err(Trouble::Nothing(_)) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    let same = |one: &str, other: &str| one.replace("\r\n", "\n").trim_end() == other.trim_end();
    if same(&first.body, body) {
        return Ok(Posted::Same);
    }
    place.platform.change(client, first.id, body).await?;
    Ok(Posted::Changed)
}

/// Why an attempt failed.
enum Trouble {
    /// It may work later, after so long if that is known.
    Passing(Option<Duration>, String),
    /// What it is about is not there, or not for us to see.
    Nothing(String),
    /// It will not.
    Final(Refused),
}

impl Platform {
    /// So many characters a comment may have.
    fn most(self) -> usize {
        match self {
            Self::GitHub => 65_536,
            Self::GitLab => 1_000_000,
        }
    }

    async fn make(self, client: &Client, body: &str) -> Result<Answer, Trouble> {
        match self {
            Self::GitHub => github::make(client, body).await,
            Self::GitLab => gitlab::make(client, body).await,
        }
    }

    async fn change(self, client: &Client, id: u64, body: &str) -> Result<Answer, Trouble> {
        match self {
            Self::GitHub => github::change(client, id, body).await,
            Self::GitLab => gitlab::change(client, id, body).await,
        }
    }

    async fn remove(self, client: &Client, id: u64) -> Result<Answer, Trouble> {
        match self {
            Self::GitHub => github::remove(client, id).await,
            Self::GitLab => gitlab::remove(client, id).await,
        }
    }

    /// What to do where the token may not.
    pub(crate) fn permission(self) -> &'static str {
        match self {
            Self::GitHub => {
                "give the job `permissions: {pull-requests: write}`; a pull request from a fork has a token that may only \
                 read, so there the summary of the step has to do"
            }
            Self::GitLab => {
                "set GITLAB_TOKEN to a project access token with the scope `api` and the role Reporter; CI_JOB_TOKEN may \
                 not comment, and the pipeline of a fork has no token of this project, so there the log of the job has to do"
            }
        }
    }
}

/// Never shows the token.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { platform, api, project, request, .. } = self;
        write!(f, "{platform:?} {api} {project} {request}")
    }
}
