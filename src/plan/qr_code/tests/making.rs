use super::check;
use super::scene::{NOW, Scene, at, claim_of, intent, key, live, lives};
use crate::api::{Abandoned, Adoption, Operation};
use crate::plan::facts::{Cause, Presence};
use crate::plan::step::{Difference, Kept, Note, Step};
use crate::qr_code::{Phone, content_hash};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

#[test]
fn claim_01_a_code_is_made_once_all_is_known() {
    check(&[
        (|_| {}, "Create, Creating", "nothing is there"),
        (|s| s.listed = None, "list -600, Observing", "what is there is not known"),
        (|s| s.listed = Some(at(NOW - 601)), "list -600, Observing", "what is there is not known any more"),
        (|s| s.phone = None, "list 0, Observing", "the number is not resolved"),
        (|s| s.claim(claim_of("poster", None, "")), "Create, Creating", "an empty claim is none"),
        (
            |s| s.suspicious = Some("look".into()),
            "blocked [they are gone], AccountSuspicious",
            "the list may lack it (9)",
        ),
    ]);
}

#[test]
fn a_new_code_is_told_with_its_number_and_then_with_its_text() {
    for (phone, field, to) in [
        (Phone::Number("4930901820".into()), "phoneNumber", "+4930901820"),
        (Phone::Id("106540352242922".into()), "phoneNumberId", "106540352242922"),
    ] {
        let mut scene = Scene::default();
        scene.wish().phone = phone;
        let made =
            |field: &str, to: &str| Difference { field: field.into(), from: None, to: Some(to.into()) };
        assert_eq!(scene.plan().differences, [made(field, to), made("prefilledMessage", "hello")]);
    }
}

#[test]
fn claim_01_an_intent_says_all_that_a_crash_must_not_forget() {
    let mut scene = Scene::default();
    scene.adoption(Adoption::Never);
    scene.same_text = lives(&["B"], "hello");
    scene.wish().duplicates_allowed = true;
    scene.peer("other", 1, Some("A"));
    let Step::Call { claim, .. } = scene.plan().step else { panic!("no call") };
    let want = crate::api::Intent {
        same_text: vec!["A".into(), "B".into()],
        absent_at: Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(at(NOW - 5))),
        ..intent(Operation::Create, None, "hello", NOW + 30)
    };
    assert_eq!(
        claim.intent.as_deref(),
        Some(&want),
        "claimed codes count too: their owners may let them go meanwhile"
    );
    assert_eq!((claim.n, claim.phone.as_deref()), (1, Some("phone")));
    assert_eq!((claim.installation.as_str(), claim.uid.as_str()), ("us", "uid-poster"));
    assert_eq!((claim.object.as_str(), claim.account.as_str()), ("shop/poster", "shop/account"));
    assert_eq!(claim.identity, "meta/1");
}

#[test]
fn claim_06_an_unclaimed_code_with_this_text_is_asked_about() {
    const ASK: &str = "blocked [adopt: {code: A}; policies: {adoption: Never}], AdoptionNeeded";
    check(&[
        (|s| s.same_text = lives(&["A"], "hello"), ASK, "the two lines that decide"),
        (
            |s| s.same_text = lives(&["A", "B"], "hello"),
            "blocked [adopt: {code: A}; adopt: {code: B}; policies: {adoption: Never}], AdoptionNeeded",
            "each of several",
        ),
        (
            |s| {
                s.same_text = lives(&["A"], "hello");
                s.adoption(Adoption::Never);
            },
            "Create, Creating",
            "another one is meant",
        ),
        (
            |s| {
                s.same_text = lives(&["A"], "hello");
                s.adoption(Adoption::IfIdentical);
            },
            "keep Adopted A, Adopting",
            "the only one that fits",
        ),
        (
            |s| {
                s.same_text = lives(&["A", "B"], "hello");
                s.adoption(Adoption::IfIdentical);
            },
            "blocked [adopt: {code: A}; adopt: {code: B}; policies: {adoption: Never}], AdoptionNeeded",
            "several fit: none is chosen",
        ),
        (
            |s| {
                s.same_text = lives(&["A"], "hello");
                s.wish().duplicates_allowed = true;
            },
            ASK,
            "a second code being meant does not say whose this one is",
        ),
        (
            |s| {
                s.claim(claim_of("poster", None, ""));
                s.same_text = lives(&["A"], "hello");
            },
            ASK,
            "what turns up after a create was given up is asked about too",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.same_text = lives(&["B"], "hello");
            },
            "nothing, Live",
            "an object with a code needs none",
        ),
    ]);
}

