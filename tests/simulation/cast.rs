//! Who plays: accounts, credentials, and the manifests that people write.

use jiff::Timestamp;
use serde_json::{Value, json};
use waops::api::{
    CONFIRM_ABSENCE_ANNOTATION, Kind, TAKE_OVER_ANNOTATION, WhatsAppAccountSpec, WhatsAppQrCodeSpec,
    WhatsAppTemplateSpec,
};
use waops::clock;
use waops::plan::facts::Key;
use waops::simulator::{Provider as Face, Scenario, Time, sandbox};
use waops::store::memory::{Applied, Declared, Wanted};

use super::chance::Chance;
use super::stage::{About, BEGIN, Stage};

/// The namespace of the accounts.
pub(crate) const HOME: &str = "shop";
/// Another one, which the accounts allow.
pub(crate) const GUEST: &str = "market";
/// The accounts: two objects are one account at Meta.
pub(crate) const ACCOUNTS: [&str; 3] = ["meta", "meta2", "ali"];
/// What is to be printed: several objects want the same.
pub(crate) const TEXTS: [&str; 5] = ["Hi from the poster", "Summer sale", "Ask me", "Menu please", "Hi"];
/// What templates are written in; a colleague knows only the first.
pub(crate) const LANGUAGES: [&str; 2] = ["en_US", "es"];
/// What nobody may ever read.
pub(crate) const SECRETS: [&str; 4] =
    [sandbox::ACCESS_TOKEN, "EAAJsecondtoken", sandbox::ACCESS_KEY_SECRET, "second-simulator-secret"];

const SECOND_KEY: &str = "LTAI5tSecond";

/// The phone numbers, as a provider's calls name them; most codes are of the first.
pub(crate) fn phones(face: Face) -> [&'static str; 2] {
    if face == Face::Meta {
        [sandbox::PHONE_NUMBER_ID, sandbox::SECOND_PHONE_NUMBER_ID]
    } else {
        [sandbox::PHONE_NUMBER, sandbox::SECOND_PHONE_NUMBER]
    }
}

/// Where a provider keeps templates.
pub(crate) fn space(face: Face) -> &'static str {
    if face == Face::Meta { sandbox::WABA_ID } else { sandbox::CUST_SPACE_ID }
}

/// Who an account is at its provider.
pub(crate) fn identity(face: Face) -> String {
    let provider = if face == Face::Meta { "meta" } else { "alibaba" };
    format!("{provider}/{}", space(face))
}

/// The provider of an account.
pub(crate) fn face(account: &str) -> Face {
    if account == "ali" { Face::Alibaba } else { Face::Meta }
}

/// What a template is called at its provider.
pub(crate) fn template_name(name: &str) -> String {
    format!("{name}_note")
}

/// Tenants with two sets of credentials, of which the first may end in the middle of the story.
pub(crate) fn scenario(fate: &Chance, about: About) -> Scenario {
    let mut scenario = Scenario::default();
    let ends = fate.permille(300).then(|| {
        let after = fate.below(20 * 60 * 1000).cast_signed();
        Time(Timestamp::as_millisecond(BEGIN) + after)
    });
    if let Some(first) = scenario.meta.tokens.first_mut() {
        let second = SECRETS[1].to_owned();
        let second = waops::simulator::tenants::Token { token: second, ..first.clone() };
        first.expires_at_ms = ends;
        scenario.meta.tokens.push(second);
    }
    for account in &mut scenario.alibaba {
        if let Some(first) = account.keys.first_mut() {
            let second = waops::simulator::tenants::AccessKey {
                id: SECOND_KEY.to_owned(),
                secret: SECRETS[3].to_owned(),
                ..first.clone()
            };
            first.expires_at_ms = ends;
            account.keys.push(second);
        }
    }
    scenario.settings.alibaba.identical_update_rotates = fate.permille(500);
    scenario.settings.alibaba.echoes_samples = fate.permille(300);
    scenario.settings.alibaba.trailing_newlines = fate.permille(500);
    // Nobody knows for certain that an update makes another code; where it does not, an approval could be used again.
    scenario.settings.alibaba.update_rotates = about != About::Texts;
    scenario
}

/// Which credentials a Secret holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    First,
    Second,
    Wrong,
    Missing,
}

pub(crate) fn set_secret(stage: &Stage, account: &str, which: Credentials) {
    let pairs: Vec<(&str, &str)> = match (account, which) {
        (_, Credentials::Missing) => {
            stage.store.set_secret(HOME, account, None);
            return;
        }
        ("ali", Credentials::First) => {
            vec![("accessKeyId", sandbox::ACCESS_KEY_ID), ("accessKeySecret", sandbox::ACCESS_KEY_SECRET)]
        }
        ("ali", Credentials::Second) => vec![("accessKeyId", SECOND_KEY), ("accessKeySecret", SECRETS[3])],
        ("ali", Credentials::Wrong) => {
            vec![("accessKeyId", "LTAIwrong"), ("accessKeySecret", "wrong-secret")]
        }
        (_, Credentials::First) => vec![("accessToken", sandbox::ACCESS_TOKEN)],
        (_, Credentials::Second) => vec![("accessToken", SECRETS[1])],
        (_, Credentials::Wrong) => vec![("accessToken", "EAAJwrong")],
    };
    let data = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect();
    stage.store.set_secret(HOME, account, Some(data));
}

