use super::check;
use super::scene::{NOW, Scene, at, live};
use crate::api::{Abandoned, Drift, ImageFormat, Update};
use crate::plan::claim::{Done, approval};
use crate::plan::facts::Presence;
use crate::plan::step::{Consequence, Difference, Note, Step};
use crate::qr_code::content_hash;

const UPDATE: &str = "Update(A), Updating";
/// The first digits of the hash of `hello`.
const NEEDED: &str = "blocked [approve: A@2cf24dba], ApprovalNeeded";

/// A change of the text on a provider whose updates make new codes.
fn rotating(s: &mut Scene) {
    s.owns("A", "old");
    s.rotates();
}

/// Somebody changed the text at the provider.
fn drifted(s: &mut Scene) {
    s.owns("A", "hello");
    s.own = Presence::Here(live("A", "theirs"));
}

#[test]
fn a_code_that_is_as_written_is_left_alone() {
    check(&[
        (|s| s.owns("A", "hello"), "nothing, Live", "as written"),
        (
            |s| {
                s.owns("A", "hello");
                s.rotates();
                s.wish().image_format = ImageFormat::Png;
            },
            "nothing, Live",
            "another image is drawn, never written",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.listed = Some(at(NOW - 601));
            },
            "list -600, Live",
            "a routine look at a code that is taken to live",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.listed = None;
            },
            "list -600, Live",
            "one that we wrote and no list had yet",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.listed = None;
            },
            "list -600, Observing",
            "no change without a look",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.own = Presence::Here(live("A", "hello"));
            },
            "keep Tidied A, Live",
            "somebody made the change already",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.own = Presence::Here(live("A", "hello"));
                s.rotates();
            },
            "keep Tidied A, Live",
            "which needs no approval",
        ),
    ]);
}

#[test]
fn claim_05_what_was_given_up_is_forgotten_after_a_day() {
    fn abandoned(s: &mut Scene, until: i64) {
        s.owns("A", "hello");
        let call = Abandoned {
            from: None,
            text_hash: content_hash("hello"),
            same_text: Vec::new(),
            until: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(at(until)),
        };
        s.edit(|claim| claim.abandoned.push(call));
    }
    check(&[
        (|s| abandoned(s, NOW + 1), "nothing, Live", "not yet"),
        (|s| abandoned(s, NOW), "keep Tidied A, Live", "now"),
    ]);
}

#[test]
fn claim_07_of_two_that_have_one_code_the_first_keeps_it() {
    fn both(s: &mut Scene, created: i64) -> &mut super::scene::PeerIs {
        s.owns("A", "hello");
        s.peer("other", created, Some("A"))
    }
    const YIELDS: &str = "keep Yielded(Key { kind: QrCode, namespace: shop, name: other }) -, Taken";
    check(&[
        (|s| drop(both(s, 50).key.clone()), YIELDS, "the older keeps it"),
        (|s| drop(both(s, 200).key.clone()), "nothing, Live", "we are the older"),
        (
            |s| both(s, 50).claim.as_mut().unwrap().adopted = true,
            "nothing, Live",
            "whoever made it goes before whoever took it",
        ),
        (
            |s| {
                both(s, 200);
                s.edit(|claim| claim.adopted = true);
            },
            YIELDS,
            "and so do we",
        ),
        (|s| both(s, 50).deleting = true, "nothing, Live", "one that goes leaves it to us"),
        (
            |s| {
                both(s, 50).wants = false;
                s.wish().message = "changed".into();
            },
            YIELDS,
            "they do not change it in turn, whatever each wants",
        ),
    ]);
}

