use std::sync::Arc;

use super::check;
use super::scene::{AccountIs, NOW, Scene, at, brief, claim_of, intent, key, live, lives};
use crate::api::{Claim, Operation};
use crate::plan::claim::Standing;
use crate::plan::facts::{Presence, Trouble};
use crate::plan::step::Step;
use crate::provider::error::Class;

#[test]
fn claim_14_another_installations_claim_is_left_alone() {
    check(&[
        (
            |s| {
                s.standing = Standing::Elsewhere(Arc::new(Claim {
                    installation: "them".into(),
                    ..claim_of("poster", Some("A"), "hello")
                }));
            },
            "blocked [waops.dev/take-over: them], ClaimedElsewhere",
            "another cluster looks after it",
        ),
        (
            |s| {
                s.standing = Standing::Ownerless(Arc::new(Claim {
                    installation: "them".into(),
                    ..claim_of("poster", Some("A"), "hello")
                }));
            },
            "keep TakenOver A, Adopting",
            "confirmed on the account",
        ),
        (|s| s.standing = Standing::Unreadable, "blocked [], ClaimUnreadable", "nobody can read it"),
    ]);
}

#[test]
fn claim_15_a_copy_waits_and_a_restored_object_goes_on() {
    check(&[
        (
            |s| {
                s.standing = Standing::Copy {
                    of: key("other"),
                    claim: Arc::new(claim_of("other", Some("A"), "hello")),
                }
            },
            "conflict other, Copied",
            "the original lives",
        ),
        (
            |s| {
                s.standing = Standing::Ownerless(Arc::new(Claim {
                    uid: "old".into(),
                    ..claim_of("poster", Some("A"), "hello")
                }));
            },
            "keep Restored A, Adopting",
            "restored under another UID",
        ),
    ]);
    let mut scene = Scene::default();
    scene.unclear(Operation::Create, None, "hello");
    let claim = Claim { uid: "old".into(), ..scene.standing.ours().unwrap().clone() };
    scene.standing = Standing::Ownerless(Arc::new(claim.clone()));
    let Step::Keep { claim: kept, .. } = scene.plan().step else { panic!("not kept") };
    let want = Claim { uid: "uid-poster".into(), n: 4, ..claim };
    assert_eq!(
        *kept, want,
        "an open intent is restored with the claim, so that it is resolved and not repeated"
    );
}

#[test]
fn claim_16_another_account_is_no_absence() {
    check(&[
        (
            |s| {
                s.owns("A", "hello");
                s.own = Presence::Absent;
                s.identity = "meta/2".into();
            },
            "conflict -, AccountChanged",
            "credentials of another tenant: its empty list says nothing",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.phone = Some("other".into());
            },
            "conflict -, AccountChanged",
            "another phone",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.edit(|claim| claim.account = "shop/old".into());
            },
            "conflict -, AccountChanged",
            "another account",
        ),
        (
            |s| {
                s.unclear(Operation::Create, None, "hello");
                s.identity = "meta/2".into();
            },
            "conflict -, AccountChanged",
            "an intent is not resolved at another tenant",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.phone = None;
            },
            "nothing, Live",
            "a phone that is not resolved yet is no other phone",
        ),
    ]);
}

#[test]
fn an_account_that_nobody_would_see_is_not_asked_for() {
    for (account, want, reason) in [
        (AccountIs::Missing, "there is no WhatsAppAccount shop/account; create it", "none is there"),
        (AccountIs::Unseen, "add the namespace to watchNamespaces", "it may well be there"),
    ] {
        let message = Scene { account, ..Scene::default() }.plan().message;
        assert!(message.contains(want), "{reason}: {message}");
    }
}

#[test]
fn an_account_that_cannot_be_called_holds_without_calls() {
    check(&[
        (|s| s.account = AccountIs::Missing, "blocked [], AccountMissing", "no account"),
        (|s| s.account = AccountIs::Unseen, "blocked [], AccountMissing", "nobody would see one"),
        (
            |s| {
                s.account = AccountIs::Missing;
                s.desired = Err("no accountRef".into());
            },
            "blocked [], Invalid",
            "nobody can read which account",
        ),
        (|s| s.account = AccountIs::NotAllowed, "blocked [], AccountNotAllowed", "not for this namespace"),
        (|s| s.ready = Err("renew the key".into()), "blocked [], AccountNotReady", "no credentials"),
        (|s| s.suspended = true, "blocked [], Suspended", "held still"),
        (
            |s| {
                s.unclear(Operation::Create, None, "hello");
                s.suspended = true;
            },
            "blocked [], Suspended",
            "not even an intent is looked after: that would be a call",
        ),
        (
            |s| {
                s.owns("A", "old");
                s.suspended = true;
            },
            "blocked [], Suspended",
            "no changes",
        ),
        (
            |s| {
                s.suspended = true;
                s.ready = Err("renew the key".into());
            },
            "blocked [], Suspended",
            "what a person did comes first",
        ),
    ]);
}

#[test]
fn claim_06_a_lost_annotation_comes_back_at_once() {
    fn lost(s: &mut Scene) {
        let claim = s.standing.ours().unwrap().clone();
        s.standing = Standing::Ours { claim: Arc::new(claim), complete: false };
    }
    check(&[
        (
            |s| {
                s.owns("A", "hello");
                lost(s);
            },
            "keep Restored A, Live",
            "and the object stays Ready meanwhile",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.own = Presence::Unknown;
                lost(s);
            },
            "keep Restored A, Observing",
            "before anything is looked at",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.account = AccountIs::Missing;
                lost(s);
            },
            "keep Restored A, AccountMissing",
            "even where no call can be made",
        ),
        (
            |s| {
                s.owns("A", "old");
                lost(s);
            },
            "Update(A), Updating",
            "a call writes it anyway",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.own = Presence::Absent;
                s.missed_before();
                lost(s);
            },
            "keep Vanished -, Creating",
            "and so does another claim",
        ),
    ]);
}

