use std::sync::Arc;

use super::check;
use super::scene::{AccountIs, NOW, Scene, at, claim_of, intent, key, live, lives};
use crate::api::{Deletion, Operation};
use crate::plan::claim::Standing;
use crate::plan::deletions::Grant;
use crate::plan::facts::{Cause, Deleting, Presence};
use crate::plan::step::{Consequence, Step};
use crate::provider::error::Class;

const DELETE: &str = "Delete(A), Deleting";
const KEPT: &str = "release Retained, Released";
const COLLATERAL: &str = "release Collateral, Released";
const BLOCKED: &str = "blocked [policies: {deletion: Retain}], DeletionBlocked";

/// A person deletes an object that owns a code.
fn deleted(s: &mut Scene) {
    s.owns("A", "hello");
    s.goes(Cause::Person);
}

fn waited(s: &mut Scene, seconds: i64) {
    s.deleting = Some(Deleting { since: at(NOW - seconds), cause: Cause::Person });
}

#[test]
fn claim_17_deleting_follows_the_policy() {
    check(&[
        (deleted, DELETE, "what we made goes"),
        (
            |s| {
                deleted(s);
                s.retain();
            },
            KEPT,
            "it is to stay",
        ),
        (
            |s| {
                deleted(s);
                s.edit(|claim| claim.adopted = true);
            },
            KEPT,
            "what was adopted stays",
        ),
        (
            |s| {
                deleted(s);
                s.edit(|claim| claim.adopted = true);
                s.policies.deletion = Some(Deletion::Delete);
            },
            DELETE,
            "unless somebody says so",
        ),
        (
            |s| {
                deleted(s);
                s.desired = Err("no".into());
            },
            DELETE,
            "an invalid manifest stops no delete",
        ),
        (
            |s| {
                deleted(s);
                s.own = Presence::Here(live("A", "theirs"));
            },
            DELETE,
            "it is ours, whatever it says",
        ),
        (
            |s| {
                deleted(s);
                s.own = Presence::Unknown;
                s.listed = None;
            },
            DELETE,
            "to delete what is gone does no harm",
        ),
    ]);
    let mut scene = Scene::default();
    deleted(&mut scene);
    let plan = scene.plan();
    assert_eq!(plan.consequences, [Consequence::KillsPrintedCode("A".into())]);
    let Step::Call { claim, .. } = plan.step else { panic!("no call") };
    let want =
        crate::api::Intent { text_hash: String::new(), ..intent(Operation::Delete, Some("A"), "", NOW + 30) };
    assert_eq!(
        (claim.code.as_deref(), claim.intent.as_deref()),
        (Some("A"), Some(&want)),
        "owned until it is gone"
    );
    scene.retain();
    assert_eq!(scene.plan().consequences, [Consequence::LeavesBehind("A".into())]);
}

#[test]
fn claim_18_collateral_never_deletes() {
    check(&[
        (
            |s| {
                deleted(s);
                s.goes(Cause::Namespace);
            },
            COLLATERAL,
            "the namespace goes",
        ),
        (
            |s| {
                deleted(s);
                s.goes(Cause::Namespace);
                s.policies.deletion = Some(Deletion::Delete);
            },
            DELETE,
            "the object itself says so",
        ),
        (
            |s| {
                deleted(s);
                s.goes(Cause::Definition);
                s.policies.deletion = Some(Deletion::Delete);
            },
            COLLATERAL,
            "the definition goes, whatever the object says",
        ),
        (
            |s| {
                deleted(s);
                s.goes(Cause::Leaving);
                s.policies.deletion = Some(Deletion::Delete);
            },
            COLLATERAL,
            "waops goes",
        ),
        (
            |s| {
                deleted(s);
                s.account = AccountIs::Missing;
            },
            COLLATERAL,
            "the account is gone",
        ),
        (
            |s| {
                deleted(s);
                s.account = AccountIs::Unseen;
            },
            COLLATERAL,
            "nobody looks after its account any more",
        ),
        (
            |s| {
                deleted(s);
                s.account = AccountIs::NotAllowed;
            },
            COLLATERAL,
            "the account does not allow it any more",
        ),
        (
            |s| {
                deleted(s);
                s.standing = Standing::Elsewhere(Arc::new(claim_of("poster", Some("A"), "hello")));
            },
            "release NotOurs, Released",
            "another installation's",
        ),
        (
            |s| {
                deleted(s);
                let claim = Arc::new(claim_of("other", Some("A"), "hello"));
                s.standing = Standing::Copy { of: key("other"), claim };
            },
            "release NotOurs, Released",
            "a copy",
        ),
        (
            |s| {
                deleted(s);
                s.goes(Cause::Namespace);
                s.unclear(Operation::Create, None, "hello");
            },
            COLLATERAL,
            "nothing is waited for",
        ),
        (
            |s| {
                s.goes(Cause::Namespace);
                s.standing = Standing::Unreadable;
            },
            COLLATERAL,
            "even if nobody can read what is left",
        ),
    ]);
    let left = |arrange: fn(&mut Scene)| {
        let mut scene = Scene::default();
        deleted(&mut scene);
        arrange(&mut scene);
        scene.plan().consequences
    };
    let behind = [Consequence::LeavesBehind("A".into())];
    assert_eq!(left(|s| s.goes(Cause::Namespace)), behind, "what stays is named");
    let replaced: fn(&mut Scene) = |s| {
        s.goes(Cause::Namespace);
        s.unclear(Operation::Delete, Some("OLD"), "");
    };
    let both = ["A", "OLD"].map(|code| Consequence::LeavesBehind(code.into()));
    assert_eq!(left(replaced), both, "a code that was replaced is still live");
    assert_eq!(left(|s| s.standing = Standing::Elsewhere(Arc::new(claim_of("p", Some("A"), "")))), behind);
    let copy: fn(&mut Scene) = |s| {
        s.standing = Standing::Copy { of: key("other"), claim: Arc::new(claim_of("other", Some("A"), "")) };
    };
    assert_eq!(left(copy), [], "the original looks after it");
}

