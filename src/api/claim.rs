//! What one object owns at its provider, and what waops was about to do to it.
//!
//! A claim is written twice: as JSON in an annotation, and in the status. Either alone is enough (claims.md, "Words").

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Name;

/// The annotation that holds the claim as JSON.
pub const CLAIM_ANNOTATION: &str = "waops.dev/claim";
/// What keeps an object until its claim is settled.
pub const FINALIZER: &str = "waops.dev/claim";
/// "Look at this object now": any new value does it.
pub const RECONCILE_ANNOTATION: &str = "waops.dev/reconcile-at";
/// On an account: takes over what another installation claimed, named by its id.
pub const TAKE_OVER_ANNOTATION: &str = "waops.dev/take-over";

/// On an account: what the provider's lists lack is really gone; the value is what the message names.
pub const CONFIRM_ABSENCE_ANNOTATION: &str = "waops.dev/confirm-absence";

/// What an object owns at its provider, and what waops is about to do to it. Written by waops alone.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Counts every change of the claim: of two copies the higher one holds.
    /// Example: `3`
    pub n: i64,
    /// Which installation of waops made the claim.
    /// Example: `6f1e2b6c-5a0e-4c1a-9a55-0a4d3f6f0b1a`
    pub installation: Name,
    /// UID of the object that claims.
    /// Example: `b1946ac9-2d6e-4f0e-8c65-2f3a9e0d1c77`
    pub uid: Name,
    /// Namespace and name of the object that claims, so that a restored object is known again.
    /// Example: `marketing/poster`
    pub object: Name,
    /// Namespace and name of the WhatsAppAccount.
    /// Example: `marketing/shop`
    pub account: Name,
    /// Who the account is at the provider.
    /// Example: `meta/102290129340398`
    pub identity: Name,
    /// The phone number, as the provider's calls name it.
    /// Example: `106540352242922`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Name>,
    /// The QR code that is owned.
    /// Example: `ANED2T5QRU7HG1`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The template that is owned, by the provider's id.
    /// Example: `"594425479261596"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// Its name and language, for which it was made: some providers have one id for all languages of a name.
    /// Example: `summer_sale/en_US`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Hash of the content that was last delivered, with its version in front where it has one.
    /// Example: `v1:3f2a9c1d5e6f7a8b`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// When the template was edited, as far as the provider's quota still counts it.
    /// Example: `["2026-05-01T10:00:00Z"]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Time>,
    /// Whether it was taken over rather than made.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "is_false")]
    pub adopted: bool,
    /// What was about to happen, and nobody knows yet whether it did.
    /// Example: `{operation: Create, textHash: 3f2a9c1d5e6f7a8b, deadline: "2026-05-01T10:00:30Z"}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Box<Intent>>,
    /// Calls that were given up as not done. A code that turns up late is reported; only that of a change is taken, and
    /// only where the code that it changed is gone.
    /// Example: `[{textHash: 3f2a9c1d5e6f7a8b, until: "2026-05-02T10:00:00Z"}]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub abandoned: Vec<Abandoned>,
    /// The approvals that were used; none works twice.
    /// Example: `[D9II3ABC@3f2a9c1d]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spent: Vec<String>,
    /// The content that the provider refused for good; it is not sent again until it changes.
    /// Example: `{hash: 3f2a9c1d5e6f7a8b, why: the text is too long}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Box<Refused>>,
}

impl Claim {
    /// What it has in common with other claims on its account.
    pub(crate) fn words_mut(&mut self) -> impl Iterator<Item = &mut Name> {
        [&mut self.installation, &mut self.account, &mut self.identity].into_iter().chain(&mut self.phone)
    }
}

/// What waops is about to do. Written before the call, so that a crash is no riddle.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// What kind of change.
    /// Example: `Create`
    pub operation: Operation,
    /// The code or template that it changes; none for a create.
    /// Example: `D9II3ABC`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Hash of the content that is sent.
    /// Example: `3f2a9c1d5e6f7a8b`
    pub text_hash: String,
    /// Codes that carried the same text before: none of them can be the outcome.
    /// Example: `[ANED2T5QRU7HG1]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_text: Vec<String>,
    /// When the list started that showed that nothing of the kind was there before.
    /// Example: `2026-05-01T10:00:00Z`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_at: Option<Time>,
    /// After this, the request does not go out any more.
    /// Example: `2026-05-01T10:00:30Z`
    pub deadline: Time,
}

/// What kind of change an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Operation {
    /// Makes a code or a template.
    Create,
    /// Changes a code, or edits a template.
    Update,
    /// Deletes a code or a template.
    Delete,
}

/// A call that was given up as not done.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Abandoned {
    /// The code that it changed; none for a create.
    /// Example: `D9II3ABC`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Hash of the content that was sent.
    /// Example: `3f2a9c1d5e6f7a8b`
    pub text_hash: String,
    /// Codes that carried the same text before it.
    /// Example: `[ANED2T5QRU7HG1]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_text: Vec<String>,
    /// Until when a late outcome is looked for.
    /// Example: `2026-05-02T10:00:00Z`
    pub until: Time,
}

/// A content that the provider refused for good.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Hash of the content; of a template, with the category that it was refused in.
    /// Example: `v1:3f2a9c1d5e6f7a8b/UTILITY`
    pub hash: String,
    /// Why, and what to do, in one sentence.
    /// Example: `CreatePhoneMessageQrdl: shorten the message (MessageLengthIllegal)`
    pub why: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
fn is_false(flag: &bool) -> bool {
    !flag
}
