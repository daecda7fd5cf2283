//! The hourly budget of a WABA, and the header that tells of it (providers.md B5).

use serde_json::json;

use super::super::call::Call;
use super::super::state::State;
use super::super::time::MINUTE;
use super::auth::Caller;
use super::error::GraphError;

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
    let header = json!({ waba: [{
        "type": "whatsapp",
        "call_count": share,
        "total_cputime": share / 4,
        "total_time": share / 4,
        // Minutes (trap 23).
        "estimated_time_to_regain_access": wait.saturating_add(MINUTE - 1) / MINUTE,
    }] })
    .to_string();
    if refused {
        let error = GraphError::throttled(state, None);
        return Err(error.with_header("x-business-use-case-usage", header));
    }
    Ok(header)
}
