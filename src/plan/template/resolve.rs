//! What became of a call that nobody knows the outcome of (claims.md 5, 12, 13).

use jiff::Timestamp;

use super::facts::{Facts, Want};
use super::{says, wanted};
use crate::api::{Claim, Intent, Operation, ReviewState};
use crate::plan::claim::Done;
use crate::plan::facts::Presence;
use crate::plan::reason::Reason;
use crate::plan::step::{Kept, Plan};
use crate::template::Observed;

/// Nothing is asked before the provider had its time; everything that is believed was seen after that.
pub(super) fn plan(facts: &Facts<'_>, want: Option<&Want<'_>>, claim: &Claim, intent: &Intent) -> Plan {
    let since = facts.situation.times.settled(intent.deadline.0);
    if facts.now() < since {
        return says::wait(
            since,
            Reason::Resolving,
            "nobody knows yet what became of the last call; the provider has its time until then",
        );
    }
    let seen = facts.situation.seen;
    let plan = match seen.own {
        Presence::Unlisted => says::read(since),
        _ if facts.sighted() < Some(since) => says::list(since),
        Presence::Unknown => says::list(facts.now()),
        Presence::Absent if seen.listed < Some(since) => says::list(since),
        Presence::Absent => return absent(facts, claim, intent, since),
        Presence::Here(template) => return here(facts, want, claim, intent, template, since),
    };
    says::resolving(plan)
}

fn done(facts: &Facts<'_>, claim: &Claim, done: Done) -> Plan {
    says::keep(claim.settled(done, facts.now()), Kept::Done, "the last call was executed")
}

fn not_done(claim: Claim) -> Plan {
    says::keep(claim, Kept::NotDone, "the last call was not executed")
}

fn absent(facts: &Facts<'_>, claim: &Claim, intent: &Intent, since: Timestamp) -> Plan {
    match intent.operation {
        Operation::Delete => return done(facts, claim, Done::Deleted),
        // What was edited is gone, and the edit with it.
        Operation::Update => return not_done(claim.abandoning(facts.now())),
        Operation::Create => {}
    }
    let message = "the last call does not show; another look a little later decides";
    facts
        .missing(claim, since, (Reason::Resolving, message))
        .unwrap_or_else(|| not_done(claim.abandoning(facts.now())))
}

fn here(
    facts: &Facts<'_>,
    want: Option<&Want<'_>>,
    claim: &Claim,
    intent: &Intent,
    template: &Observed,
    since: Timestamp,
) -> Plan {
    match intent.operation {
        Operation::Create => created(facts, want, claim, intent, template),
        Operation::Update => updated(facts, want, claim, intent, template, since),
        Operation::Delete if is_still(intent, template) => not_done(claim.abandoning(facts.now())),
        Operation::Delete => done(facts, claim, Done::Deleted),
    }
}

/// Whether what was to be deleted is there, and not on its way out.
fn is_still(intent: &Intent, template: &Observed) -> bool {
    template.state != ReviewState::Deleting && intent.from.as_ref().is_none_or(|from| *from == template.id)
}

fn created(
    facts: &Facts<'_>,
    want: Option<&Want<'_>>,
    claim: &Claim,
    intent: &Intent,
    template: &Observed,
) -> Plan {
    if let Some(peer) = facts.owner(template) {
        return wanted::taken(peer);
    }
    if template.content.is_none() {
        return says::resolving(facts.unread(template));
    }
    if intent.absent_at.is_some() && says_so(want, intent, template) == Some(true) {
        return done(facts, claim, Done::Template(template.id.clone()));
    }
    if let Some(plan) = want.and_then(|want| wanted::adopt_anyway(facts, want, template)) {
        return plan;
    }
    let message = format!(
        "template {} is there since a create whose answer was lost, and says something else than that create; delete \
         it at the provider, or take it over with {}",
        template.id,
        says::policy("adoption", "Always")
    );
    says::conflict(Reason::Taken, message, None)
}

fn updated(
    facts: &Facts<'_>,
    want: Option<&Want<'_>>,
    claim: &Claim,
    intent: &Intent,
    template: &Observed,
    since: Timestamp,
) -> Plan {
    if intent.from.as_ref().is_some_and(|from| *from != template.id) {
        return not_done(claim.abandoning(facts.now()));
    }
    if !facts.content_since(template, since) {
        let read = facts.situation.seen.read;
        let is_unread = template.content.is_none() && read >= Some(since);
        return says::resolving(if is_unread { facts.unread(template) } else { says::read(since) });
    }
    match says_so(want, intent, template) {
        Some(true) => done(facts, claim, Done::Template(template.id.clone())),
        Some(false) => {
            let mut claim = claim.abandoning(facts.now());
            claim.unspend(intent);
            not_done(claim)
        }
        // The manifest went on meanwhile: the edit stays spent, and what is there is compared field by field.
        None => not_done(Claim { content_hash: None, ..claim.abandoning(facts.now()) }),
    }
}

/// Whether a template says what the intent sent; none where nobody can tell any more.
fn says_so(want: Option<&Want<'_>>, intent: &Intent, template: &Observed) -> Option<bool> {
    let theirs = template.content.as_ref()?;
    let ours = want.filter(|want| want.content.has_hash(&intent.text_hash) == Some(true));
    match ours {
        Some(want) => Some(want.content.differences(theirs).is_empty()),
        None => (theirs.has_hash(&intent.text_hash) == Some(true)).then_some(true),
    }
}
