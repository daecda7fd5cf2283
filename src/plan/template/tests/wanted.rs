//! Objects that own nothing yet, and what stands before any call.

use std::sync::Arc;

use super::*;

#[test]
fn what_stands_before_any_call() {
    check(
        Scene::owned,
        &[
            ("as it should be", |_| {}, "nothing", Reason::Approved),
            ("no account", |s| s.door = Door::Missing, "wait 600", Reason::AccountMissing),
            ("nobody would see one", |s| s.door = Door::Unseen, "wait 600", Reason::AccountMissing),
            (
                "a manifest without a readable account",
                |s| {
                    s.door = Door::Missing;
                    s.desired = Err("components are missing");
                },
                "blocked",
                Reason::Invalid,
            ),
            (
                "the account is not for this namespace",
                |s| s.door = Door::Closed,
                "blocked",
                Reason::AccountNotAllowed,
            ),
            (
                "the account cannot be called",
                |s| s.ready = Err("no Secret"),
                "wait 600",
                Reason::AccountNotReady,
            ),
            ("suspended", |s| s.suspended = true, "blocked", Reason::Suspended),
            ("invalid", |s| s.desired = Err("no body"), "blocked", Reason::Invalid),
            (
                "invalid, and changed: nothing is sent",
                |s| {
                    s.drifted();
                    s.desired = Err("no body");
                },
                "blocked",
                Reason::Invalid,
            ),
        ],
    );
}

#[test]
fn claim_06_a_claim_that_lost_a_copy_is_written_again() {
    check(
        Scene::owned,
        &[
            (
                "lost",
                |s| {
                    let claim = Arc::new(s.claim().clone());
                    s.standing = Standing::Ours { claim, complete: false };
                },
                "keep Restored",
                Reason::Observing,
            ),
            (
                "at once, whatever the account says",
                |s| {
                    let claim = Arc::new(s.claim().clone());
                    s.standing = Standing::Ours { claim, complete: false };
                    s.door = Door::Missing;
                },
                "keep Restored",
                Reason::Observing,
            ),
        ],
    );
    let mut scene = Scene::owned();
    let claim = scene.claim().clone();
    scene.standing = Standing::Ours { claim: Arc::new(claim.clone()), complete: false };
    assert_eq!(written(&scene.plan()), &claim, "the very same claim");
}

#[test]
fn an_account_that_nobody_would_see_is_not_asked_for() {
    for (door, want, reason) in [
        (Door::Missing, "there is no WhatsAppAccount marketing/shop; create it", "none is there"),
        (Door::Unseen, "add the namespace to watchNamespaces", "it may well be there"),
    ] {
        let message = Scene { door, ..Scene::owned() }.plan().message;
        assert!(message.contains(want), "{reason}: {message}");
    }
}

#[test]
fn claim_09_a_suspicious_account_makes_nothing_anew() {
    check(
        Scene::owned,
        &[
            (
                "gone with many others",
                |s| {
                    s.own = Presence::Absent;
                    s.suspicious = Some("all are gone");
                },
                "blocked they are gone",
                Reason::AccountSuspicious,
            ),
            (
                "not even a change",
                |s| {
                    s.changed();
                    s.suspicious = Some("all are gone");
                },
                "blocked they are gone",
                Reason::AccountSuspicious,
            ),
        ],
    );
}

#[test]
fn claim_14_another_installations_claim_is_not_touched() {
    check(
        Scene::owned,
        &[
            (
                "elsewhere",
                |s| {
                    s.standing = Standing::Elsewhere(Arc::new(Claim {
                        installation: "there".into(),
                        ..s.claim().clone()
                    }));
                },
                "blocked waops.dev/take-over: there",
                Reason::ClaimedElsewhere,
            ),
            (
                "elsewhere, and changed",
                |s| {
                    s.changed();
                    s.standing = Standing::Elsewhere(Arc::new(Claim {
                        installation: "there".into(),
                        ..s.claim().clone()
                    }));
                },
                "blocked waops.dev/take-over: there",
                Reason::ClaimedElsewhere,
            ),
            ("unreadable", |s| s.standing = Standing::Unreadable, "blocked", Reason::ClaimUnreadable),
        ],
    );
}

