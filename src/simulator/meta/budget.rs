//! The hourly budget of a WABA, and the header that tells of it (providers.md B5).

use serde_json::json;

use super::super::call::Call;
use super::super::state::State;
use super::super::time::MINUTE;
use super::auth::Caller;
use super::error::GraphError;

pub(super) const HEADER: &str = "x-business-use-case-usage";

/// Counts a call; returns the usage header, or refuses with it.
pub(super) fn spend(
    state: &mut State,
    call: &Call<'_>,
    caller: &Caller,
    waba: &str,
) -> Result<String, GraphError> {
    // 200 an hour for an app and a WABA; 5,000 with a registered number.
    let active = state
        .meta
        .wabas
        .iter()
        .any(|known| known.id == waba && known.phones.iter().any(|phone| phone.verified));
    let limit = if active { 5_000 } else { 200 };
    let name = format!("meta/{}/{waba}", caller.app.id);
    let window = state.settings.meta.budget_window_ms;
    let used = state.windows.count(&name, window, call.clock.now);
    // A refused call counts too: "further calls extend the wait".
    state.windows.note(&name, call.clock.now);
    let refused = used >= limit && state.settings.limits;
    let wait = if refused { state.windows.wait(&name, limit, window, call.clock.now) } else { 0 };
    let share = (used.saturating_add(1)).saturating_mul(100) / limit;
    if refused { Err(refusal(state, waba, share, wait)) } else { Ok(usage(waba, share, wait)) }
}

/// The refusal that a fault asks for: somebody else has spent it all.
pub(super) fn spent(state: &State, waba: &str, wait_ms: Option<u64>) -> GraphError {
    refusal(state, waba, 100, wait_ms.and_then(|wait| i64::try_from(wait).ok()).unwrap_or_default())
}

/// `Retry-After` is nowhere documented; the usage header says how long (B5).
fn refusal(state: &State, waba: &str, share: usize, wait: i64) -> GraphError {
    GraphError::throttled(state).with_header(HEADER, usage(waba, share, wait))
}

fn usage(waba: &str, share: usize, wait: i64) -> String {
    json!({ waba: [{
        "type": "whatsapp",
        "call_count": share,
        "total_cputime": share / 4,
        "total_time": share / 4,
        // Minutes (trap 23).
        "estimated_time_to_regain_access": wait.saturating_add(MINUTE - 1) / MINUTE,
    }] })
    .to_string()
}
