use super::check;
use super::scene::{NOW, Scene, at, brief, intent, key, live, lives};
use crate::api::{Adoption, Operation};
use crate::plan::claim::approval;
use crate::plan::facts::{Cause, Presence};
use crate::plan::step::{Consequence, Step};
use crate::provider::capabilities::META;
use crate::qr_code::content_hash;

fn create(s: &mut Scene) {
    s.unclear(Operation::Create, None, "hello");
}

/// An approved change from `old` to `hello` on a provider whose updates make new codes.
fn update(s: &mut Scene) {
    s.owns("A", "old");
    s.rotates();
    s.unclear(Operation::Update, Some("A"), "hello");
    s.edit(|claim| claim.spend(approval("A", &content_hash("hello"))));
}

#[test]
fn claim_05_nothing_is_resolved_too_soon() {
    check(&[
        (
            |s| {
                s.edit(|claim| {
                    claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW + 10)));
                });
            },
            "wait 70, Resolving",
            "the call may still go out",
        ),
        (
            |s| {
                s.edit(|claim| {
                    claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW - 59)));
                });
            },
            "wait 1, Resolving",
            "its code may still come to light",
        ),
        (
            |s| {
                s.edit(|claim| {
                    claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW - 60)));
                });
                s.outcome = lives(&["A"], "hello");
            },
            "list 0, Resolving",
            "the last list is older than that",
        ),
        (
            |s| {
                create(s);
                s.listed = None;
            },
            "list -140, Resolving",
            "there is no list",
        ),
        (
            |s| {
                s.edit(|claim| {
                    let mut intent = intent(Operation::Create, None, "hello", 0);
                    intent.deadline.0 = jiff::Timestamp::MAX;
                    claim.intent = Some(Box::new(intent));
                });
            },
            "keep Tidied -, Resolving",
            "an absurd deadline overflows nothing",
        ),
    ]);
}

#[test]
fn claim_05_a_clock_that_jumps_shortens_and_lengthens_nothing() {
    check(&[
        (
            |s| {
                create(s);
                s.times.steady = at(NOW - 20);
            },
            "wait 40, Resolving",
            "set forward 20 s ago: whether the provider had its time, nobody knows",
        ),
        (
            |s| {
                create(s);
                s.missed_before();
                s.times.steady = at(NOW - 120);
            },
            "second -5 55, Resolving",
            "of two lists one was made before the jump",
        ),
        (
            |s| {
                s.edit(|claim| {
                    claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW + 600)));
                });
            },
            "wait 660, Resolving",
            "clocks differ by some minutes",
        ),
        (
            |s| {
                s.edit(|claim| {
                    claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW + 86_400)));
                });
            },
            "keep Tidied -, Resolving",
            "set back by a day: its time counts from now",
        ),
    ]);
    let mut scene = Scene::default();
    scene.edit(|claim| claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW + 86_400))));
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("waits for a day") };
    assert_eq!(claim.intent.as_ref().unwrap().deadline.0, at(NOW + 30));
    scene.claim(crate::api::Claim::clone(&claim));
    scene.times.now = at(NOW + 90);
    scene.listed = Some(at(NOW + 90));
    assert_eq!(brief(&scene.plan()), "second 90 150, Resolving", "and then it is found out");
}

#[test]
fn claim_05_the_oldest_take_what_is_there() {
    check(&[
        (
            |s| {
                create(s);
                s.outcome = lives(&["A"], "hello");
            },
            "keep Done A, Resolving",
            "one call, one code",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["B", "A"], "hello");
                s.open_intents = 2;
            },
            "keep Done A, Resolving",
            "two calls, two codes: the older has the first",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["B", "A"], "hello");
                (s.older_intents, s.open_intents) = (1, 2);
            },
            "keep Done B, Resolving",
            "and the younger the second, however they are listed",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["A"], "hello");
                (s.older_intents, s.open_intents) = (1, 2);
            },
            "second -5 55, Resolving",
            "the only one is the older object's",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["A", "B"], "hello");
            },
            "blocked [adopt: {code: A}; adopt: {code: B}], Ambiguous",
            "more codes than calls: nothing is chosen",
        ),
        (
            |s| {
                create(s);
                s.similar = lives(&["S"], "Hello");
            },
            "blocked [adopt: {code: S}], Ambiguous",
            "the provider may have changed the text",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["A"], "hello");
                s.similar = lives(&["S"], "Hello");
            },
            "blocked [adopt: {code: A}; adopt: {code: S}], Ambiguous",
            "either could be it",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["A", "B"], "hello");
                s.adoption(Adoption::Never);
            },
            "blocked [adopt: {code: A}; adopt: {code: B}], Ambiguous",
            "a policy says nothing of one's own call",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["A", "B"], "hello");
                s.wish().adopt = Some("B".into());
            },
            "keep Done B, Resolving",
            "a person names the one",
        ),
        (
            |s| {
                create(s);
                s.outcome = lives(&["A", "B"], "hello");
                s.wish().adopt = Some("B".into());
                s.adopt_owner = Some(key("other"));
            },
            "blocked [adopt: {code: A}; adopt: {code: B}], Ambiguous",
            "but not another object's",
        ),
    ]);
}

