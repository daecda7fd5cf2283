//! What goes wrong, and whether it hit work in flight.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use waops::simulator::{Fault as ProviderFault, FaultRule, Provider, Request};

use crate::proxy::{Fault, Target};
use crate::random::Random;
use crate::stage::Stage;

/// How long a fault waits for something to strike.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than a leader leads without renewing, and than a candidate waits.
const TERM: Duration = Duration::from_secs(18);

/// A kind of disruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    OperatorKilled,
    OperatorTold,
    OperatorStopped,
    ApiServerKilled,
    ApiServerStalled,
    EtcdKilled,
    Partitioned,
    PartitionedSilently,
    ConnectionsBroken,
    Conflict,
    Error,
    ErrorAfterwards,
    TooMany,
    Silence,
    SilenceAfterwards,
    Cut,
    CutAfterwards,
    LeaseError,
    ProviderError,
    ProviderThrottles,
    ProviderTimeout,
    ProviderLate,
    ProviderAnswerLost,
    ProviderReset,
}

impl Kind {
    /// Everything, with how often it happens at least: in a short campaign, in a full one.
    pub(crate) const ALL: [(Self, &'static str, usize, usize); 24] = [
        (Self::OperatorKilled, "operator: kill -9 of the leader", 3, 30),
        (Self::OperatorTold, "operator: SIGTERM, the other leads", 1, 8),
        (Self::OperatorStopped, "operator: SIGSTOP until the other leads, SIGCONT", 1, 6),
        (Self::ApiServerKilled, "API server: kill -9", 2, 12),
        (Self::ApiServerStalled, "API server: stalls (SIGSTOP, SIGCONT)", 1, 6),
        (Self::EtcdKilled, "etcd: kill -9", 2, 12),
        (Self::Partitioned, "partition of the leader, connections refused for seconds", 1, 6),
        (Self::PartitionedSilently, "partition of the leader, silent, until the other leads", 1, 6),
        (Self::ConnectionsBroken, "all connections of the leader break", 2, 10),
        (Self::Conflict, "API server answers a write with 409", 2, 12),
        (Self::Error, "API server answers a write with 500", 2, 10),
        (Self::ErrorAfterwards, "API server answers 500 after it wrote", 2, 10),
        (Self::TooMany, "API server answers a write with 429", 2, 12),
        (Self::Silence, "a write gets no answer", 1, 6),
        (Self::SilenceAfterwards, "a write is made and gets no answer", 1, 6),
        (Self::Cut, "the connection of a write breaks before", 2, 8),
        (Self::CutAfterwards, "the connection of a write breaks after", 2, 10),
        (Self::LeaseError, "the renewal of the lease fails", 1, 6),
        (Self::ProviderError, "provider: 500 to a write", 2, 10),
        (Self::ProviderThrottles, "provider: 429 to a write", 2, 8),
        (Self::ProviderTimeout, "provider: timeout after the effect", 2, 10),
        (Self::ProviderLate, "provider: executed after the timeout", 1, 4),
        (Self::ProviderAnswerLost, "provider: answer lost with its connection", 2, 12),
        (Self::ProviderReset, "provider: connection breaks before", 1, 8),
    ];

    /// Whether it stops a process or a line for everybody, and not a single request.
    pub(crate) fn is_coarse(self) -> bool {
        self <= Self::ConnectionsBroken
    }
}

/// What one disruption met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Met {
    /// Objects that had work left.
    pub(crate) pending: usize,
    /// Objects with an intent that nobody had settled.
    pub(crate) intents: usize,
    /// Writes to objects on their way; for a fault of a single request that request.
    pub(crate) requests: usize,
}

impl Met {
    /// What a fault of a single request met: that request, if one came.
    fn request(stage: &Stage, came: bool) -> Self {
        let (pending, intents) = stage.cluster.pending();
        Self { pending, intents: if came { intents } else { 0 }, requests: usize::from(came) }
    }

    /// Whether it met work in flight: writes on their way, or intents that nobody had settled.
    pub(crate) fn work(self) -> bool {
        self.requests + self.intents > 0
    }
}

/// What the leader has in hand.
fn look(stage: &Stage, operator: usize) -> Met {
    let (pending, intents) = stage.cluster.pending();
    Met { pending, intents, requests: stage.proxy(operator).under_way() }
}

