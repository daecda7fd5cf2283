//! Objects that own a template: its review, its changes and what others do to it.

use super::*;

#[test]
fn what_the_review_says_is_shown_with_what_to_do() {
    check(
        Scene::owned,
        &[
            ("approved", |_| {}, "nothing", Reason::Approved),
            ("in review", |s| s.state(ReviewState::Pending), "wait 570", Reason::InReview),
            (
                "in review, which is enough",
                |s| {
                    s.state(ReviewState::Pending);
                    s.ready_when = ReadyWhen::Submitted;
                },
                "wait 570",
                Reason::Submitted,
            ),
            (
                "the review was stopped",
                |s| s.state(ReviewState::Suspended),
                "wait 570",
                Reason::ProviderSaysWait,
            ),
            ("rejected", |s| s.state(ReviewState::Rejected), "blocked", Reason::Rejected),
            ("paused: no automatic revival", |s| s.state(ReviewState::Paused), "blocked", Reason::Paused),
            ("disabled", |s| s.state(ReviewState::Disabled), "blocked", Reason::Disabled),
            (
                "archived: no automatic revival",
                |s| s.state(ReviewState::Archived),
                "blocked",
                Reason::Archived,
            ),
            ("somebody deletes it", |s| s.state(ReviewState::Deleting), "wait 570", Reason::NameLocked),
            ("a word that nobody knows", |s| s.state(ReviewState::Unknown), "wait 570", Reason::Observing),
        ],
    );
    let mut scene = Scene::owned();
    scene.state(ReviewState::Rejected);
    scene.here().reason = Some("TAG_CONTENT_MISMATCH".to_owned());
    assert!(scene.plan().message.contains("TAG_CONTENT_MISMATCH"));
}

#[test]
fn a_review_is_looked_at_the_more_seldom_the_longer_it_takes() {
    for (age, want, reason) in [
        (0, 60, "just submitted"),
        (239, 60, "four minutes"),
        (1200, 300, "a quarter of its age"),
        (2400, 600, "ten minutes, the drift interval"),
        (DAY, 600, "never more seldom than anything else"),
    ] {
        let mut scene = Scene::owned();
        scene.state(ReviewState::Pending);
        scene.edits(&[age]);
        scene.listed = Some(NOW);
        assert_eq!(words(&scene.plan()), format!("wait {want}"), "{reason}");
        scene.listed = Some(ago(want));
        assert_eq!(words(&scene.plan()), "list", "{reason}: then it is looked at");
    }
    let mut scene = Scene::owned();
    scene.state(ReviewState::Pending);
    scene.times.drift = SignedDuration::from_hours(2);
    scene.listed = Some(NOW);
    assert_eq!(words(&scene.plan()), "wait 900", "a quarter of an hour is the longest");
    // Whoever asks for a look makes the interval as short as what is known is old (reconcile-at).
    scene.times.drift = SignedDuration::from_secs(5);
    scene.listed = Some(ago(5));
    assert_eq!(words(&scene.plan()), "list", "somebody asked for a look five seconds ago");
}

#[test]
fn claim_09_what_is_known_grows_old() {
    check(
        Scene::owned,
        &[
            ("as old as it may be", |s| s.listed = Some(ago(600)), "list", Reason::Observing),
            ("a second younger", |s| s.listed = Some(ago(599)), "nothing", Reason::Approved),
            (
                "read since",
                |s| {
                    s.listed = Some(ago(900));
                    s.read = Some(ago(5));
                },
                "nothing",
                Reason::Approved,
            ),
            ("never seen in a list", |s| s.listed = None, "list", Reason::Observing),
            (
                "a clock that was set back",
                |s| s.listed = Some(NOW + SignedDuration::from_hours(9)),
                "nothing",
                Reason::Approved,
            ),
            ("nobody knows", |s| s.own = Presence::Unknown, "list", Reason::Observing),
            ("a list lacks it", |s| s.own = Presence::Unlisted, "read", Reason::Observing),
            (
                "old, and to be changed: first a look",
                |s| {
                    s.listed = Some(ago(600));
                    s.changed();
                },
                "list",
                Reason::Observing,
            ),
        ],
    );
}