#[test]
fn claim_05_only_two_lists_prove_that_nothing_was_made() {
    check(&[
        (create, "second -5 55, Resolving", "the first list starts the clock"),
        (
            |s| {
                create(s);
                s.memory.missed = Some((3, at(NOW - 5)));
            },
            "wait 55, Resolving",
            "the second is to start a settle time later",
        ),
        (
            |s| {
                create(s);
                s.memory.missed = Some((3, at(NOW - 64)));
            },
            "list -4, Resolving",
            "the last list started a second too early",
        ),
        (
            |s| {
                create(s);
                s.memory.missed = Some((3, at(NOW - 65)));
            },
            "keep NotDone -, Resolving",
            "two lists, a settle time apart",
        ),
        (
            |s| {
                create(s);
                s.memory.missed = Some((2, at(NOW - 500)));
            },
            "second -5 55, Resolving",
            "the list before was about another intent",
        ),
        (
            |s| {
                create(s);
                s.missed_before();
                s.outcome = lives(&["A"], "hello");
            },
            "keep Done A, Resolving",
            "the second list shows it",
        ),
        (
            |s| {
                create(s);
                s.missed_before();
                s.suspicious = Some("look".into());
            },
            "blocked [they are gone], AccountSuspicious",
            "lists that lack too much prove nothing (9)",
        ),
    ]);
    let mut scene = Scene::default();
    create(&mut scene);
    scene.missed_before();
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("not given up") };
    let late = claim.abandoned.first().unwrap();
    assert_eq!(
        (claim.n, &claim.intent, late.until.0),
        (4, &None, at(NOW + 24 * 3600)),
        "looked for during a day"
    );
    assert_eq!(late.text_hash, content_hash("hello"));
}

#[test]
fn claim_11_a_change_that_is_given_up_is_remembered_where_it_may_make_a_code() {
    let mut scene = Scene::default();
    update(&mut scene);
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("not given up") };
    let [late] = &claim.abandoned[..] else { panic!("{:?}", claim.abandoned) };
    assert_eq!((late.from.as_deref(), &late.text_hash), (Some("A"), &content_hash("hello")));
    scene.claim(claim.intending(intent(Operation::Update, Some("A"), "hello", NOW - 200)));
    scene.own = Presence::Absent;
    scene.outcome = lives(&["B"], "hello");
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("not taken") };
    assert_eq!(claim.abandoned, [], "nothing changes a code that is gone");
    let mut scene = Scene::default();
    update(&mut scene);
    scene.capabilities = &META;
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("not given up") };
    assert_eq!(claim.abandoned, [], "where a change keeps the code, it makes no other");
}

