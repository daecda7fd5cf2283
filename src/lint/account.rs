//! What a `WhatsAppAccount` must satisfy.

use std::time::Duration;

use super::crd::{self, Detail};
use super::finding::{Finding, Findings};
use super::rule::{ALIBABA_INFORMS, ALIBABA_WARNS, BOTH_INFORM, BOTH_WARN, META_WARNS, lint};
use super::{finding::quote, links};
use crate::api::rules::{Violation, Violations};
use crate::api::{
    AccountPolicies, AlibabaAccount, Credentials, EnforcedPolicy, MetaAccount, SignatureVersion,
    WhatsAppAccountSpec, duration,
};
use crate::manifest::Place;

rules! {
    REGION = lint(
        "account-region-undocumented",
        ALIBABA_WARNS,
        links::ALIBABA_CREATE_TEMPLATE,
        "Alibaba documents the service in ap-southeast-1 alone",
        "The address of the service is made of the region. Alibaba's documents name ap-southeast-1 only, so in \
         another region there may be nobody to answer. Leave the field out unless Alibaba told you otherwise.",
    );
    SIGNATURE = lint(
        "account-signature-v1",
        ALIBABA_INFORMS,
        links::ALIBABA_SIGNATURE,
        "signature V1 puts the access key id into the address of every call",
        "V1 (HMAC-SHA1) is the older way and ends up in the logs of proxies. V3 keeps credentials in headers. \
         Use V1 only where a proxy knows nothing else.",
    );
    WABA = lint(
        "account-waba-missing",
        META_WARNS,
        links::META_MANAGEMENT,
        "a Meta account names its businessAccountId",
        "Templates belong to the business account on Meta, and phone numbers are looked up there. Without it only \
         QR codes with a phoneNumberId work. It cannot be added later, since it is part of the identity.",
    );
    AMBIENT = lint(
        "account-ambient",
        BOTH_INFORM,
        links::NONE,
        "ambient credentials work only where the operator allows them",
        "Whoever may write an account in a namespace would otherwise act with the operator's own permissions. In \
         a cluster a flag of the operator names the namespaces; on the command line they always work.",
    );
    ENFORCED = lint(
        "account-enforced-unset",
        BOTH_WARN,
        links::NONE,
        "a policy that is enforced is also set",
        "enforced keeps objects from overriding a policy of the account. Where the account does not set it, the \
         default is enforced, which may change between versions: write down what is meant.",
    );
    DRIFT = lint(
        "account-drift-short",
        BOTH_INFORM,
        links::NONE,
        "a drift interval below five minutes mostly spends quota",
        "Checks use at most a quarter of the provider's quota, and the interval stretches by itself to keep to \
         that. Changes of manifests are carried out at once, whatever the interval.",
    );
}

const SHORT_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// Everything that is wrong with an account, or might be.
pub fn account(spec: &WhatsAppAccountSpec) -> Vec<Finding> {
    let detail = |broken: &Violation| detail(spec, broken.rule);
    let mut found = Findings(crd::findings(violations(spec), detail).collect());
    let root = Place::ROOT;
    let place = root.field("spec");
    if let Some(alibaba) = &spec.alibaba {
        let place = place.field("alibaba");
        check_alibaba(alibaba, &place, &mut found);
        check_credentials(&alibaba.credentials, &place, &mut found);
    }
    if let Some(meta) = &spec.meta {
        let place = place.field("meta");
        if meta.business_account_id.is_none() {
            let message = "without businessAccountId there are no templates and no phone numbers on Meta";
            found.add(&WABA, &place, message, "add businessAccountId: \"…\"; it cannot be added later");
        }
        check_credentials(&meta.credentials, &place, &mut found);
    }
    if let Some(policies) = &spec.policies {
        check_enforced(policies, &place.field("policies"), &mut found);
    }
    let interval = spec.drift_check_interval.as_deref();
    if let Some(text) = interval
        && is_interval(text)
        && duration::parse(text).is_some_and(|interval| interval < SHORT_INTERVAL)
    {
        let message = format!("every {text} is often");
        found.add(&DRIFT, &place.field("driftCheckInterval"), message, "10m is the default");
    }
    found.0
}

fn check_alibaba(spec: &AlibabaAccount, place: &Place<'_>, found: &mut Findings) {
    if let Some(region) =
        spec.region.as_deref().filter(|region| is_region(region) && *region != "ap-southeast-1")
    {
        let message = format!("{} is not a region that Alibaba documents for this service", quote(region));
        found.add(&REGION, &place.field("region"), message, "leave region out for ap-southeast-1");
    }
    if spec.signature == Some(SignatureVersion::V1) {
        let message = "signature V1 puts the access key id into addresses, and so into logs (Alibaba)";
        found.add(&SIGNATURE, &place.field("signature"), message, "leave signature out for V3");
    }
}

