//! The operator as a cluster runs it: the chart's Deployment on a real control plane, against both simulated providers.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

#[path = "support/kubelet.rs"]
mod kubelet;
mod support;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use kubelet::{Kubelet, free_port};
use serde_json::{Value, json};
use support::control_plane::{ControlPlane, Output, poll};
use support::helm::{helm, succeeds};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Fault, FaultRule, sandbox};

const DEADLINE: Duration = Duration::from_secs(60);
const CREATE: &str = "POST message_qrdls";

/// A control plane that has the definitions.
fn defined() -> &'static ControlPlane {
    static DEFINED: LazyLock<ControlPlane> = LazyLock::new(|| {
        let plane = ControlPlane::start();
        define(&plane);
        plane
    });
    &DEFINED
}

fn define(plane: &ControlPlane) {
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", "charts/waops-crds", "--wait"], Some(&kubeconfig)));
    for kind in ["whatsappaccounts", "whatsappqrcodes", "whatsapptemplates"] {
        let crd = format!("crd/{kind}.waops.dev");
        plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).success();
    }
}

/// An operator of one namespace, and the providers that it calls.
struct House<'a> {
    plane: &'a ControlPlane,
    name: String,
    kubelet: Kubelet,
    simulator: Running,
    runtime: tokio::runtime::Runtime,
}

impl<'a> House<'a> {
    fn new(plane: &'a ControlPlane, name: &str) -> Self {
        let house = Self::prepared(plane, name);
        house.install(&[&format!("watchNamespaces={{{name}}}")]);
        house.account();
        house
    }

    /// Everything but the operator itself.
    fn prepared(plane: &'a ControlPlane, name: &str) -> Self {
        assert!(
            plane.has_controllers(),
            "a Deployment needs a kube-controller-manager in KUBEBUILDER_ASSETS"
        );
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let simulator = runtime.block_on(serve(ServeOptions::default())).unwrap();
        let system = format!("{name}-system");
        for namespace in [name, &system] {
            plane.kubectl(&["create", "namespace", namespace]).success();
        }
        // Nothing weaker is admitted: the pod of the chart is restricted as it is.
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        plane.kubectl(&["label", "namespace", &system, restricted]).success();
        let kubelet = Kubelet::start(plane, &system);
        Self { plane, name: name.to_owned(), kubelet, simulator, runtime }
    }

    fn install(&self, values: &[&str]) {
        self.install_as("waops", free_port(), values);
    }

    fn install_as(&self, release: &str, port: u16, values: &[&str]) {
        let port = format!("port={port}");
        let url = &self.simulator.url;
        let environment = format!(
            "extraEnv[0].name=WAOPS_META_ENDPOINT,extraEnv[0].value={url},\
             extraEnv[1].name=WAOPS_ALIBABA_ENDPOINT,extraEnv[1].value={url}"
        );
        let system = format!("--namespace={}-system", self.name);
        let mut arguments = vec!["install", release, "charts/waops", &system, "--wait", "--timeout=60s"];
        for value in [&port, &environment, "settleTime=1s", "extraArgs={--call-timeout=3s}", "graceSeconds=5"]
        {
            arguments.extend(["--set", value]);
        }
        for value in values {
            arguments.extend(["--set", value]);
        }
        let kubeconfig = self.plane.kubeconfig().display().to_string();
        let installed = helm(&arguments, Some(&kubeconfig));
        assert!(installed.status.success(), "{installed:?}\n{}", self.kubelet.logs());
    }

    fn kubectl(&self, arguments: &[&str]) -> Output {
        let namespace = format!("--namespace={}", self.name);
        let mut all = vec![namespace.as_str()];
        all.extend(arguments);
        self.plane.kubectl(&all)
    }

    #[track_caller]
    fn apply(&self, object: &Value) {
        let namespace = format!("--namespace={}", self.name);
        self.plane.kubectl_stdin(&[&namespace, "apply", "--filename=-"], &object.to_string()).success();
    }

