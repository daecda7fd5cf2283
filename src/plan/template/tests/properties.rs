//! What holds for any situation, and along the way from any of them.

use std::sync::Arc;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plan::claim::Done;
use crate::plan::template::facts::named;

const TEXTS: [&str; 3] = ["Hi {{name}}, it is on its way.", OTHER, "Hi {{name}}, it is here."];

fn states() -> impl Strategy<Value = ReviewState> {
    select(vec![
        ReviewState::Pending,
        ReviewState::Suspended,
        ReviewState::Approved,
        ReviewState::Rejected,
        ReviewState::Paused,
        ReviewState::Disabled,
        ReviewState::Archived,
        ReviewState::Deleting,
        ReviewState::Unknown,
    ])
}

/// Seconds before now, and a few after it.
fn moments() -> impl Strategy<Value = i64> {
    select(vec![-HOUR, 0, 5, 30, 59, 61, 200, 541, 600, HOUR, DAY + 1, 9 * DAY, 29 * DAY, 31 * DAY])
}

prop_compose! {
    fn templates()(id in select(vec!["T1", "T2"]), text_ in 0..3_usize, thin: bool, state in states()) -> Observed {
        let content = text(TEXTS[text_]);
        Observed { state, ..observed(id, (!thin).then_some(&content)) }
    }
}

fn presences() -> impl Strategy<Value = Presence<Observed>> {
    prop_oneof![
        4 => templates().prop_map(Presence::Here),
        2 => Just(Presence::Absent),
        1 => Just(Presence::Unlisted),
        1 => Just(Presence::Unknown),
    ]
}

fn hashes() -> impl Strategy<Value = Option<String>> {
    let known = (0..3_usize).prop_map(|which| Some(text(TEXTS[which]).content().hash()));
    prop_oneof![4 => known, 1 => Just(None), 1 => Just(Some("v9:0".to_owned())), 1 => Just(Some(String::new()))]
}

prop_compose! {
    fn intents()(
        operation in select(vec![Operation::Create, Operation::Update, Operation::Delete]),
        from in select(vec![None, Some("T1".to_owned()), Some("T2".to_owned())]),
        hash in hashes(),
        absent_at in option::of(moments()),
        deadline in moments(),
    ) -> Intent {
        Intent {
            operation,
            from,
            text_hash: hash.unwrap_or_default(),
            same_text: Vec::new(),
            absent_at: absent_at.map(|at| Time(ago(at))),
            deadline: Time(ago(deadline)),
        }
    }
}

prop_compose! {
    fn claims()(
        id in select(vec![None, Some("T1".to_owned())]),
        content_hash in hashes(),
        edits in proptest::collection::vec(moments(), 0..4),
        adopted: bool,
        intent in prop_oneof![2 => Just(None), 1 => intents().prop_map(Some).boxed()],
        refused in prop_oneof![4 => Just(None), 1 => hashes()],
        account in prop_oneof![9 => Just("marketing/shop"), 1 => Just("marketing/other")],
        template in prop_oneof![
            8 => Just(Some(named(&desired(&[])))),
            1 => Just(None),
            1 => Just(Some("before/en_US".to_owned())),
        ],
    ) -> Claim {
        Claim {
            n: 3,
            template_id: id,
            template,
            content_hash,
            edits: edits.into_iter().map(|edit| Time(ago(edit))).collect(),
            adopted,
            intent: intent.map(Box::new),
            refused: refused.map(|hash| Box::new(Refused { hash, why: "no".to_owned() })),
            account: account.into(),
            ..Scene::empty_claim()
        }
    }
}

fn standings() -> impl Strategy<Value = Standing> {
    let ours = |complete| move |claim| Standing::Ours { claim: Arc::new(claim), complete };
    prop_oneof![
        8 => claims().prop_map(ours(true)),
        1 => claims().prop_map(ours(false)),
        3 => Just(Standing::Nothing),
        1 => claims().prop_map(|claim| Standing::Ownerless(Arc::new(claim))),
        1 => claims().prop_map(|claim| Standing::Elsewhere(Arc::new(claim))),
        1 => claims().prop_map(|claim| Standing::Copy { of: key("b"), claim: Arc::new(claim) }),
        1 => Just(Standing::Unreadable),
    ]
}

fn policies() -> impl Strategy<Value = Policies> {
    (
        option::of(select(vec![Deletion::Delete, Deletion::Retain])),
        option::of(select(vec![Update::Guarded, Update::Automatic, Update::Never])),
        option::of(select(vec![Drift::Correct, Drift::Report])),
        option::of(select(vec![Adoption::Ask, Adoption::IfIdentical, Adoption::Always, Adoption::Never])),
    )
        .prop_map(|(deletion, update, drift, adoption)| Policies { deletion, update, drift, adoption })
}