#[test]
fn claim_06_adopt_takes_the_code_it_names() {
    fn adopt(s: &mut Scene, found: Presence<crate::qr_code::Observed>) {
        s.wish().adopt = Some("A".into());
        s.adopt = found;
    }
    check(&[
        (|s| adopt(s, Presence::Here(live("A", "hello"))), "keep Adopted A, Adopting", "it is there"),
        (|s| adopt(s, Presence::Here(live("A", "old"))), "keep Adopted A, Adopting", "with another text"),
        (|s| adopt(s, Presence::Absent), "blocked [], AdoptionImpossible", "it is not there"),
        (
            |s| {
                adopt(s, Presence::Absent);
                s.listed = Some(at(NOW - 601));
            },
            "list -600, Observing",
            "it was not there when nobody knows for how long",
        ),
        (|s| adopt(s, Presence::Unlisted), "read 0, Observing", "not in the list, so it is read"),
        (|s| adopt(s, Presence::Unknown), "list 0, Observing", "nothing is known"),
        (
            |s| {
                adopt(s, Presence::Absent);
                s.suspicious = Some("look".into());
            },
            "blocked [they are gone], AccountSuspicious",
            "the list lacks too much (9)",
        ),
        (
            |s| {
                adopt(s, Presence::Here(live("A", "hello")));
                s.adopt_owner = Some(key("other"));
            },
            "conflict other, Taken",
            "another object of ours has it",
        ),
        (
            |s| {
                adopt(s, Presence::Here(live("A", "hello")));
                s.adoption(Adoption::Never);
            },
            "blocked [policies: {adoption: Ask}], AdoptionImpossible",
            "the policies forbid it",
        ),
        (
            |s| {
                adopt(s, Presence::Here(live("A", "hello")));
                s.same_text = lives(&["A", "B"], "hello");
            },
            "keep Adopted A, Adopting",
            "the line decides",
        ),
        (
            |s| {
                adopt(s, Presence::Here(live("A", "hello")));
                s.peer("other", 1, Some("B"));
            },
            "conflict other, Taken",
            "an older object has this text (7)",
        ),
        (
            |s| {
                adopt(s, Presence::Absent);
                s.owns("B", "hello");
            },
            "nothing, Live",
            "the adopted code was replaced since; the line is history",
        ),
        (
            |s| {
                adopt(s, Presence::Absent);
                s.edit(|claim| claim.spent = vec!["A@0123".to_owned()]);
            },
            "Create, Creating",
            "and what replaced it is gone, which is made again",
        ),
        (
            |s| {
                adopt(s, Presence::Absent);
                s.edit(|claim| claim.spent = vec!["A@gone".to_owned()]);
            },
            "Create, Creating",
            "it was taken over and is gone since: another is made",
        ),
        (
            |s| {
                adopt(s, Presence::Here(live("A", "old")));
                s.edit(|claim| claim.spent = vec!["A@gone".to_owned()]);
            },
            "keep Adopted A, Adopting",
            "it is there again",
        ),
    ]);
    let mut scene = Scene::default();
    adopt(&mut scene, Presence::Here(live("A", "old")));
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("not kept") };
    assert_eq!(
        claim.content_hash,
        Some(content_hash("old")),
        "the text it has, so that a change is a change"
    );
    assert!(claim.adopted, "so that deleting keeps it (17)");
}

#[test]
fn claim_07_a_line_about_a_code_that_was_replaced_keeps_nobody_from_inheriting() {
    let mut scene = Scene::default();
    scene.wish().adopt = Some("A".into());
    let other = scene.peer("other", 1, Some("B"));
    other.deleting = true;
    other.claim.as_mut().unwrap().spent = vec!["A@0123".to_owned()];
    let Step::Keep { claim, why: Kept::Inherited(_) } = scene.plan().step else { panic!("not inherited") };
    assert_eq!(claim.code.as_deref(), Some("B"));
    scene.peers[0].claim.as_mut().unwrap().spent = vec!["A@gone".to_owned()];
    assert!(matches!(scene.plan().step, Step::Keep { .. }), "or was lost");
    scene.peers[0].claim.as_mut().unwrap().spent.clear();
    assert!(matches!(scene.plan().step, Step::Blocked { .. }), "the line is about a code that it never had");
}

#[test]
fn claim_17_what_is_made_in_the_place_of_what_was_taken_over_is_ours() {
    let mut scene = Scene::default();
    scene.owns("A", "hello");
    scene.edit(|claim| claim.adopted = true);
    scene.own = Presence::Absent;
    scene.missed_before();
    let Step::Keep { claim, why: Kept::Vanished } = scene.plan().step else { panic!("not gone") };
    scene.claim((*claim).clone());
    let Step::Call { claim, .. } = scene.plan().step else { panic!("not made") };
    assert!(!claim.adopted, "so that deleting deletes it");
}