#[test]
fn claim_09_what_is_gone_for_certain_is_made_again() {
    check(
        Scene::owned,
        &[
            ("missing, and lists lag", |s| s.own = Presence::Absent, "miss", Reason::Missing),
            (
                "the second look has its time",
                |s| {
                    s.own = Presence::Absent;
                    s.memory.missed = Some((3, ago(30)));
                },
                "wait 30",
                Reason::Missing,
            ),
            ("gone", Scene::gone, "keep Vanished", Reason::Creating),
            (
                "gone, and only reported",
                |s| {
                    s.gone();
                    s.policies.drift = Some(Drift::Report);
                },
                "blocked policies: {drift: Correct}",
                Reason::Drifted,
            ),
        ],
    );
    let mut scene = Scene::owned();
    scene.gone();
    scene.claim().adopted = true;
    scene.edits(&[HOUR]);
    let plan = scene.plan();
    let claim = written(&plan);
    assert_eq!((claim.n, &claim.template_id, &claim.content_hash), (4, &None, &None));
    assert!(claim.edits.is_empty() && !claim.adopted, "the next one is another template, and ours");
}

#[test]
fn claim_13_another_id_is_foreign_and_never_edited() {
    check(
        Scene::owned,
        &[
            (
                "asked",
                |s| s.here().id = "T2".to_owned(),
                "blocked policies: {adoption: IfIdentical} | policies: {adoption: Always}",
                Reason::AdoptionNeeded,
            ),
            (
                "asked, though it was to be changed",
                |s| {
                    s.changed();
                    s.here().id = "T2".to_owned();
                },
                "blocked policies: {adoption: IfIdentical} | policies: {adoption: Always}",
                Reason::AdoptionNeeded,
            ),
            (
                "never",
                |s| {
                    s.here().id = "T2".to_owned();
                    s.policies.adoption = Some(Adoption::Never);
                },
                "conflict",
                Reason::Taken,
            ),
            (
                "identical",
                |s| {
                    s.here().id = "T2".to_owned();
                    s.policies.adoption = Some(Adoption::IfIdentical);
                },
                "keep Adopted",
                Reason::Adopting,
            ),
            (
                "always",
                |s| {
                    s.changed();
                    s.here().id = "T2".to_owned();
                    s.policies.adoption = Some(Adoption::Always);
                },
                "keep Adopted",
                Reason::Adopting,
            ),
        ],
    );
}

#[test]
fn claim_07_two_claims_on_one_template() {
    check(
        Scene::owned,
        &[
            (
                "the older one keeps it",
                |s| {
                    let claim = s.claim().clone();
                    s.peer("b", true).claim = Some(claim);
                },
                "keep Yielded",
                Reason::Taken,
            ),
            (
                "an older claim that names no language may be about it",
                |s| {
                    let claim = Claim { template: None, ..s.claim().clone() };
                    s.peer("b", true).claim = Some(claim);
                },
                "keep Yielded",
                Reason::Taken,
            ),
            (
                "the same id in another language is another template",
                |s| {
                    let named = |language: &str| Some(format!("order_shipped/{language}"));
                    s.claim().template = named("en_US");
                    let claim = Claim { template: named("es"), ..s.claim().clone() };
                    s.peer("b", true).claim = Some(claim);
                },
                "nothing",
                Reason::Approved,
            ),
            (
                "however the language is written",
                |s| {
                    s.claim().template = Some("order_shipped/en_US".to_owned());
                    let claim =
                        Claim { template: Some("order_shipped/en-us".to_owned()), ..s.claim().clone() };
                    s.peer("b", true).claim = Some(claim);
                },
                "keep Yielded",
                Reason::Taken,
            ),
            (
                "whoever made it goes before whoever took it",
                |s| {
                    let claim = s.claim().clone();
                    s.peer("b", true).claim = Some(Claim { adopted: true, ..claim });
                },
                "nothing",
                Reason::Approved,
            ),
            (
                "the younger one yields to us",
                |s| {
                    let claim = s.claim().clone();
                    s.peer("b", false).claim = Some(claim);
                },
                "nothing",
                Reason::Approved,
            ),
            (
                "we have just inherited it",
                |s| {
                    let claim = s.claim().clone();
                    let peer = s.peer("b", true);
                    (peer.claim, peer.deleting) = (Some(claim), true);
                },
                "nothing",
                Reason::Approved,
            ),
        ],
    );
}

