//! Putting together everything that decides about one object, for the pure plan.

use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Entry, Mark};
use super::object::{Spec, Status, StatusPart};
use super::world::World;
use crate::api::{Claim, Name, Operation};
use crate::plan::absence::Suspicious;
use crate::plan::facts::{AccountView, Key, Memory, Peer, Presence, Subject, Times};
use crate::plan::policy::Resolved;
use crate::plan::reason::Reason;
use crate::plan::status;
use crate::plan::step::{Plan, Step};
use crate::plan::{self, claim::Standing};
use crate::provider::capabilities::Capabilities;
use crate::qr_code::{self, Code};
use crate::template;

/// What both kinds have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    pub(super) key: Key,
    pub(super) entry: Entry,
    pub(super) account_name: String,
    pub(super) installation: String,
    pub(super) standing: Standing,
    pub(super) suspended: bool,
    pub(super) policies: Resolved,
    pub(super) account: AccountFacts,
    pub(super) peers: Vec<PeerFacts>,
    pub(super) listed: Option<Timestamp>,
    pub(super) times: Times,
}

/// The account, owned.
#[derive(Clone, Debug)]
pub(super) enum AccountFacts {
    Missing {
        seen: bool,
    },
    NotAllowed,
    Here {
        identity: String,
        ready: Result<(), String>,
        capabilities: &'static Capabilities,
        take_over: Option<String>,
        deletions: plan::deletions::Grant,
        suspicious: Option<Suspicious>,
    },
}

impl AccountFacts {
    /// What its provider can do, where it is known.
    pub(super) fn capabilities(&self) -> Option<&'static Capabilities> {
        match self {
            Self::Here { capabilities, .. } => Some(*capabilities),
            Self::Missing { .. } | Self::NotAllowed => None,
        }
    }

    fn view(&self) -> AccountView<'_> {
        match self {
            Self::Missing { seen } => AccountView::Missing { seen: *seen },
            Self::NotAllowed => AccountView::NotAllowed,
            Self::Here { identity, ready, capabilities, take_over, deletions, suspicious } => {
                AccountView::Here(plan::facts::Account {
                    identity,
                    ready: ready.as_ref().copied().map_err(String::as_str),
                    capabilities,
                    take_over: take_over.as_deref(),
                    deletions: *deletions,
                    suspicious: suspicious.as_ref(),
                })
            }
        }
    }
}

/// Another object on the same key, owned.
#[derive(Clone, Debug)]
pub(super) struct PeerFacts {
    key: Key,
    uid: Name,
    created: Timestamp,
    claim: Option<Arc<Claim>>,
    deleting: bool,
    stands: bool,
    bereft: bool,
    wants: bool,
}

impl PeerFacts {
    /// Notes whether the code that it claims is gone.
    pub(super) fn bereave(&mut self, is_gone: impl FnOnce(&Code) -> bool) {
        let code = self.claim.as_ref().and_then(|claim| claim.code.as_deref()).and_then(Code::parse);
        self.bereft = code.is_some_and(|code| is_gone(&code));
    }

    /// The code that it leaves to whoever wants it.
    pub(super) fn leaves(&self) -> Option<&str> {
        self.claim.as_ref().filter(|_| self.deleting)?.code.as_deref()
    }

    /// The older of two goes first.
    pub(super) fn age(&self) -> (Timestamp, Name) {
        (self.created, self.uid.clone())
    }

    /// What cannot be the outcome of its open create of this text, if it has one.
    pub(super) fn cannot_have_made(&self, text: &str) -> Option<&[String]> {
        self.has_intent_on(text).then_some(())?;
        self.claim.as_ref()?.intent.as_ref().map(|intent| intent.same_text.as_slice())
    }

    /// Whether nobody knows yet what became of a create of this text.
    pub(super) fn has_intent_on(&self, text: &str) -> bool {
        let intent = self.claim.as_ref().and_then(|claim| claim.intent.as_ref());
        intent.is_some_and(|intent| intent.operation == Operation::Create && intent.text_hash == text)
    }

    fn view(&self) -> Peer<'_> {
        Peer {
            key: &self.key,
            uid: &self.uid,
            created: self.created,
            claim: self.claim.as_deref(),
            deleting: self.deleting,
            stands: self.stands,
            bereft: self.bereft,
            wants: self.wants,
        }
    }
}

impl Common {
    fn subject(&self) -> Subject<'_> {
        let meta = &self.entry.object.meta;
        Subject {
            key: &self.key,
            uid: &meta.uid,
            created: meta.created,
            deleting: meta.deleting,
            suspended: self.suspended,
            standing: &self.standing,
            account: &self.account_name,
            installation: &self.installation,
        }
    }

    fn memory(&self) -> &Memory {
        &self.entry.memory
    }
}