pub(crate) fn account_key(name: &str) -> Key {
    Key::new(Kind::Account, HOME, name)
}

/// An account as its manifest has it at first.
pub(crate) fn account_spec(name: &str, drift: &str) -> WhatsAppAccountSpec {
    let connection = if name == "ali" {
        json!({"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": name}}})
    } else {
        json!({"businessAccountId": sandbox::WABA_ID, "appId": sandbox::APP_ID,
               "credentials": {"secretRef": {"name": name}}})
    };
    let provider = if name == "ali" { "alibaba" } else { "meta" };
    let spec =
        json!({provider: connection, "allowedNamespaces": {"names": [GUEST]}, "driftCheckInterval": drift});
    serde_json::from_value(spec).expect("an account")
}

/// Applies an account, perhaps with a line that decides something.
pub(crate) fn apply_account(stage: &Stage, name: &str, spec: WhatsAppAccountSpec, line: Option<&str>) {
    let says = |annotation: &str| {
        let (said, value) = line?.split_once(": ")?;
        (said == annotation).then(|| value.trim_matches('"').to_owned())
    };
    let declared = Declared {
        key: account_key(name),
        wanted: Wanted::Account(Box::new(spec)),
        asked: None,
        take_over: says(TAKE_OVER_ANNOTATION),
        confirm_absence: says(CONFIRM_ABSENCE_ANNOTATION),
        claim: None,
    };
    stage.ledger().accounts_changed = Some(clock::timestamp());
    stage.store.apply(declared, clock::timestamp());
}

/// What a manifest of a QR code says at first.
pub(crate) fn qr_spec(people: &Chance, namespace: &str) -> WhatsAppQrCodeSpec {
    let account = *people.pick(&ACCOUNTS).unwrap_or(&"meta");
    let text = *people.pick(&TEXTS).unwrap_or(&"Hi");
    let phone = if people.permille(800) { sandbox::PHONE_NUMBER } else { sandbox::SECOND_PHONE_NUMBER };
    let mut spec = json!({"accountRef": {"name": account, "namespace": HOME},
                          "phoneNumber": format!("+{phone}"), "prefilledMessage": text});
    if namespace == HOME {
        spec["accountRef"] = json!({"name": account});
    }
    if people.permille(150) {
        spec["duplicates"] = json!("Allow");
    }
    if let Some(policies) = policies(people) {
        spec["policies"] = policies;
    }
    serde_json::from_value(spec).expect("a QR code")
}

pub(crate) fn template_spec(people: &Chance, whims: &Chance, name: &str) -> WhatsAppTemplateSpec {
    let account = *people.pick(&ACCOUNTS).unwrap_or(&"meta");
    // At Alibaba, the languages of one name have one id.
    let (named, language) = if people.permille(250) { ("t", LANGUAGES[1]) } else { (name, LANGUAGES[0]) };
    let mut spec = json!({"accountRef": {"name": account}, "name": template_name(named), "language": language,
        "category": "UTILITY", "components": {"body": {"text": body(people)}}, "examples": {"name": "Ana"}});
    if let Some(policies) = policies(people) {
        spec["policies"] = policies;
    }
    if whims.permille(100) {
        spec["policies"]["adoption"] = json!("Always");
    }
    if whims.permille(200) {
        spec["readyWhen"] = json!("Submitted");
    }
    if face(account) == Face::Alibaba && whims.permille(400) {
        spec["categoryChangePaused"] = json!(true);
    }
    serde_json::from_value(spec).expect("a template")
}

pub(crate) fn body(people: &Chance) -> String {
    format!("Hi {{{{name}}}}, this is the note number {} for you today.", people.below(4))
}

fn policies(people: &Chance) -> Option<Value> {
    let pick = |from: &[&str]| json!(people.pick(from).copied().unwrap_or_default());
    people.permille(300).then(|| match people.below(5) {
        0 => json!({"deletion": pick(&["Delete", "Retain"])}),
        1 => json!({"update": pick(&["Automatic", "Never", "Guarded"])}),
        2 => json!({"drift": pick(&["Correct", "Report"])}),
        _ => json!({"adoption": pick(&["Ask", "IfIdentical", "Never"])}),
    })
}

/// Applies a manifest to an object.
pub(crate) fn apply(stage: &Stage, key: Key, wanted: Wanted) -> Applied {
    let declared = Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim: None };
    stage.store.apply(declared, clock::timestamp())
}
