//! One call on its way through the simulator: its clocks, and what goes wrong with it.

use super::faults::Fault;
use super::request::{Request, Response};
use super::shelf::Shelf;
use super::state::State;
use super::time::{Clock, HOUR};

/// A call that is being executed.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) clock: Clock,
    pub(crate) conditions: Conditions,
}

/// Faults that a face must express in its own words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    list_age_ms: i64,
    list_keep: Option<usize>,
    pub(crate) old_code_stays: bool,
    pub(crate) refusal: Option<Refusal>,
}

/// Why a call is refused although nothing is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// The provider is broken.
    Broken(u16),
    /// Too many calls, with a hint when to come back.
    Throttled(Option<u64>),
    /// No permission any more.
    Forbidden,
}

impl Call<'_> {
    /// What a list shows: all that lives, or what lag and faults leave of it.
    pub(crate) fn visible<'s, T: Clone>(&self, state: &State, things: Option<&'s Shelf<T>>) -> Vec<&'s T> {
        let Some(things) = things else { return Vec::new() };
        let age = state.settings.list_lag_ms.max(self.conditions.list_age_ms).min(HOUR);
        let mut shown: Vec<_> =
            if age > 0 { things.as_of(self.clock.now.plus(-age)).collect() } else { things.live().collect() };
        shown.truncate(self.conditions.list_keep.unwrap_or(usize::MAX));
        shown
    }
}

/// What the faults make of a call.
#[derive(Debug, Default)]
pub(crate) struct Course {
    pub(crate) delay_ms: u64,
    pub(crate) execution: Execution,
    pub(crate) delivery: Delivery,
    pub(crate) skew_seconds: i64,
    pub(crate) conditions: Conditions,
    pub(crate) changes: Vec<super::Change>,
}

/// When a call is executed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Execution {
    #[default]
    Now,
    Never,
    Later(i64),
}

/// How much of the answer arrives.
#[derive(Debug, Default)]
pub(crate) enum Delivery {
    #[default]
    Whole,
    Half,
    Silence,
    Reset,
    Instead(Response),
}

impl Course {
    pub(crate) fn of(faults: Vec<Fault>) -> Self {
        let mut course = Self::default();
        for fault in faults {
            course.take(fault);
        }
        course
    }

    fn take(&mut self, fault: Fault) {
        match fault {
            Fault::Latency { ms } => self.delay_ms = self.delay_ms.saturating_add(ms),
            Fault::TimeoutBefore => self.end(Execution::Never, Delivery::Silence),
            Fault::TimeoutAfter => self.delivery = Delivery::Silence,
            Fault::LateExecution { after_ms } => self.end(Execution::Later(after_ms), Delivery::Silence),
            Fault::ResetBefore => self.end(Execution::Never, Delivery::Reset),
            Fault::LostResponse => self.delivery = Delivery::Reset,
            Fault::ServerError { status } => self.conditions.refusal = Some(Refusal::Broken(status)),
            Fault::Throttle { retry_after_ms } => {
                self.conditions.refusal = Some(Refusal::Throttled(retry_after_ms));
            }
            Fault::ProxyHtml { status } => self.end(Execution::Never, Delivery::Instead(proxy_page(status))),
            Fault::TruncatedJson => self.delivery = Delivery::Half,
            Fault::StaleList { ms } => self.conditions.list_age_ms = ms,
            Fault::PartialList { keep } => self.conditions.list_keep = Some(keep),
            Fault::ClockSkew { seconds } => self.skew_seconds = seconds,
            Fault::ForeignChange(change) => self.changes.push(change),
            Fault::PermissionWithdrawn => self.conditions.refusal = Some(Refusal::Forbidden),
            Fault::OldCodeStays => {
                self.conditions.old_code_stays = true;
                self.delivery = Delivery::Reset;
            }
        }
    }

    fn end(&mut self, execution: Execution, delivery: Delivery) {
        self.execution = execution;
        self.delivery = delivery;
    }
}

fn proxy_page(status: u16) -> Response {
    let page =
        "<html><head><title>Bad Gateway</title></head><body><h1>The proxy is not amused</h1></body></html>";
    Response::new(status, "text/html", page)
}
