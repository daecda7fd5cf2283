//! What goes wrong between a client and a provider, on demand.

use serde::{Deserialize, Serialize};

use super::Provider;
use super::changes::Change;
use super::matching::glob;
use super::random::Random;
use super::request::Request;

/// One thing that goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// The answer takes longer.
    Latency {
        /// By how much.
        ms: u64,
    },
    /// The call hangs, and was never executed.
    TimeoutBefore,
    /// The call was executed, and hangs.
    TimeoutAfter,
    /// The call hangs, and is executed later, when nobody listens any more.
    LateExecution {
        /// How much later.
        after_ms: i64,
    },
    /// The connection breaks before anything was executed.
    ResetBefore,
    /// The call was executed, and its answer is lost with the connection.
    LostResponse,
    /// The provider answers with a 5xx of its own, executing nothing.
    ServerError {
        /// 500, 502, 503 or 504.
        status: u16,
    },
    /// The provider refuses by rate, whatever was used.
    Throttle {
        /// What it says about when to come back, Alibaba in milliseconds and Meta in whole minutes; nothing with none.
        retry_after_ms: Option<u64>,
    },
    /// A proxy answers with a page of its own, executing nothing.
    ProxyHtml {
        /// 200, 403, 502, ...
        status: u16,
    },
    /// The call is executed, and half of the answer arrives.
    TruncatedJson,
    /// A list shows the world as it was.
    StaleList {
        /// How long ago; at most an hour.
        ms: i64,
    },
    /// A list shows only its first things, and claims to be complete.
    PartialList {
        /// How many.
        keep: usize,
    },
    /// The provider's clock is wrong for this call.
    ClockSkew {
        /// By how many seconds.
        seconds: i64,
    },
    /// Somebody else changes something just before the call is executed.
    ForeignChange(Change),
    /// An administrator has just taken the permission away.
    PermissionWithdrawn,
    /// An update that gives another code ends half-way: the old code lives on beside it, and no answer comes.
    OldCodeStays,
}

impl Fault {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "Latency",
            Self::TimeoutBefore => "TimeoutBefore",
            Self::TimeoutAfter => "TimeoutAfter",
            Self::LateExecution { .. } => "LateExecution",
            Self::ResetBefore => "ResetBefore",
            Self::LostResponse => "LostResponse",
            Self::ServerError { .. } => "ServerError",
            Self::Throttle { .. } => "Throttle",
            Self::ProxyHtml { .. } => "ProxyHtml",
            Self::TruncatedJson => "TruncatedJson",
            Self::StaleList { .. } => "StaleList",
            Self::PartialList { .. } => "PartialList",
            Self::ClockSkew { .. } => "ClockSkew",
            Self::ForeignChange(_) => "ForeignChange",
            Self::PermissionWithdrawn => "PermissionWithdrawn",
            Self::OldCodeStays => "OldCodeStays",
        }
    }
}

/// When a fault happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultRule {
    /// At this provider only.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// In these operations: `CreatePhoneMessageQrdl`, `POST message_qrdls`; `*` stands for anything.
    #[serde(default)]
    pub operation: Option<String>,
    /// Where target or body hold this text.
    #[serde(default)]
    pub contains: Option<String>,
    /// How many matching calls pass before it starts.
    #[serde(default)]
    pub skip: u32,
    /// How often it happens; without end when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is, each time. Drawn from the seed.
    #[serde(default = "always")]
    pub probability: f64,
    /// What happens.
    pub fault: Fault,
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// A fault that happens to the next call of an operation.
    pub fn once(operation: &str, fault: Fault) -> Self {
        Self { times: Some(1), ..Self::every(operation, fault) }
    }

    /// A fault that happens to every call of an operation.
    pub fn every(operation: &str, fault: Fault) -> Self {
        Self {
            provider: None,
            operation: Some(operation.to_owned()),
            contains: None,
            skip: 0,
            times: None,
            probability: 1.0,
            fault,
        }
    }

    fn matches(&self, provider: Provider, operation: &str, request: &Request) -> bool {
        self.provider.is_none_or(|wanted| wanted == provider)
            && self.operation.as_deref().is_none_or(|pattern| glob(pattern, operation))
            && self.contains.as_deref().is_none_or(|text| {
                request.path.contains(text)
                    || request.query.contains(text)
                    || String::from_utf8_lossy(&request.body).contains(text)
            })
    }

    /// Counts a matching call; says whether the fault happens to it.
    fn strikes(&mut self, random: &mut Random) -> bool {
        if self.times == Some(0) {
            return false;
        }
        if let Some(left) = self.skip.checked_sub(1) {
            self.skip = left;
            return false;
        }
        if !random.chance(self.probability) {
            return false;
        }
        self.times = self.times.map(|times| times.saturating_sub(1));
        true
    }
}

/// Everything that goes wrong with this call, in the order of the rules.
pub(crate) fn strike(
    rules: &mut Vec<FaultRule>,
    random: &mut Random,
    provider: Provider,
    operation: &str,
    request: &Request,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for rule in rules.iter_mut() {
        if rule.matches(provider, operation, request) && rule.strikes(random) {
            faults.push(rule.fault.clone());
        }
    }
    rules.retain(|rule| rule.times != Some(0));
    faults
}