/// The facts about a QR code, owned.
#[derive(Clone, Debug)]
pub(super) struct QrFacts {
    pub(super) common: Common,
    pub(super) desired: Result<Box<qr_code::Desired>, String>,
    pub(super) phone: Option<String>,
    pub(super) own: Presence<qr_code::Observed>,
    pub(super) adopt: Presence<qr_code::Observed>,
    pub(super) adopt_owner: Option<Key>,
    pub(super) same_text: Vec<qr_code::Observed>,
    pub(super) outcome: Vec<qr_code::Observed>,
    pub(super) similar: Vec<qr_code::Observed>,
    pub(super) late: Vec<qr_code::Observed>,
    /// Every code with the desired text or almost that which is live, or was until a moment ago, whoever claims it.
    pub(super) alike: Vec<String>,
    pub(super) older_intents: usize,
    pub(super) open_intents: usize,
}

impl QrFacts {
    pub(super) fn plan(&self) -> Plan {
        let peers: Vec<Peer<'_>> = self.common.peers.iter().map(PeerFacts::view).collect();
        let [same_text, outcome, similar, late] = [&self.same_text, &self.outcome, &self.similar, &self.late]
            .map(|codes| codes.iter().collect::<Vec<_>>());
        plan::qr_code::plan(&plan::qr_code::Situation {
            subject: self.common.subject(),
            desired: self.desired.as_ref().map(|desired| &**desired).map_err(String::as_str),
            phone: self.phone.as_deref(),
            account: self.common.account.view(),
            policies: self.common.policies,
            seen: plan::qr_code::Seen {
                listed: self.common.listed,
                own: self.own.as_ref(),
                adopt: self.adopt.as_ref(),
                adopt_owner: self.adopt_owner.as_ref(),
                same_text: &same_text,
                outcome: &outcome,
                similar: &similar,
                older_intents: self.older_intents,
                open_intents: self.open_intents,
                late: &late,
            },
            peers: &peers,
            memory: self.common.memory(),
            times: self.common.times,
        })
    }
}

/// The facts about a template, owned.
#[derive(Clone, Debug)]
pub(super) struct TemplateFacts {
    pub(super) common: Common,
    pub(super) desired: Result<Box<template::Desired>, String>,
    pub(super) ready_when: crate::api::ReadyWhen,
    pub(super) own: Presence<template::Observed>,
    pub(super) read: Option<Timestamp>,
}

impl TemplateFacts {
    /// Name and language of its template: as its manifest says or, where nobody can understand that, as its claim does.
    pub(super) fn named(&self) -> Option<(&str, &str)> {
        if let Ok(desired) = &self.desired {
            return Some((desired.name.as_str(), desired.language.as_str()));
        }
        let claimed = self.common.standing.ours().and_then(|claim| claim.template_named());
        claimed.or_else(|| match &self.common.entry.object.spec {
            Spec::Template(spec, _) => Some((spec.name.as_str(), spec.language.as_str())),
            _ => None,
        })
    }

    pub(super) fn plan(&self) -> Plan {
        let peers: Vec<Peer<'_>> = self.common.peers.iter().map(PeerFacts::view).collect();
        plan::template::plan(&plan::template::Situation {
            subject: self.common.subject(),
            desired: self.desired.as_ref().map(|desired| &**desired).map_err(String::as_str),
            ready_when: self.ready_when,
            account: self.common.account.view(),
            policies: self.common.policies,
            seen: plan::template::Seen {
                listed: self.common.listed,
                read: self.read,
                own: self.own.as_ref(),
            },
            peers: &peers,
            memory: self.common.memory(),
            times: self.common.times,
        })
    }
}

/// The facts about either kind.
#[derive(Clone, Debug)]
pub(super) enum Facts {
    QrCode(Box<QrFacts>),
    Template(Box<TemplateFacts>),
}

impl Facts {
    pub(super) fn plan(&self) -> Plan {
        match self {
            Self::QrCode(facts) => facts.plan(),
            Self::Template(facts) => facts.plan(),
        }
    }

    /// What comes about after a wait that is no news to whoever asks what will change: deletions are counted together, and
    /// a second list decides what is missing.
    pub(super) fn plan_ahead(&self) -> Plan {
        let plan = self.plan();
        let Step::Wait { until } = plan.step else { return plan };
        if plan.heir().is_some() || !matches!(plan.reason, Reason::Deleting | Reason::Missing) {
            return plan;
        }
        let mut ahead = self.clone();
        let common = ahead.common_mut();
        common.times.now = until;
        if plan.reason == Reason::Missing {
            common.listed = Some(until);
        }
        let then = ahead.plan();
        if matches!(then.step, Step::Look(_) | Step::Wait { .. }) { plan } else { then }
    }

