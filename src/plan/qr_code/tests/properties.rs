//! What holds whatever the facts are, and that what a plan does leads somewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::scene::{AccountIs, NOW, Scene, at, claim_of, intent, key, live};
use crate::api::{Adoption, Claim, Deletion, Drift, Intent, Operation, Update};
use crate::plan::claim::{Done, Standing, approval};
use crate::plan::deletions::Grant;
use crate::plan::facts::{Cause, Deleting, Presence};
use crate::plan::step::{Call, Consequence, Look, Plan, Step};
use crate::provider::capabilities::{ALIBABA, META};
use crate::provider::error::Class;
use crate::qr_code::{Observed, content_hash};

const CODES: [&str; 3] = ["A", "B", "C"];
const TEXTS: [&str; 3] = ["hello", "old", "theirs"];

/// Choices that proptest makes and makes smaller.
struct Dice(std::vec::IntoIter<u8>);

impl Dice {
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let at = usize::from(self.0.next().unwrap_or(0)) % of.len();
        of.get(at).cloned().unwrap()
    }

    /// Once in so many times.
    fn once_in(&mut self, times: u8) -> bool {
        self.0.next().unwrap_or(0) % times == times - 1
    }

    fn time(&mut self) -> Timestamp {
        let near = [-700, -200, -130, -91, -90, -60, -30, -5, 0, 5, 40].map(|second| at(NOW + second));
        if self.once_in(40) { self.one(&[Timestamp::MIN, Timestamp::MAX]) } else { self.one(&near) }
    }

    fn observed(&mut self) -> Observed {
        live(self.one(&CODES), self.one(&TEXTS))
    }

    fn several(&mut self) -> Vec<Observed> {
        (0..self.one(&[0, 0, 1, 1, 2])).map(|_| self.observed()).collect()
    }

    fn presence(&mut self) -> Presence<Observed> {
        match self.one(&[0, 0, 0, 1, 1, 2, 3]) {
            0 => Presence::Here(self.observed()),
            1 => Presence::Absent,
            2 => Presence::Unlisted,
            _ => Presence::Unknown,
        }
    }

    fn claim(&mut self, name: &str) -> Claim {
        let code = self.one(&[None, Some("A"), Some("A"), Some("B")]);
        let mut claim = claim_of(name, code, self.one(&TEXTS));
        claim.adopted = self.once_in(4);
        if self.once_in(2) {
            let operation = self.one(&[Operation::Create, Operation::Update, Operation::Delete]);
            let from = self.one(&[code, code, Some("B"), None]);
            let mut intent = intent(operation, from, self.one(&TEXTS), 0);
            intent.deadline.0 = self.time();
            claim.intent = Some(Box::new(intent));
        }
        if self.once_in(4) {
            claim.spent = vec![approval("A", &content_hash(self.one(&TEXTS)))];
        }
        if self.once_in(6) {
            claim.refused = Some(Box::new(crate::api::Refused {
                hash: content_hash(self.one(&TEXTS)),
                why: "no".into(),
            }));
        }
        claim
    }

    fn standing(&mut self) -> Standing {
        let claim = Arc::new(self.claim("poster"));
        match self.one(&[0, 1, 1, 1, 1, 1, 2, 3, 4, 5]) {
            0 => Standing::Nothing,
            1 => Standing::Ours { claim, complete: !self.once_in(4) },
            2 => Standing::Ownerless(claim),
            3 => Standing::Elsewhere(claim),
            4 => Standing::Copy { of: key("other"), claim },
            _ => Standing::Unreadable,
        }
    }

    fn policies(&mut self, scene: &mut Scene) {
        scene.policies.deletion = self.one(&[None, Some(Deletion::Delete), Some(Deletion::Retain)]);
        scene.policies.update = self.one(&[None, None, Some(Update::Automatic), Some(Update::Never)]);
        scene.policies.drift = self.one(&[None, Some(Drift::Correct), Some(Drift::Report)]);
        scene.policies.adoption = self.one(&[None, Some(Adoption::IfIdentical), Some(Adoption::Never)]);
    }

    fn wish(&mut self, scene: &mut Scene) {
        scene.wish().message = self.one(&TEXTS).to_owned();
        scene.wish().duplicates_allowed = self.once_in(4);
        scene.wish().adopt = self.one(&[None, None, Some("B".to_owned())]);
        if self.once_in(2) {
            scene.approve(self.one(&CODES), self.one(&TEXTS));
        }
        if self.once_in(12) {
            scene.desired = Err("no".into());
        }
    }

    /// Any facts, whether or not they could ever meet.
    fn scene(&mut self) -> Scene {
        let mut scene = Scene { standing: self.standing(), ..Scene::default() };
        self.policies(&mut scene);
        self.wish(&mut scene);
        scene.capabilities = self.one(&[&META, &ALIBABA]);
        if self.once_in(3) {
            let cause = self.one(&[
                Cause::Person,
                Cause::Person,
                Cause::Namespace,
                Cause::Definition,
                Cause::Leaving,
            ]);
            scene.deleting = Some(Deleting { since: self.time(), cause });
        }
        scene.suspended = self.once_in(8);
        if self.once_in(8) {
            scene.account = self.one(&[AccountIs::Missing, AccountIs::Unseen, AccountIs::NotAllowed]);
        }
        if self.once_in(8) {
            scene.ready = Err("renew".into());
        }
        if self.once_in(8) {
            scene.identity = "meta/2".into();
        }
        if self.once_in(8) {
            scene.suspicious = Some("look".into());
        }
        if self.once_in(8) {
            scene.deletions = Grant::Held { wanted: 20, limit: 10 };
        }
        if self.once_in(8) {
            scene.phone = None;
        }
        scene.listed = if self.once_in(5) { None } else { Some(self.time()) };
        (scene.own, scene.adopt) = (self.presence(), self.presence());
        scene.adopt_owner = self.once_in(5).then(|| key("other"));
        [scene.same_text, scene.outcome, scene.late] = [self.several(), self.several(), self.several()];
        scene.similar = if self.once_in(5) { self.several() } else { Vec::new() };
        (scene.older_intents, scene.open_intents) = (self.one(&[0, 0, 1]), self.one(&[1, 1, 2]));
        for name in ["aaa", "zzz"] {
            if self.once_in(3) {
                let created = self.one(&[50, 100, 200]);
                let claim = self.once_in(2).then(|| self.claim(name));
                let (deleting, wants) = (self.once_in(2), !self.once_in(4));
                let peer = scene.peer(name, created, None);
                (peer.claim, peer.deleting, peer.wants) = (claim, deleting, wants);
            }
        }
        if self.once_in(3) {
            scene.memory.missed = Some((self.one(&[2, 3, 3]), self.time()));
        }
        if self.once_in(6) {
            let class = self.one(&[Class::Transient, Class::Terminal, Class::Slow]);
            let text = self.one(&[None, Some("hello"), Some("")]);
            scene.trouble(class, text);
        }
        scene
    }
}