    #[track_caller]
    fn account(&self) {
        let credentials = json!({"secretRef": {"name": "shop"}});
        self.apply(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"},
            "stringData": {"accessToken": sandbox::ACCESS_TOKEN},
        }));
        self.apply(&manifest(
            "WhatsAppAccount",
            "shop",
            &json!({
                "meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials},
            }),
        ));
    }

    #[track_caller]
    fn code(&self, name: &str, message: &str) {
        self.apply(&manifest("WhatsAppQrCode", name, &poster(message)));
    }

    #[track_caller]
    fn ready(&self, object: &str) {
        let said = self.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", object]);
        if !said.status.success() {
            let is = self.kubectl(&["get", object, "--output=yaml"]).stdout;
            panic!("{object} is not ready: {}\n{is}\n{}", said.stderr, self.kubelet.logs());
        }
    }

    fn get(&self, object: &str) -> Value {
        serde_json::from_str(&self.kubectl(&["get", object, "--output=json"]).success()).unwrap()
    }

    fn metrics(&self, port: u16) -> String {
        self.runtime.block_on(async {
            let Ok(answer) = reqwest::get(format!("http://127.0.0.1:{port}/metrics")).await else {
                return String::new();
            };
            answer.text().await.unwrap_or_default()
        })
    }

    /// Takes the rule for a resource out of a role; the role as it was.
    #[track_caller]
    fn without(&self, role: &str, resource: &str) -> Value {
        let system = format!("--namespace={}-system", self.name);
        let place = match role {
            "role/waops-lease" => system,
            _ => format!("--namespace={}", self.name),
        };
        let get = ["get", role, &place, "--output=json"];
        let mut was: Value = serde_json::from_str(&self.plane.kubectl(&get).success()).unwrap();
        was["metadata"].as_object_mut().unwrap().remove("resourceVersion");
        let mut less = was.clone();
        let rules = less["rules"].as_array_mut().unwrap();
        let before = rules.len();
        rules.retain(|rule| !rule["resources"].as_array().unwrap().contains(&json!(resource)));
        assert!(rules.len() < before, "{role} has a rule for {resource}");
        self.plane.kubectl_stdin(&["replace", "--filename=-"], &less.to_string()).success();
        was
    }

    /// Waits until nobody has a turn.
    #[track_caller]
    fn rests(&self, port: u16) {
        self.until("the queue to rest", || {
            let metrics = self.metrics(port);
            let is_empty = |state: &str| metrics.contains(&format!("waops_queue{{state=\"{state}\"}} 0\n"));
            (metrics.contains("waops_leader 1\n") && is_empty("ready") && is_empty("running")).then_some(())
        });
    }

    /// Waits until the annotation of a QR code says what its status says.
    #[track_caller]
    fn settled(&self, name: &str) {
        self.until("the annotation to be settled", || {
            let object = self.get(&format!("waqr/{name}"));
            let claim = object["metadata"]["annotations"]["waops.dev/claim"].as_str()?;
            let claim: Value = serde_json::from_str(claim).ok()?;
            (claim == object["status"]["claim"]).then_some(())
        });
    }

    /// Every write to a QR code that a pod asked for, refused ones included, as the API server noted it.
    fn writes(&self, name: &str) -> Vec<String> {
        let log = std::fs::read_to_string(self.plane.dir().join("audit.log")).unwrap();
        let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let ours = events.filter(|event| {
            let (what, who) = (&event["objectRef"], event["user"]["username"].as_str().unwrap_or_default());
            what["resource"] == "whatsappqrcodes"
                && what["namespace"] == self.name.as_str()
                && what["name"] == name
                && who.starts_with("system:serviceaccount:")
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        ours.map(|event| {
            format!("{} {}", text(&event["verb"]), text(&event["objectRef"]["subresource"])).trim().to_owned()
        })
        .collect()
    }

    /// All live codes at the provider.
    fn codes(&self) -> Vec<String> {
        let objects = self.simulator.simulator().objects();
        let lists = objects["codes"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap());
        lists.map(|code| code["code"].as_str().unwrap().to_owned()).collect()
    }

    fn calls(&self, operation: &str) -> usize {
        let journal = self.simulator.simulator().journal(0);
        journal.iter().filter(|entry| entry.operation == operation).count()
    }

    fn inject(&self, operation: &str, fault: Fault, times: u32) {
        self.simulator.simulator().inject(FaultRule {
            provider: None,
            operation: Some(operation.to_owned()),
            contains: None,
            skip: 0,
            times: Some(times),
            probability: 1.0,
            fault,
        });
    }

    #[track_caller]
    fn until<T>(&self, what: &str, condition: impl FnMut() -> Option<T>) -> T {
        poll(DEADLINE, condition).unwrap_or_else(|| {
            let events = self.kubectl(&["get", "events"]).stdout;
            panic!("waited {DEADLINE:?} for {what}\n{events}\n{}", self.kubelet.logs())
        })
    }
}

fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "waops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn poster(message: &str) -> Value {
    json!({"accountRef": {"name": "shop"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER), "prefilledMessage": message})
}