    /// What is said of the object; none where it has no status to speak of.
    pub(super) fn status(&self, plan: &Plan, now: Timestamp) -> Option<Status> {
        let common = self.common();
        let claim = common.standing.shared();
        let generation = common.entry.object.meta.generation;
        match (self, common.entry.object.status_part()) {
            (Self::QrCode(facts), StatusPart::QrCode(previous)) => {
                let own = facts.own.as_ref();
                let output = match &facts.common.entry.object.spec {
                    Spec::QrCode(spec, _) if spec.output.is_none() => Some(None),
                    _ => facts.common.entry.output.as_ref().map(Option::as_deref),
                };
                let facts = status::QrCode { plan, previous, claim, own, output, generation, now };
                Some(Status::QrCode(Box::new(status::qr_code(facts))))
            }
            (Self::Template(facts), StatusPart::Template(previous)) => {
                let own = facts.own.as_ref();
                let capabilities = common.account.capabilities();
                let facts = status::Template { plan, previous, claim, own, capabilities, generation, now };
                Some(Status::Template(Box::new(status::template(facts))))
            }
            _ => None,
        }
    }

    /// What a provider that refuses content with this hash has refused.
    pub(super) fn sent(&self, hash: String) -> String {
        match self {
            Self::Template(facts) => {
                let held = facts.own.as_ref().here().map(|template| template.category.as_str());
                let refusal = |category| plan::template::refusal(&hash, category, held);
                facts.desired.as_ref().map_or(hash.clone(), |desired| refusal(desired.category))
            }
            Self::QrCode(_) => hash,
        }
    }

    /// Whether what the object owns, or is about to change, is there.
    pub(super) fn is_here(&self) -> bool {
        match self {
            Self::QrCode(facts) => matches!(facts.own, Presence::Here(_)),
            Self::Template(facts) => matches!(facts.own, Presence::Here(_)),
        }
    }

    pub(super) fn common(&self) -> &Common {
        match self {
            Self::QrCode(facts) => &facts.common,
            Self::Template(facts) => &facts.common,
        }
    }

    fn common_mut(&mut self) -> &mut Common {
        match self {
            Self::QrCode(facts) => &mut facts.common,
            Self::Template(facts) => &mut facts.common,
        }
    }
}

/// The other objects on the same marks at the same account and phone, and those whose claim is about them.
/// `same_place` says whether another object is about the same account (and phone).
pub(super) fn peers(
    world: &World,
    me: &Key,
    marks: &[Mark],
    wanted: Option<Mark>,
    installation: &str,
    same_place: impl Fn(&Entry, Option<&Claim>) -> bool,
) -> Vec<PeerFacts> {
    let mut peers: Vec<PeerFacts> = Vec::new();
    for (key, entry) in marks.iter().flat_map(|mark| world.with(*mark)) {
        if key == me || peers.iter().any(|peer| peer.key == *key) {
            continue;
        }
        let meta = &entry.object.meta;
        let ours = |claim: &&Arc<Claim>| claim.installation == installation && claim.uid == meta.uid;
        let claim = entry.claim().filter(ours);
        if !same_place(entry, claim.map(|claim| &**claim)) {
            continue;
        }
        let wants = wanted.is_some() && entry.wanted() == wanted;
        peers.push(PeerFacts {
            key: key.clone(),
            uid: meta.uid.clone(),
            created: meta.created,
            claim: claim.cloned(),
            deleting: meta.deleting.is_some(),
            stands: claim.is_some() && entry.claim_stands(),
            bereft: false,
            wants,
        });
    }
    peers
}

/// Codes as the plan wants to see them: those of a phone with a text or almost that one, sorted out by text and by who
/// claims them.
pub(super) struct Sorted<'a> {
    /// What is live, by its code.
    pub(super) live: Vec<&'a qr_code::Observed>,
    /// Whether any object claims this code, ours or not.
    pub(super) claimed: &'a dyn Fn(&Code) -> bool,
}

impl Sorted<'_> {
    /// Unclaimed codes with this very text.
    pub(super) fn unclaimed(&self, text: &str) -> Vec<qr_code::Observed> {
        self.pick(|code| code.message == text)
    }

    /// Unclaimed codes whose text has this hash, without these.
    pub(super) fn outcome_of(&self, hash: &str, before: &[String]) -> Vec<qr_code::Observed> {
        let is_new = |code: &qr_code::Observed| before.iter().all(|known| known != code.code.as_str());
        self.pick(|code| is_new(code) && qr_code::content_hash(&code.message) == hash)
    }

    /// Unclaimed codes whose text is almost this one, without these.
    pub(super) fn similar_to(&self, text: &str, before: &[String]) -> Vec<qr_code::Observed> {
        let is_new = |code: &qr_code::Observed| before.iter().all(|known| known != code.code.as_str());
        self.pick(|code| code.message != text && is_new(code))
    }

    /// Every live code with this text or almost this one, claimed or not: none of them can be what a create makes.
    pub(super) fn known_before(&self) -> Vec<String> {
        self.live.iter().map(|code| code.code.to_string()).collect()
    }

    fn pick(&self, fits: impl Fn(&qr_code::Observed) -> bool) -> Vec<qr_code::Observed> {
        let fits = self.live.iter().filter(|code| fits(code) && !(self.claimed)(&code.code));
        fits.map(|code| (*code).clone()).collect()
    }
}