#[test]
fn claim_09_absence_is_believed_late() {
    fn absent(s: &mut Scene, own: Presence<crate::qr_code::Observed>) {
        s.owns("A", "hello");
        s.own = own;
    }
    check(&[
        (|s| absent(s, Presence::Unknown), "list 0, Observing", "nothing is known"),
        (|s| absent(s, Presence::Unlisted), "read 0, Observing", "a list alone is no proof"),
        (|s| absent(s, Presence::Absent), "second -5 55, Missing", "lists lag: one is not enough"),
        (
            |s| {
                absent(s, Presence::Absent);
                s.memory.missed = Some((3, at(NOW - 5)));
            },
            "wait 55, Missing",
            "the second has its time",
        ),
        (
            |s| {
                absent(s, Presence::Absent);
                s.memory.missed = Some((2, at(NOW - 500)));
            },
            "second -5 55, Missing",
            "what an older claim was missed for says nothing",
        ),
        (
            |s| {
                absent(s, Presence::Absent);
                s.missed_before();
            },
            "keep Vanished -, Creating",
            "gone for certain",
        ),
        (
            |s| {
                absent(s, Presence::Absent);
                s.suspicious = Some("look".into());
            },
            "blocked [they are gone], AccountSuspicious",
            "too many are gone at once",
        ),
        (
            |s| {
                absent(s, Presence::Unknown);
                s.suspicious = Some("look".into());
            },
            "blocked [they are gone], AccountSuspicious",
            "nothing can be known for now",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.suspicious = Some("look".into());
            },
            "nothing, Live",
            "what is there is there",
        ),
    ]);
    let mut scene = Scene::default();
    absent(&mut scene, Presence::Absent);
    scene.missed_before();
    let plan = scene.plan();
    assert_eq!(plan.notes, [Note::Replaced("A".into())], "the old one is told of");
    let Step::Keep { claim, .. } = plan.step else { panic!("not kept") };
    assert_eq!((claim.n, claim.content_hash.as_deref()), (4, None));
}

#[test]
fn claim_10_a_printed_code_dies_by_approval_alone() {
    check(&[
        (|s| s.owns("A", "old"), UPDATE, "a change that keeps the code is free"),
        (rotating, NEEDED, "the line to add"),
        (
            |s| {
                rotating(s);
                s.approve("A", "hello");
            },
            UPDATE,
            "approved",
        ),
        (
            |s| {
                rotating(s);
                s.approve("A", "other");
            },
            NEEDED,
            "approved for other content",
        ),
        (
            |s| {
                rotating(s);
                s.approve("B", "hello");
            },
            NEEDED,
            "approved for another code",
        ),
        (
            |s| {
                rotating(s);
                s.approve("A", "hello");
                s.edit(|claim| claim.spend(approval("A", &content_hash("hello"))));
            },
            "blocked [policies: {update: Automatic}], ApprovalNeeded",
            "approved once already",
        ),
        (
            |s| {
                rotating(s);
                s.approve("A", "hello");
                s.edit(|claim| claim.spend(approval("A", &content_hash("other"))));
            },
            UPDATE,
            "another approval was used",
        ),
        (
            |s| {
                rotating(s);
                s.update(Update::Automatic);
            },
            UPDATE,
            "nobody asks",
        ),
        (
            |s| {
                rotating(s);
                s.update(Update::Never);
                s.approve("A", "hello");
            },
            "blocked [policies: {update: Guarded}], UpdatesNever",
            "a policy is stronger than a line",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.update(Update::Never);
            },
            "blocked [policies: {update: Guarded}], UpdatesNever",
            "also where it would be free",
        ),
        (
            |s| {
                rotating(s);
                s.own = Presence::Here(live("A", "theirs"));
            },
            NEEDED,
            "changed by both: the manifest's change needs its line",
        ),
    ]);
}

