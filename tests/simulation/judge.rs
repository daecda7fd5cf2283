//! What must hold once nothing goes wrong any more and some time has passed.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use waops::api::{Claim, Kind, WhatsAppQrCodeSpec};
use waops::engine::object::{Object, Spec};
use waops::plan::claim::Written;
use waops::plan::facts::Key;
use waops::plan::step::{Plan, Step};
use waops::qr_code::content_hash;
use waops::simulator::{Provider as Face, sandbox};

use super::accounts;
use super::cast::SECRETS;
use super::forms;
use super::ledger::{claim_of, claims_of, short};
use super::people::message;
use super::stage::{HERE, Stage};

/// A code that lives at a provider.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) face: Face,
    pub(crate) phone: String,
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) since: Timestamp,
}

/// Every code that lives.
pub(crate) fn live_codes(stage: &Stage) -> Vec<Live> {
    let objects = stage.inside.simulator().objects();
    let owners = objects.get("codes").and_then(Value::as_object);
    owners
        .into_iter()
        .flatten()
        .flat_map(|(owner, codes)| {
            let (face, phone) = owner.split_once('/').unwrap_or_default();
            let face = if face == "meta" { Face::Meta } else { Face::Alibaba };
            let text = |code: &Value, field: &str| {
                code.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let phone = phone.to_owned();
            codes.as_array().into_iter().flatten().map(move |code| Live {
                face,
                phone: phone.clone(),
                code: text(code, "code"),
                text: text(code, "message"),
                since: code
                    .get("created")
                    .and_then(Value::as_i64)
                    .and_then(|since| Timestamp::from_millisecond(since).ok())
                    .unwrap_or_default(),
            })
        })
        .collect()
}

/// States in which nothing more happens until somebody decides something, or somebody at a provider does.
const RESTS: &[&str] = &[
    "Live",
    "Approved",
    "Submitted",
    "InReview",
    "NameLocked",
    "EditsUsedUp",
    "AccountChanged",
    "ApprovalNeeded",
    "UpdatesNever",
    "Drifted",
    "AdoptionNeeded",
    "AdoptionImpossible",
    "Ambiguous",
    "Taken",
    "Copied",
    "ClaimedElsewhere",
    "ClaimUnreadable",
    "ProviderForbids",
    "Rejected",
    "Paused",
    "Disabled",
    "Archived",
    "Invalid",
];

/// Whether nobody has anything left to do.
pub(crate) fn everybody_rests(stage: &Stage) -> bool {
    stage.store.all().1.iter().all(|object| rests(object))
}

/// Whether nothing is left to be done about an object.
pub(crate) fn rests(object: &Object) -> bool {
    let is_resolved = claim_of(object).is_none_or(|claim| claim.intent.is_none());
    object.meta.deleting.is_none() && is_resolved && RESTS.contains(&reason_of(object).as_str())
}

/// Whether a provider told somebody to wait, who tries again, rarely.
pub(crate) fn is_told_to_wait(object: &Object) -> bool {
    matches!(reason_of(object).as_str(), "ProviderSaysWait" | "NameLocked" | "EditsUsedUp")
}

/// Whoever rests plans no call, and whoever has what the manifest says plans nothing.
pub(crate) fn plans_nothing(stage: &Stage, object: &Object, plan: &Plan) {
    let is_quiet = match (reason_of(object).as_str(), &plan.step) {
        ("Live" | "Approved", step) => *step == Step::Nothing && plan.consequences.is_empty(),
        (_, step) => !matches!(step, Step::Call { .. } | Step::Keep { .. } | Step::Release(_)),
    };
    if !is_quiet {
        stage.broken("with nothing to do nothing is planned (promise 5)", || {
            format!("{} is {}: {plan:?}", short(&object.key), reason_of(object))
        });
    }
}

/// How many are in review, and so looked at every few minutes.
pub(crate) fn in_review(stage: &Stage) -> u64 {
    let (_, objects) = stage.store.all();
    objects.iter().filter(|object| !["Live", "Approved"].contains(&reason_of(object).as_str())).count() as u64
}

/// Everything that must hold at the end.
pub(crate) fn final_judgement(stage: &Stage) {
    let (accounts, objects) = stage.store.all();
    let live = live_codes(stage);
    for object in &objects {
        let reason = reason_of(object);
        stage.count(format!(
            "end {:?} {}{reason}",
            object.key.kind,
            if object.meta.deleting.is_some() { "going " } else { "" }
        ));
        of_object(stage, object, &reason, &live, &objects);
        let owns = claim_of(object).is_some_and(|claim| {
            claim.installation == HERE && (claim.code.is_some() || claim.template_id.is_some())
        });
        if owns && !object.meta.held && object.meta.deleting.is_none() {
            stage.broken("an owned object gets its finalizer back (claim 6)", || {
                format!("{} is {reason}", short(&object.key))
            });
        }
    }
    forms::judge(stage, &objects);
    accounts::judge(stage, &accounts, &objects, &live);
    owners(stage, &objects, &live);
    orphans(stage, &objects, &live);
    secrets(stage, &objects, &format!("{accounts:?}"));
}

fn reason_of(object: &Object) -> String {
    object.status().reason().unwrap_or("none").to_owned()
}

fn of_object(stage: &Stage, object: &Object, reason: &str, live: &[Live], all: &[Arc<Object>]) {
    let about = || format!("{} is {reason}: {}", short(&object.key), message(object).unwrap_or_default());
    if object.meta.deleting.is_some() {
        let blocked = ["DeletionBlocked", "Ambiguous", "Invalid", "Deleting", "AdoptionNeeded"];
        if !blocked.contains(&reason) {
            stage.broken("a delete ends (claim 21)", about);
        }
        return;
    }
    let waits = object.key.kind == Kind::Template && reason == "ProviderSaysWait";
    if !RESTS.contains(&reason) && !waits {
        stage.broken("it converges (promise 1)", about);
        return;
    }
    let Spec::QrCode(spec, status) = &object.spec else { return };
    let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    if ready.is_some_and(|ready| ready.observed_generation != Some(object.meta.generation)) {
        stage.broken("a status is about the manifest as it is", about);
    }
    let claim = claim_of(object);
    let is_ready = ready.is_some_and(|ready| ready.status == "True");
    let own = claim.as_ref().and_then(|claim| claim.code.as_ref());
    let found = live.iter().find(|live| Some(&live.code) == own);
    let says_true = match reason {
        "Live" => found.is_some(),
        "ApprovalNeeded" | "UpdatesNever" | "Drifted" => {
            found.is_some_and(|found| found.text != spec.prefilled_message)
        }
        "AdoptionImpossible" if message(object).is_some_and(|why| why.contains("is not live")) => {
            let adopt = spec.adopt.as_ref().map(|adopt| adopt.code.as_str());
            !live.iter().any(|live| Some(live.code.as_str()) == adopt && is_at(spec, live))
        }
        _ => true,
    };
    if !says_true {
        stage.broken("a status says what is", about);
    }
    if is_ready {
        let true_to_word =
            live.iter().any(|live| Some(&live.code) == own && live.text == spec.prefilled_message);
        if !true_to_word || status.code.as_ref() != own {
            stage.broken("Ready is true", || {
                format!("{}; claim {claim:?}; status.code {:?}", about(), status.code)
            });
        }
    }
    let is_open = claim.as_ref().is_some_and(|claim| claim.intent.is_some());
    if is_open && !matches!(reason, "Ambiguous" | "AccountChanged" | "ClaimUnreadable") {
        stage.broken("an unclear call is resolved (claim 5)", || format!("{}: {claim:?}", about()));
    }
    let same_text = |other: &&Arc<Object>| match &other.spec {
        Spec::QrCode(other_spec, _) => other_spec.prefilled_message == spec.prefilled_message,
        _ => true,
    };
    match reason {
        "Taken" => {
            let hash = content_hash(&spec.prefilled_message);
            let others = all.iter().filter(|other| other.key != object.key);
            let owns = |other: &&Arc<Object>| {
                claims_of(other).iter().any(|claim| {
                    claim.content_hash.as_ref() == Some(&hash)
                        || claim.intent.as_ref().is_some_and(|intent| intent.text_hash == hash)
                        || claim.code.is_some()
                            && claim.code.as_deref() == spec.adopt.as_ref().map(|adopt| adopt.code.as_str())
                })
            };
            if !others.clone().any(|other| same_text(&other) || owns(&other)) {
                stage.broken("who waits for another object waits for one that is there (claim 7)", about);
            }
        }
        "AdoptionNeeded" => {
            let claimed = |code: &str| {
                // What a copy says of an original that is gone, nobody claims (claims 15).
                let counts = |other: &Object, claim: &Claim| {
                    claim.installation != HERE
                        || claim.uid == other.meta.uid
                        || claim.object == other.key.object()
                };
                all.iter().filter(|other| other.key != object.key).any(|other| {
                    let claims = claims_of(other);
                    claims.iter().any(|claim| claim.code.as_deref() == Some(code) && counts(other, claim))
                })
            };
            if !live.iter().any(|live| live.text == spec.prefilled_message && !claimed(&live.code)) {
                stage.broken("who is asked about a code is asked about one that is there (claim 6)", about);
            }
        }
        _ => {}
    }
}

/// Whether a code lives where a manifest points to.
fn is_at(spec: &WhatsAppQrCodeSpec, live: &Live) -> bool {
    let number = spec.phone_number.as_deref().unwrap_or_default().trim_start_matches('+');
    match (live.face, spec.account_ref.name.as_str()) {
        (Face::Meta, "meta" | "meta2") => {
            number == sandbox::PHONE_NUMBER && live.phone == sandbox::PHONE_NUMBER_ID
        }
        (Face::Alibaba, "ali") => live.phone == number,
        _ => false,
    }
}

/// No two objects have one code.
fn owners(stage: &Stage, objects: &[Arc<Object>], live: &[Live]) {
    let mut owners: BTreeMap<String, Vec<&Key>> = BTreeMap::new();
    for object in objects.iter().filter(|object| object.meta.deleting.is_none()) {
        if let Some(code) = claim_of(object).and_then(|claim| claim.code) {
            owners.entry(code).or_default().push(&object.key);
        }
    }
    for (code, keys) in owners {
        if keys.len() > 1 && live.iter().any(|live| live.code == code) {
            stage.broken("one code has one owner", || format!("{code}: {keys:?}"));
        }
    }
}

/// Every live code that we made is somebody's, or somebody let it go.
fn orphans(stage: &Stage, objects: &[Arc<Object>], live: &[Live]) {
    for code in live.iter().filter(|code| !stage.may_have_hidden(code)) {
        let is_owned = objects.iter().any(|object| {
            claims_of(object).iter().any(|claim| {
                claim.code.as_ref() == Some(&code.code)
                    || claim.intent.as_ref().is_some_and(|intent| {
                        intent.from.as_ref() == Some(&code.code)
                            || intent.text_hash == content_hash(&code.text)
                    })
            })
        });
        let ledger = stage.ledger();
        let is_loose = ledger.foreign.contains(&code.code)
            || ledger.loose.contains(&code.code)
            || ledger.is_loose_text(&content_hash(&code.text), code.since);
        drop(ledger);
        if !is_owned && !is_loose {
            stage.broken("every code that we made has its object (promise 1)", || {
                format!("{code:?} is nobody's")
            });
        }
    }
}

/// A secret appears nowhere (promise 6), and every claim can be read.
fn secrets(stage: &Stage, objects: &[Arc<Object>], accounts: &str) {
    let shown = |secret: &&&str, text: &str| text.contains(**secret);
    for object in objects {
        let text = format!("{object:?}");
        if let Some(secret) = SECRETS.iter().find(|secret| shown(secret, &text)) {
            stage.broken("a secret appears nowhere (promise 6)", || {
                format!("{secret} in {}", short(&object.key))
            });
        }
        if let Written::Says(claim) = &object.annotation {
            let written = serde_json::to_string(claim).unwrap_or_default();
            if Written::annotation(Some(&written)) != object.annotation {
                stage.broken("claims parse", || written);
            }
        }
    }
    if SECRETS.iter().any(|secret| shown(&secret, accounts)) {
        stage.broken("a secret appears nowhere (promise 6)", || "in an account".to_owned());
    }
}