#[test]
fn claim_14_an_ownerless_claim_becomes_ours_with_its_intent() {
    for (installation, why) in [("here", Kept::Restored), ("there", Kept::TakenOver)] {
        let mut scene = Scene::unclear(Operation::Create);
        let claim =
            Claim { installation: installation.into(), uid: "uid-before".into(), ..scene.claim().clone() };
        scene.standing = Standing::Ownerless(Arc::new(claim.clone()));
        let plan = scene.plan();
        assert!(matches!(&plan.step, Step::Keep { why: kept, .. } if *kept == why), "{plan:?}");
        let after = written(&plan);
        assert_eq!(
            (after.n, after.installation.as_str(), after.uid.as_str()),
            (claim.n + 1, "here", "uid-a")
        );
        assert_eq!(after.intent, claim.intent, "what was about to happen is still to be found out");
    }
}

#[test]
fn claim_07_a_restored_object_takes_back_nothing_that_another_has_inherited() {
    let mut scene = Scene::owned();
    let claim = scene.claim().clone();
    scene.standing = Standing::Ownerless(Arc::new(Claim { uid: "uid-before".into(), ..claim.clone() }));
    scene.peer("b", false).claim = Some(Claim { uid: "uid-b".into(), ..claim });
    let after = written(&scene.plan()).clone();
    assert_eq!((after.uid.as_str(), after.template_id, after.content_hash), ("uid-a", None, None));
}

#[test]
fn claim_15_a_copy_of_a_living_objects_claim_is_a_conflict() {
    check(
        Scene::owned,
        &[(
            "a copy",
            |s| {
                let claim = Arc::new(s.claim().clone());
                s.standing = Standing::Copy { of: key("b"), claim };
            },
            "conflict b",
            Reason::Copied,
        )],
    );
}

#[test]
fn claim_16_another_account_or_name_is_a_conflict_and_never_absence() {
    check(
        Scene::owned,
        &[
            ("credentials of another tenant", |s| s.identity = "meta/2", "conflict", Reason::AccountChanged),
            (
                "which of course has no such template",
                |s| {
                    s.identity = "meta/2";
                    s.own = Presence::Absent;
                },
                "conflict",
                Reason::AccountChanged,
            ),
            (
                "another accountRef",
                |s| s.claim().account = "marketing/other".into(),
                "conflict",
                Reason::AccountChanged,
            ),
            (
                "another name",
                |s| s.claim().template = Some("before/en_US".to_owned()),
                "conflict",
                Reason::AccountChanged,
            ),
            (
                "which of course is not there",
                |s| {
                    s.claim().template = Some("before/en_US".to_owned());
                    s.own = Presence::Absent;
                },
                "conflict",
                Reason::AccountChanged,
            ),
            (
                "another name, and nothing made under the one before",
                |s| {
                    s.claim().template = Some("before/en_US".to_owned());
                    s.claim().template_id = None;
                    s.own = Presence::Absent;
                },
                "create",
                Reason::Creating,
            ),
            (
                "with an open intent",
                |s| {
                    s.identity = "meta/2";
                    *s = Scene { identity: "meta/2", ..Scene::unclear(Operation::Create) };
                },
                "conflict",
                Reason::AccountChanged,
            ),
        ],
    );
}

#[test]
fn claim_09_only_certain_absence_is_made() {
    check(
        Scene::wanted,
        &[
            ("absent", |_| {}, "create", Reason::Creating),
            ("nobody knows", |s| s.own = Presence::Unknown, "list", Reason::Observing),
            (
                "nothing was ever listed",
                |s| {
                    s.own = Presence::Unknown;
                    s.listed = None;
                },
                "list",
                Reason::Observing,
            ),
            ("absent without a list", |s| s.listed = None, "list", Reason::Observing),
            (
                "a list lacks it, and it can be read",
                |s| s.own = Presence::Unlisted,
                "read",
                Reason::Observing,
            ),
        ],
    );
}

