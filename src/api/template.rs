//! `WhatsAppTemplate`: one message template in one language.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Condition;
use super::claim::Claim;
use super::common::{AccountReference, Policies};
use super::components::ComponentsSpec;

/// One message template in one language.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "waops.dev",
    version = "v1alpha1",
    kind = "WhatsAppTemplate",
    doc = "WhatsAppTemplate is one message template in one language, from its text through the provider's review.",
    namespaced,
    status = "WhatsAppTemplateStatus",
    shortname = "watpl",
    category = "waops",
    derive = "PartialEq",
    selectable = ".spec.accountRef.name",
    selectable = ".spec.name",
    selectable = ".spec.language",
    selectable = ".spec.category",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(name = "Review", type_ = "string", json_path = ".status.review.state"),
    printcolumn(name = "Language", type_ = "string", json_path = ".spec.language"),
    printcolumn(name = "Category", type_ = "string", json_path = ".spec.category"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Template", type_ = "string", json_path = ".spec.name", priority = 1),
    printcolumn(name = "Account", type_ = "string", json_path = ".spec.accountRef.name", priority = 1),
    printcolumn(name = "Quality", type_ = "string", json_path = ".status.review.qualityScore", priority = 1),
    printcolumn(name = "ID", type_ = "string", json_path = ".status.templateId", priority = 1),
    printcolumn(
        name = "State",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppTemplateSpec {
    /// The account that holds the template. Immutable.
    /// Example: `{name: shop}`
    pub account_ref: AccountReference,
    /// Name at the provider: lower-case letters, digits and `_`, up to 512. Shared by the languages of
    /// one template. Immutable.
    /// Example: `order_shipped`
    #[schemars(length(min = 1, max = 512))]
    pub name: String,
    /// Language code as the provider writes it. Immutable.
    /// Example: `en_US`
    #[schemars(length(min = 2, max = 16))]
    pub language: String,
    /// What the template is for; it decides the price. The provider may approve it under another one,
    /// which is shown and never fought.
    /// Example: `UTILITY`
    pub category: Category,
    /// A finer category, for order templates on Meta.
    /// Example: `ORDER_STATUS`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_category: Option<SubCategory>,
    /// What the message consists of.
    /// Example: `{body: {text: "Hi {{name}}, it is on its way."}}`
    pub components: ComponentsSpec,
    /// One sample for each `{{variable}}`; the reviewer sees them.
    /// Example: `{name: Ana, order_id: "A1"}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxProperties" = 100))]
    pub examples: Option<BTreeMap<String, String>>,
    /// How variables are written on Meta's wire: `NAMED` (default) keeps their names, `POSITIONAL` numbers
    /// them in order of appearance, for senders that know only numbers. Meta only.
    /// Example: `NAMED`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_format: Option<ParameterFormat>,
    /// How long the provider tries to deliver a message, in seconds: 30 to 900 for AUTHENTICATION, 30 to
    /// 43200 for UTILITY, 43200 to 2592000 for MARKETING (Meta); -1 means 30 days (Meta, not MARKETING).
    /// Alibaba's staff must allow it for the business account first.
    /// Example: `3600`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = 2_592_000))]
    pub message_send_ttl_seconds: Option<i32>,
    /// Pauses sending when the provider turns a UTILITY template into MARKETING. Alibaba only.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category_change_paused: Option<bool>,
    /// Lets the provider choose another category. Deprecated: WhatsApp does so anyway since 2025.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_category_change: Option<bool>,
    /// The product set that a catalog template shows.
    /// Example: `"1234567890"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub product_set_id: Option<String>,
    /// Switches off click tracking of the template's links. Meta only.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cta_url_link_tracking_opted_out: Option<bool>,
    /// What Ready waits for: `Approved` (default) or `Submitted`, since a review can take a day.
    /// Example: `Submitted`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_when: Option<ReadyWhen>,
    /// Overrides of the account's policies.
    /// Example: `{update: Never}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Policies>,
    /// Holds this object still: no calls, no changes.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Category {
    /// About something the customer asked for or did.
    Utility,
    /// Offers and everything that is not one of the others.
    Marketing,
    /// One-time codes.
    Authentication,
}

impl Category {
    /// The word on both wires.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Utility => "UTILITY",
            Category::Marketing => "MARKETING",
            Category::Authentication => "AUTHENTICATION",
        }
    }
}

/// A finer category, for order templates on Meta: `ORDER_DETAILS`, `ORDER_STATUS` or `RICH_ORDER_STATUS`.
/// Example: `ORDER_STATUS`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubCategory {
    /// An order to review and pay.
    OrderDetails,
    /// News of an order.
    OrderStatus,
    /// News of an order, with its items.
    RichOrderStatus,
}

/// How variables are written on Meta's wire: `NAMED` (default) keeps their names, `POSITIONAL` numbers them
/// in order of appearance, for senders that know only numbers. Meta only.
/// Example: `NAMED`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParameterFormat {
    /// `{{name}}`
    #[default]
    Named,
    /// `{{1}}`
    Positional,
}

/// What Ready waits for: `Approved` (default), or `Submitted`, since a review can take a day.
/// Example: `Submitted`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ReadyWhen {
    /// The provider approved the template.
    #[default]
    Approved,
    /// The provider has the template.
    Submitted,
}

/// What waops knows of a template.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppTemplateStatus {
    /// The generation of the spec that this status speaks of.
    /// Example: `2`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The state of the template: Ready, Reconciling, Stalled, Approved and what stands in the way.
    /// Example: `[{type: Ready, status: "True", reason: Approved}]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The provider's id: a template code at Alibaba, an id at Meta.
    /// Example: `"594425479261596"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// What the provider's review says.
    /// Example: `{state: Approved, qualityScore: GREEN}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewStatus>,
    /// The category under which the provider holds the template.
    /// Example: `MARKETING`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What is left of the provider's edit quota.
    /// Example: `{used: 3, of: 10}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<TemplateEdits>,
    /// Hash of the content that was last submitted, with its version in front.
    /// Example: `v1:3f2a9c1d`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_hash: Option<String>,
    /// What this object owns at the provider; a copy of the annotation `waops.dev/claim`. Written by waops alone.
    /// Example: `{n: 3, object: marketing/poster}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Arc<Claim>>,
}

/// What a provider's review says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewStatus {
    /// Where the template stands.
    /// Example: `Approved`
    pub state: ReviewState,
    /// Why, in the provider's words.
    /// Example: `TAG_CONTENT_MISMATCH`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What customers make of it: GREEN, YELLOW, RED or UNKNOWN.
    /// Example: `GREEN`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<String>,
}

/// Where a template stands in the provider's review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ReviewState {
    /// The provider looks at it.
    Pending,
    /// The provider stopped looking at it.
    Suspended,
    /// It can be sent.
    Approved,
    /// It was refused; correct it and it is reviewed again.
    Rejected,
    /// Customers complained; sending is paused.
    Paused,
    /// Customers complained too often; it can no longer be sent.
    Disabled,
    /// Nobody used it for a year; it is deleted four weeks later.
    Archived,
    /// It is being deleted.
    Deleting,
    /// A word that waops does not know.
    Unknown,
}

/// What is left of the provider's edit quota.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateEdits {
    /// Edits within the last 30 days.
    /// Example: `3`
    pub used: i64,
    /// How many the provider allows.
    /// Example: `10`
    pub of: i64,
    /// When the next edit is possible; a time in the past means now.
    /// Example: `2026-05-02T10:00:00Z`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
}
