//! The kinds on a real API server: the CRDs and the examples are taken as people would apply them, kubectl
//! shows what people want to see, and what the API server says to a mistake is what `waops validate` says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a helper that fails, fails the test

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value as Json, json};
use support::control_plane::{ControlPlane, Output};
use support::examples::{Invalid, findings, invalid, pairs, root, valid, waops, waops_stdin};
use waops::api::rules::{self, CelRule};
use waops::manifest::documents;

const CRDS: [&str; 3] =
    ["whatsappaccounts.waops.dev", "whatsappqrcodes.waops.dev", "whatsapptemplates.waops.dev"];
/// Plural, short name, kind.
const NAMES: [(&str, &str, &str); 3] = [
    ("whatsappaccounts", "waacc", "WhatsAppAccount"),
    ("whatsappqrcodes", "waqr", "WhatsAppQrCode"),
    ("whatsapptemplates", "watpl", "WhatsAppTemplate"),
];
/// The namespaces that the examples name.
const NAMESPACES: [&str; 3] = ["platform", "marketing", "restaurant"];

fn absolute(path: impl AsRef<Path>) -> String {
    root().join(path).to_str().expect("the repository lies under a plain path").to_owned()
}

/// The shared control plane with our CRDs installed.
fn plane() -> &'static ControlPlane {
    static READY: LazyLock<&ControlPlane> = LazyLock::new(|| {
        let plane = ControlPlane::shared();
        install(plane, &absolute("crds"));
        for namespace in NAMESPACES {
            plane.kubectl(&["create", "namespace", namespace]).success();
        }
        plane
    });
    &READY
}

/// Installs the CRDs of a folder as the README says, and the API server has no word to say about it.
fn install(plane: &ControlPlane, folder: &str) {
    let mut args = vec!["apply", "--server-side", "--force-conflicts"];
    let files: Vec<String> =
        NAMES.iter().map(|(_, _, kind)| format!("{folder}/{}.yaml", kind.to_lowercase())).collect();
    args.extend(files.iter().flat_map(|file| ["--filename", file]));
    let said = plane.kubectl(&args);
    assert_eq!(said.stderr, "", "the API server warns");
    said.success();
    let mut args = vec!["wait", "--for=condition=Established", "--timeout=60s", "crd"];
    args.extend(CRDS);
    plane.kubectl(&args).success();
    // Discovery and schemas follow a moment after that. `kubectl explain` asks its cache alone, which is older than
    // the CRDs until `api-resources` renews it.
    plane.wait_for("the kinds to be discovered", Duration::from_secs(60), || {
        let known = plane.kubectl(&["api-resources", "--api-group=waops.dev", "--output=name"]).success();
        CRDS.iter().all(|name| known.contains(name)).then_some(())
    });
    plane.wait_for("the schemas to be published", Duration::from_secs(60), || {
        let schemas = plane.kubectl(&["get", "--raw", "/openapi/v3/apis/waops.dev/v1alpha1"]);
        NAMES.iter().all(|(_, _, kind)| schemas.stdout.contains(kind)).then_some(())
    });
}

fn get(plane: &ControlPlane, args: &[&str]) -> Json {
    let mut all = vec!["get", "--output=json"];
    all.extend(args);
    serde_json::from_str(&plane.kubectl(&all).success()).expect("kubectl writes JSON")
}