#[test]
fn claim_17_what_is_made_in_the_place_of_what_was_taken_over_is_ours() {
    let mut scene = Scene::wanted();
    scene.claim().adopted = true;
    assert!(!written(&scene.plan()).adopted, "so that deleting deletes it");
}

#[test]
fn claim_12_a_create_writes_an_intent_that_says_since_when_it_was_absent() {
    let plan = Scene::wanted().plan();
    let claim = written(&plan);
    assert_eq!((claim.n, claim.object.as_str(), claim.identity.as_str()), (1, "marketing/a", "meta/1"));
    let intent = claim.intent.as_ref().unwrap();
    assert_eq!(intent.operation, Operation::Create);
    assert_eq!(intent.text_hash, desired(&[]).content().hash());
    assert_eq!(intent.absent_at, Some(Time(ago(30))));
    assert_eq!(intent.deadline.0, NOW + SignedDuration::from_secs(30));
    let made: Vec<(&str, Option<&str>)> =
        plan.differences.iter().map(|it| (it.field.as_str(), it.to.as_deref())).collect();
    let first = [
        ("name", Some("order_shipped")),
        ("language", Some("en_US")),
        ("category", Some("UTILITY")),
        ("components.body.text", Some("Hi {{name}}, it is on its way.")),
    ];
    assert_eq!(made[..4], first, "what it is, with its price, before what it says");
    assert!(plan.differences.iter().all(|it| it.from.is_none()));
}

#[test]
fn claim_07_of_two_manifests_on_one_name_the_owner_and_then_the_older_goes_first() {
    check(
        Scene::wanted,
        &[
            (
                "an older one wants it too",
                |s| {
                    s.peer("b", true);
                },
                "conflict b",
                Reason::Taken,
            ),
            (
                "a younger one waits for us",
                |s| {
                    s.peer("b", false);
                },
                "create",
                Reason::Creating,
            ),
            (
                "of one age, the lower UID",
                |s| {
                    s.peer("B", true).created = ago(2 * DAY);
                },
                "conflict B",
                Reason::Taken,
            ),
            (
                "of one age, the higher UID",
                |s| {
                    s.peer("b", true).created = ago(2 * DAY);
                },
                "create",
                Reason::Creating,
            ),
            (
                "an older one that goes and has nothing",
                |s| s.peer("b", true).deleting = true,
                "create",
                Reason::Creating,
            ),
            (
                "an older one that does not want it",
                |s| s.peer("b", true).wants = false,
                "create",
                Reason::Creating,
            ),
            (
                "a younger one has it",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.own = Presence::Here(observed("T1", None));
                    s.peer("b", false).claim = Some(claim);
                },
                "conflict b",
                Reason::Taken,
            ),
            (
                "a younger one has it, says its claim, and nobody has looked yet",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.own = Presence::Unknown;
                    s.peer("b", false).claim = Some(claim);
                },
                "conflict b",
                Reason::Taken,
            ),
            (
                "a younger one is about to make it",
                |s| {
                    let claim = Scene::unclear(Operation::Create).claim().clone();
                    s.peer("b", false).claim = Some(claim);
                },
                "conflict b",
                Reason::Taken,
            ),
            (
                "one that goes does not know yet whether it made it",
                |s| {
                    let claim = Scene::unclear(Operation::Create).claim().clone();
                    let peer = s.peer("b", true);
                    peer.claim = Some(claim);
                    peer.deleting = true;
                },
                "conflict b",
                Reason::Taken,
            ),
            (
                "a younger one's claim is about one that is gone",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.peer("b", false).claim = Some(claim);
                },
                "create",
                Reason::Creating,
            ),
            (
                "the owner goes: we inherit",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.own = Presence::Here(observed("T1", None));
                    let peer = s.peer("b", true);
                    peer.claim = Some(claim);
                    peer.deleting = true;
                },
                "keep Inherited",
                Reason::Adopting,
            ),
            (
                "one that goes was renamed in its manifest: what it has is another template",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.own = Presence::Unknown;
                    let peer = s.peer("b", true);
                    peer.claim = Some(Claim { template: Some("before/en_US".to_owned()), ..claim });
                    peer.deleting = true;
                },
                "list",
                Reason::Observing,
            ),
            (
                "one that was renamed in its manifest is making another template",
                |s| {
                    let claim = Scene::unclear(Operation::Create).claim().clone();
                    s.own = Presence::Unknown;
                    s.peer("b", false).claim =
                        Some(Claim { template: Some("before/en_US".to_owned()), ..claim });
                },
                "list",
                Reason::Observing,
            ),
            (
                "the owner goes: the oldest heir inherits, not we",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.own = Presence::Here(observed("T1", None));
                    let peer = s.peer("b", true);
                    peer.claim = Some(claim);
                    peer.deleting = true;
                    s.peer("c", true);
                },
                "conflict c",
                Reason::Taken,
            ),
            (
                "the owner goes and is about to delete it",
                |s| {
                    let claim = Scene::unclear(Operation::Delete).claim().clone();
                    s.own = Presence::Here(observed("T1", None));
                    let peer = s.peer("b", true);
                    peer.claim = Some(claim);
                    peer.deleting = true;
                },
                "conflict b",
                Reason::Taken,
            ),
            (
                "the owner goes, and another template is there by now",
                |s| {
                    let claim = Scene::owned().claim().clone();
                    s.own = Presence::Here(observed("T2", None));
                    let peer = s.peer("b", true);
                    peer.claim = Some(claim);
                    peer.deleting = true;
                },
                "blocked policies: {adoption: IfIdentical} | policies: {adoption: Always}",
                Reason::AdoptionNeeded,
            ),
        ],
    );
}

