//! From what a store remembers to what the providers hold, as far as it goes: plans without providers are made
//! against it.
//!
//! A claim holds the hash of what was delivered, and no text. The text is that of a manifest with this hash, of the
//! one that is in force or of the one that is to come; where neither has it, it differs from both, and that is all.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::api::{Claim, Kind, ReviewState, WhatsAppTemplateStatus};
use crate::engine::object::{AccountObject, Object, Spec, StatusPart};
use crate::plan::claim::Written;
use crate::plan::facts::Key;
use crate::provider::recorded::{Holdings, Record};
use crate::provider::session::Identity;
use crate::qr_code::{self, Code, Phone};
use crate::template::{self, Content};

/// Shown where a text is not known.
const UNKNOWN: &str = "(another text, of which only the fingerprint was kept)";

/// What the providers hold, as these objects tell; accounts and `wanted` are as their manifests want them.
pub(super) fn record(accounts: &[Arc<AccountObject>], objects: &[&Object], wanted: &[&Object]) -> Record {
    let mut record = Record::default();
    for account in accounts {
        if let Some(identity) = &account.status.identity {
            record.identities.insert(account.key.object(), identity.clone());
        }
    }
    let known = Known::of(objects.iter().chain(wanted).copied());
    let next: BTreeMap<&Key, &&Object> = wanted.iter().map(|object| (&object.key, object)).collect();
    for object in objects {
        let Some(claim) = claim(object) else { continue };
        let holdings = record.accounts.entry(claim.identity.to_string()).or_default();
        match object.key.kind {
            Kind::QrCode => code(holdings, object, &claim, &known),
            _ => template(holdings, object, next.get(&object.key).copied().copied(), &claim),
        }
    }
    for object in wanted.iter().filter(|object| claim(object).is_none()) {
        named(&mut record, object, accounts);
    }
    record
}

/// A code that a manifest names and that nobody has is thought to be there, as written: whether it is, only its provider
/// knows, and what is planned without one is not verified.
fn named(record: &mut Record, object: &Object, accounts: &[Arc<AccountObject>]) {
    let Spec::QrCode(spec, _) = &object.spec else { return };
    let (Ok(desired), Some(account)) = (qr_code::parse(spec), object.account_name()) else { return };
    let Some(code) = desired.adopt.as_deref().and_then(Code::parse) else { return };
    let is_its = |it: &&Arc<AccountObject>| (&*it.key.namespace, &*it.key.name) == account;
    let Some(account) = accounts.iter().find(is_its) else { return };
    let name = account.key.object();
    let Some(identity) = Identity::of(&account.spec, &name) else { return };
    let identity = record.identity(&name, identity.as_str()).to_owned();
    let holdings = record.accounts.entry(identity).or_default();
    let (Phone::Number(digits) | Phone::Id(digits)) = &desired.phone;
    let phone = holdings.lines.get(&desired.phone).unwrap_or(digits).clone();
    let codes = holdings.codes.entry(phone.clone()).or_default();
    if codes.iter().any(|known| known.code == code) {
        return;
    }
    codes.push(qr_code::Observed {
        code,
        phone: Some(phone),
        message: desired.message,
        link: None,
        image_url: None,
        image_expires: None,
        image_format: None,
    });
}

/// The newer of the two copies of a claim.
fn claim(object: &Object) -> Option<Arc<Claim>> {
    let said = |written: Written| match written {
        Written::Says(claim) => Some(claim),
        _ => None,
    };
    let both = [said(object.annotation.clone()), said(object.status_claim())];
    both.into_iter().flatten().max_by_key(|claim| (claim.n, claim.intent.is_none()))
}

/// Texts by their hashes.
struct Known(HashMap<String, String>);

impl Known {
    fn of<'a>(objects: impl Iterator<Item = &'a Object>) -> Self {
        let message = |object: &'a Object| match &object.spec {
            Spec::QrCode(spec, _) => Some(&spec.prefilled_message),
            _ => None,
        };
        let messages = objects.filter_map(message);
        Self(messages.map(|message| (qr_code::content_hash(message), message.clone())).collect())
    }
}

