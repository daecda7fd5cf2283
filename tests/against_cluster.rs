//! `waops plan --against cluster`: what a pull request will do, from the cluster's resources alone.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/control_plane.rs"]
mod control_plane;
#[path = "review/repository.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod repository;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use control_plane::{ControlPlane, Output, poll};
use serde_json::{Value as Json, json};
use waops::simulator::http::{Running, ServeOptions, serve};
use waops::simulator::sandbox;

const DEADLINE: Duration = Duration::from_secs(90);

/// A control plane that has the definitions.
fn plane() -> &'static ControlPlane {
    static PLANE: LazyLock<ControlPlane> = LazyLock::new(|| {
        let plane = ControlPlane::start_without_controllers();
        define(&plane);
        plane
    });
    &PLANE
}

fn define(plane: &ControlPlane) {
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
struct House {
    name: String,
    repository: tempfile::TempDir,
    simulator: Running,
    _operator: Operator,
    _runtime: tokio::runtime::Runtime,
}

impl House {
    fn new(name: &str) -> Self {
        let plane = plane();
        plane.kubectl(&["create", "namespace", name]).success();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let simulator = runtime.block_on(serve(ServeOptions::default())).unwrap();
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

    fn path(&self) -> &Path {
        self.repository.path()
    }

    #[track_caller]
    fn apply(&self, object: &Json) {
        let namespace = format!("--namespace={}", self.name);
        plane().kubectl_stdin(&[&namespace, "apply", "--filename=-"], &object.to_string()).success();
    }

    /// Writes a manifest, which nobody applies.
    #[allow(clippy::needless_pass_by_value, reason = "so that `json!` reads well at each call")]
    fn write(&self, name: &str, kind: &str, spec: Json) -> Json {
        let manifest = json!({
            "apiVersion": "waops.dev/v1alpha1", "kind": kind,
            "metadata": {"name": name, "namespace": self.name}, "spec": spec,
        });
        fs::write(self.path().join(format!("{name}.json")), manifest.to_string()).unwrap();
        manifest
    }

    /// Writes a manifest and applies it.
    #[track_caller]
    fn declare(&self, name: &str, kind: &str, spec: Json) {
        self.apply(&self.write(name, kind, spec));
    }

    fn kubectl(&self, arguments: &[&str]) -> Output {
        let namespace = format!("--namespace={}", self.name);
        plane().kubectl(&[&[namespace.as_str()], arguments].concat())
    }

    #[track_caller]
    fn ready(&self, object: &str) {
        let wait = self.kubectl(&["wait", "--for=condition=Ready", object, "--timeout=60s"]);
        let described = self.kubectl(&["get", object, "--output=yaml"]).stdout;
        assert!(wait.status.success(), "{}\n{described}", wait.stderr);
    }

    /// A plan without credentials, and without a way to any provider.
    fn plan(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        self.plan_as(plane().kubeconfig(), arguments)
    }

    fn plan_as(&self, kubeconfig: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
        plan(self.path(), kubeconfig, arguments)
    }

    fn plan_json(&self, arguments: &[&str]) -> Json {
        let (code, out, err) = self.plan(&[&["--output", "json"], arguments].concat());
        assert_eq!(code, Some(0), "{out}\n{err}");
        serde_json::from_str(&out).unwrap()
    }
}

fn plan(folder: &Path, kubeconfig: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.args(["plan", "--against", "cluster", "--filename"]).arg(folder).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("KUBECONFIG", kubeconfig);
    let nowhere = "http://127.0.0.1:9";
    command.env("WAOPS_META_ENDPOINT", nowhere).env("WAOPS_ALIBABA_ENDPOINT", nowhere);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn code(account: &str, phone: &str, text: &str) -> Json {
    json!({"accountRef": {"name": account}, "phoneNumber": phone, "prefilledMessage": text})
}

fn template(text: &str) -> Json {
    json!({
        "accountRef": {"name": "shop"}, "name": "order_shipped", "language": "en_US", "category": "UTILITY",
        "components": {"body": {"text": text}}, "examples": {"name": "Ana"},
    })
}

fn entry<'a>(plan: &'a Json, name: &str) -> &'a Json {
    let objects = plan["objects"].as_array().unwrap();
    objects.iter().find(|object| object["name"] == name).unwrap_or_else(|| panic!("no {name} in {plan}"))
}

#[test]
fn a_pull_request_shows_what_the_operator_will_do_once_it_is_merged() {
    let house = House::new("merge");
    house.declare("menu", "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, "The menu!"));
    house.declare("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello!"));
    house.declare("old", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Old!"));
    house.declare("order", "WhatsAppTemplate", template("Hi {{name}}, your order left today."));
    for object in ["waqr/menu", "waqr/poster", "waqr/old"] {
        house.ready(object);
    }
    house.kubectl(&["annotate", "watpl/order", "waops.dev/reconcile-at=1"]).success();
    house.ready("watpl/order");
    repository::begin(house.path());
    repository::done(house.path(), &["checkout", "--quiet", "-b", "change"]);
    // As it is, everything is as written, and the definitions are ours.
    let plan = house.plan_json(&[]);
    let (summary, none) = (&plan["summary"], Vec::<Json>::new());
    assert_eq!((&summary["unchanged"], &summary["unverified"]), (&json!(4), &json!(0)), "{plan}");
    assert_eq!(plan["warnings"], json!(none), "{plan}");
    // A branch changes everything there is.
    house.write("menu", "WhatsAppQrCode", code("shop-cn", sandbox::PHONE_NUMBER, "The other menu!"));
    house.write("order", "WhatsAppTemplate", template("Hi {{name}}, your order is on its way."));
    house.write("new", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "New!"));
    fs::remove_file(house.path().join("old.json")).unwrap();
    repository::commit(house.path(), "Change");
    let plan = house.plan_json(&["--base", "main"]);
    assert_eq!(plan["objects"].as_array().unwrap().len(), 4, "{plan}");
    let menu = entry(&plan, "menu");
    assert_eq!((&menu["action"], &menu["verified"]), (&json!("blocked"), &json!(true)), "{menu}");
    assert_eq!(menu["consequences"][0]["type"], "KillsPrintedCode", "{menu}");
    assert_eq!(
        menu["differences"][0],
        json!({"field": "prefilledMessage", "from": "The menu!", "to": "The other menu!"})
    );
    let order = entry(&plan, "order");
    assert_eq!(order["action"], "change", "{order}");
    let costs: Vec<&str> =
        order["consequences"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(costs, ["ReentersReview", "SpendsEdit"], "{order}");
    assert_eq!(
        (&entry(&plan, "new")["action"], &entry(&plan, "new")["verified"]),
        (&json!("create"), &json!(false))
    );
    let old = entry(&plan, "old");
    assert_eq!(
        (&old["action"], &old["consequences"][0]["type"]),
        (&json!("delete"), &json!("KillsPrintedCode")),
        "{old}"
    );
    let (code_, markdown, _) = house.plan(&["--base", "main", "--output", "markdown"]);
    assert_eq!(code_, Some(0));
    let again = house.plan(&["--base", "main", "--output", "markdown"]).1;
    assert_eq!(markdown, again, "the same cluster makes the same comment");
    // Merged with the line that approves it: the operator does what the plan said.
    let line = menu["decisions"][0].as_str().unwrap().strip_prefix("approve: ").unwrap();
    let mut approved = code("shop-cn", sandbox::PHONE_NUMBER, "The other menu!");
    approved["approve"] = json!(line);
    let died = menu["consequences"][0]["code"].as_str().unwrap();
    house.declare("menu", "WhatsAppQrCode", approved);
    let new = poll(DEADLINE, || {
        let code = house.kubectl(&["get", "waqr/menu", "--output=jsonpath={.status.code}"]).stdout;
        (code != died && !code.is_empty()).then_some(code)
    });
    assert!(new.is_some(), "{}", house.kubectl(&["get", "waqr/menu", "--output=yaml"]).stdout);
    house.ready("waqr/menu");
    let plan = house.plan_json(&[]);
    assert_eq!(entry(&plan, "menu")["action"], "unchanged", "{plan}");
    drop(house.simulator);
}

#[test]
fn what_differs_from_the_cluster_is_said_and_rights_may_be_few() {
    let house = House::new("few");
    house.declare("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello!"));
    house.ready("waqr/poster");
    let credentials = json!({"secretRef": {"name": "shop"}});
    house.write("shop", "WhatsAppAccount", json!({
        "meta": {"businessAccountId": sandbox::WABA_ID, "credentials": credentials}, "policies": {"update": "Never"},
    }));
    house.write(
        "brand",
        "WhatsAppAccount",
        json!({
            "meta": {"businessAccountId": "108427225641466", "credentials": credentials},
        }),
    );
    house.write("poster", "WhatsAppQrCode", code("shop", sandbox::PHONE_NUMBER, "Hello, you!"));
    let (_, out, err) = house.plan(&[]);
    for words in [
        "the policies of the account few/shop differ from the cluster's: {\"update\":\"Never\"} here, the defaults there",
        "the account few/brand is not in the cluster yet",
        "Compared with what the operator last saw",
        "blocked",
    ] {
        assert!(out.contains(words), "{words}:\n{out}\n{err}");
    }
    // Who may list one namespace and nothing else.
    let kinds = "whatsappaccounts.waops.dev,whatsappqrcodes.waops.dev,whatsapptemplates.waops.dev";
    house.kubectl(&["create", "role", "ci", "--verb=list", "--resource", kinds]).success();
    house.kubectl(&["create", "rolebinding", "ci", "--role=ci", "--serviceaccount=few:ci"]).success();
    let few = kubeconfig_as(house.path(), "system:serviceaccount:few:ci");
    let (code_, out, err) = house.plan_as(&few, &[]);
    assert_eq!(code_, Some(0), "{out}\n{err}");
    for words in
        ["you may not list the whole cluster", "you may not read the namespace kube-system", "blocked"]
    {
        assert!(out.contains(words), "{words}:\n{out}\n{err}");
    }
    let nobody = kubeconfig_as(house.path(), "system:serviceaccount:few:nobody");
    let (code_, _, err) = house.plan_as(&nobody, &[]);
    assert_eq!(code_, Some(1));
    assert!(err.contains("not allowed to list whatsapp"), "{err}");
    // Definitions of another version; those of this plane are brought back.
    let patch = r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/suspend"}]"#;
    plane().kubectl(&["patch", "crd/whatsappqrcodes.waops.dev", "--type=json", "--patch", patch]).success();
    let (_, out, _) = house.plan(&[]);
    define(plane());
    assert!(out.contains("the cluster's definition of WhatsAppQrCode is of another version"), "{out}");
    // What has no meaning here, and a cluster that is not there.
    let (code_, _, err) = house.plan(&["--prune"]);
    assert!(code_ == Some(1) && err.contains("--base shows what this branch removes"), "{err}");
    let (code_, _, err) = house.plan_as(Path::new("/nowhere"), &[]);
    assert!(code_ == Some(1) && err.contains("no cluster to compare with"), "{err}");
}

/// The kubeconfig of this plane, as somebody else.
fn kubeconfig_as(folder: &Path, who: &str) -> PathBuf {
    let text = fs::read_to_string(plane().kubeconfig()).unwrap();
    let file = folder.join(format!("{}.kubeconfig", who.rsplit(':').next().unwrap()));
    let mut found: Json = waops::manifest::documents(&text).next().unwrap().unwrap().root.to_json();
    found["users"][0]["user"]["as"] = json!(who);
    fs::write(&file, found.to_string()).unwrap();
    file
}

/// Ten thousand objects that an operator made: their plan costs pages, and little time.
#[test]
#[ignore = "a figure: it fills a cluster first, which takes minutes"]
fn figure_a_plan_of_ten_thousand_objects_against_a_cluster() {
    const OBJECTS: usize = 10_000;
    let plane = plane();
    plane.kubectl(&["create", "namespace", "figure"]).success();
    let installation =
        plane.kubectl(&["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"]).success();
    let folder = tempfile::tempdir().unwrap();
    let account = json!({
        "apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppAccount",
        "metadata": {"name": "shop", "namespace": "figure"},
        "spec": {"meta": {"businessAccountId": "1", "credentials": {"secretRef": {"name": "shop"}}}},
    });
    fs::write(folder.path().join("account.json"), account.to_string()).unwrap();
    plane.kubectl_stdin(&["create", "--filename=-"], &account.to_string()).success();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let objects: Vec<Json> = (0..OBJECTS)
        .map(|n| {
            let manifest = json!({
                "apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppQrCode",
                "metadata": {"name": format!("code-{n}"), "namespace": "figure"},
                "spec": code("shop", "+4930901820", &format!("Hello number {n}")),
            });
            fs::write(folder.path().join(format!("code-{n}.json")), manifest.to_string()).unwrap();
            manifest
        })
        .collect();
    runtime.block_on(fill(plane.kubeconfig(), &installation, objects));
    repository::begin(folder.path());
    let requests = || {
        let metrics = plane.kubectl(&["get", "--raw", "/metrics"]).success();
        let lists = metrics.lines().filter(|line| {
            line.starts_with("apiserver_request_total{")
                && line.contains("group=\"waops.dev\"")
                && line.contains("verb=\"LIST\"")
        });
        lists.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum::<f64>()
    };
    let mut edited: Json =
        serde_json::from_slice(&fs::read(folder.path().join("code-77.json")).unwrap()).unwrap();
    edited["spec"]["prefilledMessage"] = json!("Another text");
    for (what, arguments) in [("all", &[][..]), ("of a branch", &["--base", "main"][..])] {
        let before = requests();
        let start = Instant::now();
        let (code_, out, err) =
            plan(folder.path(), plane.kubeconfig(), &[&["--output", "json"], arguments].concat());
        let took = start.elapsed();
        let lists = requests() - before;
        assert_eq!(code_, Some(0), "{err}");
        let plan: Json = serde_json::from_str(&out).unwrap();
        let count = |name: &str| plan["summary"][name].as_u64().unwrap();
        println!(
            "plan against cluster, {what}: {took:?}, {lists} lists, {} unchanged, {} changed",
            count("unchanged"),
            count("change")
        );
        // 10000 codes in pages of 500, and one page of each other kind.
        assert!(lists <= 22.0 + 0.5, "{lists} lists");
        let (unchanged, changed) = if what == "all" { (OBJECTS as u64, 0) } else { (0, 1) };
        assert_eq!((count("unchanged"), count("change")), (unchanged, changed), "{what}");
        if !cfg!(debug_assertions) {
            assert!(took < Duration::from_secs(3), "{what}: {took:?}");
        }
        fs::write(folder.path().join("code-77.json"), edited.to_string()).unwrap();
    }
}

/// Makes objects as an operator leaves them.
async fn fill(kubeconfig: &Path, installation: &str, objects: Vec<Json>) {
    use futures::StreamExt as _;
    use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
    let config = kube::config::Kubeconfig::read_from(kubeconfig).unwrap();
    let config = kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default())
        .await
        .unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("waops.dev", "v1alpha1", "WhatsAppQrCode"));
    let api: Api<DynamicObject> = Api::namespaced_with(client, "figure", &kind);
    let make = |(n, object): (usize, Json)| {
        let api = api.clone();
        async move {
            let object: DynamicObject = serde_json::from_value(object).unwrap();
            let made = api.create(&PostParams::default(), &object).await.unwrap();
            let name = made.metadata.name.clone().unwrap();
            let text = made.data["spec"]["prefilledMessage"].as_str().unwrap();
            let claim = json!({
                "n": 2, "installation": installation, "uid": made.metadata.uid, "object": format!("figure/{name}"),
                "account": "figure/shop", "identity": "meta/1", "phone": "106540352242922",
                "code": format!("CODE{n:010}"), "contentHash": waops::qr_code::content_hash(text),
            });
            let metadata = json!({"metadata": {
                "annotations": {"waops.dev/claim": claim.to_string()}, "finalizers": ["waops.dev/claim"],
            }});
            api.patch(&name, &PatchParams::default(), &Patch::Merge(&metadata)).await.unwrap();
            let status =
                json!({"status": {"observedGeneration": 1, "code": format!("CODE{n:010}"), "claim": claim}});
            api.patch_status(&name, &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
        }
    };
    futures::stream::iter(objects.into_iter().enumerate())
        .map(make)
        .buffer_unordered(32)
        .collect::<Vec<()>>()
        .await;
}
