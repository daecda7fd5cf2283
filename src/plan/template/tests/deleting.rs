//! Objects that are to go.

use std::sync::Arc;

use super::*;

#[test]
fn claim_17_a_person_who_deletes_the_object_deletes_the_template() {
    check(
        Scene::going,
        &[
            ("ours", |_| {}, "delete T1", Reason::Deleting),
            ("adopted: kept by default", |s| s.claim().adopted = true, "release Retained", Reason::Released),
            (
                "adopted, and told so",
                |s| {
                    s.claim().adopted = true;
                    s.policies.deletion = Some(Deletion::Delete);
                },
                "delete T1",
                Reason::Deleting,
            ),
            ("kept", |s| s.policies.deletion = Some(Deletion::Retain), "release Retained", Reason::Released),
            (
                "kept, with a call that nobody knows of",
                |s| {
                    *s = Scene { deleting: s.deleting, ..Scene::unclear(Operation::Create) };
                    s.policies.deletion = Some(Deletion::Retain);
                },
                "release Retained",
                Reason::Released,
            ),
            (
                "an invalid manifest does not matter",
                |s| s.desired = Err("no body"),
                "delete T1",
                Reason::Deleting,
            ),
            ("a changed one neither", |s| s.changed(), "delete T1", Reason::Deleting),
            (
                "nothing was ever made",
                |s| s.standing = Standing::Nothing,
                "release Nothing",
                Reason::Released,
            ),
            (
                "an empty claim",
                |s| {
                    s.claim().template_id = None;
                },
                "release Nothing",
                Reason::Released,
            ),
            (
                "suspended",
                |s| s.suspended = true,
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "a restored object gets its claim first",
                |s| s.standing = Standing::Ownerless(Arc::new(s.claim().clone())),
                "keep Restored",
                Reason::Observing,
            ),
        ],
    );
}

#[test]
fn claim_13_only_the_template_that_is_owned_is_deleted() {
    check(
        Scene::going,
        &[
            ("another id", |s| s.here().id = "T2".to_owned(), "release Nothing", Reason::Released),
            ("missing, and lists lag", |s| s.own = Presence::Absent, "miss", Reason::Missing),
            ("gone", Scene::gone, "release Nothing", Reason::Released),
            ("on its way out", |s| s.state(ReviewState::Deleting), "release Nothing", Reason::Released),
            ("a list lacks it", |s| s.own = Presence::Unlisted, "read", Reason::Observing),
            ("nobody knows", |s| s.own = Presence::Unknown, "list", Reason::Observing),
        ],
    );
}

#[test]
fn claim_14_and_15_what_is_not_ours_is_let_go() {
    check(
        Scene::going,
        &[
            (
                "elsewhere",
                |s| s.standing = Standing::Elsewhere(Arc::new(s.claim().clone())),
                "release NotOurs",
                Reason::Released,
            ),
            (
                "a copy",
                |s| {
                    let claim = Arc::new(s.claim().clone());
                    s.standing = Standing::Copy { of: key("b"), claim };
                },
                "release NotOurs",
                Reason::Released,
            ),
            ("unreadable", |s| s.standing = Standing::Unreadable, "blocked", Reason::DeletionBlocked),
            (
                "unreadable, as collateral",
                |s| {
                    s.standing = Standing::Unreadable;
                    s.deleting.as_mut().unwrap().cause = Cause::Namespace;
                },
                "release Collateral",
                Reason::Released,
            ),
        ],
    );
}

