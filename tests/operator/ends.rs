//! Being told to end, killed, and stopped.

use std::process::Command;
use std::time::{Duration, Instant};

use kube::config::Kubeconfig;
use serde_json::{Value, json};
use waops::simulator::Fault;

use crate::house::{CREATE, House, define, defined, manifest, poster};
use crate::kubelet::{Kubelet, free_port};
use crate::proxy::{Fault as LineFault, Proxy, Target, upstream};
use crate::support::control_plane::ControlPlane;

/// Longer than a call may take: what would be sent late is sent within this.
const LATE: Duration = Duration::from_secs(5);
/// A kubelet ends who is stopped for long, and then nobody wakes up.
const UNPROBED: &str = "livenessProbe.failureThreshold=1000";

#[test]
fn promise_08_killed_between_intent_and_record_it_makes_one_code() {
    let house = House::new(defined(), "killed");
    house.ready("waacc/shop");
    house.inject(CREATE, Fault::TimeoutAfter, 1);
    house.code("poster", "Hello");
    house.until("the call", || (house.calls(CREATE) == 1).then_some(()));
    let claim = &house.get("waqr/poster")["metadata"]["annotations"]["waops.dev/claim"];
    assert!(claim.as_str().unwrap().contains("intent"), "{claim}");
    Kubelet::signal(house.kubelet.pid(), "KILL");
    house.ready("waqr/poster");
    let code = house.get("waqr/poster")["status"]["code"].clone();
    assert_eq!(house.codes(), [code.as_str().unwrap()], "the one that was made");
    assert_eq!(house.calls(CREATE), 1, "nothing was made again");
}

#[test]
fn promise_08_sigterm_ends_it_within_its_deadline_whatever_it_does() {
    let house = House::new(defined(), "ended");
    house.ready("waacc/shop");
    house.inject(CREATE, Fault::TimeoutBefore, u32::MAX);
    house.code("poster", "Hello");
    house.until("the call", || (house.calls(CREATE) > 0).then_some(()));
    // The grace is five seconds, and giving back the lease has two more.
    ends_within(&house, Duration::from_secs(8));
}

#[test]
fn promise_08_sigterm_ends_it_before_there_is_anything_to_look_after() {
    let plane = ControlPlane::start();
    let house = House::prepared(&plane, "early");
    let port = free_port();
    house.install_early("waops", port, &["crds.install=false"]);
    let missing = "whatsappqrcodes.waops.dev is not defined; install the chart waops-crds";
    house.until("what is missing to be named", || house.kubelet.logs().contains(missing).then_some(()));
    ends_within(&house, Duration::from_secs(2));

    // The next one waits as well, says so to whoever asks, and goes on when it is there.
    let probe = || {
        let url = format!("http://127.0.0.1:{port}/readyz");
        Command::new(env!("CARGO_BIN_EXE_waops")).args(["probe", &url]).output().unwrap()
    };
    house.until("the same at /readyz", || {
        let said = String::from_utf8_lossy(&probe().stderr).into_owned();
        (said.contains("503") && said.contains(missing)).then_some(())
    });
    assert_eq!(house.page(port, "healthz"), "alive\n", "to be started anew would not help");
    let waits = house.kubelet.pid();
    define(&plane);
    house.account();
    house.code("poster", "Hello");
    house.ready("waacc/shop");
    house.ready("waqr/poster");
    house.until("/readyz to say so", || probe().status.success().then_some(()));
    assert_eq!(house.kubelet.pid(), waits, "the same process goes on");
}