#[test]
fn an_invalid_manifest_stops_changes_and_loses_nothing() {
    check(&[
        (|s| s.desired = Err("spec.phoneNumber: no".into()), "blocked [], Invalid", "nothing claimed"),
        (
            |s| {
                s.owns("A", "hello");
                s.own = Presence::Absent;
                s.desired = Err("no".into());
            },
            "blocked [], Invalid",
            "nothing is made from it",
        ),
        (
            |s| {
                s.unclear(Operation::Create, None, "hello");
                s.outcome = lives(&["A"], "hello");
                s.desired = Err("no".into());
            },
            "keep Done A, Resolving",
            "an intent needs no manifest",
        ),
    ]);
}

#[test]
fn trouble_holds_back_what_it_is_about() {
    check(&[
        (|s| s.trouble(Class::Transient, Some("hello")), "wait 40, Retrying", "the same content"),
        (|s| s.trouble(Class::Transient, Some("old")), "Create, Creating", "other content goes at once"),
        (|s| s.trouble(Class::Transient, None), "wait 40, Retrying", "a read failed"),
        (
            |s| s.trouble(Class::Throttled { after: None }, Some("old")),
            "wait 40, ProviderSaysWait",
            "the quota is everybody's",
        ),
        (|s| s.trouble(Class::Slow, Some("old")), "wait 40, ProviderSaysWait", "a permission is missing"),
        (|s| s.trouble(Class::Credentials, Some("old")), "wait 40, ProviderSaysWait", "so are credentials"),
        (
            |s| {
                s.trouble(Class::Transient, Some("hello"));
                s.listed = None;
            },
            "list -600, Observing",
            "a write that failed holds back no read",
        ),
        (
            |s| {
                s.trouble(Class::Slow, Some("hello"));
                s.listed = None;
            },
            "list -600, Observing",
            "whatever it failed of",
        ),
        (
            |s| {
                s.trouble(Class::Transient, None);
                s.listed = None;
            },
            "wait 40, Retrying",
            "a read that failed does",
        ),
        (
            |s| {
                s.trouble(Class::Slow, None);
                s.owns("A", "hello");
            },
            "nothing, Live",
            "nothing is to be called",
        ),
        (
            |s| {
                s.trouble(Class::Transient, None);
                s.owns("A", "hello");
                s.listed = Some(at(NOW - 700));
            },
            "wait 40, Live",
            "a routine look that fails makes no code less live",
        ),
        (
            |s| {
                s.trouble(Class::Transient, None);
                s.owns("A", "hello");
                s.own = Presence::Absent;
                s.missed_before();
            },
            "keep Vanished -, Creating",
            "a claim may change at any time",
        ),
        (
            |s| {
                s.memory.trouble = Some(Box::new(Trouble {
                    class: Class::Transient,
                    not_before: at(NOW),
                    free: None,
                    why: String::new(),
                    hash: None,
                }));
            },
            "Create, Creating",
            "its time has come",
        ),
        (
            |s| {
                s.phone = None;
                s.trouble(Class::Slow, None);
            },
            "wait 40, ProviderSaysWait",
            "the number could not be resolved",
        ),
    ]);
}

#[test]
fn refused_content_waits_for_other_content() {
    fn refused(s: &mut Scene, text: &str) {
        let hash = crate::qr_code::content_hash(text);
        s.edit(|claim| {
            claim.refused = Some(Box::new(crate::api::Refused { hash, why: "shorten it".into() }));
        });
    }
    check(&[
        (|s| refused(s, "hello"), "blocked [], Refused", "a create"),
        (|s| refused(s, "old"), "Create, Creating", "the manifest changed"),
        (
            |s| {
                s.owns("A", "old");
                refused(s, "hello");
            },
            "blocked [], Refused",
            "an update",
        ),
        (
            |s| {
                s.owns("A", "hello");
                s.own = Presence::Here(live("A", "hello"));
                refused(s, "old");
            },
            "nothing, Live",
            "what was refused is not wanted any more",
        ),
    ]);
    let mut scene = Scene::default();
    refused(&mut scene, "hello");
    assert_eq!(scene.plan().message, "shorten it", "the provider's word is what helps");
}

#[test]
fn held_still_it_says_what_was_never_delivered() {
    fn fields(change: fn(&mut Scene)) -> usize {
        let mut scene = Scene { suspended: true, ..Scene::default() };
        change(&mut scene);
        let plan = scene.plan();
        assert_eq!(brief(&plan), "blocked [], Suspended");
        plan.differences.len()
    }
    for (change, want, reason) in [
        ((|s| s.owns("A", "hello")) as fn(&mut Scene), 0, "it has what it wants"),
        (|s| s.owns("A", "old"), 1, "the manifest went on"),
        (|_| {}, 2, "it was never made, and no number has it"),
        (
            |s| {
                s.owns("A", "hello");
                s.edit(|claim| {
                    claim.intent = Some(Box::new(intent(Operation::Update, Some("A"), "hello", NOW)));
                });
            },
            1,
            "nobody knows what became of a call",
        ),
    ] {
        assert_eq!(fields(change), want, "{reason}");
    }
}