#[test]
fn claim_18_collateral_never_deletes() {
    fn because(scene: &mut Scene, cause: Cause, says_so: bool) {
        scene.deleting.as_mut().unwrap().cause = cause;
        scene.policies.deletion = says_so.then_some(Deletion::Delete);
    }
    check(
        Scene::going,
        &[
            (
                "its namespace goes",
                |s| because(s, Cause::Namespace, false),
                "release Collateral",
                Reason::Released,
            ),
            (
                "its namespace goes, and it says so itself",
                |s| because(s, Cause::Namespace, true),
                "delete T1",
                Reason::Deleting,
            ),
            (
                "its definition goes, whatever it says",
                |s| because(s, Cause::Definition, true),
                "release Collateral",
                Reason::Released,
            ),
            ("waops goes", |s| because(s, Cause::Leaving, true), "release Collateral", Reason::Released),
            ("its account is gone", |s| s.door = Door::Missing, "release Collateral", Reason::Released),
            (
                "its account no longer allows it",
                |s| s.door = Door::Closed,
                "release Collateral",
                Reason::Released,
            ),
            (
                "a restored one, with its namespace",
                |s| {
                    because(s, Cause::Namespace, false);
                    s.standing = Standing::Ownerless(Arc::new(s.claim().clone()));
                },
                "release Collateral",
                Reason::Released,
            ),
            (
                "with a call that nobody knows of",
                |s| {
                    *s = Scene { deleting: s.deleting, ..Scene::unclear(Operation::Create) };
                    because(s, Cause::Namespace, false);
                },
                "release Collateral",
                Reason::Released,
            ),
        ],
    );
    let mut scene = Scene::going();
    because(&mut scene, Cause::Namespace, false);
    assert_eq!(scene.plan().consequences, [Consequence::LeavesBehind("template T1".to_owned())]);
}

#[test]
fn claim_07_an_heir_inherits_before_the_other_goes() {
    fn heir(scene: &mut Scene, has_it: bool) -> &mut Other {
        let claim = has_it.then(|| scene.claim().clone());
        let peer = scene.peer("b", false);
        peer.claim = claim;
        peer
    }
    check(
        Scene::going,
        &[
            (
                "it has it",
                |s| {
                    heir(s, true);
                },
                "release Inherited",
                Reason::Released,
            ),
            (
                "it has it in one place alone, which a person may take away",
                |s| {
                    heir(s, true).stands = false;
                    s.deleting.as_mut().unwrap().since = ago(10);
                },
                "wait 110",
                Reason::Deleting,
            ),
            (
                "and had its time to write the other",
                |s| {
                    heir(s, true).stands = false;
                    s.deleting.as_mut().unwrap().since = ago(121);
                },
                "release Inherited",
                Reason::Released,
            ),
            (
                "it has it, and the namespace goes",
                |s| {
                    heir(s, true);
                    s.deleting.as_mut().unwrap().cause = Cause::Namespace;
                },
                "release Inherited",
                Reason::Released,
            ),
            (
                "it is about to",
                |s| {
                    heir(s, false);
                    s.deleting.as_mut().unwrap().since = ago(10);
                },
                "wait 110",
                Reason::Deleting,
            ),
            (
                "even where it is to be kept",
                |s| {
                    heir(s, false);
                    s.deleting.as_mut().unwrap().since = ago(10);
                    s.policies.deletion = Some(Deletion::Retain);
                },
                "wait 110",
                Reason::Deleting,
            ),
            (
                "even where the namespace goes",
                |s| {
                    heir(s, false);
                    *s.deleting.as_mut().unwrap() = Deleting { since: ago(10), cause: Cause::Namespace };
                },
                "wait 110",
                Reason::Deleting,
            ),
            (
                "its manifest was renamed: who wants that does not want what it has",
                |s| {
                    heir(s, false);
                    s.claim().template = Some("before/en_US".to_owned());
                    s.deleting.as_mut().unwrap().since = ago(10);
                },
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "it does not, and its template must not die",
                |s| {
                    heir(s, false);
                    s.deleting.as_mut().unwrap().since = ago(121);
                },
                "blocked",
                Reason::DeletionBlocked,
            ),
            (
                "it does not, and the namespace goes",
                |s| {
                    heir(s, false);
                    s.deleting.as_mut().unwrap().since = ago(121);
                    s.deleting.as_mut().unwrap().cause = Cause::Namespace;
                },
                "release Collateral",
                Reason::Released,
            ),
            ("it goes as well", |s| heir(s, false).deleting = true, "delete T1", Reason::Deleting),
            (
                "it does not, and it is kept anyway",
                |s| {
                    heir(s, false);
                    s.deleting.as_mut().unwrap().since = ago(121);
                    s.policies.deletion = Some(Deletion::Retain);
                },
                "release Retained",
                Reason::Released,
            ),
            (
                "nothing is left to inherit",
                |s| {
                    heir(s, false);
                    s.gone();
                },
                "release Nothing",
                Reason::Released,
            ),
            ("it does not want it", |s| heir(s, false).wants = false, "delete T1", Reason::Deleting),
        ],
    );
}