#[test]
fn claim_11_an_update_is_resolved_by_both_codes() {
    check(&[
        (update, "keep NotDone A, Resolving", "the old code with the old text"),
        (
            |s| {
                update(s);
                s.own = Presence::Here(live("A", "hello"));
            },
            "keep Done A, Resolving",
            "done in place",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Absent;
                s.outcome = lives(&["B"], "hello");
            },
            "keep Done B, Resolving",
            "the new code alone",
        ),
        (
            |s| {
                update(s);
                s.outcome = lives(&["B"], "hello");
            },
            "Delete(A), Updating",
            "both live",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Here(live("A", "hello"));
                s.outcome = lives(&["B"], "hello");
            },
            "Delete(A), Updating",
            "both live, and somebody gave the old one the new text",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Here(live("A", "hello"));
                s.outcome = lives(&["B"], "hello");
                s.capabilities = &META;
            },
            "keep Done A, Resolving",
            "a change made in place makes no other",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Here(live("A", "hello"));
                s.similar = lives(&["B"], "hello");
            },
            "keep Done A, Resolving",
            "the old one has the new text, so nobody has to choose",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Absent;
            },
            "second -5 55, Resolving",
            "neither, in one list",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Absent;
                s.missed_before();
            },
            "keep Vanished -, Resolving",
            "neither, in two",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Absent;
                s.missed_before();
                s.suspicious = Some("look".into());
            },
            "blocked [they are gone], AccountSuspicious",
            "neither, in lists that lack too much",
        ),
        (
            |s| {
                update(s);
                s.outcome = lives(&["B", "C"], "hello");
            },
            "blocked [adopt: {code: B}; adopt: {code: C}], Ambiguous",
            "too many new ones",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Absent;
                s.similar = lives(&["S"], "Hello");
            },
            "blocked [adopt: {code: S}], Ambiguous",
            "a similar one",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Unlisted;
            },
            "read -140, Resolving",
            "the list alone does not prove that the old one is gone",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Unknown;
            },
            "list 0, Resolving",
            "nothing is known of the old one",
        ),
        (
            |s| {
                update(s);
                s.own = Presence::Here(live("Z", "old"));
                s.outcome = lives(&["B"], "hello");
            },
            "list 0, Resolving",
            "what is seen is not what the claim names: nothing is deleted",
        ),
        (
            |s| {
                update(s);
                s.capabilities = &crate::provider::capabilities::META;
                s.outcome = lives(&["B"], "hello");
            },
            "keep NotDone A, Resolving",
            "where updates keep the code, a new one is somebody else's",
        ),
        (
            |s| {
                update(s);
                s.capabilities = &crate::provider::capabilities::META;
                s.own = Presence::Absent;
                s.outcome = lives(&["B"], "hello");
                s.missed_before();
            },
            "keep Vanished -, Resolving",
            "also when the old one is gone",
        ),
    ]);
}

#[test]
fn claim_11_of_two_live_codes_neither_is_lost_by_a_crash() {
    let mut scene = Scene::default();
    update(&mut scene);
    scene.outcome = lives(&["B"], "hello");
    let plan = scene.plan();
    assert_eq!(plan.consequences, [Consequence::KillsPrintedCode("A".into())]);
    let Step::Call { claim, .. } = plan.step else { panic!("no call") };
    let names =
        |claim: &crate::api::Claim| (claim.code.clone(), claim.intent.as_ref().and_then(|i| i.from.clone()));
    assert_eq!(names(&claim), (Some("B".into()), Some("A".into())), "one write has both");
    assert_eq!(claim.content_hash, Some(content_hash("hello")));

    let failed = claim.settled(crate::plan::claim::Done::Nothing, at(NOW));
    assert_eq!(names(&failed), names(&claim), "a delete that fails keeps the old one in mind");
    let deleted = claim.settled(crate::plan::claim::Done::Deleted, at(NOW));
    assert_eq!(names(&deleted), (Some("B".into()), None), "a delete that does not leaves the new one");

    let unclear = |own| {
        let mut scene = scene.clone();
        scene.claim((*claim).clone());
        scene.edit(|claim| claim.intent.as_mut().unwrap().deadline.0 = at(NOW - 200));
        scene.own = own;
        scene
    };
    let there = unclear(Presence::Here(live("A", "old"))).plan();
    assert_eq!(super::scene::brief(&there), "Delete(A), Updating", "after a crash it is deleted again");
    let gone = unclear(Presence::Absent).plan();
    assert_eq!(super::scene::brief(&gone), "keep Done B, Resolving", "after a crash it is known to be done");
}

#[test]
fn claim_19_an_unclear_delete_is_found_out() {
    fn delete(s: &mut Scene, own: Presence<crate::qr_code::Observed>) {
        s.owns("A", "hello");
        s.unclear(Operation::Delete, Some("A"), "");
        s.own = own;
        s.goes(Cause::Person);
    }
    check(&[
        (|s| delete(s, Presence::Here(live("A", "hello"))), "keep NotDone A, Resolving", "still there"),
        (|s| delete(s, Presence::Absent), "keep Done -, Resolving", "gone"),
        (|s| delete(s, Presence::Unlisted), "read -140, Resolving", "perhaps gone"),
        (
            |s| {
                delete(s, Presence::Absent);
                s.suspicious = Some("look".into());
            },
            "blocked [policies: {deletion: Retain}], DeletionBlocked",
            "lists that lack too much prove nothing (9)",
        ),
        (
            |s| {
                delete(s, Presence::Here(live("A", "hello")));
                s.deleting = None;
            },
            "keep NotDone A, Resolving",
            "the object came back",
        ),
    ]);
}