#[test]
fn claim_07_the_same_text_belongs_to_one() {
    check(&[
        (
            |s| drop(s.peer("other", 50, None).key.clone()),
            "conflict other, Taken",
            "the older waits for nobody",
        ),
        (|s| drop(s.peer("other", 200, None).key.clone()), "Create, Creating", "a younger one waits for us"),
        (
            |s| drop(s.peer("other", 200, Some("A")).key.clone()),
            "conflict other, Taken",
            "it owns the text already",
        ),
        (
            |s| {
                s.peer("other", 50, Some("A"));
                s.wish().duplicates_allowed = true;
            },
            "Create, Creating",
            "a second one is meant",
        ),
        (|s| s.peer("other", 50, Some("A")).wants = false, "Create, Creating", "it wants another text now"),
        (
            |s| s.peer("other", 50, Some("B")).claim = Some(claim_of("other", Some("B"), "old")),
            "conflict other, Taken",
            "the older wants it and will change its code",
        ),
        (
            |s| s.peer("other", 200, Some("B")).claim = Some(claim_of("other", Some("B"), "old")),
            "Create, Creating",
            "the younger wants it, with a code of another text",
        ),
        (
            |s| {
                let mut claim = claim_of("other", None, "");
                claim.intent = Some(Box::new(intent(Operation::Create, None, "hello", NOW)));
                s.peer("other", 200, None).claim = Some(claim);
            },
            "conflict other, Taken",
            "a younger one is at it: it will own it",
        ),
        (|s| drop(s.peer("aaa", 100, None).key.clone()), "conflict aaa, Taken", "of one age the lower UID"),
        (
            |s| drop(s.peer("zzz", 100, None).key.clone()),
            "Create, Creating",
            "of one age the higher UID waits",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.peer("other", 50, Some("B"));
            },
            "nothing, Live",
            "who owns this text has it",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.peer("other", 200, Some("B"));
            },
            "conflict other, Taken",
            "a change into another's text waits too",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.peer("other", 200, None);
            },
            "Update(A), Updating",
            "a younger one waits for our change",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.peer("other", 50, Some("B")).deleting = true;
            },
            "Update(A), Updating",
            "who has a code inherits none",
        ),
    ]);
}

#[test]
fn claim_07_a_renamed_file_keeps_its_printed_code() {
    const INHERITS: &str = "keep Inherited(Key { kind: QrCode, namespace: shop, name: old }) A, Adopting";
    fn going(s: &mut Scene, created: i64) -> &mut super::scene::PeerIs {
        let peer = s.peer("old", created, Some("A"));
        peer.deleting = true;
        peer
    }
    check(&[
        (|s| drop(going(s, 50).key.clone()), INHERITS, "the older goes"),
        (|s| drop(going(s, 200).key.clone()), INHERITS, "whichever is older"),
        (|s| going(s, 50).wants = false, INHERITS, "its manifest matters no more"),
        (|s| going(s, 50).bereft = true, "Create, Creating", "what it leaves is gone"),
        (
            |s| going(s, 50).claim.as_mut().unwrap().content_hash = Some("old".into()),
            INHERITS,
            "a change to our text was not delivered yet, and keeps the code",
        ),
        (
            |s| {
                s.rotates();
                going(s, 50).claim.as_mut().unwrap().content_hash = Some("old".into());
            },
            "Create, Creating",
            "where a change kills it, there is nothing to inherit",
        ),
        (
            |s| {
                going(s, 50).claim.as_mut().unwrap().content_hash = Some("old".into());
                going(s, 60).claim.as_mut().unwrap().code = Some("B".into());
            },
            "keep Inherited(Key { kind: QrCode, namespace: shop, name: old }) B, Adopting",
            "what has the text already goes first",
        ),
        (
            |s| {
                going(s, 50);
                s.wish().duplicates_allowed = true;
            },
            INHERITS,
            "a second one was meant, and this one is to be had",
        ),
        (
            |s| {
                going(s, 50);
                s.listed = None;
            },
            INHERITS,
            "without any call",
        ),
        (
            |s| {
                going(s, 50);
                s.peer("heir", 60, None);
            },
            "conflict heir, Taken",
            "the oldest heir has it",
        ),
        (
            |s| {
                going(s, 50);
                s.peer("heir", 160, None);
            },
            INHERITS,
            "we are the oldest heir",
        ),
        (
            |s| {
                going(s, 50);
                s.peer("heir", 160, Some("A"));
            },
            "conflict heir, Taken",
            "somebody was first",
        ),
        (
            |s| {
                going(s, 50).claim.as_mut().unwrap().intent =
                    Some(Box::new(intent(Operation::Delete, Some("A"), "", NOW)));
            },
            "conflict old, Taken",
            "its delete may have been carried out",
        ),
        (
            |s| {
                let peer = going(s, 50);
                (peer.claim, peer.wants) = (Some(claim_of("old", Some("A"), "old")), false);
            },
            "Create, Creating",
            "its code has another text",
        ),
        (
            |s| {
                going(s, 50);
                s.wish().adopt = Some("B".into());
                s.adopt = Presence::Here(live("B", "hello"));
            },
            "keep Adopted B, Adopting",
            "another code is named",
        ),
    ]);
    let mut scene = Scene::default();
    let theirs = going(&mut scene, 50).claim.as_mut().unwrap();
    theirs.adopted = true;
    theirs.spent = vec!["Z@1".into()];
    let Step::Keep { claim, why: Kept::Inherited(_) } = scene.plan().step else { panic!("not inherited") };
    assert_eq!(
        (claim.n, claim.uid.as_str(), claim.adopted),
        (1, "uid-poster", true),
        "ours, as it was theirs"
    );
    assert_eq!(claim.spent, ["Z@1"], "an approval works once, whoever used it (10)");
    assert_eq!(claim.content_hash, Some(content_hash("hello")));
}