#[test]
fn claim_10_an_approval_works_once() {
    let mut scene = Scene::default();
    rotating(&mut scene);
    scene.approve("A", "hello");
    let plan = scene.plan();
    let line = approval("A", &content_hash("hello"));
    assert_eq!(
        plan.consequences,
        [Consequence::KillsPrintedCode("A".into()), Consequence::SpendsApproval(line.clone())]
    );
    let Step::Call { claim, .. } = plan.step else { panic!("no call") };
    let intent = claim.intent.as_ref().unwrap();
    assert_eq!(intent.from.as_deref(), Some("A"), "the intent carries what dies");
    let done = |done| claim.settled(done, at(NOW)).spent;
    assert_eq!(done(Done::Code("B".into())), std::slice::from_ref(&line), "used");
    assert_eq!(done(Done::Code("A".into())), [line], "used, although the provider kept the code");
    assert!(done(Done::Nothing).is_empty(), "not used");
    assert!(done(Done::Refused { hash: "no".into(), why: "no".into() }).is_empty(), "not used");
}

#[test]
fn claim_10_a_line_that_does_nothing_is_reported() {
    let notes = |arrange: fn(&mut Scene)| {
        let mut scene = Scene::default();
        arrange(&mut scene);
        scene.approve("A", "hello");
        scene.plan().notes
    };
    let line = Note::StaleApproval("A@2cf24dba".into());
    assert_eq!(notes(|s| s.owns("A", "hello")), std::slice::from_ref(&line), "nothing is to be changed");
    assert_eq!(notes(|s| s.owns("A", "old")), std::slice::from_ref(&line), "nothing is to die");
    assert_eq!(
        notes(|s| {
            rotating(s);
            s.wish().message = "other".into();
        }),
        [line],
        "other content"
    );
    assert_eq!(notes(rotating), [], "used");
    assert_eq!(
        notes(|s| {
            rotating(s);
            s.suspended = true;
        }),
        [],
        "it may still be used"
    );
}

#[test]
fn claim_10_a_correction_is_never_approved() {
    check(&[
        (drifted, UPDATE, "free where the code stays"),
        (
            |s| {
                drifted(s);
                s.rotates();
                s.approve("A", "hello");
            },
            "blocked [policies: {update: Automatic}; policies: {drift: Report}], Drifted",
            "the line was not meant for this",
        ),
        (
            |s| {
                drifted(s);
                s.rotates();
                s.update(Update::Automatic);
            },
            UPDATE,
            "nobody asks",
        ),
        (
            |s| {
                drifted(s);
                s.update(Update::Never);
            },
            "blocked [policies: {drift: Report}], Drifted",
            "nothing is ever changed",
        ),
        (
            |s| {
                drifted(s);
                s.drift(Drift::Report);
            },
            "nothing, Drifted",
            "it is left so",
        ),
        (
            |s| {
                drifted(s);
                s.peer("other", 50, Some("B"));
            },
            UPDATE,
            "it owns this text already (7)",
        ),
    ]);
}

#[test]
fn a_plan_says_what_it_changes_and_what_that_costs() {
    let difference = |from: &str| {
        vec![Difference {
            field: "prefilledMessage".into(),
            from: Some(from.into()),
            to: Some("hello".into()),
        }]
    };
    let told = |arrange: fn(&mut Scene)| {
        let mut scene = Scene::default();
        arrange(&mut scene);
        let plan = scene.plan();
        (plan.differences, plan.consequences, plan.notes)
    };
    let kills = vec![Consequence::KillsPrintedCode("A".into())];
    assert_eq!(told(|s| s.owns("A", "old")), (difference("old"), vec![], vec![]));
    assert_eq!(told(rotating), (difference("old"), kills.clone(), vec![]), "also before it is approved");
    let report: fn(&mut Scene) = |s| {
        drifted(s);
        s.drift(Drift::Report);
    };
    assert_eq!(
        told(report),
        (difference("theirs"), vec![], vec![Note::Drifted]),
        "nothing is killed by a report"
    );
    let correct: fn(&mut Scene) = |s| {
        drifted(s);
        s.rotates();
    };
    assert_eq!(told(correct), (difference("theirs"), kills, vec![Note::Drifted]));
}