/// A namespace of its own for a test, with one object of each kind that says everything a status can.
fn namespace_with_objects(name: &str) -> &'static ControlPlane {
    let plane = plane();
    plane.kubectl(&["create", "namespace", name]).success();
    let namespace = format!("--namespace={name}");
    for file in
        ["meta-account", "meta-qr-code-poster", "meta-template-order-shipped", "meta-template-catalog"]
    {
        let file = absolute(format!("examples/{file}.yaml"));
        plane.kubectl(&["create", &namespace, "--filename", &file]).success();
    }
    let ready = |reason: &str| {
        json!([{
            "type": "Ready", "status": "True", "reason": reason, "message": "all is well",
            "lastTransitionTime": "2026-05-01T10:00:00Z", "observedGeneration": 1,
        }])
    };
    let statuses = [
        (
            "waacc/shop",
            json!({
                "observedGeneration": 1, "conditions": ready("Connected"), "identity": "meta/102290129340398",
                "counts": {"qrCodes": 12, "templates": 40}, "unclaimed": 3,
                "deletionWindow": {"base": 120, "deleted": 8, "startedAt": "2026-05-01T10:00:00Z"},
            }),
        ),
        (
            "waqr/poster",
            json!({
                "observedGeneration": 1, "conditions": ready("Live"), "code": "ANED2T5QRU7HG1",
                "deepLinkUrl": "https://wa.me/message/ANED2T5QRU7HG1",
                "previousCodes": [{"code": "D9II3ABC", "reason": "Replaced"}],
            }),
        ),
        (
            "watpl/order-shipped-en",
            json!({
                "observedGeneration": 1, "conditions": ready("Approved"), "templateId": "594425479261596",
                "review": {"state": "Approved", "qualityScore": "GREEN"}, "category": "UTILITY",
                "edits": {"used": 3, "of": 10}, "submittedHash": "v1:3f2a9c1d",
            }),
        ),
    ];
    for (object, status) in statuses {
        let patch = json!({ "status": status }).to_string();
        let said = plane.kubectl(&[
            "patch",
            &namespace,
            object,
            "--subresource=status",
            "--type=merge",
            "--patch",
            &patch,
        ]);
        assert_eq!(said.stderr, "", "{object}");
        said.success();
    }
    plane
}

#[test]
fn the_crds_are_accepted_in_full() {
    for name in CRDS {
        let crd = get(plane(), &["crd", name]);
        let conditions = crd["status"]["conditions"].as_array().unwrap();
        let states: BTreeMap<_, _> =
            conditions.iter().map(|c| (c["type"].as_str().unwrap(), c["status"].as_str().unwrap())).collect();
        let wanted = BTreeMap::from([("Established", "True"), ("NamesAccepted", "True")]);
        assert_eq!(states, wanted, "{name}: anything else, such as NonStructuralSchema, is a complaint");
        assert_eq!(crd["status"]["storedVersions"], json!(["v1alpha1"]));
        let served = &crd["spec"]["versions"][0]["schema"];
        let file = fs::read_to_string(root().join("crds").join(file_of(name))).unwrap();
        let written = documents(&file).next().unwrap().unwrap().root.to_json();
        assert_eq!(
            *served, written["spec"]["versions"][0]["schema"],
            "{name}: the API server dropped something"
        );
    }
}

/// `whatsappaccounts.waops.dev` stands in `whatsappaccount.yaml`.
fn file_of(crd: &str) -> String {
    format!("{}.yaml", crd.strip_suffix("s.waops.dev").unwrap())
}

#[test]
fn the_valid_examples_can_be_created_and_applied_again_and_again() {
    let plane = plane();
    let files: Vec<String> = valid().iter().map(absolute).collect();
    let on_all = |command: &[&'static str]| {
        let mut args = command.to_vec();
        let files: Vec<&str> = files.iter().flat_map(|file| ["--filename", file.as_str()]).collect();
        args.extend(files);
        let said = plane.kubectl(&args);
        assert_eq!(said.stderr, "", "kubectl {command:?}");
        said.success()
    };
    let versions = || {
        let list = get(plane, &["waops", "--all-namespaces"]);
        let items = list["items"].as_array().unwrap().iter().map(|item| &item["metadata"]);
        let ours = items.filter(|metadata| {
            ["default", "platform", "marketing"].contains(&metadata["namespace"].as_str().unwrap())
        });
        ours.map(|metadata| {
            (
                metadata["uid"].to_string(),
                (metadata["resourceVersion"].clone(), metadata["generation"].clone()),
            )
        })
        .collect::<BTreeMap<_, _>>()
    };
    let created = on_all(&["create"]);
    assert!(created.lines().all(|line| line.ends_with(" created")), "{created}");
    on_all(&["apply", "--server-side"]);
    let first = versions();
    assert!(first.len() >= 24, "{first:?}");
    assert!(
        first.values().all(|(_, generation)| generation == 1),
        "applying the same changed a spec: {first:?}"
    );
    on_all(&["apply", "--server-side"]);
    assert_eq!(first, versions(), "applying the same a second time is no change");
}

#[test]
fn the_kustomize_example_can_be_built_validated_and_applied() {
    let overlay = absolute("examples/kustomize/overlays/production");
    let built = plane().kubectl(&["kustomize", &overlay]).success();
    let accounts = "examples/meta-account-shared.yaml";
    let said = waops_stdin(["validate", "--strict", "--filename", "-", "--filename", accounts], &built);
    assert_eq!(said.code, 0, "{}", said.stdout);
    let said = plane().kubectl(&["apply", "--server-side", "--kustomize", &overlay]);
    assert_eq!(said.stderr, "");
    said.success();
    let menu = get(plane(), &["--namespace=restaurant", "waqr", "menu"]);
    assert_eq!(menu["spec"]["accountRef"], json!({"name": "brand", "namespace": "platform"}));
    assert_eq!(menu["spec"]["policies"]["deletion"], "Retain");
}

