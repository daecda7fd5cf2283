//! What the kinds share: the reference to an account and the policies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The account that holds an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountReference {
    /// Name of the WhatsAppAccount. Immutable: an object never moves to another account.
    /// Example: `shop`
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Namespace of the WhatsAppAccount, when it is not the object's own; that account must allow
    /// this namespace in `spec.allowedNamespaces`. Immutable.
    /// Example: `platform`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
}

/// What waops may do on its own. What is not set here is inherited from the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policies {
    /// What deleting the object does at the provider.
    /// Example: `Retain`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
    /// What happens with a change that has a price, such as one that kills a printed code.
    /// Example: `Guarded`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    /// What happens when somebody else changed the object at the provider.
    /// Example: `Report`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// What happens with an object that already exists at the provider.
    /// Example: `IfIdentical`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
}

/// What deleting an object does at the provider: `Delete` (default for what waops made) deletes it there
/// too, `Retain` (default for what was adopted) leaves it there.
/// Example: `Retain`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Deletion {
    /// Deletes it there too. Default for what waops made.
    #[default]
    Delete,
    /// Leaves it there. Default for what was adopted.
    Retain,
}

/// What happens with a change that has a price: `Guarded` (default) stops before a printed code dies and
/// names the line that approves it, `Automatic` makes every change the manifest asks for, `Never` changes
/// nothing that exists and reports the difference.
/// Example: `Guarded`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Update {
    /// Stops before a printed code dies and names the line that approves it.
    #[default]
    Guarded,
    /// Makes every change the manifest asks for.
    Automatic,
    /// Never changes what exists; differences are reported.
    Never,
}

/// What happens when somebody else changed the object at the provider: `Correct` (default) brings back what
/// the manifest says, as far as `update` lets it; `Report` reports the difference and leaves it.
/// Example: `Report`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Drift {
    /// Brings back what the manifest says, as far as `update` lets it.
    #[default]
    Correct,
    /// Reports the difference and leaves it.
    Report,
}

/// What happens with an object that already exists at the provider: `Ask` (default) stops and prints the
/// lines that decide, `IfIdentical` takes it over when it says exactly what the manifest says, `Always`
/// (templates only) takes it over and changes it, `Never` takes over nothing and makes a QR code anew.
/// Example: `IfIdentical`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Adoption {
    /// Stops and prints the lines that decide.
    #[default]
    Ask,
    /// Takes it over when it says exactly what the manifest says.
    IfIdentical,
    /// Takes it over and changes it to what the manifest says. Templates only.
    Always,
    /// Never takes over anything; a QR code is made anew.
    Never,
}
