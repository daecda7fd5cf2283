//! What every part of the plan asks of a situation.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::Situation;
use crate::api::{Claim, Intent, Operation};
use crate::plan::facts::Account;
use crate::plan::reason::Reason;
use crate::plan::status::whole_seconds;
use crate::plan::step::{Difference, Look, Plan, Step};
use crate::qr_code::{Desired, Phone, content_hash};

/// A situation in which calls can be made.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// Everything.
    pub(super) of: &'a Situation<'a>,
    /// The account, which is ready.
    pub(super) account: &'a Account<'a>,
    /// What the object owns or was about to.
    pub(super) claim: Option<&'a Claim>,
}

impl Case<'_> {
    /// Nothing is known of a code that should be: a new list tells, or nothing does for now.
    pub(super) fn unseen(&self, reason: Reason) -> Plan {
        self.suspicious().unwrap_or_else(|| {
            // Where nothing is known at all, a list that is under way is as good as another one after it.
            let since = self.of.seen.listed.map_or(self.stale_before(), |_| self.of.times.now);
            Plan::new(Step::Look(Look::List(since)), reason, "the provider's codes are listed anew")
        })
    }

    /// What is missing may well be there (claims.md 9).
    pub(super) fn suspicious(&self) -> Option<Plan> {
        let suspicious = self.account.suspicious?;
        let why = suspicious.why.as_str();
        // Only further lists can agree.
        if !self.listed_since(self.stale_before()) {
            let look = Look::List(self.stale_before());
            return Some(Plan::new(Step::Look(look), Reason::AccountSuspicious, why));
        }
        Some(blocked(Reason::AccountSuspicious, vec![suspicious.line.clone()], why))
    }

    /// What follows once two lists lack it (claims.md 5 and 9), and how that comes about.
    pub(super) fn missing(
        &self,
        claim: &Claim,
        since: Timestamp,
        says: (Reason, &str),
        then: impl FnOnce() -> Plan,
    ) -> Plan {
        if let Some(plan) = self.suspicious() {
            return plan;
        }
        let (of, (reason, message)) = (self.of, says);
        let listed = of.seen.listed.unwrap_or(Timestamp::MIN);
        let look = Look::twice(of.memory, &of.times, claim, since, listed);
        look.map_or_else(then, |step| Plan::new(step, reason, message))
    }

    /// The claim from which the next one is made.
    pub(super) fn base(&self) -> Claim {
        let subject = &self.of.subject;
        let mut claim = self.claim.cloned().unwrap_or_else(|| Claim {
            installation: subject.installation.into(),
            uid: subject.uid.into(),
            object: subject.key.object().into(),
            account: subject.account.into(),
            identity: self.account.identity.into(),
            ..Claim::default()
        });
        if claim.phone.is_none() {
            claim.phone = self.of.phone.map(Into::into);
        }
        claim
    }

    /// The intent to send what is desired.
    pub(super) fn intent(&self, operation: Operation, from: Option<&str>, desired: &Desired) -> Intent {
        Intent {
            operation,
            from: from.map(str::to_owned),
            text_hash: content_hash(&desired.message),
            same_text: self.known_before(),
            absent_at: self.of.seen.listed.map(whole_seconds),
            deadline: self.deadline(),
        }
    }

    /// The intent to delete a code. Nothing is sent, so its hash is empty and meets no content's.
    pub(super) fn intent_to_delete(&self, code: &str) -> Intent {
        Intent {
            operation: Operation::Delete,
            from: Some(code.to_owned()),
            text_hash: String::new(),
            same_text: Vec::new(),
            absent_at: None,
            deadline: self.deadline(),
        }
    }

    /// Codes that cannot be what a call is about to make, even if their owners let them go meanwhile.
    fn known_before(&self) -> Vec<String> {
        let unclaimed = self.of.seen.same_text.iter().map(|code| code.code.to_string());
        let claimed = self.of.peers.iter().filter_map(|peer| peer.claim?.code.clone());
        let mut codes: Vec<String> = unclaimed.chain(claimed).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    fn deadline(&self) -> Time {
        Time(self.of.times.latest())
    }

    /// Whether the last list is as new as this.
    pub(super) fn listed_since(&self, time: Timestamp) -> bool {
        self.of.seen.listed.is_some_and(|listed| listed >= time)
    }

    /// Older lists than this do not say that all is well.
    pub(super) fn stale_before(&self) -> Timestamp {
        self.of.times.now.checked_sub(self.of.times.drift).unwrap_or(Timestamp::MIN)
    }
}

/// A person decides. Without lines, an event elsewhere brings it on.
pub(super) fn blocked(reason: Reason, how: Vec<String>, message: impl Into<String>) -> Plan {
    Plan::new(Step::Blocked { how }, reason, message)
}

/// Everything that a new code has: where it is first, then what it says.
pub(super) fn made(desired: &Desired) -> Vec<Difference> {
    let (field, number) = match &desired.phone {
        Phone::Number(digits) => ("phoneNumber", format!("+{digits}")),
        Phone::Id(id) => ("phoneNumberId", id.clone()),
    };
    let phone = Difference { field: field.to_owned(), from: None, to: Some(number) };
    std::iter::once(phone).chain(text(None, Some(&desired.message))).collect()
}

/// The change of the only field that can change.
pub(super) fn text(from: Option<&str>, to: Option<&str>) -> Vec<Difference> {
    let (from, to) = (from.map(str::to_owned), to.map(str::to_owned));
    vec![Difference { field: "prefilledMessage".to_owned(), from, to }]
}

/// The lines that take over one of these codes.
pub(super) fn adopting<'a>(codes: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    // A code that YAML would read as a number is a text all the same.
    let written =
        |code: &str| if code.parse::<f64>().is_ok() { format!("\"{code}\"") } else { code.to_owned() };
    codes.into_iter().map(|code| format!("adopt: {{code: {}}}", written(code))).collect()
}
