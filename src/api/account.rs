//! `WhatsAppAccount`: the connection to a provider, and its rules.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Condition;
use super::common::{Adoption, Deletion, Drift, Update};

/// A connection to Alibaba Cloud Chat App Message Service or to Meta's WhatsApp Business Platform,
/// and the rules for the objects that refer to it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "waops.dev",
    version = "v1alpha1",
    kind = "WhatsAppAccount",
    doc = "WhatsAppAccount is the connection to a provider (Alibaba Cloud Chat App Message Service or Meta's \
           WhatsApp Business Platform) and the rules for the QR codes and templates that refer to it.",
    namespaced,
    status = "WhatsAppAccountStatus",
    shortname = "waacc",
    category = "waops",
    derive = "PartialEq",
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
    printcolumn(name = "Identity", type_ = "string", json_path = ".status.identity"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "QR Codes", type_ = "integer", json_path = ".status.counts.qrCodes", priority = 1),
    printcolumn(name = "Templates", type_ = "integer", json_path = ".status.counts.templates", priority = 1),
    printcolumn(name = "Unclaimed", type_ = "integer", json_path = ".status.unclaimed", priority = 1),
    printcolumn(name = "Suspended", type_ = "boolean", json_path = ".spec.suspend", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppAccountSpec {
    /// Alibaba Cloud Chat App Message Service (`cams`). Exactly one of `alibaba` and `meta`.
    /// Example: `{credentials: {secretRef: {name: shop}}}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alibaba: Option<AlibabaAccount>,
    /// Meta's WhatsApp Business Platform. Exactly one of `alibaba` and `meta`.
    /// Example: `{businessAccountId: "102290129340398", credentials: {secretRef: {name: shop}}}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<MetaAccount>,
    /// Which namespaces besides its own may refer to this account. Default: none.
    /// Example: `{names: [marketing]}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// Policies for the objects of this account, and which of them an object cannot override.
    /// Example: `{deletion: Retain, enforced: [deletion]}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<AccountPolicies>,
    /// Releases deletions that were held because too many came at once.
    /// Example: `{upTo: 40}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_deletions: Option<ConfirmDeletions>,
    /// How often everything is compared with the provider: units `s`, `m`, `h`, from `1m` to `24h`.
    /// Default `10m`; it stretches by itself so that checks use at most a quarter of the quota.
    /// Example: `10m`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16))]
    pub drift_check_interval: Option<String>,
    /// Lower ceilings than the provider's own, for an account that others use too.
    /// Example: `{requestsPerSecond: 2}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<AccountLimits>,
    /// Holds every object of this account still: no calls, no changes.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

impl WhatsAppAccountSpec {
    /// The Secret with its credentials; none where they come from the surroundings.
    pub fn secret_name(&self) -> Option<&str> {
        let alibaba = self.alibaba.as_ref().map(|account| &account.credentials);
        let credentials = alibaba.or_else(|| self.meta.as_ref().map(|account| &account.credentials))?;
        credentials.secret_ref.as_ref().map(|secret| secret.name.as_str())
    }
}

/// Alibaba Cloud Chat App Message Service, API version 2020-06-06.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlibabaAccount {
    /// Space id of an ISV's customer, or instance id of a direct customer. Part of the identity, so immutable.
    /// Example: `cams-kei123`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub cust_space_id: Option<String>,
    /// Region of the service. Default `ap-southeast-1`, the only one Alibaba documents.
    /// Example: `ap-southeast-1`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub region: Option<String>,
    /// How requests are signed. Default `V3`.
    /// Example: `V3`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureVersion>,
    /// Where the credentials come from; a Secret holds `accessKeyId`, `accessKeySecret` and, for
    /// temporary ones, `securityToken`.
    /// Example: `{secretRef: {name: shop}}`
    pub credentials: Credentials,
}

/// How requests to Alibaba Cloud are signed: `V3` (default, ACS3-HMAC-SHA256) or `V1` (HMAC-SHA1).
/// Example: `V3`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SignatureVersion {
    /// HMAC-SHA1, for accounts and proxies that know nothing else.
    V1,
    /// ACS3-HMAC-SHA256, which keeps credentials out of the URL.
    #[default]
    V3,
}

/// Meta's WhatsApp Business Platform (Graph API).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetaAccount {
    /// Version of the Graph API. Default `v25.0`.
    /// Example: `v25.0`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 4, max = 8))]
    pub graph_version: Option<String>,
    /// Id of the WhatsApp Business Account (WABA), in quotes. Needed for templates and to look up
    /// phone numbers. Part of the identity, so immutable.
    /// Example: `"102290129340398"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub business_account_id: Option<String>,
    /// Id of the Meta app, in quotes. Needed for templates with a media header: the sample is uploaded to the app.
    /// Example: `"684477648739411"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub app_id: Option<String>,
    /// Where the credentials come from; a Secret holds `accessToken` and, when the app demands proofs, `appSecret`.
    /// Example: `{secretRef: {name: shop}}`
    pub credentials: Credentials,
}

