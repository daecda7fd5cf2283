//! A scene that tests change a little, and what comes out of it.

mod deleting;
mod owned;
mod properties;
mod resolve;
mod wanted;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::*;
use crate::api::{
    Abandoned, AccountPolicies, Adoption, Category, Claim, Deletion, Drift, Intent, Kind, Operation,
    Policies, Refused, ReviewState, Update,
};
use crate::plan::absence::Suspicious;
use crate::plan::claim::Standing;
use crate::plan::deletions::Grant;
use crate::plan::facts::{Account, Cause, Deleting, Key, Trouble};
use crate::plan::policy::resolve as resolve_policies;
use crate::plan::reason::{Progress, Reason};
use crate::plan::step::{Call, Consequence, Kept, Look, Note, Step};
use crate::provider::capabilities::{ALIBABA, Capabilities, META};
use crate::provider::error::Class;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn ago(seconds: i64) -> Timestamp {
    NOW - SignedDuration::from_secs(seconds)
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A manifest with these changes.
fn desired(changes: &[(&str, Value)]) -> Desired {
    let mut spec = json!({
        "accountRef": {"name": "shop"},
        "name": "order_shipped",
        "language": "en_US",
        "category": "UTILITY",
        "components": {"body": {"text": "Hi {{name}}, it is on its way."}},
        "examples": {"name": "Ana"},
    });
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        spec.pointer_mut(parent).unwrap()[field] = value.clone();
    }
    crate::template::parse(&serde_json::from_value(spec).unwrap()).unwrap()
}

fn text(text: &str) -> Desired {
    desired(&[("/components/body/text", json!(text))])
}

const OTHER: &str = "Hi {{name}}, it has gone out.";

/// As the provider has it, approved.
fn observed(id: &str, content: Option<&Desired>) -> Observed {
    Observed {
        id: id.to_owned(),
        name: "order_shipped".to_owned(),
        language: "en_US".to_owned(),
        category: "UTILITY".to_owned(),
        previous_category: None,
        correct_category: None,
        state: ReviewState::Approved,
        reason: None,
        quality: None,
        content: content.map(Desired::content),
    }
}

fn key(name: &str) -> Key {
    Key::new(Kind::Template, "marketing", name)
}

#[derive(Clone, Debug)]
struct Other {
    key: Key,
    created: Timestamp,
    claim: Option<Claim>,
    deleting: bool,
    stands: bool,
    wants: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Door {
    Missing,
    Unseen,
    Closed,
    Open,
}

#[derive(Clone, Debug)]
struct Scene {
    key: Key,
    deleting: Option<Deleting>,
    suspended: bool,
    standing: Standing,
    door: Door,
    identity: &'static str,
    ready: Result<(), &'static str>,
    capabilities: &'static Capabilities,
    grant: Grant,
    suspicious: Option<&'static str>,
    desired: Result<Desired, &'static str>,
    ready_when: ReadyWhen,
    policies: Policies,
    listed: Option<Timestamp>,
    read: Option<Timestamp>,
    own: Presence<Observed>,
    peers: Vec<Other>,
    memory: Memory,
    times: Times,
}

impl Scene {
    /// Owns an approved template that says what the manifest says.
    fn owned() -> Self {
        let mut scene = Self::wanted();
        scene.own = Presence::Here(observed("T1", Some(&desired(&[]))));
        let claim = Claim {
            n: 3,
            template_id: Some("T1".to_owned()),
            template: Some(super::facts::named(&desired(&[]))),
            content_hash: Some(desired(&[]).content().hash()),
            ..Self::empty_claim()
        };
        scene.standing = Standing::Ours { claim: Arc::new(claim), complete: true };
        scene
    }