#[test]
fn explain_says_what_a_field_is_and_shows_an_example() {
    let fields = [
        ("waacc.spec.meta.businessAccountId", "<string>", "Example: \"102290129340398\""),
        ("waacc.spec.policies.enforced", "<[]string>", "Example: [update]"),
        ("waacc.spec.limits.requestsPerSecond", "<integer>", "Example: 2"),
        ("waqr.spec.prefilledMessage", "<string>", "Example: Hi! I saw your poster"),
        ("waqr.status.code", "<string>", "Example: ANED2T5QRU7HG1"),
        ("whatsapptemplates.spec.components.buttons.type", "<string>", "Example: URL"),
        ("watpl.spec.components.carousel.cards.header.format", "<string>", "Example: TEXT"),
        ("watpl.spec.examples", "<map[string]string>", "Example: {name: Ana, order_id: \"A1\"}"),
    ];
    for (field, kind, example) in fields {
        let page = plane().kubectl(&["explain", field]).success();
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(&format!("FIELD: {} {kind}", field.rsplit_once('.').unwrap().1)),
            "{field}:\n{page}"
        );
        assert!(words.contains(example), "{field}:\n{page}");
        let description = page.split("DESCRIPTION:").nth(1).unwrap_or_default().trim_start();
        assert!(!description.starts_with("Example"), "{field} has no words:\n{page}");
        assert!(!description.contains("<empty>"), "{field} has no words:\n{page}");
    }
    for (object, line) in [
        ("waqr.spec", "prefilledMessage <string> -required-"),
        (
            "watpl.spec.components.buttons",
            "type <string> -required- enum: PHONE_NUMBER, URL, QUICK_REPLY, COPY_CODE",
        ),
        ("watpl.spec", "category <string> -required- enum: UTILITY, MARKETING, AUTHENTICATION"),
    ] {
        let page = plane().kubectl(&["explain", object]).success();
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(line), "{object}:\n{page}");
    }
    for (plural, _, kind) in NAMES {
        let page = plane().kubectl(&["explain", plural]).success();
        assert!(page.contains(&format!("{kind} is ")), "{page}");
        assert!(page.contains("VERSION:    v1alpha1"), "{page}");
    }
}

/// A table of kubectl: its heads, and the first row by them. Columns are three blanks apart.
fn first_row(table: &str) -> Vec<(String, String)> {
    let (head, row) = (table.lines().next().unwrap(), table.lines().nth(1).unwrap());
    let starts = |at: &usize| *at == 0 || (head[..*at].ends_with("   ") && !head[*at..].starts_with(' '));
    let starts: Vec<usize> = (0..head.len()).filter(starts).collect();
    let cut = |line: &str, index: usize| {
        let end = starts.get(index + 1).copied().unwrap_or(line.len()).min(line.len());
        line[starts[index].min(end)..end].trim().to_owned()
    };
    (0..starts.len()).map(|index| (cut(head, index), cut(row, index))).collect()
}

/// Heads and values.
type Columns = &'static [(&'static str, &'static str)];