/// Where credentials come from: exactly one of `secretRef` and `ambient`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// A Secret in the account's namespace.
    /// Example: `{name: shop}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretReference>,
    /// The surroundings: environment variables, a credentials file, or RRSA (OIDC) on Alibaba Cloud. In a
    /// cluster it works only in namespaces that the operator's flags name.
    /// Example: `{}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ambient: Option<EmptyObject>,
}

/// An object without fields: that it is there says everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct EmptyObject {}

/// A Secret in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// Name of the Secret.
    /// Example: `shop`
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

impl SecretReference {
    /// The environment variable that stands for a key of it where there is no cluster; with the namespace where one name
    /// is in two of them.
    pub fn variable(&self, namespace: Option<&str>, key: &str) -> String {
        let namespace = namespace.map(|namespace| format!("{}_", shout(namespace))).unwrap_or_default();
        format!("WAOPS_SECRET_{namespace}{}_{}", shout(&self.name), shout_key(key))
    }
}

fn shout(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn shout_key(key: &str) -> String {
    let mut shouted = String::new();
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            shouted.push('_');
        }
        shouted.push(c.to_ascii_uppercase());
    }
    shouted
}

/// Which namespaces besides its own may refer to an account; either way of saying so is enough.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowedNamespaces {
    /// Namespaces by name.
    /// Example: `[marketing, sales]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 63)))]
    pub names: Option<Vec<String>>,
    /// Namespaces by label.
    /// Example: `{matchLabels: {waops.dev/account: shop}}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// Policies for the objects of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountPolicies {
    /// What deleting an object does at the provider.
    /// Example: `Retain`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
    /// What happens with a change that has a price, such as one that kills a printed code.
    /// Example: `Guarded`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    /// What happens when somebody else changed an object at the provider.
    /// Example: `Report`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// What happens with an object that already exists at the provider.
    /// Example: `IfIdentical`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
    /// Policies that an object of this account cannot override.
    /// Example: `[update]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4))]
    pub enforced: Option<Vec<EnforcedPolicy>>,
}

/// The name of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnforcedPolicy {
    /// What deleting an object does at the provider.
    Deletion,
    /// What happens with a change that has a price.
    Update,
    /// What happens when somebody else changed an object.
    Drift,
    /// What happens with an object that already exists.
    Adoption,
}

/// A confirmation of many deletions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmDeletions {
    /// How many deletions within one window are meant.
    /// Example: `40`
    #[schemars(range(min = 0, max = 100_000))]
    pub up_to: i32,
}

/// Ceilings for calls to the provider. They can only lower what the provider allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountLimits {
    /// Calls of each operation in a second.
    /// Example: `2`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub requests_per_second: Option<i32>,
    /// Calls of all operations in an hour.
    /// Example: `1000`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 1_000_000))]
    pub requests_per_hour: Option<i32>,
    /// Templates created in an hour.
    /// Example: `20`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub template_creations_per_hour: Option<i32>,
}

/// What waops knows of an account.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppAccountStatus {
    /// The generation of the spec that this status speaks of.
    /// Example: `3`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The state of the account; `Ready` says which precondition is missing.
    /// Example: `[{type: Ready, status: "True", reason: Connected}]`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Who this account is at the provider; objects and locks are kept by it.
    /// Example: `meta/102290129340398`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// How many objects of this account waops looks after.
    /// Example: `{qrCodes: 12, templates: 40}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<AccountCounts>,
    /// Objects at the provider that no manifest claims.
    /// Example: `3`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclaimed: Option<i64>,
    /// The window in which deletions are counted, so that a restart grants nothing.
    /// Example: `{base: 120, deleted: 8, startedAt: "2026-05-01T10:00:00Z"}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_window: Option<DeletionWindow>,
}

/// How many objects of an account waops looks after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountCounts {
    /// QR codes.
    /// Example: `12`
    pub qr_codes: i64,
    /// Templates, each language counted.
    /// Example: `40`
    pub templates: i64,
}

/// A window in which deletions are counted together.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionWindow {
    /// When the window opened.
    /// Example: `2026-05-01T10:00:00Z`
    pub started_at: Time,
    /// How many objects there were then.
    /// Example: `120`
    pub base: i64,
    /// How many were deleted since.
    /// Example: `8`
    pub deleted: i64,
}