#[test]
fn claim_07_an_heir_gets_all_that_the_claim_remembers() {
    let mut scene = Scene::wanted();
    scene.own = Presence::Here(observed("T1", None));
    let mut old = Scene::owned();
    old.edits(&[HOUR]);
    old.claim().adopted = true;
    let theirs = old.claim().clone();
    let peer = scene.peer("b", true);
    (peer.claim, peer.deleting) = (Some(theirs.clone()), true);
    let plan = scene.plan();
    let heir = written(&plan);
    assert_eq!((heir.n, heir.object.as_str()), (1, "marketing/a"));
    assert_eq!(heir.template_id, theirs.template_id);
    assert_eq!((&heir.content_hash, &heir.edits, heir.adopted), (&theirs.content_hash, &theirs.edits, true));
}

fn foreign() -> Scene {
    let mut scene = Scene::wanted();
    scene.own = Presence::Here(observed("F1", Some(&desired(&[]))));
    scene
}

const ASK: &str = "blocked policies: {adoption: IfIdentical} | policies: {adoption: Always}";

#[test]
fn claim_06_what_is_there_already_is_taken_over_as_the_policy_says() {
    check(
        foreign,
        &[
            ("nobody said anything", |_| {}, ASK, Reason::AdoptionNeeded),
            (
                "not even where nobody knows what it says",
                |s| s.here().content = None,
                ASK,
                Reason::AdoptionNeeded,
            ),
            ("it may be gone by now", |s| s.listed = Some(ago(601)), "list", Reason::Observing),
            (
                "identical",
                |s| s.policies.adoption = Some(Adoption::IfIdentical),
                "keep Adopted",
                Reason::Adopting,
            ),
            (
                "unknown",
                |s| {
                    s.policies.adoption = Some(Adoption::IfIdentical);
                    s.here().content = None;
                },
                "read",
                Reason::Observing,
            ),
            (
                "different",
                |s| {
                    s.policies.adoption = Some(Adoption::IfIdentical);
                    s.drifted();
                },
                "blocked policies: {adoption: Always}",
                Reason::AdoptionNeeded,
            ),
            ("always", |s| s.policies.adoption = Some(Adoption::Always), "keep Adopted", Reason::Adopting),
            (
                "always, different",
                |s| {
                    s.policies.adoption = Some(Adoption::Always);
                    s.drifted();
                },
                "keep Adopted",
                Reason::Adopting,
            ),
            ("never", |s| s.policies.adoption = Some(Adoption::Never), "conflict", Reason::Taken),
            (
                "on its way out: the name is locked",
                |s| {
                    s.policies.adoption = Some(Adoption::Always);
                    s.state(ReviewState::Deleting);
                },
                "wait 570",
                Reason::NameLocked,
            ),
            (
                "on its way out where no name is locked",
                |s| {
                    s.capabilities = &ALIBABA;
                    s.state(ReviewState::Deleting);
                },
                "wait 570",
                Reason::Observing,
            ),
        ],
    );
}

