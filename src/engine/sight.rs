//! What one object sees of an inventory: nothing is awaited here.

use super::absence::{lost_codes, lost_templates};
use super::entry::{Entry, Mark};
use super::gather::{AccountFacts, Common, QrFacts, Sorted, TemplateFacts};
use super::remote::Remote;
use super::world::World;
use crate::api::{Claim, Intent};
use crate::clock::Stamp;
use crate::plan::claim::Holder;
use crate::plan::facts::{Key, Presence};
use crate::provider::inventory::TemplateKey;
use crate::qr_code::{self, Code};

/// The text of the open intent, by its hash.
pub(super) fn intent_text(claim: Option<&Claim>) -> Option<String> {
    claim.and_then(|claim| claim.intent.as_ref()).map(|intent| intent.text_hash.clone())
}

/// How many objects have an open intent on the text of this one's, itself included.
pub(super) fn open_intents(common: &Common, claim: Option<&Claim>) -> usize {
    let Some(text) = intent_text(claim) else { return 0 };
    common.peers.iter().filter(|peer| peer.has_intent_on(&text)).count() + 1
}

/// Which of the candidates, in their order, this object takes, of all unclaimed codes with the text of its call: others may
/// take what cannot be its own.
fn before_mine(facts: &QrFacts, intent: &Intent, all: &[qr_code::Observed]) -> usize {
    let meta = &facts.common.entry.object.meta;
    let mine = (meta.created, meta.uid.clone());
    let peers = facts.common.peers.iter();
    let others = peers.filter_map(|peer| Some((peer.age(), peer.cannot_have_made(&intent.text_hash)?)));
    let callers = others.chain([(mine.clone(), intent.same_text.as_slice())]).collect();
    let taken = share_out(callers, &mine, all.iter().map(|code| code.code.as_str()).collect());
    let mut codes: Vec<&str> = facts.outcome.iter().map(|code| code.code.as_str()).collect();
    codes.sort_unstable();
    codes.iter().position(|code| Some(*code) == taken).unwrap_or(codes.len())
}

/// What one of those whose calls are open takes of the codes that are there. The oldest takes first, each only what can be
/// its own (what was there before its call is not), and of that what the fewest of the others could have made (claims.md 5).
fn share_out<'a, A: Ord>(
    mut callers: Vec<(A, &[String])>,
    mine: &A,
    mut codes: Vec<&'a str>,
) -> Option<&'a str> {
    callers.sort_unstable();
    let can_have = |before: &[String], code: &str| before.iter().all(|known| known != code);
    for (at, (caller, before)) in callers.iter().enumerate() {
        let younger = callers.iter().skip(at + 1);
        let wanted = |code: &str| younger.clone().filter(|(_, before)| can_have(before, code)).count();
        let own = codes.iter().copied().filter(|code| can_have(before, code));
        let taken = own.min_by_key(|code| (wanted(code), *code));
        if caller == mine {
            return taken;
        }
        codes.retain(|code| Some(*code) != taken);
    }
    None
}

/// Every object that claims a code or a template of an account, ours or not.
pub(super) fn owners<'a>(
    world: &'a World,
    installation: &'a str,
    identity: &'a str,
    name: &'a str,
) -> impl Iterator<Item = (&'a Key, &'a Entry)> {
    let is_it = move |claim: &Claim| claim.own().any(|own| own == name) && claim.identity == identity;
    let owns = move |key: &Key, entry: &Entry| {
        entry.claims().filter(|claim| is_it(claim)).any(|claim| {
            let (uid, object) = (&*entry.object.meta.uid, key.object());
            Holder { installation, uid, object: &object, take_over: None }.counts(claim)
        })
    };
    world.with(Mark::owned(name)).filter(move |(key, entry)| owns(key, entry))
}

