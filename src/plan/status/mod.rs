//! What an object's status says: conditions after kstatus, and what was learned of the provider.
//!
//! Which conditions there are, and when: [`CONDITIONS`].
//!
//! The same facts give the same status, byte by byte, so that nothing is written while nothing happens: times move
//! only when a condition flips, a link with a new signature is no news, and while waops only looks
//! ([`Reason::Observing`]) the last word about this generation stands.

mod account;
mod qr_code;
mod template;

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

pub use account::{ACCOUNT_REASONS, Access, Account, CONNECTED, account};
pub use qr_code::{QrCode, qr_code};
pub use template::{Template, template};

use super::reason::{Progress, Reason};
use super::step::{Note, Plan, Step};
use super::words::{LEFT_OUT, cut, printable};
use crate::api::Condition;

/// Each condition, when it is present, and what it means when it is true.
pub const CONDITIONS: [(&str, &str, &str); 10] = [
    ("Ready", "always", "it is as written, and can be used"),
    ("Synced", "always", "the provider has what the manifest says; `Unknown` where nobody knows"),
    ("Approved", "on templates that the provider has", "the provider approved it, so that it can be sent"),
    ("Reconciling", "when true", "it will get there by itself"),
    ("Stalled", "when true", "it needs somebody"),
    ("ChangeBlocked", "when true", "a change waits for a decision; the message has the lines that decide"),
    ("Drifted", "when true", "somebody else changed it at the provider; the message has the fields"),
    ("Conflict", "when true", "another object, account or installation has what this one wants"),
    ("DeletionBlocked", "when true", "the deletion waits for something; the message says for what"),
    (
        "OutputBlocked",
        "on QR codes, when true",
        "the ConfigMap of `spec.output` is somebody else's, or a right to look after it is missing; the code is \
         not concerned",
    ),
];

/// A message has at most so many bytes.
const MESSAGE: usize = 1024;

/// What one condition says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    type_: &'static str,
    status: &'static str,
    reason: Reason,
    message: String,
}

impl Verdict {
    fn new(type_: &'static str, status: Option<bool>, reason: Reason, message: impl Into<String>) -> Self {
        let status = match status {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        };
        Self { type_, status, reason, message: message.into() }
    }
}

/// The conditions that follow from a plan.
pub fn conditions(plan: &Plan, previous: &[Condition], generation: i64, now: Timestamp) -> Vec<Condition> {
    settle(verdicts(plan), plan, previous, generation, now)
}

/// Verdicts as conditions: an unchanged status keeps its time, and mere looking keeps everything.
fn settle(
    verdicts: Vec<Verdict>,
    plan: &Plan,
    previous: &[Condition],
    generation: i64,
    now: Timestamp,
) -> Vec<Condition> {
    let said = previous
        .iter()
        .any(|condition| condition.type_ == "Ready" && condition.observed_generation == Some(generation));
    if said && plan.reason == Reason::Observing {
        return previous.to_vec();
    }
    let is_held = plan.reason.progress() == Progress::Held;
    let condition = |verdict: Verdict| {
        let verdict = if is_held { held(verdict, plan, previous) } else { verdict };
        let before = previous
            .iter()
            .find(|condition| condition.type_ == verdict.type_ && condition.status == verdict.status);
        Condition {
            last_transition_time: before
                .map_or_else(|| whole_seconds(now), |before| before.last_transition_time.clone()),
            message: cut(&printable(&verdict.message), MESSAGE).into(),
            observed_generation: Some(generation),
            reason: verdict.reason.name().into(),
            status: verdict.status.into(),
            type_: verdict.type_.into(),
        }
    };
    verdicts.into_iter().map(condition).collect()
}

/// Nobody asks the provider about an object that is held still: it is as it was, unless the manifest wants what was
/// never delivered.
fn held(verdict: Verdict, plan: &Plan, previous: &[Condition]) -> Verdict {
    if !["Ready", "Synced"].contains(&verdict.type_) {
        return verdict;
    }
    let last = previous.iter().find(|condition| condition.type_ == verdict.type_);
    let status = match last.map(|last| last.status.as_str()) {
        _ if !plan.differences.is_empty() => "False",
        Some("True") => "True",
        Some("False") => "False",
        _ => "Unknown",
    };
    Verdict { status, ..verdict }
}

