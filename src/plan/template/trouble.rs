//! A call that failed is not made again before its time.

use super::{Situation, says};
use crate::plan::facts::Trouble;
use crate::plan::reason::Reason;
use crate::plan::status::whole_seconds;
use crate::plan::step::{Call, Plan, Step};
use crate::plan::words::date;
use crate::provider::error::Class;

/// The plan, or the wait that stands before its call.
pub(super) fn gate(plan: Plan, situation: &Situation<'_>) -> Plan {
    let trouble = situation.memory.trouble.as_ref();
    let Some(trouble) = trouble.filter(|trouble| trouble.not_before > situation.times.now) else {
        return plan;
    };
    let holds = match &plan.step {
        Step::Call { claim, .. } => {
            let sent = claim.intent.as_ref().map(|intent| intent.text_hash.as_str());
            !is_about_content(trouble) || trouble.hash.as_deref() == sent
        }
        // A call that failed keeps nobody from looking.
        Step::Look(_) => trouble.hash.is_none(),
        _ => false,
    };
    if !holds {
        return plan;
    }
    let deleting = situation.subject.deleting.is_some();
    // Nothing changes what a provider said for good, so that somebody is to know what ends it.
    let step = if deleting && trouble.class == Class::Terminal {
        Step::Blocked { how: vec![says::policy("deletion", "Retain")] }
    } else {
        Step::Wait { until: trouble.not_before }
    };
    let next = match trouble.free.filter(|_| trouble.class == Class::NameLocked) {
        Some(free) => {
            format!("the name is free on {} at the latest, and is tried again until then", date(free))
        }
        None => format!("tried again at {}", whole_seconds(trouble.not_before).0),
    };
    Plan {
        step,
        reason: reason(trouble.class, &plan.step, deleting),
        message: format!("{}; {next}", trouble.why),
        ..plan
    }
}

/// Whether other content may go at once: not where the account, a quota or the name is the trouble.
fn is_about_content(trouble: &Trouble) -> bool {
    trouble.hash.is_some() && matches!(trouble.class, Class::Transient | Class::Terminal)
}

fn reason(class: Class, step: &Step, deleting: bool) -> Reason {
    match class {
        Class::Slow | Class::NoEdit | Class::Credentials | Class::Terminal if deleting => {
            Reason::DeletionBlocked
        }
        Class::NoEdit if matches!(step, Step::Call { call: Call::Update(_), .. }) => Reason::EditsUsedUp,
        Class::Throttled { .. } | Class::Slow | Class::NoEdit => Reason::ProviderSaysWait,
        Class::NameLocked => Reason::NameLocked,
        Class::Credentials => Reason::AccountNotReady,
        Class::Transient | Class::Terminal | Class::NotFound { .. } | Class::AlreadyExists => {
            Reason::Retrying
        }
    }
}