#[test]
fn claim_12_an_adopted_template_has_the_hash_of_what_is_certain() {
    for (policy, other, known, reason) in [
        (Adoption::IfIdentical, false, true, "identical"),
        (Adoption::Always, false, true, "identical, though it need not be"),
        (Adoption::Always, true, false, "different: the change follows"),
    ] {
        let mut scene = foreign();
        scene.policies.adoption = Some(policy);
        if other {
            scene.drifted();
        }
        let plan = scene.plan();
        let claim = written(&plan);
        assert_eq!((claim.template_id.as_deref(), claim.adopted), (Some("F1"), true), "{reason}");
        assert_eq!(claim.content_hash, known.then(|| desired(&[]).content().hash()), "{reason}");
        assert_eq!(plan.differences.is_empty(), !other, "{reason}");
    }
}

#[test]
fn claim_05_a_template_that_turns_up_late_is_named_and_not_taken() {
    let mut scene = foreign();
    scene.claim().abandoned = vec![Abandoned {
        from: None,
        text_hash: desired(&[]).content().hash(),
        same_text: Vec::new(),
        until: Time(NOW + SignedDuration::from_hours(1)),
    }];
    let plan = scene.plan();
    assert_eq!(plan.reason, Reason::AdoptionNeeded);
    assert_eq!(plan.notes, [Note::LateTemplate("F1".to_owned())]);
    scene.claim().abandoned[0].until = Time(ago(1));
    assert_eq!(scene.plan().notes, [], "a day later nobody speaks of it");
}

#[test]
fn a_locked_name_says_the_day_on_which_it_is_free_at_the_latest() {
    let mut scene = Scene::wanted();
    scene.trouble(Class::NameLocked, Some("v1:0".to_owned()));
    let at = "; tried again at 2027-01-15T08:05:00Z";
    assert!(scene.plan().message.ends_with(at), "nobody knows for how long: {}", scene.plan().message);
    scene.memory.trouble.as_mut().unwrap().free = Some(NOW + SignedDuration::from_hours(30 * 24));
    let said = scene.plan().message;
    assert!(
        said.ends_with("; the name is free on 14 February 2027 at the latest, and is tried again until then")
    );
    scene.memory.trouble.as_mut().unwrap().not_before = NOW + SignedDuration::from_hours(24);
    assert_eq!(scene.plan().message, said, "each try leaves it as it is");
    scene.memory.trouble.as_mut().unwrap().class = Class::Slow;
    assert!(
        scene.plan().message.ends_with("; tried again at 2027-01-16T08:00:00Z"),
        "it is about something else"
    );
}