fn verdicts(plan: &Plan) -> Vec<Verdict> {
    let reason = plan.reason;
    let progress = reason.progress();
    let message = message(plan);
    let mut verdicts = vec![
        Verdict::new("Ready", Some(progress == Progress::Ready), reason, &message),
        Verdict::new(
            "Synced",
            plan.delivered(),
            reason,
            difference(plan).unwrap_or_else(|| reason.page().title.to_owned()),
        ),
    ];
    match progress {
        Progress::Ready | Progress::Held => {}
        Progress::Reconciling => verdicts.push(Verdict::new("Reconciling", Some(true), reason, &message)),
        Progress::Stalled => verdicts.push(Verdict::new("Stalled", Some(true), reason, &message)),
    }
    let said = if matches!(plan.step, Step::Conflict { .. }) { Some("Conflict") } else { reason.condition() };
    if said == Some("Drifted") || plan.notes.contains(&Note::Drifted) {
        let what = difference(plan).unwrap_or_else(|| Note::Drifted.to_string());
        verdicts.push(Verdict::new("Drifted", Some(true), Reason::Drifted, what));
    }
    if let Some(said) = said.filter(|said| *said != "Drifted") {
        verdicts.push(Verdict::new(said, Some(true), reason, message));
    }
    verdicts
}

/// The plan of whoever only looks: what it would do, and what that would cost, is said and not done. Where nothing but a
/// claim would be tidied, the object stands as it is.
pub fn looking(plan: Plan) -> Plan {
    let does = matches!(plan.step, Step::Call { .. } | Step::Keep { .. } | Step::Release(_));
    if !does || plan.reason.progress() != Progress::Reconciling {
        return plan;
    }
    let mut message = format!("would be done, but this operator only looks: {}", plan.message);
    for consequence in &plan.consequences {
        let _ = write!(message, "; {consequence}");
    }
    Plan { message, ..plan }
}

/// The plan's sentence, what else should be known, and the lines that decide. These come whole even where the rest
/// must be cut: without them nobody can go on.
fn message(plan: &Plan) -> String {
    let mut message = plan.message.clone();
    for note in plan.notes.iter().filter(|note| !matches!(note, Note::Drifted | Note::HandsOver(_))) {
        let _ = write!(message, "; {note}");
    }
    let how: Vec<&str> = match &plan.step {
        Step::Blocked { how } => {
            how.iter().map(String::as_str).filter(|line| !plan.message.contains(*line)).collect()
        }
        _ => Vec::new(),
    };
    asking(&message, &how)
}

/// Stands before the lines that decide.
const DECIDE: &str = "; to decide, add one of: ";
/// Stands between them.
const OR: &str = " | ";

/// A message with the lines that decide.
pub fn asking(message: &str, how: &[&str]) -> String {
    if how.is_empty() {
        return message.to_owned();
    }
    let how = cut(&printable(&format!("{DECIDE}{}", how.join(OR))), MESSAGE / 2);
    format!("{}{how}", cut(&printable(message), MESSAGE - how.len()))
}

/// A message without the lines that decide, and those. One that was cut off decides nothing.
pub fn asked(message: &str) -> (&str, Vec<&str>) {
    let Some((message, lines)) = message.rsplit_once(DECIDE) else { return (message, Vec::new()) };
    let lines = lines.split(OR).filter(|line| !line.ends_with(LEFT_OUT));
    (message, lines.collect())
}

/// What a message of one that is as written says besides.
pub fn besides(message: &str) -> Option<&str> {
    message.split_once("; ").map(|(_, notes)| notes)
}

/// The differing fields, where there are any.
fn difference(plan: &Plan) -> Option<String> {
    let fields: Vec<String> = plan.differences.iter().map(ToString::to_string).collect();
    (!fields.is_empty()).then(|| fields.join("; "))
}

/// A time as Kubernetes writes it: what is stored reads back the same.
pub(crate) fn whole_seconds(at: Timestamp) -> Time {
    Time(at - SignedDuration::from_nanos(i64::from(at.subsec_nanosecond())))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
