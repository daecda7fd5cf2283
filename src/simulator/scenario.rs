//! A scenario: everything a story starts with. `waops simulate --scenario FILE` reads it.

use serde::{Deserialize, Serialize};

use super::faults::FaultRule;
use super::review::ReviewRule;
use super::settings::Settings;
use super::tenants::{AccessKey, AlibabaAccount, App, MetaTenants, PhoneNumber, Role, Space, Token, Waba};

/// What a simulator starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Every code, id and draw follows from it.
    pub seed: u64,
    /// Switches.
    pub settings: Settings,
    /// Alibaba Cloud accounts.
    pub alibaba: Vec<AlibabaAccount>,
    /// Meta's apps, tokens and WABAs.
    pub meta: MetaTenants,
    /// Rules for reviews; the first that matches decides.
    pub reviews: Vec<ReviewRule>,
    /// What goes wrong.
    pub faults: Vec<FaultRule>,
}

impl Default for Scenario {
    /// The sandbox: one account at each provider, everything allowed, nothing wrong.
    fn default() -> Self {
        Self {
            seed: 1,
            settings: Settings::default(),
            alibaba: vec![sandbox_account()],
            meta: sandbox_meta(),
            reviews: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// Credentials and names of the sandbox, for tests and for what `waops simulate` prints.
pub mod sandbox {
    /// Alibaba's access key.
    pub const ACCESS_KEY_ID: &str = "LTAI5tSimulator";
    /// Its secret.
    pub const ACCESS_KEY_SECRET: &str = "simulator-secret";
    /// A role for OIDC.
    pub const ROLE_ARN: &str = "acs:ram::100000000000001:role/waops";
    /// Its identity provider.
    pub const OIDC_PROVIDER_ARN: &str = "acs:ram::100000000000001:oidc-provider/simulator";
    /// The space.
    pub const CUST_SPACE_ID: &str = "cams-simulator";
    /// A phone number, at both providers.
    pub const PHONE_NUMBER: &str = "4930901820";
    /// Another one.
    pub const SECOND_PHONE_NUMBER: &str = "8613800000000";
    /// Meta's app.
    pub const APP_ID: &str = "670843887433847";
    /// Its secret.
    pub const APP_SECRET: &str = "simulator-app-secret";
    /// A token of a system user.
    pub const ACCESS_TOKEN: &str = "EAAJsimulator";
    /// The WABA.
    pub const WABA_ID: &str = "102290129340398";
    /// Meta's id of [`PHONE_NUMBER`].
    pub const PHONE_NUMBER_ID: &str = "106540352242922";
    /// Meta's id of [`SECOND_PHONE_NUMBER`].
    pub const SECOND_PHONE_NUMBER_ID: &str = "106540352242923";
}

fn sandbox_account() -> AlibabaAccount {
    let allow = vec!["cams:*".to_owned()];
    AlibabaAccount {
        uid: "100000000000001".to_owned(),
        subscribed: true,
        ttl_allowed: true,
        spaces: vec![Space {
            id: sandbox::CUST_SPACE_ID.to_owned(),
            phones: vec![sandbox::PHONE_NUMBER.to_owned(), sandbox::SECOND_PHONE_NUMBER.to_owned()],
        }],
        keys: vec![AccessKey {
            id: sandbox::ACCESS_KEY_ID.to_owned(),
            secret: sandbox::ACCESS_KEY_SECRET.to_owned(),
            security_token: None,
            expires_at_ms: None,
            active: true,
            session: None,
            allow: allow.clone(),
        }],
        roles: vec![Role {
            arn: sandbox::ROLE_ARN.to_owned(),
            provider_arn: sandbox::OIDC_PROVIDER_ARN.to_owned(),
            tokens: Vec::new(),
            allow,
        }],
    }
}

fn sandbox_meta() -> MetaTenants {
    let phone = |id: &str, display: &str| PhoneNumber {
        id: id.to_owned(),
        display: display.to_owned(),
        verified_name: "waops sandbox".to_owned(),
        verified: true,
    };
    MetaTenants {
        apps: vec![App {
            id: sandbox::APP_ID.to_owned(),
            secret: sandbox::APP_SECRET.to_owned(),
            requires_proof: false,
            first_party: false,
        }],
        tokens: vec![Token {
            token: sandbox::ACCESS_TOKEN.to_owned(),
            app: sandbox::APP_ID.to_owned(),
            expires_at_ms: None,
            revoked: false,
            scopes: vec!["whatsapp_business_management".to_owned(), "whatsapp_business_messaging".to_owned()],
            wabas: vec![sandbox::WABA_ID.to_owned()],
        }],
        wabas: vec![Waba {
            id: sandbox::WABA_ID.to_owned(),
            name: "waops sandbox".to_owned(),
            verified: true,
            phones: vec![
                phone(sandbox::PHONE_NUMBER_ID, "+49 30 901820"),
                phone(sandbox::SECOND_PHONE_NUMBER_ID, "+86 138 0000 0000"),
            ],
        }],
    }
}
