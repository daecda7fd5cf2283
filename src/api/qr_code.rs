//! `WhatsAppQrCode`: a code that opens a chat with a message already typed.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Condition;
use super::claim::Claim;
use super::common::{AccountReference, Policies};

/// A QR code and short link that open a chat with the business, with a message already typed.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "waops.dev",
    version = "v1alpha1",
    kind = "WhatsAppQrCode",
    doc = "WhatsAppQrCode is a QR code and short link that open a chat with the business, with a message already typed.",
    namespaced,
    status = "WhatsAppQrCodeStatus",
    shortname = "waqr",
    category = "waops",
    derive = "PartialEq",
    selectable = ".spec.accountRef.name",
    selectable = ".spec.phoneNumber",
    selectable = ".status.code",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "State",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Code", type_ = "string", json_path = ".status.code"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Account", type_ = "string", json_path = ".spec.accountRef.name", priority = 1),
    printcolumn(name = "Phone", type_ = "string", json_path = ".spec.phoneNumber", priority = 1),
    printcolumn(name = "Link", type_ = "string", json_path = ".status.deepLinkUrl", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppQrCodeSpec {
    /// The account that holds the code. Immutable.
    /// Example: `{name: shop}`
    pub account_ref: AccountReference,
    /// The business phone number in E.164, in quotes, with or without `+`. Exactly one of `phoneNumber`
    /// and `phoneNumberId`. Immutable.
    /// Example: `"+4930901820"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub phone_number: Option<String>,
    /// Meta's id of the phone number, in quotes, when it is known. Exactly one of `phoneNumber` and
    /// `phoneNumberId`. Immutable.
    /// Example: `"106540352242922"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub phone_number_id: Option<String>,
    /// The message that stands ready in the chat, 1 to 140 characters.
    /// Example: `Hi! I saw your poster`
    #[schemars(length(min = 1, max = 140))]
    pub prefilled_message: String,
    /// The image that is drawn of the code.
    /// Example: `{format: SVG}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSpec>,
    /// Takes over a code that exists, instead of making one.
    /// Example: `{code: ANED2T5QRU7HG1}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<AdoptCode>,
    /// Approves that a printed code may die for this content, once: the line that `ChangeBlocked` prints.
    /// Example: `D9II3ABC@3f2a9c1d`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 128))]
    pub approve: Option<String>,
    /// Says that a second code with the same message on the same phone number is meant.
    /// Example: `Allow`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
    /// Where the code, the link and the image are written, for applications and print shops.
    /// Example: `{configMapName: poster-qr}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputSpec>,
    /// Overrides of the account's policies.
    /// Example: `{deletion: Retain}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Policies>,
    /// Holds this object still: no calls, no changes.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// The image that is drawn of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageSpec {
    /// File format. A change of it never changes the code.
    /// Example: `SVG`
    pub format: ImageFormat,
}

/// File format of a QR image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ImageFormat {
    /// Vector graphics: sharp at any size, for print. Default.
    #[default]
    Svg,
    /// Pixels, for screens and mail.
    Png,
}

/// A code to take over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdoptCode {
    /// The code, as it stands behind `https://wa.me/message/`.
    /// Example: `ANED2T5QRU7HG1`
    #[schemars(length(min = 1, max = 64))]
    pub code: String,
}

/// Whether a second code with the same message on the same phone number is meant: `Allow`, or `Deny`
/// (default), with which the younger object waits.
/// Example: `Allow`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Duplicates {
    /// It is meant.
    Allow,
    /// It is a mistake, so the younger object waits. Default.
    Deny,
}

/// Where results are written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutputSpec {
    /// A ConfigMap in the same namespace, made and owned by this object.
    /// Example: `poster-qr`
    #[schemars(length(min = 1, max = 253))]
    pub config_map_name: String,
}

/// What waops knows of a code.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppQrCodeStatus {
    /// The generation of the spec that this status speaks of.
    /// Example: `2`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The state of the code: Ready, Reconciling, Stalled and what stands in the way.
    /// Example: `[{type: Ready, status: "True", reason: Live}]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The code that is live.
    /// Example: `ANED2T5QRU7HG1`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The link that opens the chat; the QR image holds it.
    /// Example: `https://wa.me/message/ANED2T5QRU7HG1`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deep_link_url: Option<String>,
    /// The provider's own image. It can expire; the image in `spec.output` does not.
    /// Example: `https://scontent.xx.fbcdn.net/qr.svg?oe=64550A9E`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// When the provider's own image expires, as far as its link tells.
    /// Example: `2026-05-05T13:57:02Z`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url_expires_at: Option<Time>,
    /// Codes that this object had before, newest first, and why each ended.
    /// Example: `[{code: D9II3ABC, reason: Replaced}]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_codes: Vec<PreviousCode>,
    /// What this object owns at the provider; a copy of the annotation `waops.dev/claim`. Written by waops alone.
    /// Example: `{n: 3, object: marketing/poster}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Arc<Claim>>,
}

/// A code that an object had before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviousCode {
    /// The code.
    /// Example: `D9II3ABC`
    pub code: String,
    /// Why it ended.
    /// Example: `Replaced`
    pub reason: String,
}