#[test]
fn get_shows_the_columns_that_people_want() {
    let plane = namespace_with_objects("columns");
    let cases: [(&str, Columns, Columns); 3] = [
        (
            "waacc/shop",
            &[("READY", "True"), ("STATE", "Connected"), ("IDENTITY", "meta/102290129340398"), ("AGE", "*")],
            &[
                ("QR CODES", "12"),
                ("TEMPLATES", "40"),
                ("UNCLAIMED", "3"),
                ("SUSPENDED", ""),
                ("MESSAGE", "all is well"),
            ],
        ),
        (
            "waqr/poster",
            &[("READY", "True"), ("STATE", "Live"), ("CODE", "ANED2T5QRU7HG1"), ("AGE", "*")],
            &[
                ("ACCOUNT", "shop"),
                ("PHONE", "+4930901820"),
                ("LINK", "https://wa.me/message/ANED2T5QRU7HG1"),
                ("MESSAGE", "all is well"),
            ],
        ),
        (
            "watpl/order-shipped-en",
            &[
                ("READY", "True"),
                ("REVIEW", "Approved"),
                ("LANGUAGE", "en_US"),
                ("CATEGORY", "UTILITY"),
                ("AGE", "*"),
            ],
            &[
                ("TEMPLATE", "order_shipped"),
                ("ACCOUNT", "shop"),
                ("QUALITY", "GREEN"),
                ("ID", "594425479261596"),
                ("STATE", "Approved"),
                ("MESSAGE", "all is well"),
            ],
        ),
    ];
    for (object, narrow, wide) in cases {
        let check = |table: String, wanted: Vec<&(&str, &str)>| {
            let row = first_row(&table);
            let mut row = row.iter();
            assert_eq!(row.next().map(|(head, _)| head.as_str()), Some("NAME"), "{table}");
            let row: Vec<_> = row.map(|(head, value)| (head.as_str(), value.as_str())).collect();
            assert_eq!(row.len(), wanted.len(), "{table}");
            for ((head, value), (wanted_head, wanted_value)) in row.iter().zip(wanted) {
                assert_eq!(head, wanted_head, "{table}");
                assert!(*wanted_value == "*" || value == wanted_value, "{head}: {value:?} in\n{table}");
            }
        };
        check(plane.kubectl(&["--namespace=columns", "get", object]).success(), narrow.iter().collect());
        let table = plane.kubectl(&["--namespace=columns", "get", object, "--output=wide"]).success();
        check(table, narrow.iter().chain(wide).collect());
    }
}

#[test]
fn the_kinds_have_short_names_a_category_and_selectable_fields() {
    let plane = namespace_with_objects("names");
    let names = |args: &[&str]| -> BTreeSet<String> {
        let mut all = vec!["--namespace=names", "get", "--output=name"];
        all.extend(args);
        plane.kubectl(&all).success().lines().map(str::to_owned).collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let account = "whatsappaccount.waops.dev/shop";
    let code = "whatsappqrcode.waops.dev/poster";
    let (shipped, catalog) =
        ("whatsapptemplate.waops.dev/order-shipped-en", "whatsapptemplate.waops.dev/catalog");
    assert_eq!(names(&["waops"]), set(&[account, code, shipped, catalog]));
    for (plural, short, kind) in NAMES {
        assert_eq!(names(&[short]), names(&[plural]), "{kind}");
        assert_eq!(names(&[short]), names(&[kind.to_lowercase().as_str()]), "{kind}");
    }
    for (kind, selector, wanted) in [
        ("waqr", "spec.accountRef.name=shop", set(&[code])),
        ("waqr", "spec.accountRef.name=shop-cn", set(&[])),
        ("waqr", "spec.phoneNumber=+4930901820", set(&[code])),
        ("waqr", "status.code=ANED2T5QRU7HG1", set(&[code])),
        ("watpl", "spec.accountRef.name=shop", set(&[shipped, catalog])),
        ("watpl", "spec.name=order_shipped,spec.language=en_US", set(&[shipped])),
        ("watpl", "spec.category!=UTILITY", set(&[catalog])),
    ] {
        assert_eq!(names(&[kind, "--field-selector", selector]), wanted, "{kind} {selector}");
    }
}

#[test]
fn wait_follows_the_conditions_and_a_status_is_no_part_of_the_spec() {
    let plane = namespace_with_objects("waits");
    let wait = |object: &str, condition: &str, timeout: &str| {
        let (condition, timeout) = (format!("--for=condition={condition}"), format!("--timeout={timeout}"));
        plane.kubectl(&["--namespace=waits", "wait", object, &condition, &timeout])
    };
    for object in ["waacc/shop", "waqr/poster", "watpl/order-shipped-en"] {
        wait(object, "Ready", "10s").success();
        assert!(!wait(object, "Stalled", "1s").status.success());
    }
    let before = get(plane, &["--namespace=waits", "waqr", "poster"]);
    assert_eq!(before["metadata"]["generation"], 1, "a status does not count as a change");
    let patch = r#"{"status": {"code": "FORGED"}}"#;
    plane.kubectl(&["--namespace=waits", "patch", "waqr/poster", "--type=merge", "--patch", patch]).success();
    let after = get(plane, &["--namespace=waits", "waqr", "poster"]);
    assert_eq!(before["status"], after["status"], "a status is written through its subresource alone");
}

#[test]
fn an_empty_field_of_a_rendered_chart_counts_as_absent() {
    let manifest = "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppTemplate\nmetadata: {name: empty-fields}\nspec:\n  \
                    accountRef: {name: shop}\n  name: empty_fields\n  language: en\n  category: AUTHENTICATION\n  \
                    components:\n    header:\n    body:\n      text:\n    footer: {codeExpirationMinutes: 5, text: null}\n    \
                    buttons: [{type: COPY_CODE}]\n  policies:\n";
    let said =
        plane().kubectl_stdin(&["apply", "--dry-run=server", "--output=json", "--filename=-"], manifest);
    let json: Json = serde_json::from_str(&said.success()).unwrap();
    let wanted =
        json!({"body": {}, "footer": {"codeExpirationMinutes": 5}, "buttons": [{"type": "COPY_CODE"}]});
    assert_eq!(json["spec"]["components"], wanted);
    assert_eq!(json["spec"]["policies"], Json::Null);
    let said = waops_stdin(["validate", "--filename=-"], manifest);
    assert_eq!(said.code, 0, "and so for lint:\n{}", said.stdout);
}

/// What the API server says to a manifest.
fn apply(plane: &ControlPlane, file: &str) -> Output {
    plane.kubectl(&["apply", "--dry-run=server", "--filename", &absolute(file)])
}

/// The CEL rules whose words stand in an answer of the API server.
fn cel_rules_in(answer: &str) -> Vec<&'static CelRule> {
    rules::ALL.iter().filter(|rule| answer.contains(rule.message)).collect()
}

