//! What commands are told that plan for whoever reads a change.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::home::Cluster;
use crate::local::review::{Base, Question};
use crate::local::workspace::Options;
use crate::render::plan;

/// What manifests are compared with, and what is shown of it.
#[derive(Debug, Args)]
pub(super) struct Look {
    /// What the manifests are compared with: the providers' lists, what the operator wrote into the cluster's resources, or the
    /// state file alone. The last two call no provider and need no credentials
    #[arg(long, value_enum, default_value_t = Against::Provider, env = "WAOPS_AGAINST")]
    pub(super) against: Against,
    #[command(flatten)]
    cluster: Cluster,
    /// Show only what changes since this branch left that revision
    #[arg(long, value_name = "REVISION", conflicts_with = "base_filename")]
    base: Option<String>,
    /// Show only what differs from these manifests: rendered ones, for example
    #[arg(long, value_name = "PATH")]
    base_filename: Vec<PathBuf>,
    /// Tells this comment from others of waops on the same pull request: one for each environment
    #[arg(long, value_name = "ID", default_value = "default", value_parser = id, env = "WAOPS_COMMENT_ID")]
    pub(super) comment_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Against {
    Provider,
    Cluster,
    State,
}

impl From<Against> for plan::Against {
    fn from(against: Against) -> Self {
        match against {
            Against::Provider => Self::Provider,
            Against::Cluster => Self::Cluster,
            Against::State => Self::State,
        }
    }
}

impl Look {
    /// The question; `otherwise` is the base where none was named.
    pub(super) fn question(&self, options: Options, otherwise: impl FnOnce() -> Option<String>) -> Question {
        let base = match &self.base {
            Some(revision) => Some(Base::Revision(revision.clone())),
            None if self.base_filename.is_empty() => otherwise().map(Base::Revision),
            None => Some(Base::Manifests(self.base_filename.clone())),
        };
        Question { options, against: self.against.into(), cluster: self.cluster.address(), base }
    }
}

/// The id of a comment: part of an HTML comment, so nothing in it may end one.
fn id(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/'))
        && !text.contains("--")
        && !text.ends_with('-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("write letters, digits and single - . _ / between them, 64 at most".to_owned())
    }
}