fn code(holdings: &mut Holdings, object: &Object, claim: &Claim, known: &Known) {
    let Some(phone) = claim.phone.as_deref() else { return };
    let StatusPart::QrCode(status) = object.status_part() else { return };
    if let Spec::QrCode(spec, _) = &object.spec
        && let Ok(desired) = qr_code::parse(spec)
    {
        holdings.lines.insert(desired.phone, phone.to_owned());
    }
    let Some(code) = claim.code.as_deref().and_then(Code::parse) else { return };
    let drifted = status.conditions.iter().any(|it| it.type_ == "Drifted" && it.status == "True");
    let delivered = claim.content_hash.as_deref().and_then(|hash| known.0.get(hash));
    let message = delivered.filter(|_| !drifted).map_or(UNKNOWN, String::as_str).to_owned();
    holdings.codes.entry(phone.to_owned()).or_default().push(qr_code::Observed {
        code,
        phone: Some(phone.to_owned()),
        message,
        link: status.deep_link_url.clone(),
        image_url: status.image_url.clone(),
        image_expires: status.image_url_expires_at.as_ref().map(|at| at.0),
        image_format: None,
    });
}

fn template(holdings: &mut Holdings, object: &Object, next: Option<&Object>, claim: &Claim) {
    let (Some(id), Spec::Template(spec, status)) = (&claim.template_id, &object.spec) else { return };
    let content = |object: &Object| match &object.spec {
        Spec::Template(spec, _) => template::parse(spec).ok().map(|desired| desired.content()),
        _ => None,
    };
    let likely: Vec<Content> = [Some(object), next].into_iter().flatten().filter_map(content).collect();
    let is_delivered = |content: &&Content| {
        claim.content_hash.as_deref().is_some_and(|hash| content.has_hash(hash) == Some(true))
    };
    let delivered = likely.iter().find(is_delivered).cloned();
    let WhatsAppTemplateStatus { review, category, .. } = &**status;
    holdings.templates.push(template::Observed {
        id: id.clone(),
        name: spec.name.clone(),
        language: spec.language.clone(),
        category: category.clone().unwrap_or_else(|| spec.category.as_str().to_owned()),
        previous_category: None,
        correct_category: None,
        state: review.as_ref().map_or(ReviewState::Pending, |review| review.state),
        reason: review.as_ref().and_then(|review| review.reason.clone()),
        quality: review.as_ref().and_then(|review| review.quality_score.clone()),
        content: Some(delivered.unwrap_or_else(|| Content::unknown(&likely))),
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::{Declared, Memory, Wanted};

    fn code(name: &str, message: &str, claim: &Claim) -> Object {
        let memory = Memory::new("here");
        let key = Key::new(Kind::QrCode, "shop", name);
        let spec =
            json!({"accountRef": {"name": "it"}, "phoneNumber": "+4930901820", "prefilledMessage": message});
        let wanted = Wanted::QrCode(serde_json::from_value(spec).unwrap());
        let claim = Some(Written::Says(Arc::new(claim.clone())));
        let now = jiff::Timestamp::UNIX_EPOCH;
        memory.apply(
            Declared { key: key.clone(), wanted, asked: None, take_over: None, confirm_absence: None, claim },
            now,
        );
        Object::clone(&memory.object(&key).unwrap())
    }

    #[test]
    fn a_delivered_text_is_found_by_its_hash_and_never_made_up() {
        let claim = |hash: &str| Claim {
            identity: "meta/1".into(),
            phone: Some("106".into()),
            code: Some("A1".into()),
            content_hash: Some(qr_code::content_hash(hash)),
            ..Claim::default()
        };
        for (in_force, to_come, delivered, want, reason) in [
            ("Hi", "Hello", "Hi", "Hi", "what is in force was delivered"),
            ("Hello", "Hi", "Hi", "Hi", "what is in force waits, and the branch takes it back"),
            ("Hello", "Hey", "Hi", UNKNOWN, "neither"),
        ] {
            let (object, next) =
                (code("a", in_force, &claim(delivered)), code("a", to_come, &claim(delivered)));
            let record = record(&[], &[&object], &[&next]);
            let holdings = &record.accounts["meta/1"];
            assert_eq!(holdings.codes["106"][0].message, want, "{reason}");
            assert_eq!(holdings.lines.values().collect::<Vec<_>>(), ["106"], "{reason}");
        }
    }
}
