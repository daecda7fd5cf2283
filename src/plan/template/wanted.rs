//! A template that the object does not own yet: who of us may have it, whether it is there, and making it.

use std::sync::Arc;

use super::facts::{Facts, Want, another, made, owns, shown};
use super::{owned, review, says};
use crate::api::{Adoption, Category, Claim, Operation, ReviewState};
use crate::plan::facts::{Peer, Presence};
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Kept, Note, Plan, Step};
use crate::provider::error::Class;
use crate::template::Observed;

pub(super) fn plan(facts: &Facts<'_>, want: &Want<'_>) -> Plan {
    if let Some(plan) = among_us(facts, want) {
        return plan;
    }
    match facts.situation.seen.own {
        Presence::Unknown => facts.list(),
        Presence::Unlisted => says::read(facts.now()),
        Presence::Absent => absent(facts, want),
        // Whoever made it may delete it again.
        Presence::Here(template) => match facts.fresh(facts.situation.times.drift) {
            Err(look) => *look,
            Ok(due) if template.state == ReviewState::Deleting => review::going(facts, due),
            Ok(_) => there(facts, want, template),
        },
    }
}

/// The other objects on this name and language: who owns it goes first, then the older (claims.md 7).
fn among_us(facts: &Facts<'_>, want: &Want<'_>) -> Option<Plan> {
    let here = facts.situation.seen.own.here();
    // A claim about one that is gone, or about another one, keeps nobody from this one.
    let has = |peer: &&Peer<'_>| match (facts.situation.seen.own, here) {
        (Presence::Absent, _) => false,
        (_, Some(template)) => about(peer, want).is_some() && owns(peer, &template.id, None),
        _ => about(peer, want).is_some_and(|claim| claim.template_id.is_some()),
    };
    let busy = |peer: &&Peer<'_>| about(peer, want).is_some_and(|claim| claim.intent.is_some());
    let living = || facts.situation.peers.iter().filter(|peer| !peer.deleting && peer.wants);
    let peers = facts.situation.peers;
    let senior =
        peers.iter().find(|peer| has(peer) && !peer.deleting).or_else(|| peers.iter().find(busy)).or_else(
            || living().filter(|peer| facts.is_older(peer)).min_by_key(|peer| (peer.created, peer.uid)),
        );
    if let Some(peer) = senior {
        return Some(taken(peer));
    }
    let going = peers.iter().find(|peer| has(peer) && peer.deleting)?;
    let theirs = going.claim?;
    let claim = Claim {
        template_id: theirs.template_id.clone(),
        content_hash: theirs.content_hash.clone(),
        edits: theirs.edits.clone(),
        adopted: theirs.adopted,
        ..facts.claim(want).next()
    };
    let message = format!("{} goes, and its template stays with this one", going.key);
    Some(says::keep(claim, Kept::Inherited(going.key.clone()), message))
}

/// Another object's claim, where that is about the template that is wanted here.
fn about<'a>(peer: &Peer<'a>, want: &Want<'_>) -> Option<&'a Claim> {
    peer.claim.filter(|claim| another(claim, want.desired).is_none())
}

/// Another object of ours has it.
pub(super) fn taken(peer: &Peer<'_>) -> Plan {
    let message = format!(
        "{} has this name and language; remove one of the two manifests, or choose another name",
        peer.key
    );
    says::conflict(Reason::Taken, message, Some(peer.key))
}

/// It is there already, and nothing of ours: `adoption` decides (claims.md 6, 13).
pub(super) fn there(facts: &Facts<'_>, want: &Want<'_>, template: &Observed) -> Plan {
    let differences = template.content.as_ref().map(|theirs| shown(want.content.differences(theirs)));
    let always = || says::policy("adoption", "Always");
    let there = format!("a template of this name and language is there already ({})", template.id);
    let plan = match (facts.situation.policies.adoption, &differences) {
        (Adoption::Never, _) => {
            return says::conflict(
                Reason::Taken,
                format!("{there}, and adoption: Never keeps waops from it; choose another name"),
                None,
            );
        }
        (Adoption::IfIdentical, None) => return facts.unread(template),
        (Adoption::IfIdentical, Some(differences)) if differences.is_empty() => {
            adopt(facts, want, template, true)
        }
        (Adoption::IfIdentical, Some(_)) => says::blocked(
            Reason::AdoptionNeeded,
            format!("{there}, and says something else; this line takes it over and changes it"),
            [always()],
        ),
        (Adoption::Ask, _) => says::blocked(
            Reason::AdoptionNeeded,
            format!(
                "{there}; one of these lines takes it over: only if it says what the manifest says, or in any case, \
                 and then changes it"
            ),
            [says::policy("adoption", "IfIdentical"), always()],
        ),
        (Adoption::Always, differences) => {
            adopt(facts, want, template, differences.as_ref().is_some_and(Vec::is_empty))
        }
    };
    let notes = owned::category(want, template).into_iter().chain(late(facts, want)).collect();
    Plan { differences: differences.unwrap_or_default(), notes, ..plan }
}

