//! An operator of one namespace, and the providers that it calls.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Change, Fault, FaultRule, Simulator, sandbox};

use crate::kubelet::{Kubelet, Way, free_port};
use crate::support::control_plane::{ControlPlane, Output, poll};
use crate::support::helm::{helm, succeeds};

/// How long the operator gives a provider to show what it was told.
pub(crate) const SETTLE: Duration = Duration::from_secs(1);

pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
pub(crate) const CREATE: &str = "POST message_qrdls";

/// A control plane that has the definitions.
pub(crate) fn defined() -> &'static ControlPlane {
    static DEFINED: LazyLock<ControlPlane> = LazyLock::new(|| {
        let plane = ControlPlane::start();
        define(&plane);
        plane
    });
    &DEFINED
}

pub(crate) fn define(plane: &ControlPlane) {
    define_as_in(plane, "charts/waops-crds");
}

/// The same as a chart has them.
pub(crate) fn define_as_in(plane: &ControlPlane, chart: &str) {
    let kubeconfig = plane.kubeconfig().display().to_string();
    succeeds(&helm(&["install", "waops-crds", chart, "--wait"], Some(&kubeconfig)));
    for kind in ["whatsappaccounts", "whatsappqrcodes", "whatsapptemplates"] {
        let crd = format!("crd/{kind}.waops.dev");
        plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).success();
    }
}

/// An operator of one namespace, and the providers that it calls.
pub(crate) struct House<'a> {
    pub(crate) plane: &'a ControlPlane,
    pub(crate) name: String,
    pub(crate) kubelet: Kubelet,
    pub(crate) simulator: Running,
    pub(crate) runtime: tokio::runtime::Runtime,
}

impl<'a> House<'a> {
    pub(crate) fn new(plane: &'a ControlPlane, name: &str) -> Self {
        let house = Self::prepared(plane, name);
        house.install(&[&format!("watchNamespaces={{{name}}}")]);
        house.account();
        house
    }

    /// Everything but the operator itself.
    pub(crate) fn prepared(plane: &'a ControlPlane, name: &str) -> Self {
        Self::prepared_with(plane, name, Simulator::default())
    }

    /// The same with other providers than the sandbox.
    pub(crate) fn prepared_with(plane: &'a ControlPlane, name: &str, simulator: Simulator) -> Self {
        Self::prepare(plane, name, simulator, Kubelet::start)
    }

    /// The same where each pod finds the API server as it is told to.
    pub(crate) fn prepared_with_way(plane: &'a ControlPlane, name: &str, way: Way) -> Self {
        let kubelet = |plane: &ControlPlane, system: &str| Kubelet::start_with_way(plane, system, way);
        Self::prepare(plane, name, Simulator::default(), kubelet)
    }

    fn prepare(
        plane: &'a ControlPlane,
        name: &str,
        simulator: Simulator,
        kubelet: impl FnOnce(&ControlPlane, &str) -> Kubelet,
    ) -> Self {
        assert!(
            plane.has_controllers(),
            "a Deployment needs a kube-controller-manager in KUBEBUILDER_ASSETS"
        );
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let simulator =
            runtime.block_on(serve(ServeOptions { simulator, ..ServeOptions::default() })).unwrap();
        let system = format!("{name}-system");
        for namespace in [name, &system] {
            plane.kubectl(&["create", "namespace", namespace]).success();
        }
        // Nothing weaker is admitted: the pod of the chart is restricted as it is.
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        plane.kubectl(&["label", "namespace", &system, restricted]).success();
        let kubelet = kubelet(plane, &system);
        Self { plane, name: name.to_owned(), kubelet, simulator, runtime }
    }

    pub(crate) fn install(&self, values: &[&str]) {
        self.install_as("waops", free_port(), values);
    }

    pub(crate) fn install_as(&self, release: &str, port: u16, values: &[&str]) {
        self.helm_install(release, port, &["--wait", "--timeout=60s"], values);
    }

    /// The same where it cannot be ready yet.
    pub(crate) fn install_early(&self, release: &str, port: u16, values: &[&str]) {
        self.helm_install(release, port, &[], values);
    }

