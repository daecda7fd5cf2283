//! Who has an account: the customers of both providers, as a scenario declares them.

use serde::{Deserialize, Serialize};

use super::time::Time;

/// An Alibaba Cloud account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlibabaAccount {
    /// Its number.
    pub uid: String,
    /// Whether it has subscribed to the product (providers.md A4, `Product.Unsubscript`).
    #[serde(default = "yes")]
    pub subscribed: bool,
    /// Whether the staff allow-listed it for `MessageSendTtlSeconds` (A3.1).
    #[serde(default = "yes")]
    pub ttl_allowed: bool,
    /// Its spaces. The first one is meant when a call names none.
    pub spaces: Vec<Space>,
    /// Its keys.
    pub keys: Vec<AccessKey>,
    /// Roles that OIDC tokens can assume (A7).
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// A `CustSpaceId`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Space {
    /// Its id.
    pub id: String,
    /// Its phone numbers, digits alone.
    pub phones: Vec<String>,
}

/// An access key, of a RAM user or from STS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKey {
    /// Its public half.
    pub id: String,
    /// Its secret half.
    pub secret: String,
    /// The token that must come with it, for a key from STS.
    #[serde(default)]
    pub security_token: Option<String>,
    /// When it ends.
    #[serde(default)]
    pub expires_at_ms: Option<Time>,
    /// Whether it is switched on.
    #[serde(default = "yes")]
    pub active: bool,
    /// Role and session that it was made for (`waops/session`), for a key from STS.
    #[serde(default)]
    pub session: Option<String>,
    /// RAM actions it may do: `cams:ListPhoneMessageQrdl`, `cams:*`.
    #[serde(default = "all_actions")]
    pub allow: Vec<String>,
}

/// A RAM role for OIDC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// `acs:ram::<uid>:role/<name>`.
    pub arn: String,
    /// `acs:ram::<uid>:oidc-provider/<name>`.
    pub provider_arn: String,
    /// The only tokens it believes; any with none.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// What its keys may do.
    #[serde(default = "all_actions")]
    pub allow: Vec<String>,
}

/// Meta's side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct MetaTenants {
    /// Apps, which tokens belong to.
    pub apps: Vec<App>,
    /// Tokens of system users.
    pub tokens: Vec<Token>,
    /// WhatsApp Business accounts.
    pub wabas: Vec<Waba>,
}

/// An app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct App {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Whether calls need `appsecret_proof` (providers.md B1).
    #[serde(default)]
    pub requires_proof: bool,
    /// Whether it is Meta's own, which alone sees `creation_time` (B2).
    #[serde(default)]
    pub first_party: bool,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// The token itself.
    pub token: String,
    /// The app it was made for.
    pub app: String,
    /// When it ends.
    #[serde(default)]
    pub expires_at_ms: Option<Time>,
    /// Whether somebody made it invalid.
    #[serde(default)]
    pub revoked: bool,
    /// Permissions.
    #[serde(default = "all_scopes")]
    pub scopes: Vec<String>,
    /// The WABAs its business shares with it.
    pub wabas: Vec<String>,
}

/// A WhatsApp Business account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waba {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Whether the portfolio is verified: room for 6,000 templates instead of 250 (B3.2).
    #[serde(default = "yes")]
    pub verified: bool,
    /// Its phone numbers.
    pub phones: Vec<PhoneNumber>,
}

/// A phone number of a WABA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhoneNumber {
    /// Its id.
    pub id: String,
    /// As people write it: `+49 30 901820`.
    pub display: String,
    /// Its verified name.
    #[serde(default)]
    pub verified_name: String,
    /// Whether its owner proved to own it.
    #[serde(default = "yes")]
    pub verified: bool,
}

fn yes() -> bool {
    true
}

fn all_actions() -> Vec<String> {
    vec!["cams:*".to_owned()]
}

/// providers.md B1.
fn all_scopes() -> Vec<String> {
    vec!["whatsapp_business_management".to_owned(), "whatsapp_business_messaging".to_owned()]
}
