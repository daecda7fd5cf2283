//! What a plan was compared with, and what should be known of it as a whole.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::facts::Key;

/// What manifests are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Against {
    /// The state, and what the providers' lists show now.
    #[default]
    Provider,
    /// What the operator last wrote into the cluster's resources.
    Cluster,
    /// What the state file remembers.
    State,
}

/// What holds for a plan as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// What the manifests were compared with.
    pub against: Against,
    /// The revision, or the manifests, against which alone changes are shown.
    pub base: Option<String>,
    /// What should be known before anything in it is believed.
    pub warnings: Vec<String>,
    /// Objects that wait for a decision and whose file is rendered anew each time, so that no line stays in it.
    pub rendered: BTreeSet<Key>,
}

impl Setting {
    /// What the plan does not say, in sentences; none where it says everything.
    pub fn sentences(&self) -> Vec<String> {
        let base = self.base.as_ref().map(|base| format!("Only what differs from {base} is shown."));
        base.into_iter().chain(self.against.sentence().map(str::to_owned)).collect()
    }
}

impl Against {
    fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Provider => None,
            Self::Cluster => Some(
                "Compared with what the operator last saw; no provider was asked, and what nobody looked for yet is \
                 unverified.",
            ),
            Self::State => Some(
                "Compared with the state file alone; no provider was asked, and what nobody looked for yet is \
                 unverified.",
            ),
        }
    }
}