fn troubles() -> impl Strategy<Value = Option<Trouble>> {
    let classes = select(vec![
        Class::Transient,
        Class::Throttled { after: None },
        Class::Terminal,
        Class::Slow,
        Class::NameLocked,
        Class::Credentials,
        Class::NotFound { certain: false },
        Class::AlreadyExists,
    ]);
    let trouble = (classes, moments(), hashes()).prop_map(|(class, at, hash)| {
        Some(Trouble { class, not_before: ago(at), free: None, why: "no".to_owned(), hash })
    });
    prop_oneof![3 => Just(None), 1 => trouble]
}

fn goings() -> impl Strategy<Value = Option<Deleting>> {
    let causes = select(vec![Cause::Person, Cause::Namespace, Cause::Definition, Cause::Leaving]);
    let going = (moments(), causes).prop_map(|(since, cause)| Some(Deleting { since: ago(since), cause }));
    prop_oneof![2 => Just(None), 1 => going]
}

fn others() -> impl Strategy<Value = Vec<Other>> {
    let claims = option::of(claims().boxed());
    let one = (select(vec!["b", "c"]), any::<bool>(), claims, any::<[bool; 3]>());
    let one = one.prop_map(|(name, older, claim, [deleting, stands, wants])| {
        let created = if older { ago(5 * DAY) } else { ago(DAY) };
        Other { key: key(name), created, claim, deleting, stands, wants }
    });
    prop_oneof![2 => Just(Vec::new()), 1 => proptest::collection::vec(one, 1..3)]
}

prop_compose! {
    fn scenes()(
        deleting in goings().boxed(),
        standing in standings().boxed(),
        own in presences().boxed(),
        (door, ready, suspended, suspicious) in (0..12_u8, 0..12_u8, 0..12_u8, 0..12_u8),
        alibaba: bool,
        (held, invalid) in (0..6_u8, 0..8_u8),
        text_ in 0..3_usize,
        policies in policies().boxed(),
        listed in option::weighted(0.9, moments()),
        read in option::of(moments()),
        peers in others().boxed(),
        missed in option::of(moments()),
        trouble in troubles().boxed(),
    ) -> Scene {
        Scene {
            deleting,
            standing,
            own,
            door: match door { 0 => Door::Missing, 1 => Door::Closed, _ => Door::Open },
            ready: if ready == 0 { Err("no Secret") } else { Ok(()) },
            suspended: suspended == 0,
            suspicious: (suspicious == 0).then_some("all are gone"),
            capabilities: if alibaba { &ALIBABA } else { &META },
            grant: if held == 0 { Grant::Held { wanted: 40, limit: 12 } } else { Grant::Granted },
            desired: if invalid == 0 { Err("no body") } else { Ok(text(TEXTS[text_])) },
            policies,
            listed: listed.map(ago),
            read: read.map(ago),
            peers,
            memory: Memory { missed: missed.map(|at| (3, ago(at))), trouble: trouble.map(Box::new) },
            ..Scene::wanted()
        }
    }
}

