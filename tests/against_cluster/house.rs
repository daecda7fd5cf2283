//! A namespace with an operator, and the repository that the cluster follows. All of them share one control plane.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, RwLock};
use std::time::Duration;

use serde_json::{Value as Json, json};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::{Scenario, Simulator, sandbox};

use crate::control_plane::{ControlPlane, Output};

pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// Held by whoever changes the definitions for a while, and by whoever wants them as they are: all share one plane.
pub(crate) static DEFINITIONS: RwLock<()> = RwLock::new(());

/// A control plane that has the definitions.
pub(crate) fn plane() -> &'static ControlPlane {
    static PLANE: LazyLock<ControlPlane> = LazyLock::new(|| {
        let plane = ControlPlane::start_without_controllers();
        define(&plane);
        plane
    });
    &PLANE
}

pub(crate) fn define(plane: &ControlPlane) {
    let crds = Command::new(env!("CARGO_BIN_EXE_waops")).arg("crds").output().unwrap();
    let crds = String::from_utf8(crds.stdout).unwrap();
    plane.kubectl_stdin(&["apply", "--server-side", "--force-conflicts", "--filename=-"], &crds).success();
    for kind in ["whatsappaccounts", "whatsappqrcodes", "whatsapptemplates"] {
        let crd = format!("crd/{kind}.waops.dev");
        plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", &crd]).success();
    }
}

/// An operator of one namespace, killed when it is dropped.
struct Operator(Child);

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A namespace with an operator, its providers, and the repository that the cluster follows.
pub(crate) struct House {
    pub(crate) name: String,
    repository: tempfile::TempDir,
    pub(crate) simulator: Running,
    _operator: Operator,
    _runtime: tokio::runtime::Runtime,
}

