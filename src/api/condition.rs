//! A condition of a status.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{self, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::Name;

/// A condition as Kubernetes has it, whose words many objects have in common: clones share them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// When its status changed last.
    pub last_transition_time: Time,
    /// A sentence for people.
    #[serde(default)]
    pub message: Name,
    /// The generation of the spec that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The state, of a closed list.
    #[serde(default)]
    pub reason: Name,
    /// `True`, `False` or `Unknown`.
    #[serde(default)]
    pub status: Name,
    /// What it is about.
    #[serde(default, rename = "type")]
    pub type_: Name,
}

impl Condition {
    pub(crate) fn words_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        [&mut self.type_, &mut self.status, &mut self.reason, &mut self.message].into_iter()
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        v1::Condition::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        v1::Condition::json_schema(generator)
    }
}