#[test]
fn claim_12_a_changed_manifest_is_submitted_as_its_state_allows() {
    fn changed() -> Scene {
        let mut scene = Scene::owned();
        scene.changed();
        scene
    }
    check(
        changed,
        &[
            ("approved", |_| {}, "update T1", Reason::Updating),
            (
                "approved where no edit is allowed",
                |s| s.capabilities = &ALIBABA,
                "blocked",
                Reason::ProviderForbids,
            ),
            (
                "in review where no edit is allowed",
                |s| s.state(ReviewState::Pending),
                "wait 570",
                Reason::InReview,
            ),
            (
                "in review where it is",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.state(ReviewState::Pending);
                },
                "update T1",
                Reason::Updating,
            ),
            (
                "stopped",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.state(ReviewState::Suspended);
                },
                "update T1",
                Reason::Updating,
            ),
            ("rejected", |s| s.state(ReviewState::Rejected), "update T1", Reason::Updating),
            (
                "rejected, whatever was spent",
                |s| {
                    s.state(ReviewState::Rejected);
                    s.edits(&[60, 120]);
                },
                "update T1",
                Reason::Updating,
            ),
            ("paused", |s| s.state(ReviewState::Paused), "update T1", Reason::Updating),
            (
                "paused where no edit is allowed",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.state(ReviewState::Paused);
                },
                "blocked",
                Reason::ProviderForbids,
            ),
            ("disabled", |s| s.state(ReviewState::Disabled), "blocked", Reason::Disabled),
            ("archived", |s| s.state(ReviewState::Archived), "blocked", Reason::Archived),
            ("on its way out", |s| s.state(ReviewState::Deleting), "wait 570", Reason::NameLocked),
            (
                "a state that nobody knows: nothing is written",
                |s| s.state(ReviewState::Unknown),
                "wait 570",
                Reason::Observing,
            ),
            (
                "never",
                |s| s.policies.update = Some(Update::Never),
                "blocked policies: {update: Guarded}",
                Reason::UpdatesNever,
            ),
            ("automatically", |s| s.policies.update = Some(Update::Automatic), "update T1", Reason::Updating),
            (
                "drift is another matter",
                |s| s.policies.drift = Some(Drift::Report),
                "update T1",
                Reason::Updating,
            ),
            (
                "refused for good",
                |s| {
                    s.claim().refused =
                        Some(Box::new(Refused { hash: text(OTHER).content().hash(), why: "no".to_owned() }));
                },
                "blocked",
                Reason::Refused,
            ),
            (
                "refused while the provider moved it to another category, which is sent now",
                |s| {
                    let hash = refusal(&text(OTHER).content().hash(), Category::Utility, Some("UTILITY"));
                    s.claim().refused = Some(Box::new(Refused { hash, why: "no".to_owned() }));
                    s.here().category = "MARKETING".to_owned();
                },
                "update T1",
                Reason::Updating,
            ),
            (
                "refused in the category that it was moved to",
                |s| {
                    let hash = refusal(&text(OTHER).content().hash(), Category::Utility, Some("MARKETING"));
                    s.claim().refused = Some(Box::new(Refused { hash, why: "no".to_owned() }));
                    s.here().category = "MARKETING".to_owned();
                },
                "blocked",
                Reason::Refused,
            ),
            (
                "refused, and reverted since",
                |s| {
                    s.claim().refused =
                        Some(Box::new(Refused { hash: text(OTHER).content().hash(), why: "no".to_owned() }));
                    s.desired = Ok(desired(&[]));
                },
                "nothing",
                Reason::Approved,
            ),
            (
                "a thin list: read before it is changed",
                |s| {
                    s.state(ReviewState::Rejected);
                    s.here().content = None;
                },
                "read",
                Reason::Observing,
            ),
            (
                "a thin list, and reading it found nothing",
                |s| {
                    s.state(ReviewState::Rejected);
                    s.here().content = None;
                    (s.listed, s.read) = (Some(ago(30)), Some(ago(20)));
                },
                "wait 40",
                Reason::Missing,
            ),
            (
                "a settle time later",
                |s| {
                    s.state(ReviewState::Rejected);
                    s.here().content = None;
                    (s.listed, s.read) = (Some(ago(80)), Some(ago(60)));
                },
                "list",
                Reason::Observing,
            ),
            (
                "a list shows it after that",
                |s| {
                    s.state(ReviewState::Rejected);
                    s.here().content = None;
                    (s.listed, s.read) = (Some(ago(10)), Some(ago(20)));
                },
                "read",
                Reason::Observing,
            ),
            (
                "this failed a moment ago",
                |s| s.trouble(Class::Transient, Some(text(OTHER).content().hash())),
                "wait 300",
                Reason::Retrying,
            ),
            (
                "somebody else used the edits up",
                |s| s.trouble(Class::NoEdit, Some(text(OTHER).content().hash())),
                "wait 300",
                Reason::EditsUsedUp,
            ),
            (
                "another content failed a moment ago",
                |s| s.trouble(Class::Transient, Some(desired(&[]).content().hash())),
                "update T1",
                Reason::Updating,
            ),
        ],
    );
}