    /// Owns nothing, and nothing is there.
    fn wanted() -> Self {
        Self {
            key: key("a"),
            deleting: None,
            suspended: false,
            standing: Standing::Nothing,
            door: Door::Open,
            identity: "meta/1",
            ready: Ok(()),
            capabilities: &META,
            grant: Grant::Granted,
            suspicious: None,
            desired: Ok(desired(&[])),
            ready_when: ReadyWhen::Approved,
            policies: Policies::default(),
            listed: Some(ago(30)),
            read: None,
            own: Presence::Absent,
            peers: Vec::new(),
            memory: Memory::default(),
            times: Times {
                now: NOW,
                settle: SignedDuration::from_secs(60),
                drift: SignedDuration::from_mins(10),
                call: SignedDuration::from_secs(30),
                steady: Timestamp::MIN,
            },
        }
    }

    /// Two looks, a settle time apart, found nothing.
    fn gone(&mut self) {
        self.own = Presence::Absent;
        self.memory.missed = Some((3, ago(90)));
    }

    /// An intent that is old enough to be looked into: its deadline was ten minutes ago.
    fn unclear(operation: Operation) -> Self {
        let mut scene = if operation == Operation::Create { Self::wanted() } else { Self::owned() };
        let claim = scene.standing.ours().cloned().unwrap_or_else(Self::empty_claim);
        let intent = Intent {
            operation,
            from: claim.template_id.clone(),
            text_hash: desired(&[]).content().hash(),
            same_text: Vec::new(),
            absent_at: (operation == Operation::Create).then(|| Time(ago(700))),
            deadline: Time(ago(600)),
        };
        scene.standing = Standing::Ours { claim: Arc::new(claim.intending(intent)), complete: true };
        scene
    }

    fn going() -> Self {
        let mut scene = Self::owned();
        scene.deleting = Some(Deleting { since: ago(40), cause: Cause::Person });
        scene
    }

    fn empty_claim() -> Claim {
        Claim {
            installation: "here".into(),
            uid: "uid-a".into(),
            object: "marketing/a".into(),
            account: "marketing/shop".into(),
            identity: "meta/1".into(),
            ..Claim::default()
        }
    }

    fn claim(&mut self) -> &mut Claim {
        if self.standing == Standing::Nothing {
            self.standing = Standing::Ours { claim: Arc::new(Self::empty_claim()), complete: true };
        }
        match &mut self.standing {
            Standing::Ours { claim, .. }
            | Standing::Ownerless(claim)
            | Standing::Elsewhere(claim)
            | Standing::Copy { claim, .. } => Arc::make_mut(claim),
            Standing::Nothing | Standing::Unreadable => panic!("no claim"),
        }
    }

    fn intent(&mut self) -> &mut Intent {
        self.claim().intent.as_mut().unwrap()
    }

    fn here(&mut self) -> &mut Observed {
        match &mut self.own {
            Presence::Here(template) => template,
            _ => panic!("not here"),
        }
    }

    fn state(&mut self, state: ReviewState) {
        self.here().state = state;
    }

    /// The manifest has another text than what was delivered.
    fn changed(&mut self) {
        self.desired = Ok(text(OTHER));
    }

    /// The provider has another text than what was delivered.
    fn drifted(&mut self) {
        self.here().content = Some(text(OTHER).content());
    }

    fn edits(&mut self, ago_: &[i64]) {
        self.claim().edits = ago_.iter().map(|seconds| Time(ago(*seconds))).collect();
    }

    fn trouble(&mut self, class: Class, hash: Option<String>) {
        let (not_before, why) = (NOW + SignedDuration::from_mins(5), "it went wrong".to_owned());
        self.memory.trouble = Some(Box::new(Trouble { class, not_before, free: None, why, hash }));
    }

    fn peer(&mut self, name: &str, older: bool) -> &mut Other {
        let created = if older { ago(5 * DAY) } else { ago(DAY) };
        self.peers.push(Other {
            key: key(name),
            created,
            claim: None,
            deleting: false,
            stands: true,
            wants: true,
        });
        self.peers.last_mut().unwrap()
    }

