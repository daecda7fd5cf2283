//! The conditions of an account.

use jiff::Timestamp;

use super::{MESSAGE, whole_seconds};
use crate::api::Condition;
use crate::plan::reason::Reason;
use crate::plan::words::{cut, printable};

/// What is said of an account of which nothing needs to be known.
pub const CONNECTED: &str = "calls to the provider succeed";

/// The reasons that are an account's own, and no states of objects: where they stand, what they mean, what to do.
pub const ACCOUNT_REASONS: [(&str, &str, &str, &str); 3] = [
    (
        "Connected",
        "`Ready` is true",
        "A verified call to the provider succeeded. The message warns of what will end soon, such as a token.",
        "Nothing, or renew what the message warns of.",
    ),
    (
        "NotConnected",
        "`Ready` is false, `Reconciling` is true",
        "Nothing can be called, and its objects hold still. The message says what is missing: a Secret, a key \
         in it, a permission at the provider, a right of the operator.",
        "Bring what the message says. It is tried again at growing intervals, and at once when the Secret or the \
         account changes.",
    ),
    (
        "ObjectsRemain",
        "`DeletionBlocked` is true",
        "The account is to go, and objects of its namespace still need it; the message names them.",
        "Delete them, or let them go with `waops release`.",
    ),
];

/// How an account stands with its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// It can be called; perhaps something is to be known.
    Works(Option<&'a str>),
    /// It can be called, and its lists are too empty to be true.
    Doubted(&'a str),
    /// Its manifest cannot be read.
    Invalid(&'a str),
    /// It cannot be called, and is tried again.
    Closed(&'a str),
    /// Nobody calls it.
    Suspended(&'a str),
}

/// What the conditions of an account follow from.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// How it stands with its provider.
    pub access: Access<'a>,
    /// The objects that its deletion waits for, where it does.
    pub waits_for: Option<&'a str>,
    /// The conditions as they stand.
    pub previous: &'a [Condition],
    /// The generation that they are about.
    pub generation: i64,
    /// Now.
    pub now: Timestamp,
}

/// The conditions of an account.
pub fn account(facts: Account<'_>) -> Vec<Condition> {
    let Account { access, waits_for, .. } = facts;
    let (status, reason, message) = match access {
        Access::Works(warning) => ("True", "Connected", warning.unwrap_or(CONNECTED)),
        Access::Doubted(why) => ("False", Reason::AccountSuspicious.name(), why),
        Access::Invalid(why) => ("False", Reason::Invalid.name(), why),
        Access::Closed(why) => ("False", "NotConnected", why),
        // Whoever waits for it would wait until somebody takes that back.
        Access::Suspended(why) => (facts.was("Ready"), Reason::Suspended.name(), why),
    };
    let mut conditions = vec![facts.condition("Ready", status, reason, message)];
    match access {
        Access::Closed(_) => conditions.push(facts.condition("Reconciling", "True", reason, message)),
        Access::Doubted(_) | Access::Invalid(_) => {
            conditions.push(facts.condition("Stalled", "True", reason, message));
        }
        Access::Works(_) | Access::Suspended(_) => {}
    }
    conditions.extend(waits_for.map(|names| {
        let message = format!(
            "objects of its namespace need it: {names}; delete them, or let them go with `waops release`"
        );
        facts.condition("DeletionBlocked", "True", "ObjectsRemain", &message)
    }));
    conditions
}

impl Account<'_> {
    fn before(&self, type_: &str) -> Option<&Condition> {
        self.previous.iter().find(|condition| condition.type_ == type_)
    }

    /// What a condition said last.
    fn was(&self, type_: &str) -> &'static str {
        match self.before(type_).map(|before| before.status.as_str()) {
            Some("True") => "True",
            Some("False") => "False",
            _ => "Unknown",
        }
    }

    fn condition(&self, type_: &str, status: &str, reason: &str, message: &str) -> Condition {
        let before = self.before(type_).filter(|before| before.status == status);
        Condition {
            type_: type_.into(),
            status: status.into(),
            reason: reason.into(),
            message: cut(&printable(message), MESSAGE).into(),
            observed_generation: Some(self.generation),
            last_transition_time: before
                .map_or_else(|| whole_seconds(self.now), |before| before.last_transition_time.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + seconds, 0).unwrap()
    }

    fn said(access: Access<'_>, waits_for: Option<&str>, previous: &[Condition]) -> Vec<Condition> {
        account(Account { access, waits_for, previous, generation: 2, now: at(60) })
    }

    fn words(conditions: &[Condition]) -> String {
        let word = |condition: &Condition| format!("{}={}", condition.type_, condition.status);
        conditions.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn who_waits_for_an_account_learns_whether_it_will_come_by_itself() {
        let works = said(Access::Works(None), None, &[]);
        for (access, waits_for, want, why) in [
            (Access::Works(Some("the token ends soon")), None, "Ready=True", "a warning is no trouble"),
            (Access::Closed("no Secret shop"), None, "Ready=False Reconciling=True", "it is tried again"),
            (Access::Doubted("50 of 50 are gone"), None, "Ready=False Stalled=True", "somebody must look"),
            (Access::Invalid("no provider"), None, "Ready=False Stalled=True", "somebody must correct it"),
            (
                Access::Works(None),
                Some("a/b"),
                "Ready=True DeletionBlocked=True",
                "it works as long as it is there",
            ),
        ] {
            assert_eq!(words(&said(access, waits_for, &works)), want, "{why}");
        }
    }

    #[test]
    fn every_reason_has_its_place_in_the_reference() {
        let accesses = [
            Access::Works(None),
            Access::Doubted("x"),
            Access::Invalid("x"),
            Access::Closed("x"),
            Access::Suspended("x"),
        ];
        for condition in accesses.into_iter().flat_map(|access| said(access, Some("a/b"), &[])) {
            let reason = condition.reason.as_str();
            let is_own = ACCOUNT_REASONS.iter().any(|(name, ..)| *name == reason);
            assert!(is_own || Reason::from_name(reason).is_some(), "{reason}");
        }
    }

    #[test]
    fn a_suspended_account_is_as_ready_as_it_was() {
        for (before, want) in
            [(Some(Access::Works(None)), "True"), (Some(Access::Closed("x")), "False"), (None, "Unknown")]
        {
            let before = before.map(|access| said(access, None, &[])).unwrap_or_default();
            let after = said(Access::Suspended("held"), None, &before);
            assert_eq!(words(&after), format!("Ready={want}"), "{before:?}");
            assert_eq!(after[0].reason, "Suspended");
            assert_eq!(words(&said(Access::Suspended("held"), None, &after)), words(&after), "and stays so");
        }
    }

    #[test]
    fn a_time_moves_only_when_a_condition_flips() {
        let facts = |access, now| Account { access, waits_for: None, previous: &[], generation: 1, now };
        let first = account(facts(Access::Closed("x"), at(0)));
        let later = said(Access::Closed("y"), None, &first);
        assert_eq!(later[0].last_transition_time.0, at(0));
        assert_eq!(said(Access::Works(None), None, &later)[0].last_transition_time.0, at(60));
    }
}