    fn helm_install(&self, release: &str, port: u16, waits: &[&str], values: &[&str]) {
        let port = format!("port={port}");
        let url = &self.simulator.url;
        let environment = format!(
            "extraEnv[0].name=WAOPS_META_ENDPOINT,extraEnv[0].value={url},\
             extraEnv[1].name=WAOPS_ALIBABA_ENDPOINT,extraEnv[1].value={url}"
        );
        let system = format!("--namespace={}-system", self.name);
        let mut arguments = vec!["install", release, "charts/waops", &system];
        arguments.extend(waits);
        let settle = format!("settleTime={}s", SETTLE.as_secs());
        for value in [&port, &environment, &settle, "extraArgs={--call-timeout=3s}", "graceSeconds=5"] {
            arguments.extend(["--set", value]);
        }
        for value in values {
            arguments.extend(["--set", value]);
        }
        let kubeconfig = self.plane.kubeconfig().display().to_string();
        let installed = helm(&arguments, Some(&kubeconfig));
        assert!(installed.status.success(), "{installed:?}\n{}", self.kubelet.logs());
    }

    /// As many pods of a Deployment as this; where it is none, returns when no process runs.
    #[track_caller]
    pub(crate) fn scale(&self, deployment: &str, replicas: u8) {
        let system = format!("--namespace={}-system", self.name);
        let (deployment, count) = (format!("deployment/{deployment}"), format!("--replicas={replicas}"));
        self.plane.kubectl(&[&system, "scale", &deployment, &count]).success();
        if replicas == 0 {
            self.until("the operator to end", || self.kubelet.pids().is_empty().then_some(()));
        }
    }

