//! What the parts of the planning share: the situation once its account is known to be usable.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::Situation;
use super::says;
use crate::api::{Claim, Intent, Operation};
use crate::plan::facts::{Account, Peer, later};
use crate::plan::reason::Reason;
use crate::plan::step::{Difference, Look, Plan};
use crate::template::{Content, Desired, Observed, same_language};

/// A situation whose account can be called.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) situation: &'a Situation<'a>,
    pub(super) account: Account<'a>,
}

/// What the manifest wants, once understood.
pub(super) struct Want<'a> {
    pub(super) desired: &'a Desired,
    pub(super) content: Content,
}

/// Name and language, as claims have them.
pub(super) fn named(desired: &Desired) -> String {
    name_of(&desired.name, &desired.language)
}

fn name_of(name: &str, language: &str) -> String {
    format!("{name}/{language}")
}

/// The template that a claim is about, where that is another one than the manifest's: its name or language was changed.
pub(super) fn another<'a>(claim: &'a Claim, desired: &Desired) -> Option<&'a str> {
    claim.template.as_deref().filter(|was| !is_same(was, &named(desired)))
}

/// Whether two names with languages mean the same template.
fn is_same(one: &str, other: &str) -> bool {
    match (one.rsplit_once('/'), other.rsplit_once('/')) {
        (Some((one, its)), Some((other, their))) => one == other && same_language(its, their),
        _ => one == other,
    }
}

/// What differs, as plans show it.
pub(super) fn shown(differences: Vec<crate::template::Difference>) -> Vec<Difference> {
    let shown = |it: crate::template::Difference| Difference {
        field: in_spec(&it.field).to_owned(),
        from: it.theirs,
        to: it.ours,
    };
    differences.into_iter().map(shown).collect()
}

/// Everything that a new template has: what it is first, with the category that says what it costs, then what it says.
pub(super) fn made(desired: &Desired, content: &Content) -> Vec<Difference> {
    let made = |field: &str, value: String| Difference {
        field: in_spec(field).to_owned(),
        from: None,
        to: Some(value),
    };
    let identity = [
        made("name", desired.name.clone()),
        made("language", desired.language.clone()),
        made("category", desired.category.as_str().to_owned()),
    ];
    let says = content.leaves().map(|(path, value)| made(&path.to_string(), value));
    identity.into_iter().chain(says).collect()
}

/// The path of a field as plans name it, from the manifest's `spec` on.
fn in_spec(path: &str) -> &str {
    path.strip_prefix("spec.").unwrap_or(path)
}

impl<'a> Facts<'a> {
    pub(super) fn now(&self) -> Timestamp {
        self.situation.times.now
    }

    /// What a claim of what is wanted begins with.
    pub(super) fn claim(&self, want: &Want<'_>) -> Claim {
        let subject = &self.situation.subject;
        let claim = subject.standing.ours().cloned().unwrap_or_else(|| Claim {
            installation: subject.installation.into(),
            uid: subject.uid.into(),
            object: subject.key.object().into(),
            account: subject.account.into(),
            identity: self.account.identity.into(),
            ..Claim::default()
        });
        Claim { template: Some(named(want.desired)), ..claim }
    }

    /// An intent whose call may go out from now on.
    pub(super) fn intent(&self, operation: Operation, from: Option<&str>, hash: String) -> Intent {
        let absent_at = self.situation.seen.listed.filter(|_| operation == Operation::Create);
        Intent {
            operation,
            from: from.map(str::to_owned),
            text_hash: hash,
            same_text: Vec::new(),
            absent_at: absent_at.map(crate::plan::status::whole_seconds),
            deadline: Time(self.situation.times.latest()),
        }
    }

    /// When the template was last seen, in a list or by itself.
    pub(super) fn sighted(&self) -> Option<Timestamp> {
        self.situation.seen.listed.max(self.situation.seen.read)
    }

    /// When what is known is too old, if it is seen every so often; or the look that is due.
    pub(super) fn fresh(&self, every: SignedDuration) -> Result<Timestamp, Box<Plan>> {
        let Some(sighted) = self.sighted() else { return Err(Box::new(self.list())) };
        // A clock that was set back must not make anything fresh for ever.
        let due = later(sighted.min(self.now()), every);
        if due > self.now() { Ok(due) } else { Err(Box::new(says::list(due))) }
    }

    /// A list, because it is not known what there is. Where nothing is known at all, one that is under way is as good
    /// as another one after it.
    pub(super) fn list(&self) -> Plan {
        let times = self.situation.times;
        let old = times.now.checked_sub(times.drift).unwrap_or(Timestamp::MIN);
        says::list(self.situation.seen.listed.map_or(old, |_| times.now))
    }

    /// A list shows that it is there, and not what it says. Where reading it found nothing, or another one of its name,
    /// only a later list tells whether it is gone.
    pub(super) fn unread(&self, template: &Observed) -> Plan {
        let seen = self.situation.seen;
        let Some(read) = seen.read.filter(|read| Some(*read) >= seen.listed) else {
            return says::read(self.now());
        };
        let again = later(read, self.situation.times.settle);
        if self.now() >= again {
            return says::list(again);
        }
        let message =
            format!("the provider lists template {} and does not find it; a later list decides", template.id);
        says::wait(again, Reason::Missing, message)
    }

    /// What is to be done before it is believed that the template is missing (claims.md 5 and 9). None once it is.
    pub(super) fn missing(&self, claim: &Claim, since: Timestamp, says: (Reason, &str)) -> Option<Plan> {
        let (situation, (reason, message)) = (self.situation, says);
        let listed = situation.seen.listed.unwrap_or(self.now());
        let step = Look::twice(situation.memory, &situation.times, claim, since, listed)?;
        Some(Plan::new(step, reason, message))
    }

    /// Whether the content that is known was read at this time or later.
    pub(super) fn content_since(&self, template: &Observed, since: Timestamp) -> bool {
        let listed = self.situation.seen.listed.filter(|_| self.account.capabilities.list_has_components);
        template.content.is_some() && listed.max(self.situation.seen.read) >= Some(since)
    }

    /// The other object that owns this template.
    pub(super) fn owner(&self, template: &Observed) -> Option<&'a Peer<'a>> {
        let named = name_of(&template.name, &template.language);
        self.situation.peers.iter().find(|peer| owns(peer, &template.id, Some(&named)))
    }

    /// Whether another object was there first.
    pub(super) fn is_older(&self, peer: &Peer<'_>) -> bool {
        let subject = &self.situation.subject;
        (peer.created, peer.uid) < (subject.created, subject.uid)
    }
}

/// Whether an object owns the template of this id, as far as claims tell in this language: at some providers all languages
/// of a name share an id.
pub(super) fn owns(peer: &Peer<'_>, id: &str, named: Option<&str>) -> bool {
    let is_named = |claim: &Claim| match (claim.template.as_deref(), named) {
        (Some(theirs), Some(named)) => is_same(theirs, named),
        _ => true,
    };
    peer.claim.is_some_and(|claim| claim.template_id.as_deref() == Some(id) && is_named(claim))
}
