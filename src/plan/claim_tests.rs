use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::Kind;

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn claim(n: i64) -> Claim {
    Claim {
        n,
        installation: "us".into(),
        uid: "uid".into(),
        object: "shop/poster".into(),
        account: "shop/account".into(),
        identity: "meta/1".into(),
        phone: Some("phone".into()),
        code: Some("A".into()),
        content_hash: Some("old".into()),
        ..Claim::default()
    }
}

fn intent(operation: Operation, from: Option<&str>) -> Intent {
    Intent {
        operation,
        from: from.map(str::to_owned),
        text_hash: "new".into(),
        same_text: vec!["S".into()],
        absent_at: None,
        deadline: Time(time(30)),
    }
}

fn intending(n: i64, operation: Operation, from: Option<&str>) -> Claim {
    Claim { intent: Some(Box::new(intent(operation, from))), ..claim(n) }
}

fn says(claim: Claim) -> Written {
    Written::Says(Arc::new(claim))
}

fn ours(claim: Claim, complete: bool) -> Standing {
    Standing::Ours { claim: Arc::new(claim), complete }
}

fn stands(annotation: Written, status: Written, memory: Option<Claim>, take_over: Option<&str>) -> Standing {
    let holder = Holder { installation: "us", uid: "uid", object: "shop/poster", take_over };
    let alive = |uid: &str| (uid == "alive").then(other);
    standing(&Copies { annotation, status, memory: memory.map(Arc::new), held: true }, holder, alive)
}

fn other() -> Key {
    Key::new(Kind::QrCode, "shop", "other")
}

#[test]
fn claim_04_the_highest_copy_holds_and_of_equals_the_settled() {
    use Written::{Garbled, Missing};
    let open = || intending(2, Operation::Update, Some("A"));
    for (annotation, status, memory, want, reason) in [
        (Missing, Missing, None, Standing::Nothing, "nothing is there"),
        (says(claim(2)), says(claim(2)), None, ours(claim(2), true), "both places agree"),
        (says(claim(2)), Missing, None, ours(claim(2), true), "the next status has it"),
        (says(claim(3)), says(claim(2)), None, ours(claim(3), true), "the status lags"),
        (Missing, says(claim(2)), None, ours(claim(2), false), "the annotation was stripped"),
        (Garbled, says(claim(2)), None, ours(claim(2), false), "the annotation was broken"),
        (says(claim(1)), says(claim(2)), None, ours(claim(2), false), "the annotation was put back"),
        (says(open()), says(claim(1)), None, ours(open(), true), "a call is under way"),
        (
            says(open()),
            says(claim(2)),
            None,
            ours(claim(2), true),
            "it is over; the annotation follows at leisure",
        ),
        (says(open()), Missing, Some(claim(2)), ours(claim(2), true), "it is over; the status follows next"),
        (says(open()), says(claim(3)), None, ours(claim(3), false), "an annotation of another call"),
        (Missing, Missing, Some(claim(2)), ours(claim(2), false), "nothing but memory"),
        (Garbled, Missing, None, Standing::Unreadable, "nobody can read it"),
        (Missing, Garbled, None, Standing::Unreadable, "nobody can read it there"),
    ] {
        assert_eq!(stands(annotation, status, memory, None), want, "{reason}");
    }
}

#[test]
fn claim_06_what_owns_something_lacks_nothing_only_with_our_finalizer() {
    let open = Claim { code: None, content_hash: None, ..intending(2, Operation::Create, None) };
    let empty = Claim { code: None, content_hash: None, ..claim(2) };
    for (claim, want, reason) in [
        (claim(2), false, "deleted, it would leave its code behind, and nobody would hear of it"),
        (open, false, "a call may have made one"),
        (empty, true, "there is nothing to lose"),
    ] {
        let holder = Holder { installation: "us", uid: "uid", object: "shop/poster", take_over: None };
        let copies = Copies { annotation: says(claim.clone()), held: false, ..Copies::default() };
        assert_eq!(standing(&copies, holder, |_| None), ours(claim, want), "{reason}");
    }
}