/// Sorts the codes of a phone number out for one object.
pub(super) fn see_codes(
    world: &World,
    facts: &mut QrFacts,
    claim: Option<&Claim>,
    remote: &Remote,
    phone: &str,
) {
    let now = facts.common.times.now;
    let codes = remote.codes(phone);
    let listed = codes.listed();
    facts.common.listed = listed.map(Stamp::wall);
    let me = facts.common.key.clone();
    let identity = remote.identity();
    let installation = facts.common.installation.clone();
    let owner_of = |code: &Code| {
        let mut owners = owners(world, &installation, identity, code.as_str());
        owners.find(|(key, _)| **key != me).map(|(key, _)| key.clone())
    };
    let claimed = |code: &Code| {
        owner_of(code).is_some() || claim.is_some_and(|claim| claim.code.as_deref() == Some(code.as_str()))
    };
    codes.with(|snapshot| {
        if let (Some(loss), AccountFacts::Here { suspicious, .. }) =
            (lost_codes(snapshot), &mut facts.common.account)
        {
            *suspicious = Some(loss.suspicious());
        }
        // A list from before we knew of a code says nothing of it: another process may have made it meanwhile.
        let is_newer = |code: &Code| {
            let known = facts.common.entry.owned.as_ref().filter(|(name, _)| **name == *code.as_str());
            known.is_none_or(|(_, since)| listed.is_some_and(|listed| listed.running() >= *since))
        };
        let is_doubtful =
            |code: &Code| snapshot.suspicion().is_some_and(|suspicion| suspicion.missing.contains(code));
        let presence = |code: &Code| match snapshot.get(code) {
            // It was there before the lists that nobody believes yet.
            Some(_) if is_doubtful(code) => Presence::Unknown,
            Some(found) => Presence::Here(found.clone()),
            None if !is_newer(code) => Presence::Unknown,
            None if snapshot.believed_absent(code) => Presence::Absent,
            None if facts.common.listed.is_some() && snapshot.suspicion().is_none() => Presence::Unlisted,
            None => Presence::Unknown,
        };
        for peer in &mut facts.common.peers {
            peer.bereave(|code| snapshot.believed_absent(code));
        }
        let intent = claim.and_then(|claim| claim.intent.as_ref());
        let own = intent.and_then(|intent| intent.from.clone()).or_else(|| claim?.code.clone());
        facts.own = own.and_then(|code| Code::parse(&code)).map_or(Presence::Unknown, |code| presence(&code));
        let adopt =
            facts.desired.as_ref().ok().and_then(|desired| desired.adopt.as_deref()).and_then(Code::parse);
        if let Some(adopt) = &adopt {
            facts.adopt = presence(adopt);
            facts.adopt_owner = owner_of(adopt);
        }
        let owns = claim.is_some_and(|claim| claim.code.is_some() && claim.intent.is_none());
        let settled = owns && claim.is_some_and(|claim| claim.abandoned.is_empty());
        let rewritten = |desired: &qr_code::Desired, claim: &Claim| {
            claim.content_hash.as_deref() != Some(&qr_code::content_hash(&desired.message))
        };
        if settled
            && !matches!((&facts.desired, claim), (Ok(desired), Some(claim)) if rewritten(desired, claim))
        {
            return;
        }
        let likeness = facts.desired.as_ref().map(|desired| qr_code::likeness(&desired.message));
        let alike = likeness.as_ref().map_or_else(|_| Vec::new(), |like| snapshot.alike(like).collect());
        let wanted = facts.desired.as_ref().map(|desired| qr_code::content_hash(&desired.message));
        let sorted = Sorted { live: alike, claimed: &claimed };
        // A text that is not wanted any more can be told by its hash alone.
        let outcome_of = |hash: &str, before: &[String]| match &wanted {
            Ok(wanted) if wanted == hash => sorted.outcome_of(hash, before),
            _ => {
                let live = snapshot.find(|_| true).map(|(_, code)| code).collect();
                Sorted { live, claimed: &claimed }.outcome_of(hash, before)
            }
        };
        if let Ok(desired) = &facts.desired {
            facts.same_text = sorted.unclaimed(&desired.message);
            facts.alike = sorted.known_before();
            let faded = likeness.iter().flat_map(|like| snapshot.faded(like));
            facts.alike.extend(faded.map(ToString::to_string));
            if let Some(intent) =
                intent.filter(|intent| intent.text_hash == qr_code::content_hash(&desired.message))
            {
                facts.similar = sorted.similar_to(&desired.message, &intent.same_text);
            }
        }
        if let Some(intent) = intent {
            facts.outcome = outcome_of(&intent.text_hash, &intent.same_text);
            facts.older_intents = before_mine(facts, intent, &outcome_of(&intent.text_hash, &[]));
        }
        for abandoned in claim.into_iter().flat_map(|claim| &claim.abandoned) {
            if abandoned.until.0 > now {
                facts.late.extend(outcome_of(&abandoned.text_hash, &abandoned.same_text));
            }
        }
        // The same content may have been sent, and given up, more than once.
        facts.late.sort_unstable_by(|one, other| one.code.cmp(&other.code));
        facts.late.dedup_by(|one, other| one.code == other.code);
    });
}