#[test]
fn claim_12_an_edit_shows_its_price_and_counts_from_its_intent_on() {
    let mut scene = Scene::owned();
    scene.changed();
    scene.edits(&[40 * DAY, 3 * DAY, 2 * DAY]);
    let plan = scene.plan();
    assert_eq!(plan.consequences, [Consequence::ReentersReview, Consequence::SpendsEdit { used: 3, of: 10 }]);
    let [difference] = plan.differences.as_slice() else { panic!("{plan:?}") };
    assert_eq!(difference.field, "components.body.text");
    assert_eq!(difference.to.as_deref(), Some(OTHER));
    let claim = written(&plan);
    let intent = claim.intent.as_ref().unwrap();
    assert_eq!((intent.operation, intent.from.as_deref()), (Operation::Update, Some("T1")));
    assert_eq!(intent.text_hash, text(OTHER).content().hash());
    assert_eq!(
        claim.edits,
        [Time(ago(3 * DAY)), Time(ago(2 * DAY)), intent.deadline.clone()],
        "the oldest counts no more"
    );
}

#[test]
fn edits_of_what_is_not_approved_are_free() {
    for (state, price, reason) in [
        (ReviewState::Rejected, &[][..], "it could not be sent anyway"),
        (ReviewState::Paused, &[Consequence::ReentersReview][..], "it would have gone on by itself"),
    ] {
        let mut scene = Scene::owned();
        scene.changed();
        scene.state(state);
        scene.edits(&[60]);
        let plan = scene.plan();
        assert_eq!(plan.consequences, price, "{reason}");
        assert_eq!(written(&plan).edits, [Time(ago(60))], "{reason}");
    }
}