#[test]
fn claim_14_a_claim_of_another_installation_is_not_ours() {
    let theirs = || Claim { installation: "them".into(), ..claim(9) };
    let elsewhere = || Standing::Elsewhere(Arc::new(theirs()));
    for (annotation, status, take_over, want, reason) in [
        (says(theirs()), Written::Missing, None, elsewhere(), "another cluster's backup"),
        (says(theirs()), Written::Missing, Some("else"), elsewhere(), "another one is taken over"),
        (
            says(theirs()),
            Written::Missing,
            Some("them"),
            Standing::Ownerless(Arc::new(theirs())),
            "confirmed on the account",
        ),
        (
            says(theirs()),
            says(claim(1)),
            None,
            ours(claim(1), false),
            "what is ours stays ours, whatever its number",
        ),
    ] {
        assert_eq!(stands(annotation, status, None, take_over), want, "{reason}");
    }
}

#[test]
fn claim_15_a_claim_of_another_object_is_a_copy_or_a_restore() {
    let of = |uid: &str, object: &str, installation: &str| Claim {
        uid: uid.into(),
        object: object.into(),
        installation: installation.into(),
        ..claim(1)
    };
    let copy = |claim: Claim| Standing::Copy { of: other(), claim: Arc::new(claim) };
    for (claim, want, reason) in [
        (
            of("alive", "shop/other", "us"),
            copy(of("alive", "shop/other", "us")),
            "applied under another name",
        ),
        (
            of("alive", "shop/poster", "us"),
            copy(of("alive", "shop/poster", "us")),
            "a living object is never robbed",
        ),
        (of("dead", "shop/other", "us"), Standing::Nothing, "what it had is found by its text"),
        (
            of("dead", "shop/poster", "us"),
            Standing::Ownerless(Arc::new(of("dead", "shop/poster", "us"))),
            "restored",
        ),
        (
            of("dead", "shop/poster", "them"),
            Standing::Elsewhere(Arc::new(of("dead", "shop/poster", "them"))),
            "restored into another cluster",
        ),
    ] {
        assert_eq!(stands(says(claim), Written::Missing, None, None), want, "{reason}");
    }
}

#[test]
fn an_intent_ends_by_what_became_of_it() {
    let update = || intending(2, Operation::Update, Some("A"));
    let line = approval("A", "new");
    let used = |claim: Claim| Claim { spent: vec![line.clone()], ..claim };
    let newly = |code: &str| Claim { code: Some(code.into()), content_hash: Some("new".into()), ..claim(2) };
    let replacing = intending(2, Operation::Delete, Some("Z"));
    for (before, done, want, reason) in [
        (update(), Done::Code("A".into()), newly("A"), "the code stays"),
        (update(), Done::Code("B".into()), used(newly("B")), "another code: nothing lets it happen again"),
        (
            used(update()),
            Done::Code("A".into()),
            used(newly("A")),
            "an approval is used wherever the code stays",
        ),
        (used(update()), Done::Code("B".into()), used(newly("B")), "and is noted once"),
        (used(update()), Done::Nothing, claim(2), "an approval of what did not happen is given back"),
        (
            used(update()),
            Done::Refused { hash: "new".into(), why: "why".into() },
            Claim { refused: Some(Box::new(Refused { hash: "new".into(), why: "why".into() })), ..claim(2) },
            "so is that of what was refused",
        ),
        (
            intending(2, Operation::Delete, Some("A")),
            Done::Deleted,
            Claim { code: None, content_hash: None, ..claim(2) },
            "nothing is left",
        ),
        (replacing.clone(), Done::Deleted, claim(2), "a replaced code goes, ours stays (11)"),
        (replacing.clone(), Done::Nothing, replacing, "a replaced code is known by its intent alone (11)"),
        (claim(2), Done::Deleted, claim(2), "without an intent nothing ends"),
    ] {
        assert_eq!(before.settled(done, time(0)), want, "{reason}");
    }
}