#[test]
fn a_call_that_failed_waits_and_other_content_does_not() {
    check(
        Scene::wanted,
        &[
            ("it passes", |s| s.trouble(Class::Transient, None), "wait 300", Reason::Retrying),
            (
                "this content",
                |s| s.trouble(Class::Transient, Some(desired(&[]).content().hash())),
                "wait 300",
                Reason::Retrying,
            ),
            (
                "other content",
                |s| s.trouble(Class::Transient, Some("v1:0".to_owned())),
                "create",
                Reason::Creating,
            ),
            (
                "other content, but a quota",
                |s| s.trouble(Class::Throttled { after: None }, Some("v1:0".to_owned())),
                "wait 300",
                Reason::ProviderSaysWait,
            ),
            (
                "other content, but the account",
                |s| s.trouble(Class::Slow, Some("v1:0".to_owned())),
                "wait 300",
                Reason::ProviderSaysWait,
            ),
            (
                "other content, but the credentials",
                |s| s.trouble(Class::Credentials, Some("v1:0".to_owned())),
                "wait 300",
                Reason::AccountNotReady,
            ),
            (
                "other content, but the name",
                |s| s.trouble(Class::NameLocked, Some("v1:0".to_owned())),
                "wait 300",
                Reason::NameLocked,
            ),
            (
                "its time has come",
                |s| {
                    s.trouble(Class::Slow, None);
                    s.memory.trouble.as_mut().unwrap().not_before = NOW;
                },
                "create",
                Reason::Creating,
            ),
            (
                "a look waits as well",
                |s| {
                    s.own = Presence::Unknown;
                    s.trouble(Class::Slow, None);
                },
                "wait 300",
                Reason::ProviderSaysWait,
            ),
            (
                "but not for what was wrong with a content",
                |s| {
                    s.own = Presence::Unknown;
                    s.trouble(Class::Transient, Some("v1:0".to_owned()));
                },
                "list",
                Reason::Observing,
            ),
            (
                "refused for good",
                |s| {
                    s.claim().refused = Some(Box::new(Refused {
                        hash: desired(&[]).content().hash(),
                        why: "too long".to_owned(),
                    }));
                },
                "blocked",
                Reason::Refused,
            ),
            (
                "refused in this category",
                |s| {
                    let hash = refusal(&desired(&[]).content().hash(), Category::Utility, None);
                    s.claim().refused = Some(Box::new(Refused { hash, why: "marketing words".to_owned() }));
                },
                "blocked",
                Reason::Refused,
            ),
            (
                "refused in another category, and corrected by that alone",
                |s| {
                    let hash = refusal(&desired(&[]).content().hash(), Category::Marketing, None);
                    s.claim().refused = Some(Box::new(Refused { hash, why: "marketing words".to_owned() }));
                },
                "create",
                Reason::Creating,
            ),
            (
                "refused, and corrected since",
                |s| {
                    s.claim().refused = Some(Box::new(Refused {
                        hash: text(OTHER).content().hash(),
                        why: "too long".to_owned(),
                    }));
                },
                "create",
                Reason::Creating,
            ),
        ],
    );
}

#[test]
fn claim_13_already_exists_is_looked_into_before_another_try() {
    check(
        Scene::wanted,
        &[
            ("at first it waits", |s| s.trouble(Class::AlreadyExists, None), "wait 300", Reason::Retrying),
            (
                "then it looks again",
                |s| {
                    s.trouble(Class::AlreadyExists, None);
                    s.memory.trouble.as_mut().unwrap().not_before = ago(10);
                },
                "list",
                Reason::Observing,
            ),
            (
                "it is not there after all",
                |s| {
                    s.trouble(Class::AlreadyExists, None);
                    s.memory.trouble.as_mut().unwrap().not_before = ago(30);
                },
                "create",
                Reason::Creating,
            ),
            (
                "it is there, and foreign",
                |s| {
                    s.trouble(Class::AlreadyExists, None);
                    s.own = Presence::Here(observed("F1", None));
                },
                ASK,
                Reason::AdoptionNeeded,
            ),
        ],
    );
}