#[test]
fn claim_16_and_21_a_delete_always_ends() {
    /// The provider would not change it, and the wait after that is over.
    fn refused(scene: &mut Scene) {
        scene.trouble(Class::NoEdit, Some(String::new()));
        scene.memory.trouble.as_mut().unwrap().not_before = ago(10);
    }
    check(
        Scene::going,
        &[
            (
                "the account cannot be called",
                |s| s.ready = Err("no Secret"),
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "it cannot, in a dying namespace",
                |s| {
                    s.ready = Err("no Secret");
                    s.deleting.as_mut().unwrap().cause = Cause::Namespace;
                    s.policies.deletion = Some(Deletion::Delete);
                },
                "release Collateral",
                Reason::Released,
            ),
            (
                "the credentials fail in a dying namespace",
                |s| {
                    s.trouble(Class::Credentials, None);
                    s.deleting.as_mut().unwrap().cause = Cause::Namespace;
                    s.policies.deletion = Some(Deletion::Delete);
                },
                "release Collateral",
                Reason::Released,
            ),
            (
                "they fail elsewhere",
                |s| s.trouble(Class::Credentials, None),
                "wait 300",
                Reason::DeletionBlocked,
            ),
            (
                "another account",
                |s| s.identity = "meta/2",
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "another account, where of course it is absent",
                |s| {
                    s.identity = "meta/2";
                    s.own = Presence::Absent;
                },
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "another name than it was made under",
                |s| s.claim().template = Some("before/en_US".to_owned()),
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "a suspicious account: either line decides",
                |s| s.suspicious = Some("all are gone"),
                "blocked policies: {deletion: Retain} | they are gone",
                Reason::DeletionBlocked,
            ),
            (
                "a suspicious account, and nobody else lists what could agree",
                |s| {
                    s.suspicious = Some("all are gone");
                    s.listed = Some(ago(601));
                },
                "list",
                Reason::AccountSuspicious,
            ),
            (
                "a suspicious account, and no call at all is wanted",
                |s| {
                    s.suspicious = Some("all are gone");
                    s.listed = Some(ago(601));
                    s.suspended = true;
                },
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "held still in a dying namespace",
                |s| {
                    s.suspended = true;
                    s.deleting.as_mut().unwrap().cause = Cause::Namespace;
                    s.policies.deletion = Some(Deletion::Delete);
                },
                "release Collateral",
                Reason::Released,
            ),
            (
                "refused for good",
                |s| s.claim().refused = Some(Box::new(Refused { hash: String::new(), why: "no".to_owned() })),
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "an edit was refused for good: no matter",
                |s| {
                    s.claim().refused =
                        Some(Box::new(Refused { hash: "v1:0".to_owned(), why: "no".to_owned() }));
                },
                "delete T1",
                Reason::Deleting,
            ),
            (
                "a delete failed a moment ago",
                |s| s.trouble(Class::Transient, Some(String::new())),
                "wait 300",
                Reason::Retrying,
            ),
            (
                "a delete was refused for good",
                |s| s.trouble(Class::Terminal, Some(String::new())),
                "blocked policies: {deletion: Retain}",
                Reason::DeletionBlocked,
            ),
            (
                "it was refused: perhaps it was disabled since the last look",
                refused,
                "list",
                Reason::Observing,
            ),
            (
                "the same, and it was looked at since",
                |s| {
                    refused(s);
                    s.listed = Some(ago(5));
                },
                "delete T1",
                Reason::Deleting,
            ),
            (
                "an edit failed a moment ago: no matter",
                |s| s.trouble(Class::Transient, Some("v1:0".to_owned())),
                "delete T1",
                Reason::Deleting,
            ),
        ],
    );
}