impl House {
    pub(crate) fn new(name: &str) -> Self {
        let plane = plane();
        plane.kubectl(&["create", "namespace", name]).success();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        // Each has providers of its own, whose codes are those of nobody else in the cluster.
        let seed = name.bytes().fold(1, |seed, byte| seed * 31 + u64::from(byte));
        let simulator = Simulator::new(Scenario { seed, ..Scenario::default() });
        let simulator =
            runtime.block_on(serve(ServeOptions { simulator, ..ServeOptions::default() })).unwrap();
        let mut operator = Command::new(env!("CARGO_BIN_EXE_waops"));
        operator.args(["operator", "--namespace", name, "--settle-time", "1s", "--call-timeout", "3s"]);
        operator.env("KUBECONFIG", plane.kubeconfig());
        operator.env("WAOPS_META_ENDPOINT", &simulator.url).env("WAOPS_ALIBABA_ENDPOINT", &simulator.url);
        operator.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let operator = Operator(operator.spawn().unwrap());
        let repository = tempfile::tempdir().unwrap();
        let house =
            Self { name: name.to_owned(), repository, simulator, _operator: operator, _runtime: runtime };
        house.apply(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"},
            "stringData": {"accessToken": sandbox::ACCESS_TOKEN},
        }));
        house.apply(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop-cn"},
            "stringData": {"accessKeyId": sandbox::ACCESS_KEY_ID, "accessKeySecret": sandbox::ACCESS_KEY_SECRET},
        }));
        let secret = |name: &str| json!({"secretRef": {"name": name}});
        house.declare(
            "shop",
            "WhatsAppAccount",
            json!({"meta": {
            "businessAccountId": sandbox::WABA_ID, "credentials": secret("shop")}}),
        );
        house.declare(
            "shop-cn",
            "WhatsAppAccount",
            json!({"alibaba": {
            "custSpaceId": sandbox::CUST_SPACE_ID, "credentials": secret("shop-cn")}}),
        );
        house
    }

    pub(crate) fn path(&self) -> &Path {
        self.repository.path()
    }

    #[track_caller]
    pub(crate) fn apply(&self, object: &Json) {
        let namespace = format!("--namespace={}", self.name);
        plane().kubectl_stdin(&[&namespace, "apply", "--filename=-"], &object.to_string()).success();
    }

    /// Writes a manifest, which nobody applies.
    #[allow(clippy::needless_pass_by_value, reason = "so that `json!` reads well at each call")]
    pub(crate) fn write(&self, name: &str, kind: &str, spec: Json) -> Json {
        let manifest = json!({
            "apiVersion": "waops.dev/v1alpha1", "kind": kind,
            "metadata": {"name": name, "namespace": self.name}, "spec": spec,
        });
        fs::write(self.path().join(format!("{name}.json")), manifest.to_string()).unwrap();
        manifest
    }

    /// Writes a manifest and applies it.
    #[track_caller]
    pub(crate) fn declare(&self, name: &str, kind: &str, spec: Json) {
        self.apply(&self.write(name, kind, spec));
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Output {
        let namespace = format!("--namespace={}", self.name);
        plane().kubectl(&[&[namespace.as_str()], arguments].concat())
    }

    #[track_caller]
    pub(crate) fn ready(&self, object: &str) {
        let wait = self.kubectl(&["wait", "--for=condition=Ready", object, "--timeout=60s"]);
        let described = self.kubectl(&["get", object, "--output=yaml"]).stdout;
        assert!(wait.status.success(), "{}\n{described}", wait.stderr);
    }

    /// A plan without credentials, and without a way to any provider.
    pub(crate) fn plan(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        self.plan_as(plane().kubeconfig(), arguments)
    }

    pub(crate) fn plan_as(&self, kubeconfig: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
        plan(self.path(), kubeconfig, arguments)
    }

    /// A script as a hook of the repository runs it, with waops on the PATH.
    pub(crate) fn script(&self, script: &str) -> (Option<i32>, String) {
        let waops = Path::new(env!("CARGO_BIN_EXE_waops")).parent().unwrap().display();
        let mut command = Command::new("sh");
        command.args(["-ec", script]).current_dir(self.path()).env_clear();
        command.env("PATH", format!("{waops}:{}", std::env::var("PATH").unwrap()));
        let output = command.env("KUBECONFIG", plane().kubeconfig()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    pub(crate) fn plan_json(&self, arguments: &[&str]) -> Json {
        let (code, out, err) = self.plan(&[&["--output", "json"], arguments].concat());
        assert_eq!(code, Some(0), "{out}\n{err}");
        serde_json::from_str(&out).unwrap()
    }
}

pub(crate) fn plan(folder: &Path, kubeconfig: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(["plan", "--against", "cluster", "--filename"]).arg(folder).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("KUBECONFIG", kubeconfig);
    let nowhere = "http://127.0.0.1:9";
    command.env("WAOPS_META_ENDPOINT", nowhere).env("WAOPS_ALIBABA_ENDPOINT", nowhere);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

pub(crate) fn code(account: &str, phone: &str, text: &str) -> Json {
    json!({"accountRef": {"name": account}, "phoneNumber": phone, "prefilledMessage": text})
}

pub(crate) fn template(text: &str) -> Json {
    json!({
        "accountRef": {"name": "shop"}, "name": "order_shipped", "language": "en_US", "category": "UTILITY",
        "components": {"body": {"text": text}}, "examples": {"name": "Ana"},
    })
}

pub(crate) fn entry<'a>(plan: &'a Json, name: &str) -> &'a Json {
    let objects = plan["objects"].as_array().unwrap();
    objects.iter().find(|object| object["name"] == name).unwrap_or_else(|| panic!("no {name} in {plan}"))
}

/// The kubeconfig of this plane, as somebody else.
pub(crate) fn kubeconfig_as(folder: &Path, who: &str) -> PathBuf {
    let text = fs::read_to_string(plane().kubeconfig()).unwrap();
    let file = folder.join(format!("{}.kubeconfig", who.rsplit(':').next().unwrap()));
    let mut found: Json = waops::manifest::documents(&text).next().unwrap().unwrap().root.to_json();
    found["users"][0]["user"]["as"] = json!(who);
    fs::write(&file, found.to_string()).unwrap();
    file
}