fn dice() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 120)
}

/// The claim, where it is ours to act on.
fn owned(scene: &Scene) -> Option<&Claim> {
    scene.standing.ours()
}

/// Whether an update's intent lets this code die: the one it names, or the one that the claim owns.
fn replaces(claim: &Claim, code: &str) -> bool {
    let Some(intent) = &claim.intent else { return false };
    let at_stake = intent.from.as_deref().or(claim.code.as_deref());
    at_stake == Some(code) && (intent.operation == Operation::Update || claim.replaced_by(intent))
}

fn assert_only_ours(scene: &Scene, plan: &Plan) {
    match &plan.step {
        Step::Call { call: Call::Update(code), .. } => {
            assert_eq!(owned(scene).and_then(|claim| claim.code.as_deref()), Some(code.as_str()));
            assert_eq!(scene.deleting, None, "what goes is not changed");
        }
        Step::Call { call: Call::Delete(code), .. } => {
            let claim = owned(scene).unwrap();
            let own = claim.code.as_deref() == Some(code.as_str()) && scene.deleting.is_some();
            assert!(own || replaces(claim, code), "{code} of {claim:?}");
        }
        Step::Call { call, .. } => {
            assert_eq!(*call, Call::Create, "a code knows nothing else");
            assert!(scene.deleting.is_none() && owned(scene).is_none_or(|claim| claim.code.is_none()));
            assert!(owned(scene).is_none_or(|claim| claim.intent.is_none()), "first what is unclear");
        }
        _ => {}
    }
    if matches!(plan.step, Step::Call { .. } | Step::Look(_)) {
        assert!(scene.account == AccountIs::Here && scene.ready.is_ok() && !scene.suspended, "no calls");
        assert!(owned(scene).is_none() || scene.identity == "meta/1", "not at another tenant's (16)");
    }
}

