//! What a plan against a cluster costs: pages, and little time.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::control_plane::ControlPlane;
use crate::house::{code, define, plan};
use crate::repository;

/// So many objects come on a page.
const PAGE: usize = 500;
/// Of so many objects the figure is told.
const FIGURE: usize = 10_000;

/// How many objects: enough for several pages, or as many as somebody wants a figure of.
fn objects() -> usize {
    std::env::var("WAOPS_FIGURE").ok().and_then(|count| count.parse().ok()).unwrap_or(1_200)
}

/// Objects that an operator made: whatever is planned of them, each kind is listed once, in pages.
#[test]
fn figure_a_plan_against_a_cluster_costs_pages() {
    // Of its own, so that nobody else asks for lists.
    let (plane, objects) = (ControlPlane::start_without_controllers(), objects());
    define(&plane);
    plane.kubectl(&["create", "namespace", "figure"]).success();
    let folder = tempfile::tempdir().unwrap();
    let declared = declare(&plane, folder.path(), objects);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(fill(&plane, declared));
    repository::begin(folder.path());
    let mut edited: Json =
        serde_json::from_slice(&fs::read(folder.path().join("code-77.json")).unwrap()).unwrap();
    edited["spec"]["prefilledMessage"] = json!("Another text");
    for (what, arguments) in [("all", &[][..]), ("of a branch", &["--base", "main"][..])] {
        let before = asked(&plane);
        let start = Instant::now();
        let (code_, out, err) =
            plan(folder.path(), plane.kubeconfig(), &[&["--output", "json"], arguments].concat());
        let took = start.elapsed();
        let after = asked(&plane);
        // The last look at it counts, too.
        let (requests, lists) = (after.requests - before.requests - 1, after.lists - before.lists);
        assert_eq!(code_, Some(0), "{err}");
        let plan: Json = serde_json::from_str(&out).unwrap();
        let count = |name: &str| plan["summary"][name].as_u64().unwrap();
        println!(
            "figure: plan --against cluster, {what}, {objects} objects: {took:?}, {requests} requests to the API server, {lists} \
             of them pages"
        );
        // One page of each other kind; the namespace that names the installation, and three definitions.
        assert_eq!((lists, requests), (objects.div_ceil(PAGE) + 2, lists + 4), "{what}");
        let (unchanged, changed) = if what == "all" { (objects as u64, 0) } else { (0, 1) };
        assert_eq!((count("unchanged"), count("change")), (unchanged, changed), "{what}");
        if objects >= FIGURE && !cfg!(debug_assertions) {
            assert!(took < Duration::from_secs(3), "{what}: {took:?}");
        }
        fs::write(folder.path().join("code-77.json"), edited.to_string()).unwrap();
    }
}

/// What the API server was asked so far.
struct Asked {
    /// By whoever has the kubeconfig of this plane, whatever it was.
    requests: usize,
    /// Lists of our objects.
    lists: usize,
}

fn asked(plane: &ControlPlane) -> Asked {
    let metrics = plane.kubectl(&["get", "--raw", "/metrics"]).success();
    let sum = |parts: &[&str]| -> usize {
        let lines = metrics
            .lines()
            .filter(|line| line.starts_with(parts[0]) && parts.iter().all(|part| line.contains(*part)));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
    };
    Asked {
        // The API server counts apart what it asks of itself.
        requests: sum(&["authenticated_user_requests{", "username=\"admin\""]),
        lists: sum(&["apiserver_request_total{", "group=\"waops.dev\"", "verb=\"LIST\""]),
    }
}

/// Writes manifests, and makes the account; the codes.
fn declare(plane: &ControlPlane, folder: &Path, objects: usize) -> Vec<Json> {
    let account = json!({
        "apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppAccount",
        "metadata": {"name": "shop", "namespace": "figure"},
        "spec": {"meta": {"businessAccountId": "1", "credentials": {"secretRef": {"name": "shop"}}}},
    });
    fs::write(folder.join("account.json"), account.to_string()).unwrap();
    plane.kubectl_stdin(&["create", "--filename=-"], &account.to_string()).success();
    let manifest = |n: usize| {
        let manifest = json!({
            "apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppQrCode",
            "metadata": {"name": format!("code-{n}"), "namespace": "figure"},
            "spec": code("shop", "+4930901820", &format!("Hello number {n}")),
        });
        fs::write(folder.join(format!("code-{n}.json")), manifest.to_string()).unwrap();
        manifest
    };
    (0..objects).map(manifest).collect()
}

/// Makes objects as an operator leaves them.
async fn fill(plane: &ControlPlane, objects: Vec<Json>) {
    use futures::StreamExt as _;
    use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
    let uid = ["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"];
    let installation = &plane.kubectl(&uid).success();
    let config = kube::config::Kubeconfig::read_from(plane.kubeconfig()).unwrap();
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