#[test]
fn claim_12_the_quota_holds_whatever_went_before() {
    let all_ten: Vec<i64> = (1..=10).map(|days| days * 2 * DAY).collect();
    for (edits, want, reason) in [
        (&[][..], None, "none yet"),
        (&[DAY], None, "a day ago to the second"),
        (&[DAY - 1], Some(1), "a second less"),
        (&[HOUR, 20 * DAY], Some(23 * HOUR), "one today"),
        (&all_ten, Some(10 * DAY), "ten within thirty days: the first ages out in ten"),
        (&all_ten[1..], None, "nine"),
        (&[HOUR, HOUR + 1], Some(23 * HOUR), "two in a day, however that came about"),
        (&[-300], Some(24 * HOUR + 300), "one in the future, by a clock that differs"),
    ] {
        let mut scene = Scene::owned();
        scene.changed();
        scene.edits(edits);
        let plan = scene.plan();
        let step = want.map_or("update T1".to_owned(), |seconds| format!("wait {seconds}"));
        assert_eq!(words(&plan), step, "{reason}");
        let waits = want.is_some();
        assert_eq!(plan.reason, if waits { Reason::EditsUsedUp } else { Reason::Updating }, "{reason}");
        assert!(
            plan.consequences.contains(&Consequence::ReentersReview),
            "{reason}: the price is shown before"
        );
    }
    let mut scene = Scene::owned();
    scene.changed();
    scene.edits(&[-400 * DAY]);
    let plan = scene.plan();
    assert_eq!(words(&plan), "keep Tidied", "a clock was a year ahead: it counts from now, not from then");
    assert_eq!(written(&plan).edits, [Time(NOW + SignedDuration::from_secs(30))]);
}

#[test]
fn claim_12_an_unknown_hash_never_causes_an_edit() {
    check(
        Scene::owned,
        &[
            (
                "a newer version",
                |s| s.claim().content_hash = Some("v9:0".to_owned()),
                "keep Tidied",
                Reason::Observing,
            ),
            ("none", |s| s.claim().content_hash = None, "keep Tidied", Reason::Observing),
            ("garbage", |s| s.claim().content_hash = Some("?".to_owned()), "keep Tidied", Reason::Observing),
            (
                "none, and nothing is known",
                |s| {
                    s.claim().content_hash = None;
                    s.here().content = None;
                },
                "read",
                Reason::Observing,
            ),
            (
                "a field that differs does",
                |s| {
                    s.claim().content_hash = None;
                    s.drifted();
                },
                "update T1",
                Reason::Updating,
            ),
            (
                "even where drift is only reported: it may never have been ours",
                |s| {
                    s.claim().content_hash = None;
                    s.drifted();
                    s.policies.drift = Some(Drift::Report);
                },
                "update T1",
                Reason::Updating,
            ),
        ],
    );
    let mut scene = Scene::owned();
    scene.claim().content_hash = None;
    assert_eq!(written(&scene.plan()).content_hash, Some(desired(&[]).content().hash()), "known from now on");
}

#[test]
fn what_does_not_come_back_is_changed_by_the_hash_alone() {
    let mut scene = Scene::owned();
    scene.desired = Ok(desired(&[("/examples/name", json!("Eva"))]));
    let plan = scene.plan();
    assert_eq!(words(&plan), "update T1", "the reviewer sees the sample");
    assert!(plan.differences.is_empty());
    assert_eq!(plan.notes, [Note::Unshown]);
    scene.state(ReviewState::Pending);
    let plan = scene.plan();
    assert_eq!(
        (words(&plan).as_str(), plan.delivered()),
        ("wait 570", Some(false)),
        "it is sent after the review"
    );
    scene.desired = Ok(desired(&[]));
    assert_eq!(scene.plan().delivered(), Some(true), "taken back");
}