#[test]
fn promise_08_who_hangs_is_started_anew_and_works() {
    let house = House::prepared(defined(), "hangs");
    // Nobody asks at first: a start takes its time, too.
    let probe = "livenessProbe.periodSeconds=1,livenessProbe.timeoutSeconds=2,livenessProbe.failureThreshold=2,\
                 livenessProbe.initialDelaySeconds=5";
    house.install(&["watchNamespaces={hangs}", "graceSeconds=1", probe]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let hangs = house.kubelet.pid();
    let stopped = Instant::now();
    Kubelet::signal(hangs, "STOP");
    house.code("flyer", "Hello again");
    house.until("another process", || house.kubelet.pids().values().any(|pid| *pid != hangs).then_some(()));
    let grace = Duration::from_secs(11);
    assert!(stopped.elapsed() > grace, "first it is told, and given time: {:?}", stopped.elapsed());
    house.ready("waqr/flyer");
    let restarts = "--output=jsonpath={.items[*].status.containerStatuses[0].restartCount}";
    let restarts = house.plane.kubectl(&["--namespace=hangs-system", "get", "pods", restarts]).success();
    assert_ne!(restarts, "0", "in the same pod");
    assert_eq!(house.codes().len(), 2);
}

#[track_caller]
fn ends_within(house: &House<'_>, deadline: Duration) {
    let pid = house.kubelet.pid();
    let told = Instant::now();
    Kubelet::signal(pid, "TERM");
    house.until("the process to end", || {
        (!house.kubelet.pids().values().any(|other| *other == pid)).then_some(())
    });
    assert!(told.elapsed() < deadline, "{:?}\n{}", told.elapsed(), house.kubelet.logs());
}

#[test]
fn claim_03_a_leader_that_was_stopped_does_nothing_when_it_wakes_up() {
    let house = House::prepared(defined(), "stopped");
    let values = ["watchNamespaces={stopped}", "leaderElection.leaseName=one", UNPROBED];
    house.install_as("first", free_port(), &values);
    let first = house.kubelet.pid();
    house.install_as("second", free_port(), &values);
    house.account();
    house.ready("waacc/shop");
    house.inject(CREATE, Fault::Latency { ms: 40 }, u32::MAX);
    let count = 30;
    let all: Vec<Value> = (0..count)
        .map(|number| {
            manifest("WhatsAppQrCode", &format!("poster-{number}"), &poster(&format!("Hello {number}")))
        })
        .collect();
    house.apply(&json!({"apiVersion": "v1", "kind": "List", "items": all}));
    // Some are made, some are under way, some have their intent alone.
    house.until("the first codes", || (house.codes().len() > 2).then_some(()));
    Kubelet::signal(first, "STOP");
    let stopped_with = house.codes().len();
    for number in 0..count {
        house.ready(&format!("waqr/poster-{number}"));
    }
    let codes = house.codes();
    assert_eq!(codes.len(), count, "one for each; {stopped_with} were made when the leader stopped");
    wakes_up(&house, first);
    assert_eq!(house.codes(), codes);
}

/// What is held up is the answer to the intent, and once its leader is stopped it is let go.
#[test]
fn claim_03_a_leader_that_was_stopped_between_intent_and_call_sends_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kubeconfig = Kubeconfig::read_from(defined().kubeconfig()).unwrap();
    let server = defined().server_url();
    let line = runtime.block_on(Proxy::start(server, upstream(&kubeconfig)));
    let held_up = line.url.clone();
    let way = move |pod: &str| if pod.starts_with("first") { held_up.clone() } else { server.to_owned() };
    let house = House::prepared_with_way(defined(), "between", Box::new(way));
    let values = ["watchNamespaces={between}", "leaderElection.leaseName=one", UNPROBED];
    house.install_as("first", free_port(), &values);
    let first = house.kubelet.pid();
    house.install_as("second", free_port(), &values);
    house.account();
    house.ready("waacc/shop");
    line.order(Target::Write, LineFault::Held);
    house.code("poster", "Hello");
    house.until("the intent", || {
        let claim = house.get("waqr/poster")["metadata"]["annotations"]["waops.dev/claim"].clone();
        claim.as_str()?.contains("intent").then_some(())
    });
    Kubelet::signal(first, "STOP");
    assert_eq!(house.calls(CREATE), 0, "its leader waits for the answer to the intent");
    line.let_go();
    house.ready("waqr/poster");
    assert_eq!(house.calls(CREATE), 1, "the second one finds out that nothing was made, and makes it");
    wakes_up(&house, first);
    assert_eq!(house.codes().len(), 1);
}

/// A leader that was stopped wakes up, and nothing is sent after its time.
#[track_caller]
fn wakes_up(house: &House<'_>, leader: u32) {
    let creates = house.calls(CREATE);
    Kubelet::signal(leader, "CONT");
    house.until("it to see that it is over", || {
        house.kubelet.logs().contains("the lease is lost").then_some(())
    });
    house.nothing_happens_for(LATE, "nothing is sent late", || house.calls(CREATE));
    assert_eq!(house.calls(CREATE), creates, "nothing was sent after its time");
}