#[test]
fn claim_19_a_delete_finds_out_about_an_open_intent_first() {
    fn going(operation: Operation) -> Scene {
        Scene { deleting: Scene::going().deleting, ..Scene::unclear(operation) }
    }
    for (operation, own, missed, want, reason) in [
        (Operation::Create, Presence::Absent, None, "miss", "perhaps it was made"),
        (Operation::Create, Presence::Absent, Some((1, ago(90))), "release Nothing", "it was not"),
        (Operation::Create, Presence::Here(observed("T1", Some(&desired(&[])))), None, "keep Done", "it was"),
        (
            Operation::Create,
            Presence::Here(observed("F1", Some(&text(OTHER)))),
            None,
            "release NotOurs",
            "another was",
        ),
        (
            Operation::Update,
            Presence::Here(observed("T1", Some(&desired(&[])))),
            None,
            "keep Done",
            "an edit",
        ),
        (Operation::Delete, Presence::Absent, None, "release Deleted", "deleted already"),
        (Operation::Delete, Presence::Here(observed("T1", None)), None, "keep NotDone", "not deleted"),
    ] {
        let mut scene = going(operation);
        scene.own = own;
        scene.memory.missed = missed;
        assert_eq!(words(&scene.plan()), want, "{operation:?}: {reason}");
    }
    let mut scene = going(Operation::Create);
    scene.intent().deadline = Time(ago(20));
    assert_eq!(words(&scene.plan()), "wait 40", "not before the provider had its time");
}

#[test]
fn claim_19_a_disabled_template_that_cannot_be_deleted_is_let_go() {
    let mut scene = Scene::going();
    scene.state(ReviewState::Disabled);
    let plan = scene.plan();
    assert_eq!(words(&plan), "release Undeletable");
    assert_eq!(plan.consequences, [Consequence::LeavesBehind("template T1".to_owned())]);
    scene.capabilities = &ALIBABA;
    assert_eq!(words(&scene.plan()), "delete T1", "where it can be deleted");
}

#[test]
fn claim_20_deletions_are_counted_together_and_held() {
    check(
        Scene::going,
        &[
            (
                "ten seconds ago",
                |s| s.deleting.as_mut().unwrap().since = ago(10),
                "wait 20",
                Reason::Deleting,
            ),
            (
                "ten seconds ago, and nobody has looked yet",
                |s| {
                    s.deleting.as_mut().unwrap().since = ago(10);
                    s.own = Presence::Unknown;
                },
                "list",
                Reason::Observing,
            ),
            (
                "ten seconds ago, and gone already",
                |s| {
                    s.deleting.as_mut().unwrap().since = ago(10);
                    s.gone();
                },
                "release Nothing",
                Reason::Released,
            ),
            (
                "thirty seconds ago",
                |s| s.deleting.as_mut().unwrap().since = ago(30),
                "delete T1",
                Reason::Deleting,
            ),
            (
                "held",
                |s| s.grant = Grant::Held { wanted: 40, limit: 12 },
                "blocked confirmDeletions: {upTo: 40}",
                Reason::DeletionHeld,
            ),
            (
                "held, but there is nothing to delete",
                |s| {
                    s.grant = Grant::Held { wanted: 40, limit: 12 };
                    s.gone();
                },
                "release Nothing",
                Reason::Released,
            ),
            (
                "held, but it is kept",
                |s| {
                    s.grant = Grant::Held { wanted: 40, limit: 12 };
                    s.policies.deletion = Some(Deletion::Retain);
                },
                "release Retained",
                Reason::Released,
            ),
        ],
    );
}

#[test]
fn a_delete_says_how_long_it_locks_the_name() {
    let until = NOW + SignedDuration::from_hours(30 * 24);
    for (state, capabilities, locked, reason) in [
        (ReviewState::Approved, &META, true, "approved"),
        (ReviewState::Paused, &META, true, "it was approved"),
        (ReviewState::Rejected, &META, false, "never approved"),
        (ReviewState::Pending, &META, false, "not yet approved"),
        (ReviewState::Approved, &ALIBABA, false, "no lock is known"),
    ] {
        let mut scene = Scene::going();
        scene.state(state);
        scene.capabilities = capabilities;
        let plan = scene.plan();
        let want: Vec<_> = locked.then_some(Consequence::LocksName { until }).into_iter().collect();
        assert_eq!(plan.consequences, want, "{reason}");
        assert_eq!(written(&plan).intent.as_ref().unwrap().from.as_deref(), Some("T1"), "{reason}");
    }
}