    fn plan(&self) -> Plan {
        let uids: Vec<String> = self.peers.iter().map(|peer| format!("uid-{}", peer.key.name)).collect();
        let peers: Vec<Peer<'_>> = self
            .peers
            .iter()
            .zip(&uids)
            .map(|(peer, uid)| Peer {
                key: &peer.key,
                uid,
                created: peer.created,
                claim: peer.claim.as_ref(),
                deleting: peer.deleting,
                stands: peer.stands,
                bereft: false,
                wants: peer.wants,
            })
            .collect();
        let suspicious =
            self.suspicious.map(|why| Suspicious { why: why.to_owned(), line: "they are gone".to_owned() });
        let account = Account {
            identity: self.identity,
            ready: self.ready,
            capabilities: self.capabilities,
            take_over: None,
            deletions: self.grant,
            suspicious: suspicious.as_ref(),
        };
        plan(&Situation {
            subject: Subject {
                key: &self.key,
                uid: "uid-a",
                installation: "here",
                created: ago(2 * DAY),
                deleting: self.deleting,
                suspended: self.suspended,
                standing: &self.standing,
                account: "marketing/shop",
            },
            desired: self.desired.as_ref().map_err(|why| *why),
            ready_when: self.ready_when,
            account: match self.door {
                Door::Missing => AccountView::Missing { seen: true },
                Door::Unseen => AccountView::Missing { seen: false },
                Door::Closed => AccountView::NotAllowed,
                Door::Open => AccountView::Here(account),
            },
            policies: resolve_policies(Some(&AccountPolicies::default()), Some(&self.policies)),
            seen: Seen {
                listed: self.listed,
                read: self.read,
                own: match &self.own {
                    Presence::Here(template) => Presence::Here(template),
                    Presence::Absent => Presence::Absent,
                    Presence::Unlisted => Presence::Unlisted,
                    Presence::Unknown => Presence::Unknown,
                },
            },
            peers: &peers,
            memory: &self.memory,
            times: self.times,
        })
    }
}

/// A step in few words.
fn words(plan: &Plan) -> String {
    let word = |it: &dyn std::fmt::Debug| {
        let all = format!("{it:?}");
        all.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
    };
    match &plan.step {
        Step::Nothing => "nothing".to_owned(),
        Step::Look(Look::List(_)) => "list".to_owned(),
        Step::Look(Look::Exact(_)) => "read".to_owned(),
        Step::Look(Look::Second { .. }) => "miss".to_owned(),
        Step::Keep { why, .. } => format!("keep {}", word(why)),
        Step::Call { call: Call::Create, .. } => "create".to_owned(),
        Step::Call { call: Call::Update(id), .. } => format!("update {id}"),
        Step::Call { call: Call::Set(id), .. } => format!("set {id}"),
        Step::Call { call: Call::Delete(id), .. } => format!("delete {id}"),
        Step::Call { call: Call::Revive(id), .. } => format!("revive {id}"),
        Step::Release(why) => format!("release {}", word(why)),
        Step::Wait { until } => format!("wait {}", until.duration_since(NOW).as_secs()),
        Step::Blocked { how } => format!("blocked {}", how.join(" | ")).trim().to_owned(),
        Step::Conflict { with } => {
            format!("conflict {}", with.as_ref().map_or("", |key| &key.name)).trim().to_owned()
        }
    }
}

/// Why the case is there, how the scene differs, and the step and reason that are expected.
type Row = (&'static str, fn(&mut Scene), &'static str, Reason);

fn check(scene: fn() -> Scene, rows: &[Row]) {
    for (why, change, step, reason) in rows {
        let mut scene = scene();
        change(&mut scene);
        let plan = scene.plan();
        assert_eq!((words(&plan).as_str(), plan.reason), (*step, *reason), "{why}: {}", plan.message);
        assert!(!plan.message.is_empty(), "{why}");
    }
}

/// The claim that a plan writes.
fn written(plan: &Plan) -> &Claim {
    match &plan.step {
        Step::Keep { claim, .. } | Step::Call { claim, .. } => claim,
        step => panic!("{step:?}"),
    }
}