/// Disrupts once; a long campaign has time for what takes minutes.
pub(crate) async fn disrupt(stage: &Stage, kind: Kind, random: &mut Random, long: bool) -> Met {
    let leader = stage.some_leader().await;
    if kind.is_coarse() {
        // A moment of its own, and one at which the leader is at work.
        sleep(Duration::from_millis(random.next() % 700)).await;
        let start = Instant::now();
        while !look(stage, leader.operator).work() && start.elapsed() < PATIENCE {
            sleep(Duration::from_millis(2)).await;
        }
    }
    let pause = Duration::from_millis(3000 + random.next() % 4000);
    let met = look(stage, leader.operator);
    let proxy = stage.proxy(leader.operator);
    let reached = match kind {
        Kind::OperatorKilled => signal(leader.pid, "KILL"),
        Kind::OperatorTold => {
            let told = signal(leader.pid, "TERM");
            until_another_leads(stage, &leader.pod, leader.pid).await;
            told
        }
        Kind::OperatorStopped => {
            let stopped = signal(leader.pid, "STOP");
            until_another_leads(stage, &leader.pod, leader.pid).await;
            sleep(pause).await;
            stopped && signal(leader.pid, "CONT")
        }
        Kind::ApiServerKilled => signal(stage.plane.pid("kube-apiserver"), "KILL"),
        Kind::EtcdKilled => signal(stage.plane.pid("etcd"), "KILL"),
        Kind::ApiServerStalled => {
            let pid = stage.plane.pid("kube-apiserver");
            let stopped = signal(pid, "STOP");
            sleep(pause).await;
            stopped && signal(pid, "CONT")
        }
        Kind::Partitioned => {
            proxy.partition(false, pause).await;
            true
        }
        Kind::PartitionedSilently => {
            proxy.partition(true, TERM).await;
            true
        }
        Kind::ConnectionsBroken => proxy.cut(),
        _ => return one_request(stage, kind, random, leader.operator, long).await,
    };
    if reached { met } else { Met::default() }
}

/// Sends a signal; whether there was a process to get it, since what was killed a moment ago may not be back yet.
fn signal(pid: u32, signal: &str) -> bool {
    let mut kill = std::process::Command::new("kill");
    kill.args([&format!("-{signal}"), &pid.to_string()]).stderr(std::process::Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

async fn one_request(stage: &Stage, kind: Kind, random: &mut Random, operator: usize, long: bool) -> Met {
    let target = if kind == Kind::LeaseError { Target::Lease } else { Target::Write };
    let fault = match kind {
        Kind::Conflict => Fault::Conflict,
        Kind::Error | Kind::LeaseError => Fault::Error { written: false },
        Kind::ErrorAfterwards => Fault::Error { written: true },
        Kind::TooMany => Fault::TooMany,
        Kind::Silence => Fault::Silence { written: false },
        Kind::SilenceAfterwards => Fault::Silence { written: true },
        Kind::Cut => Fault::Cut { written: false },
        Kind::CutAfterwards => Fault::Cut { written: true },
        _ => return provider_fault(stage, kind, random, long).await,
    };
    let struck = stage.proxy(operator).strike(target, fault, PATIENCE).await;
    // To renew the lease is no work by itself.
    let is_work = target == Target::Write || stage.cluster.pending().0 > 0;
    Met::request(stage, struck && is_work)
}

/// The next write to a provider, of any kind.
async fn provider_fault(stage: &Stage, kind: Kind, random: &mut Random, long: bool) -> Met {
    let fault = match kind {
        Kind::ProviderError => ProviderFault::ServerError { status: 500 },
        Kind::ProviderThrottles => ProviderFault::Throttle { retry_after_ms: Some(1000) },
        Kind::ProviderTimeout => ProviderFault::TimeoutAfter,
        Kind::ProviderLate => ProviderFault::LateExecution { after_ms: 3300 },
        Kind::ProviderAnswerLost => ProviderFault::LostResponse,
        _ => ProviderFault::ResetBefore,
    };
    let (provider, operation) = match random.below(6) {
        // Meta asks for whole minutes, of which a short campaign has none to give.
        0 | 1 if long || kind != Kind::ProviderThrottles => (Provider::Meta, "POST message_qrdls"),
        2 => (Provider::Alibaba, "UpdatePhoneMessageQrdl"),
        3 => (Provider::Alibaba, "CreateChatappTemplate"),
        _ => (Provider::Alibaba, "CreatePhoneMessageQrdl"),
    };
    let rule = FaultRule { provider: Some(provider), ..FaultRule::once(operation, fault) };
    stage.simulator.simulator().inject(rule);
    let start = Instant::now();
    let waits = || {
        let faults = Request::new("GET", "/faults");
        let answer = stage.simulator.simulator().admin(&faults, jiff::Timestamp::now());
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()["faults"] != serde_json::json!([])
    };
    while waits() && start.elapsed() < PATIENCE {
        sleep(Duration::from_millis(20)).await;
    }
    let struck = !waits();
    let forget = Request::new("DELETE", "/faults");
    stage.simulator.simulator().admin(&forget, jiff::Timestamp::now());
    Met::request(stage, struck)
}

/// Until the other operator leads, or the same in another process.
async fn until_another_leads(stage: &Stage, pod: &str, pid: u32) {
    let start = Instant::now();
    while stage.leader().await.is_none_or(|leader| leader.pod == pod && leader.pid == pid) {
        assert!(start.elapsed() < Duration::from_secs(60), "nobody took over\n{}", stage.log_tail());
        sleep(Duration::from_millis(100)).await;
    }
}