fn assert_counts_upward(scene: &Scene, plan: &Plan) {
    let (Step::Keep { claim, .. } | Step::Call { claim, .. }) = &plan.step else { return };
    assert_eq!((claim.installation.as_str(), claim.uid.as_str()), ("us", "uid-poster"), "ours");
    assert_eq!(matches!(plan.step, Step::Call { .. }), claim.intent.is_some() && claim_is_new(scene, claim));
    if let Some(before) = owned(scene) {
        let ends = before.intent.is_some() && claim.intent.is_none() && claim.n == before.n;
        assert!(claim.n > before.n || ends || **claim == *before, "{before:?} to {claim:?}");
    }
}

/// Whether it says something that no copy said before.
fn claim_is_new(scene: &Scene, claim: &Claim) -> bool {
    match &scene.standing {
        Standing::Ours { claim: before, .. } | Standing::Ownerless(before) => {
            before.intent != claim.intent && !is_put_right(before.intent.as_deref(), claim.intent.as_deref())
        }
        _ => true,
    }
}

/// Whether only a deadline that no right clock can have written was brought forward.
fn is_put_right(before: Option<&Intent>, after: Option<&Intent>) -> bool {
    before.zip(after).is_some_and(|(before, after)| {
        after.deadline.0 < before.deadline.0
            && Intent { deadline: before.deadline.clone(), ..after.clone() } == *before
    })
}

fn assert_guarded(scene: &Scene, plan: &Plan) {
    let guarded = scene.policies.update.unwrap_or_default() == Update::Guarded;
    let rotates = scene.capabilities == &ALIBABA;
    let Step::Call { call: Call::Update(code), .. } = &plan.step else { return };
    if !guarded || !rotates {
        return;
    }
    assert!(plan.consequences.contains(&Consequence::KillsPrintedCode(code.clone())));
    let (wish, claim) = (scene.desired.as_ref().unwrap(), owned(scene).unwrap());
    let hash = content_hash(&wish.message);
    let line = wish.approve.as_ref().unwrap();
    assert!(line.code == *code && hash.starts_with(&line.hash), "{line} for {code}@{hash}");
    assert!(!claim.spent.contains(&approval(code, &hash)), "once");
    assert_ne!(claim.content_hash, Some(hash), "never for a correction");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_is_total_and_touches_only_what_is_ours(rolled in dice()) {
        let scene = Dice(rolled.into_iter()).scene();
        let plan = scene.plan();
        prop_assert!(!plan.message.is_empty());
        prop_assert_eq!(&plan, &scene.plan(), "the same facts, the same step");
        assert_only_ours(&scene, &plan);
        assert_counts_upward(&scene, &plan);
        assert_guarded(&scene, &plan);
    }

    #[test]
    fn what_a_plan_does_comes_to_rest(rolled in dice()) {
        let mut model = Model::new(Dice(rolled.into_iter()));
        model.run();
        model.edit();
        model.run();
        model.go();
        model.run();
    }
}

/// One object and one provider, without time passing but where the plan waits.
struct Model {
    dice: Dice,
    scene: Scene,
    codes: BTreeMap<String, String>,
    foreign: BTreeMap<String, String>,
    made: u32,
    released: bool,
    /// Codes that died, each by the approval that let it.
    killed: Vec<String>,
}

impl Model {
    fn new(mut dice: Dice) -> Self {
        let mut scene =
            Scene { capabilities: dice.one(&[&META, &ALIBABA]), listed: None, ..Scene::default() };
        dice.policies(&mut scene);
        let foreign: BTreeMap<String, String> =
            dice.several().into_iter().map(|code| (code.code.to_string(), code.message)).collect();
        scene.wish().adopt = dice.one(&[None, None, Some("B".to_owned())]);
        let codes = foreign.clone();
        Self { dice, scene, codes, foreign, made: 0, released: false, killed: Vec::new() }
    }

    /// Follows the plan until it rests, and sees that it stays there.
    fn run(&mut self) {
        for _ in 0..60 {
            self.observe();
            let plan = self.scene.plan();
            if self.released || self.rests(&plan) {
                return self.rested(&plan);
            }
            self.follow(&plan);
        }
        panic!("no rest: {:#?}", self.scene.plan());
    }

    fn rests(&mut self, plan: &Plan) -> bool {
        match plan.step {
            Step::Wait { until } => {
                assert!(until > self.scene.times.now, "a wait for the past");
                self.scene.times.now = until;
                false
            }
            Step::Nothing | Step::Blocked { .. } | Step::Conflict { .. } => true,
            _ => false,
        }
    }

    fn rested(&self, plan: &Plan) {
        for (code, text) in &self.foreign {
            assert_eq!(self.codes.get(code), Some(text), "not ours to touch");
        }
        let ours = self.codes.keys().filter(|code| !self.foreign.contains_key(*code)).count();
        let own = self.scene.standing.ours().and_then(|claim| claim.code.clone());
        if !self.released {
            assert_eq!(ours, usize::from(own.is_some()), "one code for one object: {plan:#?}");
        }
    }

