//! What went wrong before holds a call back.

use super::Situation;
use super::sight::blocked;
use crate::api::Operation;
use crate::plan::facts::Trouble;
use crate::plan::reason::Reason;
use crate::plan::step::{Plan, Step};
use crate::provider::error::Class;

/// Content that was refused is not sent again until it changes, and nothing is called before its time.
pub(super) fn back(of: &Situation<'_>, plan: Plan) -> Plan {
    let sent = match &plan.step {
        Step::Look(_) => None,
        Step::Call { claim, .. } => claim.intent.as_ref(),
        _ => return plan,
    };
    let refused = of.subject.standing.ours().and_then(|claim| claim.refused.as_ref());
    if let (Some(intent), Some(refused)) = (sent, refused)
        && intent.operation != Operation::Delete
        && refused.hash == intent.text_hash
    {
        let refusal = blocked(Reason::Refused, Vec::new(), refused.why.as_str());
        return Plan { step: refusal.step, reason: refusal.reason, message: refusal.message, ..plan };
    }
    match &of.memory.trouble {
        Some(trouble) if applies(of, trouble, sent.map(|intent| intent.text_hash.as_str())) => {
            waiting(of, trouble, plan)
        }
        _ => plan,
    }
}

/// Trouble with one content leaves other content alone; trouble with the account or its quota does not. A call that
/// failed keeps nobody from looking.
fn applies(of: &Situation<'_>, trouble: &Trouble, sent: Option<&str>) -> bool {
    let general = matches!(trouble.class, Class::Throttled { .. } | Class::Slow | Class::Credentials);
    let same = trouble.hash.is_none() || trouble.hash.as_deref() == sent;
    of.times.now < trouble.not_before && (same || (general && sent.is_some()))
}

/// A routine look that fails does not make a live code less live.
fn waiting(of: &Situation<'_>, trouble: &Trouble, plan: Plan) -> Plan {
    let step = Step::Wait { until: trouble.not_before };
    let reason = match trouble.class {
        _ if plan.reason == Reason::Live => return Plan { step, ..plan },
        Class::Slow | Class::Credentials | Class::Terminal if of.subject.deleting.is_some() => {
            Reason::DeletionBlocked
        }
        Class::Throttled { .. } | Class::Slow | Class::Credentials => Reason::ProviderSaysWait,
        _ => Reason::Retrying,
    };
    Plan { step, reason, message: trouble.why.clone(), ..plan }
}
