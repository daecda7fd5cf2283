use std::sync::Arc;

use super::*;
use crate::api::{Claim, PreviousCode, ReviewState, WhatsAppQrCodeStatus, WhatsAppTemplateStatus};
use crate::plan::facts::{Key, Presence};
use crate::plan::step::{Call, Consequence, Difference, Kept, Note, Released};
use crate::provider::capabilities::{ALIBABA, META};
use crate::{qr_code as qr, template as tpl};

fn at(seconds: i64) -> Timestamp {
    // A fraction in every clock reading: what is written has none.
    Timestamp::new(1_800_000_000 + seconds, 123_456_789).unwrap()
}

fn plan(step: Step, reason: Reason) -> Plan {
    Plan::new(step, reason, "a sentence")
}

fn live() -> Plan {
    plan(Step::Nothing, Reason::Live)
}

fn said(conditions: &[Condition]) -> String {
    let word = |condition: &Condition| format!("{}={}", condition.type_, condition.status);
    conditions.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn difference() -> Difference {
    Difference { field: "prefilledMessage".into(), from: Some("Hi".into()), to: Some("Hello".into()) }
}

#[test]
fn conditions_say_what_waits_and_who_is_needed() {
    let key = Key::new(crate::api::Kind::QrCode, "a", "b");
    let blocked = || Step::Blocked { how: vec!["approve: A@12345678".into()] };
    let call = || Step::Call { call: Call::Create, claim: Arc::default() };
    let wait = || Step::Wait { until: at(9) };
    for (step, reason, want, why) in [
        (Step::Nothing, Reason::Live, "Ready=True Synced=True", "all is well, and nothing else is said"),
        (call(), Reason::Creating, "Ready=False Synced=False Reconciling=True", "it gets there by itself"),
        (wait(), Reason::InReview, "Ready=False Synced=True Reconciling=True", "delivered, not usable yet"),
        (wait(), Reason::Resolving, "Ready=False Synced=Unknown Reconciling=True", "nobody knows"),
        (Step::Nothing, Reason::Rejected, "Ready=False Synced=True Stalled=True", "delivered and refused"),
        (
            blocked(),
            Reason::ApprovalNeeded,
            "Ready=False Synced=False Stalled=True ChangeBlocked=True",
            "a person decides",
        ),
        (
            Step::Nothing,
            Reason::Drifted,
            "Ready=False Synced=False Stalled=True Drifted=True",
            "reported and left",
        ),
        (
            Step::Conflict { with: Some(key) },
            Reason::Invalid,
            "Ready=False Synced=False Stalled=True Conflict=True",
            "whatever the reason, a conflict is called one",
        ),
        (
            wait(),
            Reason::DeletionBlocked,
            "Ready=False Synced=False Stalled=True DeletionBlocked=True",
            "a deletion that waits",
        ),
    ] {
        let conditions = conditions(&plan(step, reason), &[], 4, at(0));
        assert_eq!(said(&conditions), want, "{why}");
        for condition in conditions {
            assert_eq!(condition.observed_generation, Some(4), "{why}");
            assert!(!condition.message.is_empty(), "{why}: {condition:?}");
        }
    }
}

#[test]
fn who_only_looks_says_what_would_be_done_and_what_that_costs() {
    let call = Step::Call { call: Call::Update("A".into()), claim: Arc::default() };
    let keep = || Step::Keep { claim: Arc::default(), why: Kept::Tidied };
    let would = "would be done, but this operator only looks: a sentence";
    let costs = "; kills the printed code A: whatever carries it stops working; uses edit 3 of 10";
    for (step, reason, want, why) in [
        (call, Reason::Updating, format!("{would}{costs}"), "a call, with all that it costs"),
        (keep(), Reason::Adopting, format!("{would}{costs}"), "nobody takes it over"),
        (Step::Release(Released::Retained), Reason::Released, format!("{would}{costs}"), "nobody lets it go"),
        (keep(), Reason::Live, "a sentence".to_owned(), "it is as written, whatever the claim lacks"),
        (Step::Wait { until: at(9) }, Reason::InReview, "a sentence".to_owned(), "the provider does it"),
        (Step::Nothing, Reason::Live, "a sentence".to_owned(), "there is nothing to do"),
    ] {
        let mut plan = plan(step, reason);
        plan.consequences =
            vec![Consequence::KillsPrintedCode("A".into()), Consequence::SpendsEdit { used: 3, of: 10 }];
        let conditions = conditions(&looking(plan), &[], 1, at(0));
        assert_eq!(conditions[0].message, want, "{why}");
        assert_eq!(conditions[0].reason, reason.name(), "{why}");
    }
}

#[test]
fn the_lines_that_decide_are_read_from_a_message() {
    let said = |lines: &[&str], message: &str| {
        let how = lines.iter().map(|line| (*line).to_owned()).collect();
        let plan = Plan::new(Step::Blocked { how }, Reason::AdoptionNeeded, message);
        conditions(&plan, &[], 1, at(0))[0].message.clone()
    };
    let lines = ["adopt: {code: ANED2T5QRU7HG1}", "policies: {adoption: Never}"];
    let message = said(&lines, "it is there; decide");
    assert_eq!(asked(&message), ("it is there; decide", lines.to_vec()));
    let message = said(&lines, &"long ".repeat(1000));
    assert_eq!(asked(&message).1, lines, "they come whole where the rest is cut");
    let many: Vec<String> = (0..100).map(|n| format!("adopt: {{code: CODE{n:010}}}")).collect();
    let message = said(&many.iter().map(String::as_str).collect::<Vec<_>>(), "which one?");
    let read = asked(&message).1;
    assert!(
        read.len() > 5 && read.iter().zip(&many).all(|(read, line)| read == line),
        "half a line decides nothing"
    );
    assert_eq!(asked("nobody is asked"), ("nobody is asked", Vec::new()));
}

#[test]
fn a_time_moves_only_when_a_condition_flips() {
    let first = conditions(&plan(Step::Nothing, Reason::Rejected), &[], 1, at(0));
    let later = conditions(&plan(Step::Nothing, Reason::Paused), &first, 2, at(60));
    let ready = conditions(&live(), &later, 2, at(120));
    let times = |conditions: &[Condition]| -> Vec<(String, i64)> {
        let time =
            |c: &Condition| (c.type_.to_string(), c.last_transition_time.0.as_second() - at(0).as_second());
        conditions.iter().map(time).collect()
    };
    assert_eq!(times(&later), times(&first), "another reason is no flip");
    assert_eq!(later[0].reason, "Paused");
    assert_eq!(times(&ready), [("Ready".to_owned(), 120), ("Synced".to_owned(), 0)]);
    assert_eq!(ready[0].last_transition_time.0.subsec_nanosecond(), 0, "as it reads when it comes back");
}

#[test]
fn a_look_takes_nothing_back() {
    let ready = conditions(&live(), &[], 3, at(0));
    let look = plan(Step::Look(crate::plan::step::Look::List(at(9))), Reason::Observing);
    assert_eq!(conditions(&look, &ready, 3, at(9)), ready, "a restart is no news");
    let edited = conditions(&look, &ready, 4, at(9));
    assert_eq!(said(&edited), "Ready=False Synced=Unknown Reconciling=True", "an edit is");
}

#[test]
fn who_is_held_still_stays_as_it_was() {
    let held = plan(Step::Blocked { how: Vec::new() }, Reason::Suspended);
    let ready = conditions(&live(), &[], 3, at(0));
    let rejected = conditions(&plan(Step::Nothing, Reason::Rejected), &[], 3, at(0));
    let mut unwanted = held.clone();
    unwanted.differences.push(difference());
    for (plan, before, want, why) in [
        (&held, &ready[..], "Ready=True Synced=True", "a code that works goes on working"),
        (&held, &rejected, "Ready=False Synced=True", "what did not work does not either"),
        (&held, &[], "Ready=Unknown Synced=Unknown", "nobody ever looked"),
        (&unwanted, &ready, "Ready=False Synced=False", "the manifest wants what was never delivered"),
    ] {
        let after = conditions(plan, before, 4, at(60));
        assert_eq!(said(&after), want, "{why}");
        assert_eq!(after[0].reason, "Suspended", "{why}");
        assert_eq!(after[0].observed_generation, Some(4), "{why}");
    }
    let quiet = conditions(&held, &ready, 4, at(60));
    assert_eq!(quiet[0].last_transition_time, ready[0].last_transition_time, "nothing flipped");
}

#[test]
fn drift_is_told_field_by_field() {
    let mut plan =
        plan(Step::Call { call: Call::Update("A".into()), claim: Arc::default() }, Reason::Updating);
    plan.notes.push(Note::Drifted);
    plan.differences.push(difference());
    let conditions = conditions(&plan, &[], 1, at(0));
    let drifted = conditions.iter().find(|condition| condition.type_ == "Drifted").unwrap();
    assert_eq!(drifted.message, "prefilledMessage is \"Hi\" there, and is to be \"Hello\"");
    assert_eq!(drifted.reason, "Drifted");
}

#[test]
fn a_change_that_waits_for_a_review_is_not_delivered_whether_or_not_the_provider_shows_it() {
    let review = || plan(Step::Wait { until: at(9) }, Reason::InReview);
    let (mut shown, mut unshown) = (review(), review());
    shown.differences.push(difference());
    unshown.notes.push(Note::Unshown);
    for (plan, want, why) in [
        (review(), "Ready=False Synced=True Reconciling=True", "nothing was changed"),
        (shown, "Ready=False Synced=False Reconciling=True", "another text"),
        (unshown, "Ready=False Synced=False Reconciling=True", "another sample"),
    ] {
        assert_eq!(said(&conditions(&plan, &[], 1, at(0))), want, "{why}");
    }
}

#[test]
fn what_the_provider_changed_is_said_while_all_is_well() {
    let mut plan = plan(Step::Nothing, Reason::Approved);
    plan.notes.push(Note::OtherCategory { asked: "UTILITY".into(), theirs: "MARKETING".into() });
    let conditions = conditions(&plan, &[], 1, at(0));
    assert_eq!(conditions[0].status, "True");
    assert!(conditions[0].message.contains("as MARKETING, not as UTILITY"), "{conditions:?}");
}

#[test]
fn the_lines_that_decide_survive_every_cut() {
    let line = "approve: D9II3ABC@3f2a9c1d";
    for (message, why) in [
        ("ü".repeat(5_000), "a long message"),
        ("short\u{1b}[2J\n".into(), "a message with control characters"),
        (format!("add {line}"), "a message that has the line already"),
    ] {
        let plan = Plan::new(Step::Blocked { how: vec![line.into()] }, Reason::ApprovalNeeded, message);
        for condition in conditions(&plan, &[], 1, at(0)) {
            assert!(condition.message.len() <= 1024, "{why}: {}", condition.message.len());
            assert!(!condition.message.contains(char::is_control), "{why}");
            if condition.type_ != "Synced" {
                assert_eq!(condition.message.matches(line).count(), 1, "{why}: {}", condition.message);
            }
        }
    }
}

fn code(code: &str, oe: i64) -> qr::Observed {
    qr::Observed {
        code: qr::Code::parse(code).unwrap(),
        phone: None,
        message: "Hi".into(),
        link: Some(format!("https://wa.me/message/{code}")),
        image_url: Some(format!("https://cdn.example/{code}?oe={oe}")),
        image_expires: Some(at(oe)),
        image_format: None,
    }
}

fn owning(code: &str) -> Claim {
    Claim { code: Some(code.into()), ..Claim::default() }
}

fn of_code(
    plan: &Plan,
    previous: &WhatsAppQrCodeStatus,
    claim: Option<&Claim>,
    own: Presence<&qr::Observed>,
    now: i64,
) -> WhatsAppQrCodeStatus {
    let claim = claim.cloned().map(Arc::new);
    qr_code(QrCode { plan, previous, claim: claim.as_ref(), own, output: None, generation: 1, now: at(now) })
}

#[test]
fn claim_04_the_status_of_a_code_has_what_it_owns() {
    let status = of_code(
        &live(),
        &WhatsAppQrCodeStatus::default(),
        Some(&owning("A")),
        Presence::Here(&code("A", 50)),
        0,
    );
    assert_eq!(status.code.as_deref(), Some("A"));
    assert_eq!(status.deep_link_url.as_deref(), Some("https://wa.me/message/A"));
    assert_eq!(status.image_url.as_deref(), Some("https://cdn.example/A?oe=50"));
    assert_eq!(status.image_url_expires_at, Some(whole_seconds(at(50))));
    assert_eq!(status.claim.as_deref(), Some(&owning("A")));
    assert_eq!((status.observed_generation, status.previous_codes.len()), (Some(1), 0));
}

#[test]
fn an_image_link_is_news_only_where_it_is_needed() {
    let claim = owning("A");
    let first =
        of_code(&live(), &WhatsAppQrCodeStatus::default(), Some(&claim), Presence::Here(&code("A", 50)), 0);
    let now =
        |plan: &Plan, own: &qr::Observed, now| of_code(plan, &first, Some(&claim), Presence::Here(own), now);
    assert_eq!(now(&live(), &code("A", 90), 10), first, "another signature: nothing is written");
    let unknown = of_code(&live(), &first, Some(&claim), Presence::Unknown, 60);
    assert_eq!(unknown, first, "nothing is known");
    assert_eq!(now(&live(), &code("A", 55), 60), first, "the new one has expired as well");
    let expired = now(&live(), &code("A", 90), 50);
    assert_eq!(expired.image_url.as_deref(), Some("https://cdn.example/A?oe=90"), "it expired");
    assert_eq!(expired.image_url_expires_at, Some(whole_seconds(at(90))));
    let written = now(&plan(Step::Nothing, Reason::Suspended), &code("A", 90), 10);
    assert_eq!(written.image_url, expired.image_url, "the status is written anyway");
    let moved = of_code(&live(), &first, Some(&owning("B")), Presence::Unknown, 10);
    assert_eq!(
        (moved.image_url, moved.deep_link_url),
        (None, None),
        "links of another code are none of this one's"
    );
}

#[test]
fn a_code_that_ended_is_remembered_with_its_reason() {
    let previous = WhatsAppQrCodeStatus { code: Some("A".into()), ..WhatsAppQrCodeStatus::default() };
    let replaced = Claim { spent: vec!["A@0123".into()], ..owning("B") };
    let adopted = Claim { adopted: true, ..owning("B") };
    for (reason, claim, want, why) in [
        (Reason::Live, owning("A"), None, "it lives"),
        (Reason::Live, replaced, Some("Replaced"), "the claim spent it"),
        (Reason::Live, adopted, Some("Replaced"), "another was taken over"),
        (Reason::Live, owning("B"), Some("Vanished"), "made again, and the moment between was missed"),
        (Reason::Retrying, Claim::default(), Some("Vanished"), "to be made again, which failed"),
        (Reason::AdoptionImpossible, Claim::default(), Some("Vanished"), "nobody deleted it here"),
        (Reason::Taken, Claim::default(), Some("Yielded"), "another object has it"),
        (Reason::Deleting, Claim::default(), Some("Deleted"), "we deleted it"),
    ] {
        let status = of_code(&plan(Step::Nothing, reason), &previous, Some(&claim), Presence::Unknown, 0);
        let got = status.previous_codes.first().map(|code| (code.code.as_str(), code.reason.as_str()));
        assert_eq!(got, want.map(|reason| ("A", reason)), "{why}");
        let again = of_code(&live(), &status, Some(&claim), Presence::Unknown, 0);
        assert_eq!(again.previous_codes, status.previous_codes, "{why}: once");
    }
}

#[test]
fn earlier_codes_are_few_and_newest_first() {
    let mut status = WhatsAppQrCodeStatus::default();
    for number in 0..40 {
        status = of_code(&live(), &status, Some(&owning(&format!("C{number}"))), Presence::Unknown, 0);
    }
    assert_eq!(status.previous_codes.len(), 20);
    assert_eq!(status.previous_codes[0].code, "C38");
    let back = of_code(&live(), &status, Some(&owning("C30")), Presence::Unknown, 0);
    let codes: Vec<&PreviousCode> = back.previous_codes.iter().filter(|code| code.code == "C30").collect();
    assert!(codes.is_empty(), "a code that lives again has not ended");
    assert_eq!(back.previous_codes[0].code, "C39");
}

#[test]
fn claim_14_a_foreign_claim_in_the_status_stays_and_its_code_is_not_shown_as_ours() {
    let claim = Some(Arc::new(Claim { installation: "elsewhere".into(), ..owning("A") }));
    let previous = WhatsAppQrCodeStatus {
        claim: claim.clone(),
        code: Some("A".into()),
        ..WhatsAppQrCodeStatus::default()
    };
    let status =
        of_code(&plan(Step::Nothing, Reason::ClaimedElsewhere), &previous, None, Presence::Unknown, 0);
    assert_eq!((status.claim, status.code), (claim, None));
    assert!(status.previous_codes.is_empty(), "it did not end");
}

fn observed(state: ReviewState) -> tpl::Observed {
    tpl::Observed {
        id: "7".into(),
        name: "order".into(),
        language: "en".into(),
        category: "MARKETING".into(),
        previous_category: None,
        correct_category: None,
        state,
        reason: (state == ReviewState::Rejected).then(|| "TAG_CONTENT_MISMATCH".into()),
        quality: Some("GREEN".into()),
        content: None,
    }
}

fn submitted(edits: &[i64]) -> Claim {
    Claim {
        template_id: Some("7".into()),
        content_hash: Some("v1:12".into()),
        edits: edits.iter().map(|hours| whole_seconds(at(hours * 3600))).collect(),
        ..Claim::default()
    }
}

fn of_template(
    plan: &Plan,
    previous: &WhatsAppTemplateStatus,
    claim: &Claim,
    own: Presence<&tpl::Observed>,
) -> WhatsAppTemplateStatus {
    let capabilities = Some(&META);
    let claim = &Arc::new(claim.clone());
    template(Template { plan, previous, claim: Some(claim), own, capabilities, generation: 1, now: at(0) })
}

#[test]
fn a_template_tells_its_review() {
    for (state, want, reason) in [
        (ReviewState::Approved, "True", "Approved"),
        (ReviewState::Pending, "False", "InReview"),
        (ReviewState::Rejected, "False", "Rejected"),
        (ReviewState::Paused, "False", "Paused"),
        (ReviewState::Disabled, "False", "Disabled"),
        (ReviewState::Archived, "False", "Archived"),
        (ReviewState::Unknown, "Unknown", "Observing"),
    ] {
        let before = WhatsAppTemplateStatus::default();
        let status = of_template(&live(), &before, &submitted(&[]), Presence::Here(&observed(state)));
        let approved = status.conditions.iter().find(|condition| condition.type_ == "Approved").unwrap();
        assert_eq!((approved.status.as_str(), approved.reason.as_str()), (want, reason));
        assert_eq!(approved.message.contains("TAG_CONTENT_MISMATCH"), state == ReviewState::Rejected);
        assert_eq!(status.review.as_ref().unwrap().state, state);
        assert_eq!(status.category.as_deref(), Some("MARKETING"), "the provider's");
        assert_eq!(
            (status.template_id.as_deref(), status.submitted_hash.as_deref()),
            (Some("7"), Some("v1:12"))
        );
        let unknown = of_template(&live(), &status, &submitted(&[]), Presence::Unknown);
        assert_eq!(unknown, status, "what was seen last stands");
        let absent = of_template(&live(), &status, &submitted(&[]), Presence::Absent);
        assert_eq!((absent.review, said(&absent.conditions).contains("Approved")), (None, false));
    }
}

#[test]
fn a_foreign_template_of_the_same_name_is_not_ours_to_tell() {
    let other = tpl::Observed { id: "8".into(), ..observed(ReviewState::Approved) };
    let status =
        of_template(&live(), &WhatsAppTemplateStatus::default(), &submitted(&[]), Presence::Here(&other));
    assert_eq!((status.review, status.category), (None, None));
}

#[test]
fn claim_12_edits_are_counted_from_the_claim() {
    let day = 24;
    let ten: Vec<i64> = (1..=10).map(|number| -number * 2 * day).collect();
    for (edits, capabilities, used, next, why) in [
        (vec![], &META, Some(0), None, "none is used"),
        (vec![-5], &META, Some(1), Some(day - 5), "one a day"),
        (vec![-25], &META, Some(1), Some(-1), "a time in the past stays where it is"),
        (ten, &META, Some(10), Some((30 - 20) * day), "ten in thirty days: the oldest makes room"),
        (vec![-31 * day], &META, Some(0), Some(-30 * day), "an old one counts no more"),
        (vec![-1], &ALIBABA, None, None, "a provider without a quota"),
    ] {
        let (plan, previous, claim) =
            (live(), WhatsAppTemplateStatus::default(), Arc::new(submitted(&edits)));
        let status = template(Template {
            plan: &plan,
            previous: &previous,
            claim: Some(&claim),
            own: Presence::Unknown,
            capabilities: Some(capabilities),
            generation: 1,
            now: at(0),
        });
        let got = status.edits.as_ref().map(|edits| edits.used);
        let next_at = status.edits.and_then(|edits| edits.next_at);
        assert_eq!(got, used, "{why}");
        assert_eq!(next_at, next.map(|hours| whole_seconds(at(hours * 3600))), "{why}");
    }
}

#[test]
fn promise_04_the_same_facts_give_the_same_bytes() {
    let claim = Arc::new(submitted(&[-3]));
    let own = observed(ReviewState::Pending);
    let waiting = plan(Step::Wait { until: at(300) }, Reason::InReview);
    let later = plan(Step::Wait { until: at(900) }, Reason::InReview);
    let first = of_template(&waiting, &WhatsAppTemplateStatus::default(), &claim, Presence::Here(&own));
    let stored: WhatsAppTemplateStatus =
        serde_json::from_value(serde_json::to_value(&first).unwrap()).unwrap();
    assert_eq!(stored, first, "nothing in it that a store does not keep");
    let second = template(Template {
        plan: &later,
        previous: &stored,
        claim: Some(&claim),
        own: Presence::Here(&own),
        capabilities: Some(&META),
        generation: 1,
        now: at(600),
    });
    assert_eq!(serde_json::to_string(&second).unwrap(), serde_json::to_string(&first).unwrap());
}
