//! The status of a QR code.

use std::sync::Arc;

use jiff::Timestamp;

use super::{MESSAGE, conditions, whole_seconds};
use crate::api::{Claim, Condition, PreviousCode, WhatsAppQrCodeStatus};
use crate::plan::facts::Presence;
use crate::plan::reason::Reason;
use crate::plan::step::Plan;
use crate::plan::words::{cut, printable};
use crate::qr_code::Observed;

/// So many earlier codes are remembered.
const PREVIOUS: usize = 20;

/// What the status of a QR code follows from.
#[derive(Clone, Copy, Debug)]
pub struct QrCode<'a> {
    /// What is to be done.
    pub plan: &'a Plan,
    /// The status as it stands.
    pub previous: &'a WhatsAppQrCodeStatus,
    /// The claim that holds; none where nothing is ours. What the status has of a foreign claim stays.
    pub claim: Option<&'a Arc<Claim>>,
    /// The code that the claim owns, at the provider.
    pub own: Presence<&'a Observed>,
    /// What stands in the way of its ConfigMap, if anything; none where nobody knows.
    pub output: Option<Option<&'a str>>,
    /// The generation that the plan is about.
    pub generation: i64,
    /// Now.
    pub now: Timestamp,
}

/// The status of a QR code.
pub fn qr_code(facts: QrCode<'_>) -> WhatsAppQrCodeStatus {
    let QrCode { plan, previous, claim, generation, now, .. } = facts;
    let code = claim.and_then(|claim| claim.code.clone());
    let same = code.is_some() && code == previous.code;
    let own = facts.own.here().filter(|own| Some(own.code.as_str()) == code.as_deref());
    let kept = |value: &Option<String>| value.clone().filter(|_| same);
    let mut status = WhatsAppQrCodeStatus {
        observed_generation: Some(generation),
        conditions: with_output(facts, conditions(plan, &previous.conditions, generation, now)),
        deep_link_url: own.and_then(|own| own.link.clone()).or_else(|| kept(&previous.deep_link_url)),
        image_url: kept(&previous.image_url),
        image_url_expires_at: previous.image_url_expires_at.clone().filter(|_| same),
        previous_codes: previous_codes(facts, code.as_deref()),
        claim: claim.or(previous.claim.as_ref()).cloned(),
        code,
    };
    let lives = own.is_some_and(|own| own.image_expires.is_none_or(|at| at > now));
    let over = lives && status.image_url_expires_at.as_ref().is_some_and(|at| at.0 <= now);
    // A signed link has another signature in every answer. It is news only where it is needed, or costs no write.
    if let Some(image_url) = own.and_then(|own| own.image_url.clone())
        && (status.image_url.is_none() || over || status != *previous)
    {
        status.image_url = Some(image_url);
        status.image_url_expires_at = own.and_then(|own| own.image_expires).map(whole_seconds);
    }
    status
}

/// The conditions with that of the ConfigMap, which says nothing of the code itself.
fn with_output(facts: QrCode<'_>, mut conditions: Vec<Condition>) -> Vec<Condition> {
    let name = Reason::OutputBlocked.name();
    conditions.retain(|condition| condition.type_ != name);
    let before = facts.previous.conditions.iter().find(|condition| condition.type_ == name);
    match facts.output {
        None => conditions.extend(before.cloned()),
        Some(None) => {}
        Some(Some(why)) => {
            let since = before.map(|before| before.last_transition_time.clone());
            conditions.push(Condition {
                type_: name.into(),
                status: "True".into(),
                reason: name.into(),
                message: cut(&printable(why), MESSAGE).into(),
                observed_generation: Some(facts.generation),
                last_transition_time: since.unwrap_or_else(|| whole_seconds(facts.now)),
            });
        }
    }
    conditions
}

/// The codes before, newest first. One that lives again is none of them.
fn previous_codes(facts: QrCode<'_>, code: Option<&str>) -> Vec<PreviousCode> {
    let ended = facts.previous.code.as_deref().filter(|ended| Some(*ended) != code);
    let ended = ended.zip(facts.claim).map(|(ended, claim)| PreviousCode {
        code: ended.to_owned(),
        reason: why(facts.plan, claim, ended).to_owned(),
    });
    let newest = ended.as_ref().map(|ended| ended.code.clone());
    let others = facts
        .previous
        .previous_codes
        .iter()
        .filter(|before| Some(before.code.as_str()) != code && Some(&before.code) != newest.as_ref());
    ended.into_iter().chain(others.cloned()).take(PREVIOUS).collect()
}

/// Why a code ended. A change that takes a new code notes the old one as spent, so a status that missed the moment
/// still knows. Only of an object that goes is the code deleted; where another object has it, that is all there is to say.
fn why(plan: &Plan, claim: &Claim, ended: &str) -> &'static str {
    if claim.has_replaced(ended) || (claim.adopted && claim.code.is_some()) {
        return "Replaced";
    }
    match plan.reason {
        Reason::Deleting | Reason::DeletionHeld | Reason::DeletionBlocked | Reason::Released => "Deleted",
        Reason::Taken if claim.code.is_none() => "Yielded",
        _ => "Vanished",
    }
}