#[test]
fn claim_05_a_late_code_is_reported() {
    let mut scene = Scene::default();
    scene.owns("A", "hello");
    scene.late = lives(&["B"], "hello");
    let plan = scene.plan();
    assert_eq!((plan.step, plan.notes), (Step::Nothing, vec![Note::LateCode("B".into())]));
}

/// A change of a code that was given up and may still happen.
fn given_up(s: &mut Scene, from: Option<&str>, text: &str) {
    s.rotates();
    let call = Abandoned {
        from: from.map(str::to_owned),
        text_hash: content_hash(text),
        same_text: Vec::new(),
        until: Time(at(NOW + 3600)),
    };
    s.edit(|claim| claim.abandoned.push(call));
}

#[test]
fn claim_11_a_change_that_happens_late_is_taken_once_its_code_is_gone() {
    check(&[
        (
            |s| {
                given_up(s, Some("A"), "hello");
                s.late = lives(&["B"], "hello");
                s.same_text = lives(&["B"], "hello");
            },
            "keep Done B, Resolving",
            "A is gone, and B has the content that A was to get",
        ),
        (
            |s| {
                given_up(s, Some("A"), "then");
                s.late = lives(&["B"], "then");
            },
            "keep Done B, Resolving",
            "whatever is wanted by now: that is a change of B",
        ),
        (
            |s| {
                given_up(s, None, "hello");
                s.late = lives(&["B"], "hello");
                s.same_text = lives(&["B"], "hello");
            },
            "blocked [adopt: {code: B}; policies: {adoption: Never}], AdoptionNeeded",
            "what a create made late is a second one, and never taken silently (5)",
        ),
        (
            |s| {
                given_up(s, Some("A"), "hello");
                s.late = lives(&["B", "C"], "hello");
                s.same_text = lives(&["B", "C"], "hello");
            },
            "blocked [adopt: {code: B}; adopt: {code: C}; policies: {adoption: Never}], AdoptionNeeded",
            "which of the two, nobody knows",
        ),
        (
            |s| {
                given_up(s, Some("A"), "hello");
                s.capabilities = &crate::provider::capabilities::META;
                s.late = lives(&["B"], "hello");
                s.same_text = lives(&["B"], "hello");
            },
            "blocked [adopt: {code: B}; policies: {adoption: Never}], AdoptionNeeded",
            "where a change keeps the code, it makes no other",
        ),
        (
            |s| {
                s.owns("A", "old");
                given_up(s, Some("A"), "hello");
                s.own = Presence::Absent;
                s.missed_before();
                s.goes(Cause::Person);
                s.late = lives(&["B"], "hello");
            },
            "keep Done B, Resolving",
            "and deleted with its object",
        ),
    ]);
    let mut scene = Scene::default();
    given_up(&mut scene, Some("A"), "hello");
    scene.late = lives(&["B"], "hello");
    let Step::Keep { claim, .. } = scene.plan().step else { panic!("not taken") };
    assert_eq!((&claim.abandoned, claim.adopted), (&Vec::new(), false));
    assert_eq!(
        claim.spent,
        [format!("A@{}", content_hash("hello"))],
        "the approval of the change is used up"
    );
}
