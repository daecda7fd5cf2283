//! Calls of which nobody knows the outcome.

use super::*;

/// How the scene differs, why, and how many edits are spent.
type Spent = (fn(&mut Scene), &'static str, usize);

fn create() -> Scene {
    Scene::unclear(Operation::Create)
}

fn edit() -> Scene {
    let mut scene = Scene::unclear(Operation::Update);
    scene.read = Some(ago(5));
    scene
}

#[test]
fn claim_05_nothing_is_asked_before_the_provider_had_its_time() {
    for operation in [Operation::Create, Operation::Update, Operation::Delete] {
        let mut scene = Scene::unclear(operation);
        scene.intent().deadline = Time(ago(59));
        assert_eq!(words(&scene.plan()), "wait 1", "{operation:?}");
        scene.intent().deadline = Time(ago(60));
        assert_eq!(words(&scene.plan()), "list", "{operation:?}: what was seen 30 s ago is too old");
    }
}

#[test]
fn claim_05_a_clock_that_jumps_shortens_and_lengthens_nothing() {
    for operation in [Operation::Create, Operation::Update, Operation::Delete] {
        let mut scene = Scene::unclear(operation);
        scene.times.steady = ago(20);
        assert_eq!(words(&scene.plan()), "wait 40", "{operation:?}: set forward 20 s ago");
        let mut scene = Scene::unclear(operation);
        scene.intent().deadline = Time(ago(-DAY));
        let plan = scene.plan();
        assert_eq!(words(&plan), "keep Tidied", "{operation:?}: set back by a day");
        let deadline = written(&plan).intent.as_ref().unwrap().deadline.0;
        assert_eq!(deadline.duration_since(NOW).as_secs(), 30, "{operation:?}");
    }
}

#[test]
fn claim_05_a_create_is_given_up_after_two_looks() {
    check(
        create,
        &[
            (
                "the first look is remembered: another is due a settle time later",
                |_| {},
                "miss",
                Reason::Resolving,
            ),
            ("the first look, long ago", |s| s.listed = Some(ago(200)), "miss", Reason::Resolving),
            ("two looks, too close", |s| s.memory.missed = Some((1, ago(50))), "wait 10", Reason::Resolving),
            ("two looks", |s| s.memory.missed = Some((1, ago(90))), "keep NotDone", Reason::Resolving),
            (
                "the first look was made before the provider had its time",
                |s| s.memory.missed = Some((1, ago(541))),
                "miss",
                Reason::Resolving,
            ),
            (
                "the first look was about another intent",
                |s| s.memory.missed = Some((0, ago(90))),
                "miss",
                Reason::Resolving,
            ),
            (
                "seen before the provider had its time",
                |s| s.listed = Some(ago(541)),
                "list",
                Reason::Resolving,
            ),
            ("nobody knows", |s| s.own = Presence::Unknown, "list", Reason::Resolving),
            ("it can be read", |s| s.own = Presence::Unlisted, "read", Reason::Resolving),
            (
                "it was read, and the list is old",
                |s| {
                    s.listed = Some(ago(541));
                    s.read = Some(ago(1));
                },
                "list",
                Reason::Resolving,
            ),
        ],
    );
    let mut scene = create();
    scene.memory.missed = Some((1, ago(90)));
    let plan = scene.plan();
    let claim = written(&plan);
    assert_eq!((claim.n, &claim.intent, &claim.template_id), (2, &None, &None));
    assert_eq!(claim.abandoned.len(), 1, "what turns up late is named for a day");
}

#[test]
fn claim_13_a_create_is_ours_if_the_text_matches_and_it_was_absent_before() {
    fn there() -> Scene {
        let mut scene = create();
        scene.own = Presence::Here(observed("T1", Some(&desired(&[]))));
        scene
    }
    check(
        there,
        &[
            ("ours", |_| {}, "keep Done", Reason::Resolving),
            ("ours, in review", |s| s.state(ReviewState::Pending), "keep Done", Reason::Resolving),
            ("ours, and the manifest went on", |s| s.changed(), "keep Done", Reason::Resolving),
            ("another text", |s| s.drifted(), "conflict", Reason::Taken),
            (
                "another text, and always taken over",
                |s| {
                    s.drifted();
                    s.policies.adoption = Some(Adoption::Always);
                },
                "keep Adopted",
                Reason::Adopting,
            ),
            ("nobody knows that it was absent", |s| s.intent().absent_at = None, "conflict", Reason::Taken),
            ("nobody knows what it says", |s| s.here().content = None, "read", Reason::Resolving),
            (
                "seen before the provider had its time",
                |s| s.listed = Some(ago(541)),
                "list",
                Reason::Resolving,
            ),
            (
                "another object of ours has it",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.peer("b", false).claim = Some(claim);
                },
                "conflict b",
                Reason::Taken,
            ),
        ],
    );
    let plan = there().plan();
    let claim = written(&plan);
    assert_eq!((claim.n, claim.template_id.as_deref(), &claim.intent), (1, Some("T1"), &None));
    assert_eq!(claim.content_hash, Some(desired(&[]).content().hash()));
    assert!(!claim.adopted);
}

