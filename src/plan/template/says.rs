//! The shapes that plans come in, and the sentences that more than one place says.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api::Claim;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::step::{Consequence, Kept, Look, Plan, Released, Step};

/// What a suspended object says.
pub(super) const SUSPENDED: &str = "held still by suspend; remove it to go on";

/// A complete list of this time or later.
pub(super) fn list(since: Timestamp) -> Plan {
    Plan::new(Step::Look(Look::List(since)), Reason::Observing, "the provider's templates are listed")
}

/// The template by itself, at this time or later.
pub(super) fn read(since: Timestamp) -> Plan {
    Plan::new(Step::Look(Look::Exact(since)), Reason::Observing, "the template is read from the provider")
}

/// The same to find out what became of an intent.
pub(super) fn resolving(plan: Plan) -> Plan {
    Plan {
        reason: Reason::Resolving,
        message: "nobody knows yet what became of the last call; it is found out".to_owned(),
        ..plan
    }
}

/// The claim changes.
pub(super) fn keep(claim: Claim, why: Kept, message: impl Into<String>) -> Plan {
    let reason = match why {
        Kept::Adopted | Kept::Inherited(_) | Kept::TakenOver => Reason::Adopting,
        Kept::Yielded(_) => Reason::Taken,
        Kept::Done | Kept::NotDone => Reason::Resolving,
        Kept::Vanished => Reason::Creating,
        Kept::Restored | Kept::Tidied => Reason::Observing,
    };
    Plan::new(Step::Keep { claim: Arc::new(claim), why }, reason, message)
}

/// Nothing before a person decides.
pub(super) fn blocked<const N: usize>(reason: Reason, message: impl Into<String>, how: [String; N]) -> Plan {
    Plan::new(Step::Blocked { how: how.into() }, reason, message)
}

/// Another object has it.
pub(super) fn conflict(reason: Reason, message: impl Into<String>, with: Option<&Key>) -> Plan {
    Plan::new(Step::Conflict { with: with.cloned() }, reason, message)
}

/// Nothing before this time.
pub(super) fn wait(until: Timestamp, reason: Reason, message: impl Into<String>) -> Plan {
    Plan::new(Step::Wait { until }, reason, message)
}

/// The object is let go, and perhaps leaves something at the provider.
pub(super) fn release(why: Released, left: Option<String>, message: impl Into<String>) -> Plan {
    let mut plan = Plan::new(Step::Release(why), Reason::Released, message);
    plan.consequences.extend(left.map(Consequence::LeavesBehind));
    plan
}

/// A line that decides about a policy.
pub(super) fn policy(name: &str, value: &str) -> String {
    format!("policies: {{{name}: {value}}}")
}