/// Whether the provider's template is certainly the one of the claim.
fn is_owned(scene: &Scene, id: &str) -> bool {
    let claimed = scene.standing.ours().and_then(|claim| claim.template_id.as_deref()) == Some(id);
    claimed && matches!(&scene.own, Presence::Here(template) if template.id == id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn planning_is_total_and_its_waits_end(scene in scenes().boxed()) {
        let plan = scene.plan();
        prop_assert!(!plan.message.is_empty());
        if let Step::Wait { until } = plan.step {
            prop_assert!(until > NOW, "{plan:?}");
        }
        prop_assert_eq!(&plan, &scene.plan());
    }

    #[test]
    fn nothing_that_is_not_ours_is_changed_or_deleted(scene in scenes().boxed()) {
        let plan = scene.plan();
        match &plan.step {
            Step::Call { call: Call::Update(id) | Call::Set(id) | Call::Delete(id), .. } => {
                prop_assert!(is_owned(&scene, id), "{plan:?}");
            }
            Step::Call { call: Call::Create, .. } => {
                prop_assert!(matches!(scene.own, Presence::Absent), "{plan:?}");
            }
            Step::Call { call: Call::Revive(_), .. } => prop_assert!(false, "a person decides about that"),
            _ => {}
        }
        let hands_off =
            matches!(scene.standing, Standing::Elsewhere(_) | Standing::Copy { .. } | Standing::Unreadable);
        prop_assert!(!(hands_off && matches!(plan.step, Step::Call { .. } | Step::Keep { .. })), "{plan:?}");
    }

    #[test]
    fn what_is_written_is_ours_newer_and_precedes_its_call(scene in scenes().boxed()) {
        let plan = scene.plan();
        if let Step::Call { claim, .. } | Step::Keep { claim, .. } = &plan.step {
            prop_assert_eq!((claim.installation.as_str(), claim.uid.as_str()), ("here", "uid-a"));
            let before = scene.standing.ours().map_or(0, |claim| claim.n);
            prop_assert!(claim.n >= before);
        }
        if let Step::Call { claim, .. } = &plan.step {
            prop_assert!(claim.n > scene.standing.ours().map_or(0, |claim| claim.n));
            let intent = claim.intent.as_ref();
            prop_assert!(intent.is_some_and(|intent| intent.deadline.0 > NOW), "{claim:?}");
            let open = scene.standing.ours().is_some_and(|claim| claim.intent.is_some());
            prop_assert!(!open, "one intent at a time");
        }
    }

    #[test]
    fn claim_12_an_unknown_hash_alone_never_edits(mut scene in scenes().boxed(), unknown in select(vec![None, Some("v9:0")])) {
        let Ok(wanted) = scene.desired.clone() else { return Ok(()) };
        if let (Standing::Ours { claim, .. }, Presence::Here(template)) = (&mut scene.standing, &mut scene.own) {
            Arc::make_mut(claim).content_hash = unknown.map(str::to_owned);
            template.content = template.content.is_some().then(|| wanted.content());
            let plan = scene.plan();
            let edits = matches!(plan.step, Step::Call { call: Call::Update(_) | Call::Set(_), .. });
            prop_assert!(!edits, "{plan:?}");
        }
    }

    #[test]
    fn claim_18_collateral_never_calls_a_delete(mut scene in scenes().boxed(), cause in select(vec![Cause::Namespace, Cause::Definition, Cause::Leaving])) {
        scene.deleting = Some(Deleting { since: ago(DAY), cause });
        let says_so = cause == Cause::Namespace && scene.policies.deletion == Some(Deletion::Delete);
        let deletes = matches!(scene.plan().step, Step::Call { call: Call::Delete(_), .. });
        prop_assert!(says_so || !deletes);
    }
}

/// A provider with one name, for the way from a situation to rest.
struct Model {
    scene: Scene,
    /// What the provider really has.
    real: Option<Observed>,
    made: u32,
    /// When an approved template was edited.
    edits: Vec<Timestamp>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Done,
    DoneUnheard,
    LostUnheard,
    Refused,
}

impl Model {
    fn show(&mut self, with_content: bool, exact: bool) {
        let now = self.scene.times.now;
        if exact {
            self.scene.read = Some(now);
        } else {
            self.scene.listed = Some(now);
        }
        self.scene.own = match &self.real {
            None if exact || !self.scene.capabilities.list_has_components => Presence::Absent,
            None => Presence::Unlisted,
            Some(real) if with_content => Presence::Here(real.clone()),
            Some(real) => {
                let before = match &self.scene.own {
                    Presence::Here(shown) if shown.id == real.id => shown.content.clone(),
                    _ => None,
                };
                Presence::Here(Observed { content: before, ..real.clone() })
            }
        };
    }

    fn execute(&mut self, call: &Call) {
        let Ok(wanted) = &self.scene.desired else { return };
        match call {
            Call::Create if self.real.is_none() => {
                self.made += 1;
                let id = format!("N{}", self.made);
                self.real = Some(Observed { state: ReviewState::Pending, ..observed(&id, Some(wanted)) });
            }
            Call::Update(id) | Call::Set(id) => {
                if let Some(real) = self.real.as_mut().filter(|real| real.id == *id) {
                    if real.state == ReviewState::Approved && matches!(call, Call::Update(_)) {
                        self.edits.push(self.scene.times.now);
                    }
                    // Approved again at once, which is the hardest case for the quota.
                    real.content = Some(wanted.content());
                }
            }
            Call::Delete(id) => self.real = self.real.take().filter(|real| real.id != *id),
            Call::Create | Call::Revive(_) => {}
        }
    }

    fn call(&mut self, call: &Call, claim: &Claim, fate: Fate) {
        if matches!(fate, Fate::Done | Fate::DoneUnheard) {
            self.execute(call);
        }
        let sent = claim.intent.as_ref().map(|intent| intent.text_hash.clone()).unwrap_or_default();
        let done = match (fate, call) {
            (Fate::Done, Call::Delete(_)) => Some(Done::Deleted),
            (Fate::Done, _) => self.real.as_ref().map(|real| Done::Template(real.id.clone())),
            (Fate::Refused, _) => Some(Done::Refused { hash: sent, why: "no".to_owned() }),
            (Fate::DoneUnheard | Fate::LostUnheard, _) => None,
        };
        let claim = done.map_or_else(|| claim.clone(), |done| claim.settled(done, self.scene.times.now));
        if let Fate::Done = fate {
            self.scene.own = self.real.clone().map_or(Presence::Absent, Presence::Here);
        }
        self.scene.standing = Standing::Ours { claim: Arc::new(claim), complete: true };
    }

    /// One turn of the driver; whether it rests.
    fn turn(&mut self, plan: &Plan, fate: Fate) -> bool {
        let now = self.scene.times.now;
        match &plan.step {
            Step::Nothing | Step::Blocked { .. } | Step::Conflict { .. } | Step::Release(_) => return true,
            Step::Wait { until } => {
                let rests = !matches!(plan.reason, Reason::Resolving | Reason::Deleting);
                if rests {
                    return true;
                }
                self.scene.times.now = *until;
            }
            Step::Look(Look::Second { missed, .. }) => {
                let n = self.scene.standing.ours().map_or(0, |claim| claim.n);
                self.scene.memory.missed = Some((n, *missed));
            }
            Step::Look(look @ (Look::List(since) | Look::Exact(since))) => {
                self.scene.times.now = now.max(*since) + SignedDuration::from_secs(1);
                let exact = matches!(look, Look::Exact(_));
                self.show(exact || self.scene.capabilities.list_has_components, exact);
            }
            Step::Keep { claim, .. } => {
                self.scene.standing = Standing::Ours { claim: claim.clone(), complete: true };
            }
            Step::Call { call, claim } => self.call(call, claim, fate),
        }
        false
    }
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Done),
        1 => Just(Fate::DoneUnheard),
        1 => Just(Fate::LostUnheard),
        1 => Just(Fate::Refused),
    ]
}

