use std::sync::Arc;

use super::*;
use crate::api::Kind;
use crate::plan::step::{Consequence, Difference, Kept, Look, Note, Released};

fn key(kind: Kind, name: &str) -> Key {
    Key::new(kind, "marketing", name)
}

fn planned(name: &str, step: Step, reason: Reason) -> Planned {
    Planned {
        key: key(Kind::QrCode, name),
        place: Some(format!("{name}.yaml:3")),
        plan: Plan::new(step, reason, "a sentence"),
        existed: true,
        verified: true,
    }
}

fn call(call: Call) -> Step {
    Step::Call { call, claim: Arc::default() }
}

fn wait() -> Step {
    Step::Wait { until: "2026-05-12T10:00:00Z".parse().unwrap() }
}

fn difference(from: Option<&str>, to: Option<&str>) -> Difference {
    Difference { field: "prefilledMessage".into(), from: from.map(str::to_owned), to: to.map(str::to_owned) }
}

fn several() -> Vec<Planned> {
    let mut create = planned("poster", call(Call::Create), Reason::Creating);
    create.existed = false;
    create.plan.differences.push(difference(None, Some("Hi!\nI saw your poster")));
    let mut edit = planned("order", call(Call::Update("7".into())), Reason::Updating);
    edit.key = key(Kind::Template, "order");
    edit.plan.differences.push(difference(Some("It is on its way."), Some("It is here.")));
    edit.plan.consequences = vec![Consequence::ReentersReview, Consequence::SpendsEdit { used: 3, of: 10 }];
    edit.plan.notes.push(Note::Drifted);
    let how = vec!["approve: D9II3ABC@3f2a9c1d".to_owned()];
    let mut blocked = planned("menu", Step::Blocked { how }, Reason::ApprovalNeeded);
    blocked.plan.message = "The new text would replace the code.".into();
    blocked.plan.differences.push(difference(Some("Menu"), Some("The menu")));
    blocked.plan.consequences.push(Consequence::KillsPrintedCode("D9II3ABC".into()));
    let mut rejected = planned("offer", Step::Nothing, Reason::Rejected);
    rejected.key = key(Kind::Template, "offer");
    rejected.plan.message = "The review refused it: TAG_CONTENT_MISMATCH".into();
    rejected.place = None;
    let quiet = planned("door", Step::Nothing, Reason::Live);
    vec![rejected, edit, create, quiet, blocked]
}

#[test]
fn a_plan_reads_as_a_story() {
    let want = r#"! WhatsAppQrCode marketing/menu (menu.yaml:3): blocked, a change waits for your approval (ApprovalNeeded)
    The new text would replace the code.
    prefilledMessage: "Menu" -> "The menu"
    costs: kills the printed code D9II3ABC: whatever carries it stops working
    to go on, add:
      approve: D9II3ABC@3f2a9c1d
+ WhatsAppQrCode marketing/poster (poster.yaml:3): create
    prefilledMessage: "Hi!\nI saw your poster"
~ WhatsAppTemplate marketing/order (order.yaml:3): change
    prefilledMessage: "It is on its way." -> "It is here."
    costs: re-enters review: it cannot be sent until it is approved again
    costs: uses edit 3 of 10
    note: somebody else changed it at the provider

Plan: 1 to create, 1 to change, 1 blocked, 2 unchanged.

What needs you:
  WhatsAppQrCode marketing/menu: a change waits for your approval (ApprovalNeeded)
    to do: If that is meant, add the line in the message to the manifest. If not, take the change back.
  WhatsAppTemplate marketing/offer: the review refused the template (Rejected)
    The review refused it: TAG_CONTENT_MISMATCH
    to do: Correct the template; it is then reviewed again.
"#;
    let mut objects = several();
    assert_eq!(text(&objects, false, false), want);
    objects.reverse();
    assert_eq!(text(&objects, false, false), want, "in whatever order they came");
    let all = text(&objects, true, false);
    assert!(
        all.contains("\n  WhatsAppQrCode marketing/door (door.yaml:3): no change, the code works (Live)\n")
            || all.starts_with("  WhatsAppQrCode marketing/door"),
        "{all}"
    );
}

#[test]
fn each_step_has_its_sign_and_its_word() {
    let other = || Some(key(Kind::QrCode, "other"));
    let keep = |why| Step::Keep { claim: Arc::default(), why };
    for (step, reason, sign, action, why) in [
        (call(Call::Create), Reason::Creating, '+', Action::Create, "a create"),
        (call(Call::Update("A".into())), Reason::Updating, '~', Action::Change, "a change"),
        (call(Call::Set("7".into())), Reason::Updating, '~', Action::Change, "a setting"),
        (call(Call::Revive("7".into())), Reason::Updating, '~', Action::Change, "it goes on"),
        (call(Call::Delete("A".into())), Reason::Deleting, '-', Action::Delete, "a delete"),
        (keep(Kept::Adopted), Reason::Adopting, '~', Action::TakeOver, "no call, yet ownership changes"),
        (keep(Kept::Vanished), Reason::Creating, '+', Action::Create, "it is gone and will be made"),
        (keep(Kept::Tidied), Reason::Live, ' ', Action::Unchanged, "bookkeeping is nobody's business"),
        (Step::Release(Released::Retained), Reason::Released, '-', Action::Release, "let go"),
        (Step::Blocked { how: vec![] }, Reason::ApprovalNeeded, '!', Action::Blocked, "a person decides"),
        (Step::Conflict { with: other() }, Reason::Taken, '!', Action::Conflict, "two want one"),
        (
            Step::Look(Look::List("2026-05-12T10:00:00Z".parse().unwrap())),
            Reason::Observing,
            '?',
            Action::Unknown,
            "nobody looked yet",
        ),
        (wait(), Reason::InReview, ' ', Action::Unchanged, "a review is no change"),
        (wait(), Reason::EditsUsedUp, '~', Action::Later, "a change that comes later"),
        (wait(), Reason::AccountNotReady, '?', Action::Unknown, "nobody can look"),
        (wait(), Reason::DeletionHeld, '!', Action::Blocked, "a deletion that a person must confirm"),
        (Step::Nothing, Reason::Suspended, ' ', Action::Unchanged, "somebody chose that"),
        (Step::Nothing, Reason::Drifted, '!', Action::Blocked, "reported, and a person decides"),
        (Step::Nothing, Reason::Rejected, ' ', Action::Unchanged, "nothing happens to it"),
    ] {
        let object = planned("it", step, reason);
        assert_eq!((object.sign(), object.action()), (sign, action), "{why}");
    }
    let unverified = Planned { verified: false, ..planned("it", call(Call::Create), Reason::Creating) };
    assert_eq!(unverified.sign(), '?');
    assert!(text(&[unverified], false, false).contains("create again, unverified\n"));
    let out_of_reach = planned("it", Step::Blocked { how: vec![] }, Reason::AccountNotReady);
    assert_eq!(Planned { verified: false, ..out_of_reach }.action(), Action::Unknown, "nobody can look");
}