#[test]
fn a_code_on_a_poster_from_an_empty_cluster() {
    let plane = ControlPlane::start();
    let house = House::prepared(&plane, "marketing");
    define(&plane);
    let port = free_port();
    house.install_as("waops", port, &[]);
    house.account();
    let mut spec = poster("Hi! I saw your poster.");
    spec["output"] = json!({"configMapName": "poster-qr"});
    house.apply(&manifest("WhatsAppQrCode", "poster", &spec));
    house.ready("waacc/shop");
    house.ready("waqr/poster");
    let code = house.get("waqr/poster")["status"]["code"].as_str().unwrap().to_owned();
    assert_eq!(house.codes(), [code.as_str()]);
    let map = house.until("the output", || {
        let found = house.kubectl(&["get", "configmap/poster-qr", "--output=json"]);
        serde_json::from_str::<Value>(&found.stdout).ok()
    });
    assert_eq!(map["data"]["code"], code.as_str());
    assert!(map["data"]["qr.svg"].as_str().unwrap().starts_with("<svg"), "{map}");
    house.until("the story in kubectl describe", || {
        let story = house.kubectl(&["describe", "waqr/poster"]).stdout;
        (story.contains("Created") && story.contains("Live")).then_some(())
    });
    let metrics = house.metrics(port);
    for line in [
        "waops_leader 1",
        "waops_objects{kind=\"WhatsAppQrCode\",reason=\"Live\"} 1",
        "waops_objects{kind=\"WhatsAppAccount\",reason=\"Connected\"} 1",
        "waops_provider_calls_total{operation=\"CreateQrCode\",lane=\"user-edit\",outcome=\"done\"} 1",
        "waops_queue{state=\"running\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("poster"), "no label is the name of an object");
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    assert!(house.codes().is_empty(), "a person deleted it");
}

#[test]
fn promise_04_a_code_takes_two_writes_until_it_is_ready_three_in_all_and_none_after() {
    let house = House::prepared(defined(), "writes");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={writes}"]);
    house.account();
    house.ready("waacc/shop");
    let names: Vec<String> = (0..40).map(|number| format!("poster-{number}")).collect();
    let all: Vec<Value> = names
        .iter()
        .map(|name| manifest("WhatsAppQrCode", name, &poster(&format!("Hello from {name}"))))
        .collect();
    house.apply(&json!({"apiVersion": "v1", "kind": "List", "items": all}));
    for name in &names {
        house.ready(&format!("waqr/{name}"));
        house.settled(name);
    }
    house.rests(port);
    for name in &names {
        assert_eq!(house.writes(name), ["patch", "patch status", "patch"], "{name}: intent, record, settled");
    }
    assert_eq!(house.codes().len(), names.len());
    house.kubectl(&["annotate", "waqr/poster-0", "waops.dev/reconcile-at=now"]).success();
    // A later object is ready only after the look that was asked for: the queue is in order.
    house.code("flyer", "Hello again");
    house.ready("waqr/flyer");
    house.rests(port);
    assert_eq!(house.writes("poster-0").len(), 3, "nothing to say, nothing written");
}

#[test]
fn a_restart_looks_and_changes_nothing() {
    let house = House::prepared(defined(), "restarted");
    let port = free_port();
    house.install_as("waops", port, &["watchNamespaces={restarted}"]);
    house.account();
    let names: Vec<String> = (0..12).map(|number| format!("poster-{number}")).collect();
    for name in &names {
        house.code(name, &format!("Hello from {name}"));
    }
    for name in &names {
        house.ready(&format!("waqr/{name}"));
        house.settled(name);
    }
    house.rests(port);
    let calls = || house.simulator.simulator().journal(0).len();
    let before = calls();
    Kubelet::signal(house.kubelet.pid(), "KILL");
    house.until("the next start", || {
        (house.kubelet.logs().matches("everything was read").count() == 2).then_some(())
    });
    house.rests(port);
    let made = calls() - before;
    assert!(made <= 4, "{made} calls: whether the credentials work, the phone number, one page of codes");
    for name in &names {
        assert_eq!(house.writes(name).len(), 3, "{name}: nothing was written");
    }
}

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
fn claim_18_what_goes_with_its_namespace_stays_at_the_provider() {
    let house = House::new(defined(), "collateral");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let codes = house.codes();
    assert_eq!(codes.len(), 1);
    let gone = house.plane.kubectl(&["delete", "namespace", "collateral", "--timeout=60s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    assert_eq!(house.codes(), codes, "collateral never deletes");
}

#[test]
fn claim_06_a_claim_that_was_replaced_away_comes_back() {
    let house = House::new(defined(), "replaced");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let code = house.get("waqr/poster")["status"]["code"].clone();
    let plain = manifest("WhatsAppQrCode", "poster", &poster("Hello"));
    let replaced =
        house.plane.kubectl_stdin(&["--namespace=replaced", "replace", "--filename=-"], &plain.to_string());
    replaced.success();
    house.until("finalizer and annotation", || {
        let metadata = house.get("waqr/poster")["metadata"].clone();
        let has = metadata["finalizers"] == json!(["waops.dev/claim"]);
        (has && metadata["annotations"]["waops.dev/claim"].is_string()).then_some(())
    });
    house.ready("waqr/poster");
    assert_eq!(house.get("waqr/poster")["status"]["code"], code);
    assert_eq!(house.calls(CREATE), 1);
}

#[test]
fn promise_07_a_malformed_object_stalls_nobody() {
    let plane = ControlPlane::start();
    define(&plane);
    // As after an upgrade that made the schema stricter than what is stored.
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let patch = json!([
        {"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec", "value": open},
        {"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/required"},
        {"op": "remove", "path": "/spec/versions/0/selectableFields"},
    ]);
    let crd = "crd/whatsappqrcodes.waops.dev";
    plane.kubectl(&["patch", crd, "--type=json", "--patch", &patch.to_string()]).success();
    let house = House::prepared(&plane, "malformed");
    let wrong = manifest("WhatsAppQrCode", "wrong", &json!({"accountRef": ["shop"], "prefilledMessage": 7}));
    house.until("the looser definition", || {
        let namespace = "--namespace=malformed";
        let said = plane.kubectl_stdin(&[namespace, "apply", "--filename=-"], &wrong.to_string());
        said.status.success().then_some(())
    });
    house.install(&[]);
    house.account();
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    assert_eq!(house.codes().len(), 1);
    house.until("what is wrong to be said", || {
        let story = house.kubectl(&["describe", "waqr/wrong"]).stdout;
        (story.contains("Invalid") && story.contains("kubectl explain")).then_some(())
    });
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
    let install = ["install", "waops", "charts/waops", "--namespace=early-system", "--set", &port];
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

/// What makes a missing right show.
enum Trigger {
    Restart,
    Code,
    Account,
    Delete,
}

#[test]
fn every_right_is_needed_and_named_when_it_is_missing() {
    let house = House::new(defined(), "rights");
    house.ready("waacc/shop");
    let cluster = "clusterrole/rights-system-waops";
    let (namespaced, lease) = ("role/rights-system-waops", "role/waops-lease");
    let here = "in namespace rights";
    for (number, (role, resource, trigger, named)) in [
        (
            namespaced,
            "whatsappqrcodes/status",
            Trigger::Code,
            format!("patch whatsappqrcodes.waops.dev/status {here}"),
        ),
        (cluster, "whatsappqrcodes", Trigger::Code, format!("patch whatsappqrcodes.waops.dev {here}")),
        (namespaced, "configmaps", Trigger::Code, format!("get configmaps {here}")),
        (namespaced, "events", Trigger::Code, format!("create or patch events.events.k8s.io {here}")),
        (namespaced, "secrets", Trigger::Account, format!("get secrets {here}")),
        (
            cluster,
            "customresourcedefinitions",
            Trigger::Delete,
            "get customresourcedefinitions.apiextensions.k8s.io".to_owned(),
        ),
        (namespaced, "whatsappaccounts", Trigger::Restart, format!("list whatsappaccounts.waops.dev {here}")),
        (cluster, "namespaces", Trigger::Restart, "get namespaces in namespace kube-system".to_owned()),
        (
            lease,
            "leases",
            Trigger::Restart,
            "get leases.coordination.k8s.io in namespace rights-system".to_owned(),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let was = house.without(role, resource);
        match trigger {
            Trigger::Restart => Kubelet::signal(house.kubelet.pid(), "KILL"),
            Trigger::Code => {
                let mut spec = poster(&format!("Hello {number}"));
                spec["output"] = json!({"configMapName": format!("output-{number}")});
                house.apply(&manifest("WhatsAppQrCode", &format!("poster-{number}"), &spec));
            }
            Trigger::Account => {
                let credentials = json!({"secretRef": {"name": "shop"}});
                let spec =
                    json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}});
                house.apply(&manifest("WhatsAppAccount", "second", &spec));
            }
            Trigger::Delete => drop(house.kubectl(&["delete", "waqr/poster-0", "--wait=false"]).success()),
        }
        let named = format!("not allowed to {named}");
        house.until(&named, || {
            let told = ["get", "events,waacc", "--output=json"];
            (house.kubelet.logs().contains(&named) || house.kubectl(&told).stdout.contains(&named))
                .then_some(())
        });
        house.plane.kubectl_stdin(&["replace", "--filename=-"], &was.to_string()).success();
    }
    house.ready("waacc/second");
    house.ready("waqr/poster-1");
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

#[test]
fn an_output_follows_its_code_and_never_overwrites_what_is_not_ours() {
    let house = House::new(defined(), "outputs");
    house.apply(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "chat"},
        "stringData": {"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET},
    }));
    house.apply(&manifest("WhatsAppAccount", "chat", &json!({
        "alibaba": {"custSpaceId": sandbox::CUST_SPACE_ID, "credentials": {"secretRef": {"name": "chat"}}},
        "policies": {"update": "Automatic"},
    })));
    house.kubectl(&["create", "configmap", "theirs", "--from-literal=precious=data"]).success();
    let code = |name: &str, message: &str, output: &str| {
        let mut spec = poster(message);
        spec["accountRef"] = json!({"name": "chat"});
        spec["output"] = json!({"configMapName": output});
        spec["image"] = json!({"format": "PNG"});
        house.apply(&manifest("WhatsAppQrCode", name, &spec));
    };
    let written = |output: &str| {
        let found = house.kubectl(&["get", "configmap", output, "--output=json"]);
        serde_json::from_str::<Value>(&found.stdout).ok()
    };
    code("poster", "Hello", "ours");
    code("flyer", "Hello again", "theirs");
    house.ready("waqr/poster");
    house.ready("waqr/flyer");
    let before = house.get("waqr/poster")["status"]["code"].clone();
    house.until("the output", || (written("ours")?["data"]["code"] == before).then_some(()));
    assert!(written("ours").unwrap()["binaryData"]["qr.png"].is_string());
    code("poster", "Hello to you", "ours");
    let after = house.until("another code", || {
        let now = house.get("waqr/poster")["status"]["code"].clone();
        (now != before).then_some(now)
    });
    house.until("the output to follow", || (written("ours")?["data"]["code"] == after).then_some(()));
    house.until("a word about the other", || {
        house.kubectl(&["describe", "waqr/flyer"]).stdout.contains("OutputTaken").then_some(())
    });
    assert_eq!(written("theirs").unwrap()["data"], json!({"precious": "data"}));
    house.kubectl(&["delete", "waqr/poster", "--timeout=60s"]).success();
    house.until("the output to go with its object", || written("ours").is_none().then_some(()));
}

#[test]
fn looking_only_it_says_what_it_would_do_and_does_nothing() {
    let house = House::prepared(defined(), "looking");
    house.install(&["watchNamespaces={looking}", "readOnly=true"]);
    house.account();
    house.code("poster", "Hello");
    house.until("the plan in the status", || {
        let object = house.get("waqr/poster");
        let ready =
            object["status"]["conditions"].as_array()?.iter().find(|found| found["type"] == "Ready")?.clone();
        (ready["reason"] == "Creating").then_some(())
    });
    assert_eq!(house.calls(CREATE), 0);
    assert!(house.get("waqr/poster")["metadata"]["finalizers"].is_null(), "it holds nothing");
}

#[test]
fn the_operators_own_credentials_are_for_namespaces_that_a_flag_names() {
    for (name, values, want) in [
        ("ambient-no", vec![], "this namespace may not use the operator's own credentials"),
        ("ambient-yes", vec!["ambientCredentialsNamespaces={ambient-yes}"], "calls to the provider succeed"),
    ] {
        let house = House::prepared(defined(), name);
        let watched = format!("watchNamespaces={{{name}}}");
        let token =
            format!("extraEnv[2].name=WHATSAPP_ACCESS_TOKEN,extraEnv[2].value={}", sandbox::ACCESS_TOKEN);
        let values: Vec<&str> = values.into_iter().chain([watched.as_str(), &token]).collect();
        house.install(&values);
        let spec = json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": {"ambient": {}}}});
        house.apply(&manifest("WhatsAppAccount", "shop", &spec));
        house.until(want, || {
            let account = house.get("waacc/shop");
            let said = account["status"]["conditions"][0]["message"].as_str()?.to_owned();
            said.contains(want).then_some(())
        });
    }
}