#[test]
fn claim_19_a_delete_resolves_first_what_is_unclear() {
    fn unclear(s: &mut Scene) {
        s.goes(Cause::Person);
        s.unclear(Operation::Create, None, "hello");
    }
    check(&[
        (|s| s.goes(Cause::Person), "release Nothing, Released", "never created"),
        (
            |s| {
                s.goes(Cause::Person);
                s.claim(claim_of("poster", None, ""));
            },
            "release Nothing, Released",
            "nothing is left",
        ),
        (
            |s| {
                unclear(s);
                s.outcome = lives(&["A"], "hello");
            },
            "keep Done A, Resolving",
            "what it made is to be known",
        ),
        (unclear, "second -5 55, Resolving", "and also that it made nothing"),
        (
            |s| {
                unclear(s);
                s.retain();
            },
            "second -5 55, Resolving",
            "also before it is left behind",
        ),
        (
            |s| {
                unclear(s);
                s.outcome = lives(&["A", "B"], "hello");
            },
            BLOCKED,
            "nothing is chosen, and it ends by a line",
        ),
        (
            |s| {
                unclear(s);
                s.outcome = lives(&["A", "B"], "hello");
                s.retain();
            },
            KEPT,
            "that line",
        ),
        (
            |s| {
                deleted(s);
                s.own = Presence::Absent;
            },
            "second -5 55, Missing",
            "one list that lacks it may lag",
        ),
        (
            |s| {
                deleted(s);
                s.own = Presence::Absent;
                s.missed_before();
            },
            "release Deleted, Released",
            "not there any more",
        ),
        (
            |s| {
                deleted(s);
                s.own = Presence::Absent;
                s.suspicious = Some("look".into());
            },
            DELETE,
            "lists that lack too much prove nothing (9)",
        ),
    ]);
}

#[test]
fn claim_20_many_deletes_at_once_are_held() {
    check(&[
        (
            |s| {
                deleted(s);
                s.deleting = Some(Deleting { since: at(NOW - 29), cause: Cause::Person });
            },
            "wait 1, Deleting",
            "they are counted together",
        ),
        (
            |s| {
                deleted(s);
                s.deletions = Grant::Held { wanted: 40, limit: 12 };
            },
            "blocked [confirmDeletions: {upTo: 40}], DeletionHeld",
            "too many",
        ),
        (
            |s| {
                deleted(s);
                s.deletions = Grant::Held { wanted: 40, limit: 12 };
                s.retain();
            },
            KEPT,
            "nothing is deleted",
        ),
        (
            |s| {
                deleted(s);
                s.deletions = Grant::Held { wanted: 40, limit: 12 };
                s.own = Presence::Absent;
                s.missed_before();
            },
            "release Deleted, Released",
            "nothing is left to be deleted",
        ),
    ]);
}

#[test]
fn claim_21_a_delete_always_ends() {
    check(&[
        (
            |s| {
                deleted(s);
                s.ready = Err("renew the key".into());
            },
            BLOCKED,
            "no credentials: it says what is needed",
        ),
        (
            |s| {
                deleted(s);
                s.ready = Err("renew the key".into());
                s.retain();
            },
            KEPT,
            "nothing is needed to leave it",
        ),
        (
            |s| {
                deleted(s);
                s.goes(Cause::Namespace);
                s.policies.deletion = Some(Deletion::Delete);
                s.ready = Err("renew the key".into());
            },
            COLLATERAL,
            "no credentials in a namespace that goes",
        ),
        (
            |s| {
                deleted(s);
                s.suspended = true;
            },
            BLOCKED,
            "held still",
        ),
        (
            |s| {
                deleted(s);
                s.identity = "meta/2".into();
            },
            BLOCKED,
            "another tenant's credentials delete nothing (16)",
        ),
        (
            |s| {
                s.goes(Cause::Person);
                s.standing = Standing::Unreadable;
            },
            BLOCKED,
            "nobody knows what it owns",
        ),
        (
            |s| {
                s.goes(Cause::Person);
                s.standing = Standing::Unreadable;
                s.retain();
            },
            KEPT,
            "nobody needs to know",
        ),
        (
            |s| {
                deleted(s);
                s.standing = Standing::Ownerless(Arc::new(claim_of("poster", Some("A"), "hello")));
            },
            "keep Restored A, Adopting",
            "made ours first",
        ),
        (
            |s| {
                deleted(s);
                s.trouble(Class::Slow, Some(""));
            },
            "wait 40, DeletionBlocked",
            "the provider refuses for now",
        ),
        (
            |s| {
                deleted(s);
                s.trouble(Class::Transient, Some("hello"));
            },
            DELETE,
            "a create that failed says nothing of it",
        ),
    ]);
}

