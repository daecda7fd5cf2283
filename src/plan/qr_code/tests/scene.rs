//! A situation that owns its facts, in few words.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{Adoption, Claim, Deletion, Drift, ImageFormat, Intent, Kind, Operation, Policies, Update};
use crate::plan::absence::Suspicious;
use crate::plan::claim::Standing;
use crate::plan::deletions::Grant;
use crate::plan::facts::{
    Account, AccountView, Cause, Deleting, Key, Memory, Peer, Presence, Subject, Times, Trouble,
};
use crate::plan::policy;
use crate::plan::qr_code::{Seen, Situation, plan};
use crate::plan::step::{Look, Plan, Step};
use crate::provider::capabilities::{ALIBABA, Capabilities, META};
use crate::provider::error::Class;
use crate::qr_code::{Approval, Code, Desired, Observed, Phone, content_hash};

pub(super) const NOW: i64 = 10_000;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum AccountIs {
    Missing,
    Unseen,
    NotAllowed,
    Here,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct PeerIs {
    pub(super) key: Key,
    pub(super) uid: String,
    pub(super) created: Timestamp,
    pub(super) claim: Option<Claim>,
    pub(super) deleting: bool,
    pub(super) stands: bool,
    pub(super) bereft: bool,
    pub(super) wants: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    pub(super) key: Key,
    pub(super) deleting: Option<Deleting>,
    pub(super) suspended: bool,
    pub(super) standing: Standing,
    pub(super) desired: Result<Desired, String>,
    pub(super) phone: Option<String>,
    pub(super) account: AccountIs,
    pub(super) identity: String,
    pub(super) ready: Result<(), String>,
    pub(super) capabilities: &'static Capabilities,
    pub(super) deletions: Grant,
    pub(super) suspicious: Option<String>,
    pub(super) policies: Policies,
    pub(super) listed: Option<Timestamp>,
    pub(super) own: Presence<Observed>,
    pub(super) adopt: Presence<Observed>,
    pub(super) adopt_owner: Option<Key>,
    pub(super) same_text: Vec<Observed>,
    pub(super) outcome: Vec<Observed>,
    pub(super) similar: Vec<Observed>,
    pub(super) older_intents: usize,
    pub(super) open_intents: usize,
    pub(super) late: Vec<Observed>,
    pub(super) peers: Vec<PeerIs>,
    pub(super) memory: Memory,
    pub(super) times: Times,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            key: key("poster"),
            deleting: None,
            suspended: false,
            standing: Standing::Nothing,
            desired: Ok(Desired {
                phone: Phone::Number("4930901820".to_owned()),
                message: "hello".to_owned(),
                image_format: ImageFormat::Svg,
                adopt: None,
                approve: None,
                duplicates_allowed: false,
            }),
            phone: Some("phone".to_owned()),
            account: AccountIs::Here,
            identity: "meta/1".to_owned(),
            ready: Ok(()),
            capabilities: &META,
            deletions: Grant::Granted,
            suspicious: None,
            policies: Policies::default(),
            listed: Some(at(NOW - 5)),
            own: Presence::Unknown,
            adopt: Presence::Absent,
            adopt_owner: None,
            same_text: Vec::new(),
            outcome: Vec::new(),
            similar: Vec::new(),
            older_intents: 0,
            open_intents: 1,
            late: Vec::new(),
            peers: Vec::new(),
            memory: Memory::default(),
            times: Times {
                now: at(NOW),
                settle: SignedDuration::from_secs(60),
                drift: SignedDuration::from_secs(600),
                call: SignedDuration::from_secs(30),
                steady: Timestamp::MIN,
            },
        }
    }
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

pub(super) fn key(name: &str) -> Key {
    Key::new(Kind::QrCode, "shop", name)
}

pub(super) fn live(code: &str, message: &str) -> Observed {
    Observed {
        code: Code::parse(code).unwrap(),
        phone: None,
        message: message.to_owned(),
        link: None,
        image_url: None,
        image_expires: None,
        image_format: None,
    }
}

pub(super) fn lives(codes: &[&str], message: &str) -> Vec<Observed> {
    codes.iter().map(|code| live(code, message)).collect()
}

/// A claim of the object of this name.
pub(super) fn claim_of(name: &str, code: Option<&str>, text: &str) -> Claim {
    Claim {
        n: 3,
        installation: "us".into(),
        uid: format!("uid-{name}").into(),
        object: format!("shop/{name}").into(),
        account: "shop/account".into(),
        identity: "meta/1".into(),
        phone: Some("phone".into()),
        code: code.map(str::to_owned),
        content_hash: code.map(|_| content_hash(text)),
        ..Claim::default()
    }
}

pub(super) fn intent(operation: Operation, from: Option<&str>, text: &str, deadline: i64) -> Intent {
    Intent {
        operation,
        from: from.map(str::to_owned),
        text_hash: content_hash(text),
        same_text: Vec::new(),
        absent_at: None,
        deadline: Time(at(deadline)),
    }
}