/// It may be what a create made that was given up.
fn late(facts: &Facts<'_>, want: &Want<'_>) -> Option<Note> {
    let claim = facts.situation.subject.standing.ours()?;
    let is_ours = |hash: &str| want.content.has_hash(hash) == Some(true);
    let given_up = claim.abandoned.iter().any(|it| it.until.0 > facts.now() && is_ours(&it.text_hash));
    let template = facts.situation.seen.own.here()?;
    given_up.then(|| Note::LateTemplate(template.id.clone()))
}

fn adopt(facts: &Facts<'_>, want: &Want<'_>, template: &Observed, identical: bool) -> Plan {
    let claim = Claim {
        template_id: Some(template.id.clone()),
        content_hash: identical.then(|| want.content.hash()),
        edits: Vec::new(),
        adopted: true,
        intent: None,
        ..facts.claim(want).next()
    };
    says::keep(claim, Kept::Adopted, format!("template {} is taken over", template.id))
}

/// Under `adoption: Always`, what is there is taken whatever went before.
pub(super) fn adopt_anyway(facts: &Facts<'_>, want: &Want<'_>, template: &Observed) -> Option<Plan> {
    (facts.situation.policies.adoption == Adoption::Always).then(|| there(facts, want, template))
}

fn absent(facts: &Facts<'_>, want: &Want<'_>) -> Plan {
    let listed = facts.situation.seen.listed;
    if listed.is_none() {
        return facts.list();
    }
    // The provider says that it is there: the next list will show it.
    let exists = facts.situation.memory.trouble.as_ref().filter(|it| it.class == Class::AlreadyExists);
    if let Some(trouble) = exists.filter(|trouble| listed < Some(trouble.not_before)) {
        return says::list(trouble.not_before);
    }
    // What is made is ours, also where one that was taken over went to another object.
    let claim = Claim { adopted: false, ..facts.claim(want) };
    if let Some(plan) = refused(&claim, want, None) {
        return plan;
    }
    let intent = facts.intent(Operation::Create, None, want.content.hash());
    let step = Step::Call { call: Call::Create, claim: Arc::new(claim.intending(intent)) };
    Plan {
        differences: made(want.desired, &want.content),
        ..Plan::new(step, Reason::Creating, "the template is submitted")
    }
}

/// What a provider that refuses this content has refused: the content in the category that is asked for, and in the one
/// that the template is in by now. In another one the same content may do, and a provider that moves a template while an
/// edit is on its way refuses what it would have taken before and will take again.
pub fn refusal(hash: &str, asked: Category, held: Option<&str>) -> String {
    let asked = asked.as_str();
    let moved = held.filter(|held| !held.eq_ignore_ascii_case(asked));
    moved.map_or_else(|| format!("{hash}{IN}{asked}"), |held| format!("{hash}{IN}{asked}{IN}{held}"))
}

/// Stands between content and categories of what was refused; no hash has it.
const IN: char = '/';

/// The provider refused this very content, in these categories, for good.
pub(super) fn refused(claim: &Claim, want: &Want<'_>, held: Option<&str>) -> Option<Plan> {
    let refused = claim.refused.as_ref()?;
    let (hash, in_category) =
        refused.hash.split_once(IN).map_or((&*refused.hash, false), |(hash, _)| (hash, true));
    let is_same = !in_category || refused.hash == refusal(hash, want.desired.category, held);
    (want.content.has_hash(hash) == Some(true) && is_same).then(|| {
        let message = format!("{}; it is tried again once the manifest changes", refused.why);
        says::blocked(Reason::Refused, message, [])
    })
}