#[test]
fn claim_07_an_heir_goes_before_the_delete() {
    const WAITS: &str = "wait 10, Deleting";
    const INHERITED: &str = "release Inherited(Key { kind: QrCode, namespace: shop, name: new }), Released";
    check(&[
        (
            |s| {
                deleted(s);
                s.peer("new", 200, Some("A"));
            },
            INHERITED,
            "it has the code",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, Some("A")).stands = false;
            },
            WAITS,
            "it has the code in one place alone, which a person may take away",
        ),
        (
            |s| {
                deleted(s);
                waited(s, 600);
                s.peer("new", 200, Some("A")).stands = false;
            },
            INHERITED,
            "and had its time to write the other",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, None);
            },
            WAITS,
            "it will have it",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 50, None);
            },
            WAITS,
            "older or younger",
        ),
        (
            |s| {
                deleted(s);
                s.own = Presence::Absent;
                s.missed_before();
                s.peer("new", 200, None);
            },
            "release Deleted, Released",
            "what is gone is nobody's to inherit",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, None).deleting = true;
            },
            DELETE,
            "it goes too",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, None).wants = false;
            },
            DELETE,
            "it wants another text",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, Some("B"));
            },
            DELETE,
            "it has a code of its own",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, Some("B"));
                s.peer("third", 300, None);
            },
            DELETE,
            "the text has an owner, so nobody inherits",
        ),
        (
            |s| {
                deleted(s);
                s.wish().message = "changed".into();
                s.peer("new", 200, None);
            },
            WAITS,
            "a change that was not delivered goes along",
        ),
        (
            |s| {
                deleted(s);
                s.rotates();
                s.wish().message = "changed".into();
                s.peer("new", 200, None);
            },
            DELETE,
            "the code does not have the text that is wanted",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, Some("A")).deleting = true;
            },
            WAITS,
            "both go: the younger decides, unless it has just left it to us",
        ),
        (
            |s| {
                deleted(s);
                let peer = s.peer("new", 200, Some("A"));
                peer.deleting = true;
                let claim = peer.claim.as_mut().unwrap();
                claim.intent = Some(Box::new(intent(Operation::Delete, Some("A"), "", NOW)));
            },
            INHERITED,
            "both go: the younger has decided",
        ),
        (
            |s| {
                deleted(s);
                waited(s, 600);
                s.peer("new", 200, Some("A")).deleting = true;
            },
            INHERITED,
            "both go: the younger has it still, and would have left it long ago",
        ),
        (
            |s| {
                deleted(s);
                s.peer("old", 50, Some("A")).deleting = true;
            },
            DELETE,
            "both go: we are the younger",
        ),
        (
            |s| {
                deleted(s);
                s.retain();
                s.deleting = Some(Deleting { since: at(NOW - 5), cause: Cause::Person });
                s.peer("new", 200, None);
            },
            WAITS,
            "a code that stays is inherited too",
        ),
        (
            |s| {
                deleted(s);
                waited(s, 130);
                s.retain();
                s.peer("new", 200, None);
            },
            KEPT,
            "but nobody waits for that for ever",
        ),
        (
            |s| {
                deleted(s);
                waited(s, 115);
                s.peer("new", 200, None);
            },
            "wait 5, Deleting",
            "it has five seconds left",
        ),
        (
            |s| {
                deleted(s);
                waited(s, 130);
                s.peer("new", 200, None);
            },
            BLOCKED,
            "something holds the heir, and a printed code does not die for that",
        ),
        (
            |s| {
                deleted(s);
                s.policies.deletion = Some(Deletion::Delete);
                s.deleting = Some(Deleting { since: at(NOW - 130), cause: Cause::Namespace });
                s.peer("new", 200, None);
            },
            COLLATERAL,
            "in a namespace that goes nobody could decide",
        ),
        (
            |s| {
                deleted(s);
                s.peer("new", 200, Some("A"));
                s.ready = Err("renew the key".into());
            },
            INHERITED,
            "without any call",
        ),
    ]);
}