#[test]
fn a_wait_for_review_with_a_change_behind_it_is_a_change() {
    let mut object = planned("it", wait(), Reason::InReview);
    object.plan.differences.push(difference(Some("a"), Some("b")));
    assert_eq!(object.action(), Action::Later);
    assert_eq!(Summary::of(&[object]).changes(), 1);
    let mut object = planned("it", wait(), Reason::InReview);
    object.plan.notes.push(Note::Unshown);
    assert_eq!(object.action(), Action::Later, "of what the provider does not show");
}

#[test]
fn the_summary_counts_what_is_there() {
    let count = |objects: &[Planned]| {
        let summary = Summary::of(objects);
        (summary.changes(), summary.stopped(), summary.need_you, text::line(&summary))
    };
    let quiet = planned("door", Step::Nothing, Reason::Live);
    assert_eq!(
        count(&several()),
        (2, 1, 2, "Plan: 1 to create, 1 to change, 1 blocked, 2 unchanged.".into())
    );
    assert_eq!(count(&[quiet]), (0, 0, 0, "Plan: nothing to do, 1 unchanged.".into()));
    assert_eq!(count(&[]), (0, 0, 0, "Plan: nothing to do.".into()));
    let suspended = planned("held", Step::Nothing, Reason::Suspended);
    assert_eq!(count(&[suspended]).2, 0, "who suspends it knows");
    let unverified = Planned { verified: false, ..planned("it", Step::Nothing, Reason::Live) };
    assert_eq!(count(&[unverified]).3, "Plan: nothing to do, 1 unchanged (1 unverified).");
}

#[test]
fn colours_only_where_they_are_wanted() {
    assert!(!text(&several(), true, false).contains('\x1b'));
    let coloured = text(&several(), false, true);
    assert!(coloured.contains("\x1b[32m+ WhatsAppQrCode marketing/poster\x1b[0m"), "{coloured}");
    assert!(coloured.contains("\x1b[1;31m! WhatsAppQrCode marketing/menu\x1b[0m"), "{coloured}");
}

#[test]
fn no_text_of_others_moves_the_cursor() {
    let mut object = planned("it", Step::Blocked { how: vec!["approve: \x1b[1A".into()] }, Reason::Taken);
    object.plan.message = "\x1b[2J".into();
    object.plan.differences.push(difference(Some("\x1b[31m"), Some("\r")));
    object.plan.notes.push(Note::LateCode("\x1b]0;".into()));
    object.plan.consequences.push(Consequence::ProviderForbids("\u{9b}2J".into()));
    object.place = Some("\x1b.yaml:1".into());
    let shown = text(&[object], true, false);
    assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
}

#[test]
fn programs_get_the_same_by_the_published_schema() {
    let mut objects = several();
    let until = "2026-05-12T10:00:00Z".parse().unwrap();
    objects[0].plan.consequences.push(Consequence::LocksName { until });
    objects.push(planned("twin", Step::Conflict { with: Some(key(Kind::QrCode, "poster")) }, Reason::Taken));
    let json = serde_json::to_value(document(&objects, &[], &Setting::default())).unwrap();
    let published: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/reference/plan.schema.json")).unwrap();
    assert_eq!(published, schema(), "run `make generate`");
    let schema = jsonschema::validator_for(&published).unwrap();
    let faults: Vec<String> = schema.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert!(
        !schema.is_valid(&serde_json::json!({"version": "2", "objects": [], "summary": json["summary"]}))
    );

    let names: Vec<&str> =
        json["objects"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(
        names,
        ["door", "menu", "poster", "twin", "offer", "order"].map(|name| name),
        "kind, namespace, name"
    );
    let menu = &json["objects"][1];
    assert_eq!((&menu["action"], &menu["sign"]), (&"blocked".into(), &"!".into()));
    assert_eq!(menu["decisions"][0], "approve: D9II3ABC@3f2a9c1d");
    assert_eq!(menu["consequences"][0]["code"], "D9II3ABC");
    assert_eq!(json["objects"][3]["conflictWith"], "WhatsAppQrCode marketing/poster");
    assert_eq!(json["objects"][5]["consequences"][1]["used"], 3);
    assert_eq!(json["summary"]["conflict"], 1);
    assert_eq!((&json["version"], json["objects"][0]["sign"].as_str()), (&"1".into(), Some(" ")));
}
