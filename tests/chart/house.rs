//! A namespace with an operator beside it, and the simulated providers that it calls.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Event, ReviewRule, Scenario, Simulator, Step, sandbox};

use crate::kubelet::{Kubelet, free_port};
use crate::support::control_plane::{self, ControlPlane, poll};
use crate::support::helm::{helm_of, succeeds};

const DEADLINE: Duration = Duration::from_secs(90);

pub(crate) struct House<'a> {
    pub(crate) plane: &'a ControlPlane,
    pub(crate) name: String,
    pub(crate) kubelet: Kubelet,
    pub(crate) port: u16,
    simulator: Running,
    providers: String,
    runtime: tokio::runtime::Runtime,
}

impl<'a> House<'a> {
    /// Objects live in `name`, the operator in `name-system`, which admits only what is restricted.
    pub(crate) fn new(plane: &'a ControlPlane, name: &str) -> Self {
        let house = Self::without_system(plane, name, &format!("{name}-system"));
        house.system_namespace();
        house
    }

    /// The same; somebody else makes the namespace of the operator.
    pub(crate) fn without_system(plane: &'a ControlPlane, name: &str, system: &str) -> Self {
        assert!(
            plane.has_controllers(),
            "a Deployment needs a kube-controller-manager in KUBEBUILDER_ASSETS"
        );
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let simulator = Simulator::new(Scenario { reviews: reviews(), ..Scenario::default() });
        let options = ServeOptions { simulator, ..ServeOptions::default() };
        let simulator = runtime.block_on(serve(options)).unwrap();
        plane.kubectl(&["create", "namespace", name]).success();
        let kubelet = Kubelet::start(plane, system);
        let (name, port, providers) = (name.to_owned(), free_port(), simulator.url.clone());
        Self { plane, name, kubelet, port, simulator, providers, runtime }
    }

    /// Another operator, which calls the same providers.
    pub(crate) fn beside(other: &Self, name: &str) -> Self {
        let house = Self::new(other.plane, name);
        Self { providers: other.providers.clone(), ..house }
    }

    pub(crate) fn system_namespace(&self) {
        let system = self.system();
        self.plane.kubectl(&["create", "namespace", &system]).success();
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        self.plane.kubectl(&["label", "namespace", &system, restricted]).success();
    }

    pub(crate) fn system(&self) -> String {
        format!("{}-system", self.name)
    }

    /// Where the providers are.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        ["WAOPS_META_ENDPOINT", "WAOPS_ALIBABA_ENDPOINT"].map(|name| (name, self.providers.clone()))
    }

    /// Helm of a major version on this cluster, in the namespace of the operator.
    pub(crate) fn helm(&self, major: &str, arguments: &[&str]) -> Output {
        let namespace = format!("--namespace={}", self.system());
        let mut all = arguments.to_vec();
        all.push(&namespace);
        helm_of(major, &all, Some(&self.plane.kubeconfig().display().to_string()))
    }

    /// Installs or upgrades the operator, and waits until it is ready; what Helm said.
    #[track_caller]
    pub(crate) fn deploy(&self, major: &str, chart: &str, values: &[&str]) -> String {
        let mut arguments = vec!["upgrade", "--install", "waops", chart, "--wait", "--timeout=90s"];
        let mut all = vec![
            format!("port={}", self.port),
            "settleTime=1s".to_owned(),
            "graceSeconds=5".to_owned(),
            "extraArgs={--call-timeout=3s}".to_owned(),
        ];
        for (number, (name, value)) in self.environment().iter().enumerate() {
            all.push(format!("extraEnv[{number}].name={name},extraEnv[{number}].value={value}"));
        }
        all.extend(values.iter().map(|value| (*value).to_owned()));
        for value in &all {
            arguments.extend(["--set", value]);
        }
        let done = self.helm(major, &arguments);
        assert!(done.status.success(), "{}\n{}", String::from_utf8_lossy(&done.stderr), self.kubelet.logs());
        succeeds(&done)
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> control_plane::Output {
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
        self.apply(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"},
            "stringData": {"accessToken": sandbox::ACCESS_TOKEN},
        }));
        let credentials = json!({"secretRef": {"name": "shop"}});
        let spec = json!({"meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}});
        self.apply(&manifest("WhatsAppAccount", "shop", &spec));
    }

    #[track_caller]
    pub(crate) fn code(&self, name: &str, message: &str) {
        let phone = format!("+{}", sandbox::PHONE_NUMBER);
        let spec = json!({"accountRef": {"name": "shop"}, "phoneNumber": phone, "prefilledMessage": message});
        self.apply(&manifest("WhatsAppQrCode", name, &spec));
    }

    #[track_caller]
    pub(crate) fn template(&self, name: &str) {
        let spec = json!({
            "accountRef": {"name": "shop"}, "name": name.replace('-', "_"), "language": "en_US",
            "category": "UTILITY", "components": {"body": {"text": "Your order is on its way."}},
        });
        self.apply(&manifest("WhatsAppTemplate", name, &spec));
    }

    /// Waits for an object to be ready; its code.
    #[track_caller]
    pub(crate) fn ready(&self, object: &str) -> String {
        let said = self.kubectl(&["wait", "--for=condition=Ready", "--timeout=90s", object]);
        if !said.status.success() {
            let is = self.kubectl(&["get", object, "--output=yaml"]).stdout;
            panic!("{object} is not ready: {}\n{is}\n{}", said.stderr, self.kubelet.logs());
        }
        self.get(object)["status"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn get(&self, object: &str) -> Value {
        serde_json::from_str(&self.kubectl(&["get", object, "--output=json"]).success()).unwrap()
    }

    /// All live codes at the provider.
    pub(crate) fn codes(&self) -> Vec<String> {
        let objects = self.simulator.simulator().objects();
        let lists = objects["codes"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap());
        lists.map(|code| code["code"].as_str().unwrap().to_owned()).collect()
    }

    /// How many codes were ever made.
    pub(crate) fn made(&self) -> usize {
        let journal = self.simulator.simulator().journal(0);
        journal.iter().filter(|entry| entry.operation == "POST message_qrdls").count()
    }

    pub(crate) fn metrics(&self) -> String {
        self.runtime.block_on(async {
            let at = self.kubelet.address(self.port);
            let Ok(answer) = reqwest::get(format!("http://{at}/metrics")).await else {
                return String::new();
            };
            answer.text().await.unwrap_or_default()
        })
    }

    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, condition: impl FnMut() -> Option<T>) -> T {
        poll(DEADLINE, condition).unwrap_or_else(|| {
            let events = self.kubectl(&["get", "events"]).stdout;
            panic!("waited {DEADLINE:?} for {what}\n{events}\n{}", self.kubelet.logs())
        })
    }
}

/// What the provider makes of templates of these names.
fn reviews() -> Vec<ReviewRule> {
    let rule = |name: &str, events: Vec<Event>| ReviewRule {
        name: Some(name.to_owned()),
        timeline: events.into_iter().map(|event| Step { after_ms: 0, event }).collect(),
        ..ReviewRule::default()
    };
    vec![
        rule("bad_*", vec![Event::Reject { reason: "PROMOTIONAL".to_owned() }]),
        rule("dear_*", vec![Event::Approve, Event::Recategorise { category: "MARKETING".to_owned() }]),
    ]
}

pub(crate) fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "waops.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}