fn compare(example: &Invalid, said: &Output) -> Vec<String> {
    let name = example.name();
    let mut differences = Vec::new();
    let rejected = !said.status.success();
    if rejected != example.rejected {
        let verdict = if rejected { "rejects" } else { "accepts" };
        differences.push(format!("{name}: the API server {verdict} it, unlike its header: {}", said.stderr));
    }
    if !rejected && !said.stderr.is_empty() {
        differences.push(format!("{name}: the API server warns: {}", said.stderr));
    }
    let (found, _) = findings(&[name]);
    for rule in cel_rules_in(&said.stderr) {
        let agrees = found.iter().any(|finding| {
            finding["rule"] == rule.id
                && finding["severity"] == "error"
                && finding["message"].as_str().is_some_and(|message| message.contains(rule.message))
        });
        if !agrees {
            differences.push(format!("{name}: CEL rejects by {}, and lint finds only {found:?}", rule.id));
        }
    }
    for id in example.rules() {
        if rules::ALL.iter().any(|rule| rule.id == id)
            && !cel_rules_in(&said.stderr).iter().any(|rule| rule.id == id)
        {
            differences.push(format!("{name}: lint finds {id}, and CEL does not: {}", said.stderr));
        }
    }
    differences
}

/// Rules that some manifest breaks to which the API server has nothing to say.
const LINT_ONLY: &str = "tests/lint_only.txt";

#[test]
fn the_api_server_and_lint_agree_on_every_invalid_example() {
    let plane = plane();
    let mut differences = Vec::new();
    let mut lint_only = BTreeSet::new();
    for example in invalid() {
        let said = apply(plane, example.name());
        if said.status.success() {
            lint_only.extend(example.rules().into_iter().map(str::to_owned));
        }
        differences.extend(compare(&example, &said));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));

    let lint_only: Vec<String> = lint_only.into_iter().collect();
    let lint_only = lint_only.join("\n") + "\n";
    println!("what only lint can see:\n{lint_only}");
    if std::env::var_os("WAOPS_BLESS").is_some() {
        fs::write(root().join(LINT_ONLY), &lint_only).unwrap();
    }
    let committed = fs::read_to_string(root().join(LINT_ONLY)).unwrap_or_default();
    assert_eq!(
        committed, lint_only,
        "{LINT_ONLY} is not up to date: WAOPS_BLESS=1 cargo test --test api_server"
    );
}

#[test]
fn what_identifies_an_object_cannot_be_changed() {
    let plane = plane();
    plane.kubectl(&["create", "namespace", "immutable"]).success();
    let apply =
        |manifest: &str| plane.kubectl_stdin(&["--namespace=immutable", "apply", "--filename=-"], manifest);
    let mut shown = BTreeSet::new();
    for pair in pairs() {
        let name = pair.path.display();
        apply(&pair.before).success();
        let said = apply(&pair.after);
        assert!(!said.status.success(), "{name}: the change was accepted: {}", said.stdout);
        let broken: Vec<_> = cel_rules_in(&said.stderr).iter().map(|rule| rule.id).collect();
        // One message serves two places, which are rules of their own only where they differ.
        assert_eq!(broken, [pair.rule.as_str()], "{name}: {}", said.stderr);
        shown.insert(pair.rule);
    }
    let transitions = rules::ALL.iter().filter(|rule| rule.is_transition());
    let missing: Vec<_> = transitions.filter(|rule| !shown.contains(rule.id)).map(|rule| rule.id).collect();
    assert!(missing.is_empty(), "no pair of manifests breaks {missing:?}");
}