fn check_credentials(spec: &Credentials, place: &Place<'_>, found: &mut Findings) {
    if spec.ambient.is_some() {
        let place = place.field("credentials");
        let message =
            "in a cluster these credentials work only where a flag of the operator names the namespace";
        found.add(&AMBIENT, &place.field("ambient"), message, "");
    }
}

fn check_enforced(policies: &AccountPolicies, place: &Place<'_>, found: &mut Findings) {
    let enforced = place.field("enforced");
    for (index, policy) in policies.enforced.iter().flatten().enumerate() {
        let (name, is_set) = match policy {
            EnforcedPolicy::Deletion => ("deletion", policies.deletion.is_some()),
            EnforcedPolicy::Update => ("update", policies.update.is_some()),
            EnforcedPolicy::Drift => ("drift", policies.drift.is_some()),
            EnforcedPolicy::Adoption => ("adoption", policies.adoption.is_some()),
        };
        if !is_set {
            let message = format!("{name} is enforced but not set");
            found.add(&ENFORCED, &enforced.index(index), message, format!("set policies.{name} as well"));
        }
    }
}

/// The rules that the API server has for accounts.
fn violations(spec: &WhatsAppAccountSpec) -> Vec<Violation> {
    let mut broken = Violations::default();
    let root = Place::ROOT;
    let place = root.field("spec");
    broken.check(spec.alibaba.is_some() != spec.meta.is_some(), "account-provider", &place);
    if let Some(AlibabaAccount { region, credentials, .. }) = &spec.alibaba {
        let place = place.field("alibaba");
        broken.check(region.as_deref().is_none_or(is_region), "account-region", &place.field("region"));
        broken.check(has_one_source(credentials), "account-credentials", &place.field("credentials"));
    }
    if let Some(MetaAccount { graph_version, business_account_id, app_id, credentials }) = &spec.meta {
        let place = place.field("meta");
        let mut check = |text: &Option<String>, holds: fn(&str) -> bool, rule, field| {
            broken.check(text.as_deref().is_none_or(holds), rule, &place.field(field));
        };
        check(graph_version, is_graph_version, "account-graph-version", "graphVersion");
        check(business_account_id, is_id, "account-waba-id", "businessAccountId");
        check(app_id, is_id, "account-app-id", "appId");
        broken.check(has_one_source(credentials), "account-credentials", &place.field("credentials"));
    }
    let interval = spec.drift_check_interval.as_deref();
    broken.check(
        interval.is_none_or(is_interval),
        "account-drift-interval",
        &place.field("driftCheckInterval"),
    );
    broken.0
}

fn detail(spec: &WhatsAppAccountSpec, id: &str) -> Detail {
    let alibaba = spec.alibaba.as_ref();
    let meta = spec.meta.as_ref();
    let value = match id {
        "account-region" => alibaba.and_then(|alibaba| alibaba.region.as_deref()),
        "account-graph-version" => meta.and_then(|meta| meta.graph_version.as_deref()),
        "account-waba-id" => meta.and_then(|meta| meta.business_account_id.as_deref()),
        "account-app-id" => meta.and_then(|meta| meta.app_id.as_deref()),
        "account-drift-interval" => spec.drift_check_interval.as_deref(),
        _ => None,
    };
    value.map_or_else(Detail::default, |text| Detail::of(text, ""))
}

fn has_one_source(credentials: &Credentials) -> bool {
    credentials.secret_ref.is_some() != credentials.ambient.is_some()
}

fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let continent = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (2..=3).contains(&continent.len())
        && continent.chars().all(|c| c.is_ascii_lowercase())
        && (1..=3).contains(&rest.len())
        && rest.iter().all(|part| (1..=16).contains(&part.len()) && part.chars().all(fits))
}

fn is_graph_version(text: &str) -> bool {
    let major = text.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0"));
    major.is_some_and(|major| {
        major.len() == 2 && is_id(major) && major.parse::<u8>().is_ok_and(|number| number >= 23)
    })
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn is_interval(text: &str) -> bool {
    let minute = Duration::from_secs(60);
    let day = Duration::from_secs(24 * 60 * 60);
    duration::parse(text).is_some_and(|interval| (minute..=day).contains(&interval))
}