/// Finds the template of one object.
pub(super) fn see_template(facts: &mut TemplateFacts, remote: &Remote) {
    let named = facts.named().map(|(name, language)| (name.to_owned(), language.to_owned()));
    let claimed = facts.common.standing.ours().and_then(|claim| claim.template_id.clone());
    let templates = remote.templates();
    let listed = templates.listed();
    facts.common.listed = listed.map(Stamp::wall);
    let read = facts.common.entry.read.clone();
    facts.read = read.as_ref().map(|read| read.at.wall());
    templates.with(|snapshot| {
        if let (Some(loss), AccountFacts::Here { suspicious, .. }) =
            (lost_templates(snapshot), &mut facts.common.account)
        {
            *suspicious = Some(loss.suspicious());
        }
        let Some((name, language)) = &named else { return };
        let key = claimed.as_ref().map(|id| TemplateKey::new(id, language));
        let known = facts.common.entry.owned.as_ref().filter(|(name, _)| Some(&**name) == claimed.as_deref());
        let is_newer = known.is_none_or(|(_, since)| listed.is_some_and(|listed| listed.running() >= *since));
        // Deleted and made again, a name may have two for a while: ours comes first.
        let ours = key.as_ref().and_then(|key| snapshot.get(key));
        let found = ours.or_else(|| snapshot.named(name, language).next());
        let believed = listed.is_some() && snapshot.suspicion().is_none();
        facts.own = match (found, &key) {
            (Some(found), _) => {
                let mut found = found.clone();
                // A thin list says where it stands, and an exact read what it says.
                if let (None, Some(read)) =
                    (&found.content, read.as_ref().and_then(|read| read.found.as_ref()))
                    && read.id == found.id
                {
                    found.content.clone_from(&read.content);
                }
                Presence::Here(found)
            }
            (None, Some(_)) if !is_newer => Presence::Unknown,
            (None, Some(key)) if snapshot.believed_absent(key) => Presence::Absent,
            (None, Some(_)) if believed => Presence::Unlisted,
            (None, None) if believed => Presence::Absent,
            _ => Presence::Unknown,
        };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_05_each_takes_what_it_can_have_made_and_leaves_to_others_what_only_they_can() {
        // Who calls, the oldest first, what was there before, and what each takes of what is there now.
        type Callers<'a> = &'a [(&'a str, &'a [&'a str], Option<&'a str>)];
        let cases: [(&[&str], Callers<'_>, &str); 5] = [
            (&["X"], &[("a", &[], Some("X"))], "one call, one code"),
            (&["X"], &[("a", &[], Some("X")), ("b", &[], None)], "the oldest takes it"),
            (
                &["X"],
                &[("a", &["X"], None), ("b", &[], Some("X"))],
                "what was there before a call is not its own",
            ),
            (
                &["X", "Y"],
                &[("a", &[], Some("X")), ("b", &["X"], Some("Y"))],
                "the oldest leaves what alone another can have made",
            ),
            (
                &["OLD", "X", "Y"],
                &[("a", &[], Some("OLD")), ("b", &["OLD"], Some("X")), ("c", &["OLD", "X"], Some("Y"))],
                "what cannot be one's own may be another's, who then leaves the rest",
            ),
        ];
        for (codes, callers, reason) in cases {
            let before: Vec<(&str, Vec<String>)> = callers
                .iter()
                .map(|(who, before, _)| (*who, before.iter().map(ToString::to_string).collect()))
                .collect();
            for (who, _, want) in callers {
                let callers = before.iter().rev().map(|(who, before)| (*who, before.as_slice())).collect();
                assert_eq!(share_out(callers, who, codes.to_vec()), *want, "{reason}: {who}");
            }
        }
    }
}