    fn follow(&mut self, plan: &Plan) {
        assert_only_ours(&self.scene, plan);
        assert_guarded(&self.scene, plan);
        match &plan.step {
            Step::Look(Look::Second { missed, from }) => {
                let n = self.scene.standing.ours().map_or(0, |claim| claim.n);
                self.scene.memory.missed = Some((n, *missed));
                assert!(from > missed);
            }
            Step::Look(Look::List(since) | Look::Exact(since)) => {
                assert!(*since <= self.scene.times.now, "nobody lists the future");
                self.scene.listed = Some(self.scene.times.now);
            }
            Step::Keep { claim, .. } => {
                if let Some(code) = &claim.code {
                    self.foreign.remove(code);
                }
                self.scene.claim((**claim).clone());
            }
            Step::Call { call, claim } => self.call(call, claim, plan),
            Step::Release(_) => self.released = true,
            _ => {}
        }
    }

    /// The call is carried out or not, and its answer arrives or not.
    fn call(&mut self, call: &Call, claim: &Claim, plan: &Plan) {
        let (lost, not_done) = (self.dice.once_in(3), self.dice.once_in(5));
        let done = if not_done { Done::Nothing } else { self.execute(call, plan) };
        self.scene.claim(if lost { claim.clone() } else { claim.settled(done, self.scene.times.now) });
    }

    fn execute(&mut self, call: &Call, plan: &Plan) -> Done {
        let text = self.scene.desired.as_ref().unwrap().message.clone();
        let new = format!("N{}", self.made);
        self.made += 1;
        match call {
            Call::Update(code) if self.scene.capabilities.update_keeps_code || self.dice.once_in(4) => {
                self.codes.insert(code.clone(), text);
                self.spends(plan);
                return Done::Code(code.clone());
            }
            Call::Update(code) => {
                self.codes.remove(code);
                self.spends(plan);
            }
            Call::Delete(code) => {
                self.codes.remove(code);
                return Done::Deleted;
            }
            _ => {}
        }
        self.codes.insert(new.clone(), text);
        Done::Code(new)
    }

    fn spends(&mut self, plan: &Plan) {
        for consequence in &plan.consequences {
            if let Consequence::SpendsApproval(line) = consequence {
                assert!(!self.killed.contains(line), "{line} was used before");
                self.killed.push(line.clone());
            }
        }
    }

    fn observe(&mut self) {
        let claim = self.scene.standing.ours().cloned();
        let intent = claim.as_ref().and_then(|claim| claim.intent.clone());
        let own = claim.as_ref().and_then(|claim| claim.code.clone());
        let at_stake = intent.as_ref().and_then(|intent| intent.from.clone()).or_else(|| own.clone());
        let known = self.scene.listed.is_some();
        let find = |code: &str| match self.codes.get(code) {
            Some(text) => Presence::Here(live(code, text)),
            None if known => Presence::Absent,
            None => Presence::Unknown,
        };
        self.scene.own = at_stake.map_or(Presence::Unknown, |code| find(&code));
        self.scene.adopt = find("B");
        let unclaimed = |fits: &dyn Fn(&str, &str) -> bool| -> Vec<Observed> {
            let fits = |(code, text): &(&String, &String)| own.as_ref() != Some(code) && fits(code, text);
            self.codes.iter().filter(fits).map(|(code, text)| live(code, text)).collect()
        };
        let wanted = self.scene.desired.as_ref().unwrap().message.clone();
        self.scene.same_text = unclaimed(&|_, text| text == wanted);
        self.scene.outcome = intent.map_or_else(Vec::new, |intent| {
            unclaimed(&|code, text| {
                content_hash(text) == intent.text_hash && intent.same_text.iter().all(|same| same != code)
            })
        });
    }

    /// A person changes the text, perhaps with a line that approves it.
    fn edit(&mut self) {
        self.dice.wish(&mut self.scene);
        if self.scene.desired.is_err() {
            self.scene.desired = Scene::default().desired;
        }
        self.scene.wish().adopt = None;
        if let Some(code) = self.scene.standing.ours().and_then(|claim| claim.code.clone()) {
            let text = self.scene.wish().message.clone();
            self.scene.approve(&code, &text);
        }
        self.scene.listed = None;
    }

    fn go(&mut self) {
        self.scene.deleting = Some(Deleting { since: self.scene.times.now, cause: Cause::Person });
    }
}
