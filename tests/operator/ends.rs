//! Being told to end, killed, and stopped.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waops::simulator::Fault;

use crate::house::{CREATE, House, defined, manifest, poster};
use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::ControlPlane;
use crate::support::helm::{helm, succeeds};

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
    let kubeconfig = plane.kubeconfig().display().to_string();
    let port = format!("port={}", free_port());
    let bare = "--set=crds.install=false";
    let install = ["install", "waops", "charts/waops", "--namespace=early-system", bare, "--set", &port];
    succeeds(&helm(&install, Some(&kubeconfig)));
    let missing = "whatsappqrcodes.waops.dev is not defined; install the chart waops-crds";
    house.until("what is missing to be named", || house.kubelet.logs().contains(missing).then_some(()));
    ends_within(&house, Duration::from_secs(2));
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
    let values = ["watchNamespaces={stopped}", "leaderElection.leaseName=one"];
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
    let creates = house.calls(CREATE);
    Kubelet::signal(first, "CONT");
    house.until("the first to see that it is over", || {
        house.kubelet.logs().contains("the lease is lost").then_some(())
    });
    assert_eq!(codes.len(), count, "one for each; {stopped_with} were made when the leader stopped");
    assert_eq!(house.codes(), codes);
    assert_eq!(house.calls(CREATE), creates, "nothing was sent after its time");
}