#[test]
fn drift_is_corrected_or_reported() {
    fn drifted() -> Scene {
        let mut scene = Scene::owned();
        scene.drifted();
        scene
    }
    check(
        drifted,
        &[
            ("corrected", |_| {}, "update T1", Reason::Updating),
            ("within the quota", |s| s.edits(&[HOUR]), "wait 82800", Reason::EditsUsedUp),
            (
                "reported",
                |s| s.policies.drift = Some(Drift::Report),
                "blocked policies: {drift: Correct}",
                Reason::Drifted,
            ),
            (
                "reported, in review",
                |s| {
                    s.policies.drift = Some(Drift::Report);
                    s.state(ReviewState::Pending);
                },
                "blocked policies: {drift: Correct}",
                Reason::Drifted,
            ),
            (
                "reported, but its state matters more",
                |s| {
                    s.policies.drift = Some(Drift::Report);
                    s.state(ReviewState::Rejected);
                },
                "blocked",
                Reason::Rejected,
            ),
            (
                "updates never",
                |s| s.policies.update = Some(Update::Never),
                "blocked policies: {update: Guarded}",
                Reason::UpdatesNever,
            ),
            ("a provider that forbids it", |s| s.capabilities = &ALIBABA, "blocked", Reason::ProviderForbids),
            ("a thin list tells nothing", |s| s.here().content = None, "nothing", Reason::Approved),
        ],
    );
    assert_eq!(drifted().plan().notes, [Note::Drifted]);
}

#[test]
fn settings_go_their_own_ways() {
    fn set(value: bool) -> Desired {
        desired(&[("/categoryChangePaused", json!(value))])
    }
    check(
        Scene::owned,
        &[
            (
                "a setting that needs no review",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.desired = Ok(set(true));
                },
                "set T1",
                Reason::Updating,
            ),
            (
                "set by somebody else",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.desired = Ok(set(true));
                    s.claim().content_hash = Some(set(true).content().hash());
                },
                "set T1",
                Reason::Updating,
            ),
            (
                "with a text, which is refused",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.desired = Ok(desired(&[
                        ("/categoryChangePaused", json!(true)),
                        ("/components/body/text", json!(OTHER)),
                    ]));
                },
                "blocked",
                Reason::ProviderForbids,
            ),
            (
                "with a sample, which would be forgotten",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.desired = Ok(desired(&[
                        ("/categoryChangePaused", json!(true)),
                        ("/examples/name", json!("Eva")),
                    ]));
                },
                "blocked",
                Reason::ProviderForbids,
            ),
            (
                "where it is a part of the template",
                |s| s.desired = Ok(set(true)),
                "update T1",
                Reason::Updating,
            ),
            (
                "updates never",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.desired = Ok(set(true));
                    s.policies.update = Some(Update::Never);
                },
                "blocked policies: {update: Guarded}",
                Reason::UpdatesNever,
            ),
            (
                "no edit delivers it",
                |s| s.desired = Ok(desired(&[("/subCategory", json!("ORDER_STATUS"))])),
                "nothing",
                Reason::Approved,
            ),
            (
                "no edit delivers it, but the text",
                |s| {
                    s.desired = Ok(desired(&[
                        ("/subCategory", json!("ORDER_STATUS")),
                        ("/components/body/text", json!(OTHER)),
                    ]));
                },
                "update T1",
                Reason::Updating,
            ),
        ],
    );
    let mut scene = Scene::owned();
    scene.desired = Ok(desired(&[("/subCategory", json!("ORDER_STATUS"))]));
    assert_eq!(scene.plan().notes, [Note::NotByEdit(vec!["subCategory".to_owned()])]);
    scene.claim().content_hash = None;
    assert_eq!(words(&scene.plan()), "keep Tidied", "nor does it keep the hash unknown for ever");
}

#[test]
fn another_category_is_shown_and_never_fought() {
    let mut scene = Scene::owned();
    scene.here().category = "MARKETING".to_owned();
    let plan = scene.plan();
    assert_eq!((words(&plan).as_str(), plan.reason.progress()), ("nothing", Progress::Ready));
    let note = Note::OtherCategory { asked: "UTILITY".to_owned(), theirs: "MARKETING".to_owned() };
    assert_eq!(plan.notes, [note]);
}

#[test]
fn what_is_forbidden_says_the_way_out() {
    let mut scene = Scene::owned();
    scene.capabilities = &ALIBABA;
    scene.changed();
    let plan = scene.plan();
    assert!(
        plan.message.contains("new name") && plan.message.contains("delete this one once"),
        "{}",
        plan.message
    );
    assert!(matches!(plan.consequences.as_slice(), [Consequence::ProviderForbids(_)]), "{plan:?}");
}