impl Scene {
    pub(super) fn plan(&self) -> Plan {
        let peers: Vec<Peer<'_>> = self.peers.iter().map(PeerIs::view).collect();
        let suspicious =
            self.suspicious.clone().map(|why| Suspicious { why, line: "they are gone".to_owned() });
        let [same_text, outcome, similar, late] = [&self.same_text, &self.outcome, &self.similar, &self.late]
            .map(|codes| codes.iter().collect::<Vec<_>>());
        plan(&Situation {
            subject: Subject {
                key: &self.key,
                uid: "uid-poster",
                installation: "us",
                created: at(100),
                deleting: self.deleting,
                suspended: self.suspended,
                standing: &self.standing,
                account: "shop/account",
            },
            desired: self.desired.as_ref().map_err(String::as_str),
            phone: self.phone.as_deref(),
            account: match self.account {
                AccountIs::Missing => AccountView::Missing { seen: true },
                AccountIs::Unseen => AccountView::Missing { seen: false },
                AccountIs::NotAllowed => AccountView::NotAllowed,
                AccountIs::Here => AccountView::Here(Account {
                    identity: &self.identity,
                    ready: self.ready.as_ref().copied().map_err(String::as_str),
                    capabilities: self.capabilities,
                    take_over: None,
                    deletions: self.deletions,
                    suspicious: suspicious.as_ref(),
                }),
            },
            policies: policy::resolve(None, Some(&self.policies)),
            seen: Seen {
                listed: self.listed,
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
            memory: &self.memory,
            times: self.times,
        })
    }

    /// It owns a code that is live with this text.
    pub(super) fn owns(&mut self, code: &str, text: &str) {
        self.claim(claim_of("poster", Some(code), text));
        self.own = Presence::Here(live(code, text));
    }

    pub(super) fn claim(&mut self, claim: Claim) {
        self.standing = Standing::Ours { claim: Arc::new(claim), complete: true };
    }

    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Claim)) {
        let mut claim = self.standing.ours().cloned().unwrap_or_else(|| claim_of("poster", None, ""));
        change(&mut claim);
        self.claim(claim);
    }

    /// Its intent, whose deadline is long over and was followed by a list.
    pub(super) fn unclear(&mut self, operation: Operation, from: Option<&str>, text: &str) {
        self.edit(|claim| claim.intent = Some(Box::new(intent(operation, from, text, NOW - 200))));
    }

    /// The first list, a settle time before the last one, did not show the outcome either.
    pub(super) fn missed_before(&mut self) {
        self.memory.missed = Some((3, at(NOW - 70)));
    }

    pub(super) fn rotates(&mut self) {
        self.capabilities = &ALIBABA;
    }

    pub(super) fn wish(&mut self) -> &mut Desired {
        self.desired.as_mut().unwrap()
    }

    pub(super) fn approve(&mut self, code: &str, text: &str) {
        let hash = content_hash(text).get(..8).unwrap().to_owned();
        self.wish().approve = Some(Approval { code: code.to_owned(), hash });
    }

    pub(super) fn goes(&mut self, cause: Cause) {
        self.deleting = Some(Deleting { since: at(NOW - 100), cause });
    }

    pub(super) fn retain(&mut self) {
        self.policies.deletion = Some(Deletion::Retain);
    }

    pub(super) fn update(&mut self, update: Update) {
        self.policies.update = Some(update);
    }

    pub(super) fn drift(&mut self, drift: Drift) {
        self.policies.drift = Some(drift);
    }

    pub(super) fn adoption(&mut self, adoption: Adoption) {
        self.policies.adoption = Some(adoption);
    }

    /// Another object that wants this text, older or younger than ours.
    pub(super) fn peer(&mut self, name: &str, created: i64, code: Option<&str>) -> &mut PeerIs {
        self.peers.push(PeerIs {
            key: key(name),
            uid: format!("uid-{name}"),
            created: at(created),
            claim: code.map(|code| claim_of(name, Some(code), "hello")),
            deleting: false,
            stands: true,
            bereft: false,
            wants: true,
        });
        self.peers.last_mut().unwrap()
    }

    pub(super) fn trouble(&mut self, class: Class, text: Option<&str>) {
        self.memory.trouble = Some(Box::new(Trouble {
            class,
            not_before: at(NOW + 40),
            free: None,
            why: "the provider failed".to_owned(),
            hash: text.map(content_hash),
        }));
    }
}

impl PeerIs {
    fn view(&self) -> Peer<'_> {
        Peer {
            key: &self.key,
            uid: &self.uid,
            created: self.created,
            claim: self.claim.as_ref(),
            deleting: self.deleting,
            stands: self.stands,
            bereft: self.bereft,
            wants: self.wants,
        }
    }
}

/// Seconds from now.
fn from_now(time: Timestamp) -> i64 {
    time.duration_since(at(NOW)).as_secs()
}

/// A plan in a few words.
pub(super) fn brief(plan: &Plan) -> String {
    let step = match &plan.step {
        Step::Nothing => "nothing".to_owned(),
        Step::Look(Look::List(since)) => format!("list {}", from_now(*since)),
        Step::Look(Look::Exact(since)) => format!("read {}", from_now(*since)),
        Step::Look(Look::Second { missed, from }) => {
            format!("second {} {}", from_now(*missed), from_now(*from))
        }
        Step::Keep { claim, why } => format!("keep {why:?} {}", claim.code.as_deref().unwrap_or("-")),
        Step::Call { call, .. } => format!("{call:?}"),
        Step::Release(why) => format!("release {why:?}"),
        Step::Wait { until } => format!("wait {}", from_now(*until)),
        Step::Blocked { how } => format!("blocked [{}]", how.join("; ")),
        Step::Conflict { with } => format!("conflict {}", with.as_ref().map_or("-", |with| &with.name)),
    };
    format!("{step}, {:?}", plan.reason).replace('"', "")
}