    /// Deletes the namespace; returns when the rights in it are gone, while what has a finalizer is there still.
    #[track_caller]
    pub(crate) fn loses_its_rights(&self) {
        self.plane.kubectl(&["delete", "namespace", &self.name, "--wait=false"]).success();
        self.until("the rights to go", || {
            let left = self.kubectl(&["get", "rolebindings", "--output=name"]);
            (left.status.success() && left.stdout.is_empty()).then_some(())
        });
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Output {
        let namespace = format!("--namespace={}", self.name);
        let mut all = vec![namespace.as_str()];
        all.extend(arguments);
        self.plane.kubectl(&all)
    }

    #[track_caller]
    pub(crate) fn apply(&self, object: &Value) {
        let namespace = format!("--namespace={}", self.name);
        self.plane.kubectl_stdin(&[&namespace, "apply", "--filename=-"], &object.to_string()).success();
    }

    #[track_caller]
    pub(crate) fn account(&self) {
        self.apply(&secret("shop", &json!({"accessToken": sandbox::ACCESS_TOKEN})));
        self.apply(&manifest("WhatsAppAccount", "shop", &meta_account()));
    }

    #[track_caller]
    pub(crate) fn code(&self, name: &str, message: &str) {
        self.apply(&manifest("WhatsAppQrCode", name, &poster(message)));
    }

    #[track_caller]
    pub(crate) fn ready(&self, object: &str) {
        let said = self.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", object]);
        if !said.status.success() {
            let is = self.kubectl(&["get", object, "--output=yaml"]).stdout;
            panic!("{object} is not ready: {}\n{is}\n{}", said.stderr, self.kubelet.logs());
        }
    }

    pub(crate) fn get(&self, object: &str) -> Value {
        serde_json::from_str(&self.kubectl(&["get", object, "--output=json"]).success()).unwrap()
    }

    pub(crate) fn metrics(&self, port: u16) -> String {
        self.page(port, "metrics")
    }

    /// A page of the operator's own; nothing where nobody answers.
    pub(crate) fn page(&self, port: u16, page: &str) -> String {
        self.runtime.block_on(async {
            let at = self.kubelet.address(port);
            let Ok(answer) = reqwest::get(format!("http://{at}/{page}")).await else {
                return String::new();
            };
            answer.text().await.unwrap_or_default()
        })
    }

    /// Waits until nobody has a turn.
    #[track_caller]
    pub(crate) fn rests(&self, port: u16) {
        self.until("the queue to rest", || {
            let metrics = self.metrics(port);
            let is_empty = |state: &str| metrics.contains(&format!("waops_queue{{state=\"{state}\"}} 0\n"));
            (metrics.contains("waops_leader 1\n") && is_empty("ready") && is_empty("running")).then_some(())
        });
    }

    /// Waits until the annotation of a QR code says what its status says.
    #[track_caller]
    pub(crate) fn settled(&self, name: &str) {
        self.until("the annotation to be settled", || {
            let object = self.get(&format!("waqr/{name}"));
            let claim = object["metadata"]["annotations"]["waops.dev/claim"].as_str()?;
            let claim: Value = serde_json::from_str(claim).ok()?;
            (claim == object["status"]["claim"]).then_some(())
        });
    }

    /// Every write to a QR code that a pod asked for, refused ones included, as the API server noted it.
    pub(crate) fn writes(&self, name: &str) -> Vec<String> {
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
    pub(crate) fn codes(&self) -> Vec<String> {
        self.live("code")
    }

    /// What each of them says.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.live("message")
    }

    fn live(&self, field: &str) -> Vec<String> {
        let objects = self.simulator.simulator().objects();
        let lists = objects["codes"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap());
        lists.map(|code| code[field].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn calls(&self, operation: &str) -> usize {
        let journal = self.simulator.simulator().journal(0);
        journal.iter().filter(|entry| entry.operation == operation).count()
    }

    pub(crate) fn inject(&self, operation: &str, fault: Fault, times: u32) {
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

    /// Changes something at the provider behind everybody's back.
    #[track_caller]
    pub(crate) fn behind_our_back(&self, change: &Change) {
        let done = self.simulator.simulator().change(change, jiff::Timestamp::now());
        assert!(done > 0, "{change:?}");
    }

    /// How often any provider was called.
    pub(crate) fn all_calls(&self) -> usize {
        self.simulator.simulator().journal(0).len()
    }

    /// A condition of an object.
    pub(crate) fn condition(&self, object: &str, type_: &str) -> Option<Value> {
        let object: Value =
            serde_json::from_str(&self.kubectl(&["get", object, "--output=json"]).stdout).ok()?;
        object["status"]["conditions"].as_array()?.iter().find(|found| found["type"] == type_).cloned()
    }

    /// Waits until an object says this state, and that in its message.
    #[track_caller]
    pub(crate) fn says(&self, object: &str, reason: &str, message: &str) {
        self.until(&format!("{object} to say {reason}: {message}"), || {
            let ready = self.condition(object, "Ready")?;
            (ready["reason"] == reason && ready["message"].as_str()?.contains(message)).then_some(())
        });
    }

    /// Merges something into an object.
    #[track_caller]
    pub(crate) fn merge(&self, object: &str, patch: &Value) {
        self.kubectl(&["patch", object, "--type=merge", "--patch", &patch.to_string()]).success();
    }

    /// Waits so long with nothing to wait for: that nothing happens meanwhile is what is tested.
    pub(crate) fn nothing_happens_for(&self, time: Duration, what: &str, measure: impl Fn() -> usize) {
        let before = measure();
        std::thread::sleep(time);
        assert_eq!(measure(), before, "{what}\n{}", self.kubelet.logs());
    }

    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, condition: impl FnMut() -> Option<T>) -> T {
        poll(DEADLINE, condition).unwrap_or_else(|| {
            let events = self.kubectl(&["get", "events"]).stdout;
            panic!("waited {DEADLINE:?} for {what}\n{events}\n{}", self.kubelet.logs())
        })
    }
}

pub(crate) fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "waops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// The spec of the sandbox's account at Meta.
pub(crate) fn meta_account() -> Value {
    json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": {"secretRef": {"name": "shop"}}}})
}

pub(crate) fn secret(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data})
}

pub(crate) fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

pub(crate) fn poster(message: &str) -> Value {
    json!({"accountRef": {"name": "shop"}, "phoneNumber": format!("+{}", sandbox::PHONE_NUMBER), "prefilledMessage": message})
}