#[test]
fn claim_12_an_edit_is_found_out_by_reading() {
    check(
        edit,
        &[
            ("done", |_| {}, "keep Done", Reason::Resolving),
            ("done, and the manifest went on", |s| s.changed(), "keep Done", Reason::Resolving),
            ("not done", |s| s.drifted(), "keep NotDone", Reason::Resolving),
            (
                "not known what it says",
                |s| {
                    s.here().content = None;
                    s.read = None;
                },
                "read",
                Reason::Resolving,
            ),
            ("reading it found nothing", |s| s.here().content = None, "wait 55", Reason::Resolving),
            ("a list with contents is as good", |s| s.read = None, "keep Done", Reason::Resolving),
            (
                "a thin list is not, whatever was read before",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.read = Some(ago(541));
                },
                "read",
                Reason::Resolving,
            ),
            (
                "it is another one by now",
                |s| s.here().id = "T2".to_owned(),
                "keep NotDone",
                Reason::Resolving,
            ),
            ("it is gone", |s| s.own = Presence::Absent, "keep NotDone", Reason::Resolving),
            ("nobody knows", |s| s.own = Presence::Unknown, "list", Reason::Resolving),
        ],
    );
}

#[test]
fn claim_12_an_unclear_edit_counts_as_spent_until_disproved() {
    let cases: [Spent; 4] = [
        (|_| {}, "done", 1),
        (|s| s.drifted(), "read, and it says something else", 0),
        (
            |s| {
                s.changed();
                s.here().content = Some(text("Hi {{name}}, it is here.").content());
            },
            "nobody can tell",
            1,
        ),
        (|s| s.own = Presence::Absent, "gone with what was edited", 1),
    ];
    for (change, reason, spent) in cases {
        let mut scene = edit();
        let deadline = scene.intent().deadline.clone();
        scene.claim().edits = vec![deadline];
        change(&mut scene);
        let plan = scene.plan();
        let claim = written(&plan);
        assert_eq!((claim.edits.len(), &claim.intent), (spent, &None), "{reason}");
        let known = claim.content_hash.is_some();
        assert_eq!(known, reason != "nobody can tell", "{reason}");
    }
}

#[test]
fn claim_12_a_refused_edit_is_not_spent() {
    use crate::plan::claim::Done;
    let mut scene = Scene::owned();
    scene.changed();
    let claim = written(&scene.plan()).clone();
    let spent = |done| claim.settled(done, NOW).edits.len();
    assert_eq!(claim.edits.len(), 1);
    assert_eq!(spent(Done::Template("T1".to_owned())), 1);
    assert_eq!(spent(Done::Nothing), 0);
    assert_eq!(spent(Done::Refused { hash: "no".to_owned(), why: "no".to_owned() }), 0);
    let after = claim.settled(Done::Template("T1".to_owned()), NOW);
    assert_eq!(after.edits, [Time(NOW)], "it was made by now, not by its deadline");
}

#[test]
fn claim_19_a_delete_is_found_out() {
    check(
        || Scene::unclear(Operation::Delete),
        &[
            ("gone", |s| s.own = Presence::Absent, "keep Done", Reason::Resolving),
            ("on its way out", |s| s.state(ReviewState::Deleting), "keep Done", Reason::Resolving),
            ("still there", |_| {}, "keep NotDone", Reason::Resolving),
            ("another one by now", |s| s.here().id = "T2".to_owned(), "keep Done", Reason::Resolving),
        ],
    );
}