#[test]
fn what_does_not_identify_an_object_can_be_changed() {
    let plane = namespace_with_objects("changes");
    for (object, patch) in [
        (
            "waacc/shop",
            json!({"spec": {"meta": {"graphVersion": "v26.0", "appId": null}, "driftCheckInterval": "1h"}}),
        ),
        ("waqr/poster", json!({"spec": {"phoneNumber": "4930901820", "prefilledMessage": "Hello!"}})),
        ("watpl/order-shipped-en", json!({"spec": {"category": "MARKETING", "messageSendTtlSeconds": null}})),
    ] {
        let patch = patch.to_string();
        let said =
            plane.kubectl(&["--namespace=changes", "patch", object, "--type=merge", "--patch", &patch]);
        assert_eq!(said.stderr, "", "{object}");
        said.success();
    }
}

#[test]
fn objects_of_every_released_version_survive_an_upgrade() {
    let releases = fs::read_dir(root().join("crds/released")).unwrap().map(|entry| entry.unwrap().path());
    let releases: Vec<PathBuf> = releases.filter(|path| path.is_dir()).collect();
    assert!(!releases.is_empty(), "crds/released holds no release");
    for release in releases {
        survive(&release);
    }
}

fn survive(release: &Path) {
    // One of its own: the others' CRDs are always the current ones.
    let plane = ControlPlane::start_without_controllers();
    let name = release.display();
    install(&plane, release.to_str().unwrap());
    for namespace in NAMESPACES {
        plane.kubectl(&["create", "namespace", namespace]).success();
    }
    let objects = release.join("objects.yaml");
    plane.kubectl(&["create", "--filename", objects.to_str().unwrap()]).success();
    let stored = || {
        let list = get(&plane, &["waops", "--all-namespaces"]);
        let mut objects = list["items"].as_array().unwrap().clone();
        for object in &mut objects {
            // What the definitions of today say of an object that nobody has looked at yet.
            if object["status"] == json!({"observedGeneration": -1}) {
                object.as_object_mut().unwrap().remove("status");
            }
        }
        objects
    };
    let before = stored();
    assert!(before.len() >= 24, "{name}: too few objects");
    install(&plane, &absolute("crds"));
    assert_eq!(before, stored(), "{name}: the upgrade changed objects");
    for object in &before {
        let field = |field: &str| object["metadata"][field].as_str().unwrap();
        let target = format!("{}/{}", object["kind"].as_str().unwrap(), field("name"));
        let namespace = format!("--namespace={}", field("namespace"));
        let patch = r#"{"spec": {"suspend": false}, "metadata": {"labels": {"upgraded": "yes"}}}"#;
        let said = plane.kubectl(&[&namespace, "patch", &target, "--type=merge", "--patch", patch]);
        assert_eq!(said.stderr, "", "{name}: {target}");
        said.success();
    }
}

#[test]
fn the_generated_files_are_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let said = waops(["crds", "--out", folder.path().to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for (_, _, kind) in NAMES {
        for name in [format!("{}.yaml", kind.to_lowercase()), format!("schemas/{}.json", kind.to_lowercase())]
        {
            let written = fs::read_to_string(folder.path().join(&name)).unwrap();
            let committed = fs::read_to_string(root().join("crds").join(&name)).unwrap();
            assert!(written == committed, "crds/{name} is not up to date: run `make generate`");
        }
    }
}

/// kstatus takes an object without a status for one that needs none.
#[test]
fn an_object_that_nobody_has_looked_at_does_not_count_as_settled() {
    let plane = plane();
    plane.kubectl(&["create", "namespace", "untouched"]).success();
    let file = absolute("examples/meta-qr-code-poster.yaml");
    plane.kubectl(&["create", "--namespace=untouched", "--filename", &file]).success();
    let poster = get(plane, &["--namespace=untouched", "--filename", &file]);
    assert_eq!(poster["status"], json!({"observedGeneration": -1}));
}