#[test]
fn claim_05_what_is_given_up_is_looked_for_during_a_day() {
    let abandoned = Abandoned {
        from: None,
        text_hash: "new".into(),
        same_text: vec!["S".into()],
        until: Time(time(24 * 3600)),
    };
    let gone =
        |claim: Claim| Claim { code: None, content_hash: None, spent: vec!["A@gone".to_owned()], ..claim };
    let late = |claim: Claim| Claim { abandoned: vec![abandoned.clone()], ..claim };
    for (operation, given_up, vanished) in [
        (Operation::Create, late(claim(3)), late(gone(claim(3)))),
        (Operation::Update, claim(3), late(gone(claim(3)))),
        (Operation::Delete, claim(3), gone(claim(3))),
    ] {
        let claim = intending(2, operation, None);
        assert_eq!(claim.abandoning(time(0)), given_up, "{operation:?}");
        assert_eq!(claim.vanished(time(0)), vanished, "{operation:?}");
    }
    let claim = intending(2, Operation::Create, None).abandoning(Timestamp::MAX);
    assert_eq!(
        claim.abandoned.first().map(|call| call.until.0),
        Some(Timestamp::MAX),
        "no clock is too late"
    );
}

#[test]
fn claim_16_a_claim_knows_its_place() {
    let moved = |account, identity, phone| claim(1).moved(account, identity, phone);
    assert_eq!(moved("shop/account", "meta/1", Some("phone")), None);
    assert_eq!(moved("shop/account", "meta/1", None), None, "not known yet");
    for (account, identity, phone) in [
        ("shop/else", "meta/1", Some("phone")),
        ("shop/account", "meta/2", Some("phone")),
        ("shop/account", "meta/1", Some("else")),
    ] {
        let why = moved(account, identity, phone).unwrap();
        assert!(why.starts_with("it was claimed for "), "{why}");
    }
    let anywhere = Claim { phone: None, ..claim(1) };
    assert_eq!(
        anywhere.moved("shop/account", "meta/1", Some("phone")),
        None,
        "nothing was claimed of a phone"
    );
}

#[test]
fn an_annotation_is_settled_at_leisure_only_after_its_call() {
    let open = || says(intending(2, Operation::Create, None));
    for (annotation, status, want) in [
        (open(), says(claim(2)), true),
        (open(), says(claim(3)), false),
        (open(), Written::Missing, false),
        (says(claim(2)), says(claim(2)), false),
    ] {
        let copies = Copies { annotation, status, memory: None, held: true };
        assert_eq!(needs_settling(copies.annotation.says(), copies.status.says()), want, "{copies:?}");
    }
}

#[test]
fn approvals_are_remembered_without_end_but_not_without_bound() {
    let mut claim = claim(1);
    (0..50).for_each(|number| claim.spend(format!("A@{number}")));
    assert_eq!((claim.spent.len(), claim.spent.last().map(String::as_str)), (20, Some("A@49")));
}

#[test]
fn an_annotation_is_read_or_garbled_but_never_lost() {
    let text = serde_json::to_string(&claim(2)).unwrap();
    assert_eq!(Written::annotation(Some(&text)), says(claim(2)));
    assert_eq!(Written::annotation(Some("{")), Written::Garbled);
    assert_eq!(Written::annotation(None), Written::Missing);
}

#[test]
fn claim_05_no_time_in_a_claim_is_later_than_a_clock_that_was_right_can_have_written() {
    let edited = |seconds: &[i64]| Claim {
        edits: seconds.iter().map(|second| Time(time(*second))).collect(),
        ..intending(3, Operation::Update, Some("A"))
    };
    let latest = time(30);
    assert_eq!(edited(&[-90, 30]).not_after(latest), None, "as it should be");
    assert_eq!(edited(&[330]).not_after(latest), None, "clocks differ by minutes");
    let mut ahead = edited(&[-90, 86_400]);
    ahead.intent.as_mut().unwrap().deadline = Time(time(86_400));
    let put_right = ahead.not_after(latest).unwrap();
    assert_eq!(put_right.n, 4);
    assert_eq!(put_right.edits, [Time(time(-90)), Time(latest)], "what is past stays");
    assert_eq!(put_right.intent.as_ref().unwrap().deadline, Time(latest), "an edit is known by it still");
    assert_eq!(put_right.not_after(latest), None, "once is enough");
}