/// As the scene, without what only time or a person ends.
fn model(scene: Scene, real: Option<Observed>) -> Model {
    let memory = Memory::default();
    Model { scene: Scene { memory, ..scene }, real, made: 0, edits: Vec::new() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_way_ends_in_few_steps(scene in scenes().boxed(), real in option::of(templates()), fate in fates()) {
        let content = text(TEXTS[0]).content();
        let real = real.map(|real| Observed { content: Some(real.content.unwrap_or(content)), ..real });
        let mut model = model(scene, real);
        let mut story = Vec::new();
        // A call that nobody knows the outcome of takes two looks, each with its waits, and here there may be two such.
        let is_clear = match &model.scene.standing {
            Standing::Ours { claim, .. } | Standing::Ownerless(claim) => claim.intent.is_none(),
            _ => true,
        };
        let most = if is_clear && matches!(fate, Fate::Done | Fate::Refused) { 10 } else { 24 };
        let rests = (0..most).any(|turn| {
            let plan = model.scene.plan();
            story.push((words(&plan), plan.reason));
            // One call may go wrong; after that the provider answers.
            let fate = if story.iter().filter(|(step, _)| !step.starts_with("wait")).count() > 4 || turn > 6 { Fate::Done } else { fate };
            model.turn(&plan, fate)
        });
        prop_assert!(rests, "{story:?}");
    }

    #[test]
    fn claim_12_no_run_of_changes_exceeds_the_quota(
        changes in proptest::collection::vec((0..3_usize, 0..40_i64, fates()), 1..60),
    ) {
        let mut scene = Scene::owned();
        scene.listed = Some(NOW);
        let real = Some(observed("T1", Some(&desired(&[]))));
        let mut model = model(scene, real);
        for (text_, hours, fate) in changes {
            model.scene.desired = Ok(text(TEXTS[text_]));
            for _ in 0..8 {
                let plan = model.scene.plan();
                if model.turn(&plan, fate) {
                    break;
                }
            }
            model.scene.times.now += SignedDuration::from_hours(hours);
        }
        for (times, hours) in [(1, 24), (10, 30 * 24)] {
            for from in &model.edits {
                let to = *from + SignedDuration::from_hours(hours);
                let within = model.edits.iter().filter(|edit| *from <= **edit && **edit < to).count();
                prop_assert!(within <= times, "{within} edits within {hours} h: {:?}", model.edits);
            }
        }
    }
}
