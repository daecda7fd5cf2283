//! What a folder of manifests makes of a store, and what it never does.

use std::fs;
use std::path::PathBuf;

use futures::FutureExt;
use jiff::Timestamp;
use tempfile::TempDir;

use super::folder::{DEFAULT_NAMESPACE, Options, Outcome, Refused, read};
use super::*;
use crate::api::{Claim, Intent, Kind, Operation};
use crate::engine::object::AccountObject;
use crate::engine::store::{Hold, Store};
use crate::plan::claim::Written;
use crate::plan::facts::{Cause, Key};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ACCOUNT: &str = "apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop, annotations: {waops.dev/take-over: there}}
spec: {meta: {businessAccountId: \"102290129340398\", credentials: {secretRef: {name: token}}}}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {accessToken: EAAG}
---
apiVersion: v1
kind: Namespace
metadata: {name: marketing, labels: {team: shop}}
";

fn code(name: &str, text: &str) -> String {
    format!(
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {{name: {name}}}\nspec:\n  \
         accountRef: {{name: shop}}\n  phoneNumber: \"+4930901820\"\n  prefilledMessage: {text}\n"
    )
}

fn key(name: &str) -> Key {
    Key::new(Kind::QrCode, DEFAULT_NAMESPACE, name)
}

struct Manifests(TempDir);

impl Manifests {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.path().join(name)).unwrap();
    }

    fn options(&self) -> Options {
        let paths = vec![self.0.path().to_owned()];
        Options { paths, namespace: None, secrets: None, provider: None }
    }

    fn declare(&self, store: &Memory, prunes: bool) -> Outcome {
        read(&self.options()).unwrap().declare(store, prunes, &|_| None, NOW).unwrap()
    }
}

/// As if the engine had made its code.
fn own(store: &Memory, name: &str, intent: Option<Operation>) {
    let version = store.object(&key(name)).unwrap().meta.version.clone();
    let intent = intent.map(|operation| Intent {
        operation,
        from: None,
        text_hash: "3f2a".into(),
        same_text: vec![],
        absent_at: None,
        deadline: Time(NOW),
    });
    let claim =
        Claim { n: 1, code: Some("ANED2T5QRU7HG1".into()), intent: intent.map(Box::new), ..Claim::default() };
    store.hold(&key(name), &version, Hold::Claim(&claim)).now_or_never().unwrap().unwrap();
}

fn secret(store: &Memory) -> Option<Vec<u8>> {
    let data = store.secret(DEFAULT_NAMESPACE, "token").now_or_never().unwrap().unwrap();
    data.and_then(|data| data.get("accessToken").cloned())
}

#[test]
fn a_folder_becomes_objects_secrets_and_labels() {
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
    let store = Memory::new("here");
    let outcome = folder.declare(&store, false);
    let shop = AccountObject::key_of(DEFAULT_NAMESPACE, "shop");
    assert_eq!(outcome.created, [shop.clone(), key("poster")]);
    assert_eq!(store.account(&shop).unwrap().take_over.as_deref(), Some("there"));
    assert_eq!(secret(&store).as_deref(), Some(&b"EAAG"[..]));
    let labels = |namespace: &str| store.labels(namespace).now_or_never().unwrap().unwrap();
    let marketing = labels("marketing").unwrap();
    assert_eq!(
        (marketing["team"].as_str(), marketing["kubernetes.io/metadata.name"].as_str()),
        ("shop", "marketing")
    );
    assert!(labels(DEFAULT_NAMESPACE).is_some() && labels("elsewhere").is_none());
    let read = read(&folder.options()).unwrap();
    let spot = read.spot(&key("poster")).unwrap().to_string();
    assert!(spot.ends_with("b.yaml:1:1"), "{spot}");
    assert_eq!(folder.declare(&store, true), Outcome::default(), "the same again is nothing");
    folder.write("b.yaml", &code("poster", "Hello"));
    assert_eq!(folder.declare(&store, false).changed, [key("poster")]);
}

#[test]
fn a_folder_with_errors_is_refused_as_a_whole() {
    let cases = [
        (code("Poster", "Hi"), "manifest-name", "what validate refuses"),
        ("a: [".to_owned(), "yaml-syntax", "what is no YAML"),
    ];
    for (text, rule, reason) in cases {
        let folder = Manifests::new(&[("a.yaml", &code("flyer", "Hi")), ("b.yaml", &text)]);
        let Err(Refused::Findings(report)) = read(&folder.options()) else { panic!("{reason}") };
        assert!(
            report.findings.iter().any(|finding| finding.rule.id == rule),
            "{reason}: {:?}",
            report.findings
        );
    }
    let cases = [
        (
            code("flyer", "Ho").replace("name: flyer", "name: flyer, namespace: default"),
            "is declared at",
            "one object, its namespace written in one of the two",
        ),
        (code("x", "Ho").replace("name: x", "generateName: x-"), "metadata.name", "no name of its own"),
        (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: '?'}".to_owned(),
            "base64",
            "a Secret",
        ),
    ];
    for (text, wanted, reason) in cases {
        let folder = Manifests::new(&[("a.yaml", &code("flyer", "Hi")), ("b.yaml", &text)]);
        let Err(Refused::Wrong(said)) = read(&folder.options()) else { panic!("{reason}") };
        assert!(said.contains("b.yaml:1:1") && said.contains(wanted), "{reason}: {said}");
    }
}

#[test]
fn what_left_the_folder_is_an_orphan_until_somebody_prunes() {
    let folder = Manifests::new(&[
        ("a.yaml", ACCOUNT),
        ("b.yaml", &code("poster", "Hi")),
        ("c.yaml", &code("x", "Ho")),
    ]);
    let store = Memory::new("here");
    folder.declare(&store, false);
    own(&store, "poster", None);
    folder.remove("b.yaml");
    folder.remove("c.yaml");
    let outcome = folder.declare(&store, false);
    assert_eq!((outcome.orphans, outcome.pruned), (vec![key("poster")], vec![]));
    assert_eq!(store.object(&key("x")), None, "it never owned anything");
    assert!(store.object(&key("poster")).unwrap().meta.deleting.is_none());
    let outcome = folder.declare(&store, true);
    assert_eq!((outcome.orphans, outcome.pruned), (vec![], vec![key("poster")]));
    let going = store.object(&key("poster")).unwrap().meta.deleting.unwrap();
    assert_eq!(going.cause, Cause::Person);
    assert_eq!(folder.declare(&store, false).pruned, [key("poster")], "it goes on going");
}

/// A renamed file: the old object stays beside the new one, so that planning can hand its code on.
#[test]
fn claim_07_a_renamed_object_stays_until_its_heir_has_its_code() {
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
    let store = Memory::new("here");
    folder.declare(&store, false);
    own(&store, "poster", None);
    folder.write("b.yaml", &code("banner", "Hi"));
    let outcome = folder.declare(&store, true);
    assert_eq!((outcome.created, outcome.pruned), (vec![key("banner")], vec![key("poster")]));
    let old = store.object(&key("poster")).unwrap();
    assert!(
        old.meta.held && matches!(old.annotation, Written::Says(_)),
        "the claim is still there to be inherited"
    );
}

#[test]
fn a_manifest_that_comes_back_is_kept_unless_its_deletion_is_under_way() {
    let cases = [
        (None, Cause::Person, true, "nothing happened yet"),
        (Some(Operation::Delete), Cause::Person, false, "the call may be out"),
        (
            Some(Operation::Update),
            Cause::Person,
            true,
            "nobody has asked for its end, whatever became of the change",
        ),
        (None, Cause::Leaving, false, "it is let go for another reason"),
    ];
    for (intent, cause, stays, reason) in cases {
        let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
        let store = Memory::new("here");
        folder.declare(&store, false);
        own(&store, "poster", intent);
        store.delete(&key("poster"), cause, NOW);
        let outcome = folder.declare(&store, false);
        assert_eq!(outcome.kept, if stays { vec![key("poster")] } else { vec![] }, "{reason}");
        assert_eq!(store.object(&key("poster")).unwrap().meta.deleting.is_none(), stays, "{reason}");
    }
}

#[test]
fn what_goes_in_a_cluster_goes_whatever_the_manifests_say() {
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
    let shop = AccountObject::key_of(DEFAULT_NAMESPACE, "shop");
    let cluster = Memory::new("there");
    folder.declare(&cluster, false);
    own(&cluster, "poster", None);
    for going in [&shop, &key("poster")] {
        cluster.delete(going, Cause::Person, NOW);
    }
    let outcome = read(&folder.options()).unwrap().declare_among_others(&cluster, &|_| None, NOW);
    assert!(outcome.kept.is_empty());
    assert!(cluster.object(&key("poster")).unwrap().meta.deleting.is_some());
}

#[test]
fn an_account_stays_as_long_as_objects_need_it() {
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
    let shop = AccountObject::key_of(DEFAULT_NAMESPACE, "shop");
    let store = Memory::new("here");
    folder.declare(&store, false);
    own(&store, "poster", None);
    folder.remove("a.yaml");
    assert_eq!(folder.declare(&store, true).orphans, std::slice::from_ref(&shop));
    assert!(store.account(&shop).is_some() && secret(&store).is_none(), "its Secret left with the manifests");
    folder.write("b.yaml", ACCOUNT);
    folder.declare(&store, true);
    store.interfere(&key("poster"), |object| object.meta.held = false);
    folder.write("b.yaml", &code("flyer", "Hi").replace("{name: shop}", "{name: other}"));
    folder.declare(&store, true);
    assert_eq!(store.account(&shop), None, "nobody refers to it");
}

#[test]
fn single_files_say_nothing_about_what_is_gone() {
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
    let store = Memory::new("here");
    folder.declare(&store, false);
    own(&store, "poster", None);
    let one: PathBuf = folder.0.path().join("a.yaml");
    let read = read(&Options { paths: vec![one], ..folder.options() }).unwrap();
    assert_eq!(read.declare(&store, false, &|_| None, NOW).unwrap(), Outcome::default());
    assert!(
        read.declare(&store, true, &|_| None, NOW).unwrap_err().contains("--prune needs one whole folder")
    );
}

#[test]
fn a_claim_in_a_manifest_counts_only_for_an_object_that_is_new() {
    let copied = code("poster", "Hi")
        .replace("{name: poster}", "{name: poster, annotations: {waops.dev/claim: '{\"n\":9'}}");
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &copied)]);
    let store = Memory::new("here");
    folder.declare(&store, false);
    assert_eq!(store.object(&key("poster")).unwrap().annotation, Written::Garbled);
    own(&store, "poster", None);
    folder.declare(&store, false);
    assert!(matches!(store.object(&key("poster")).unwrap().annotation, Written::Says(_)));
}

#[test]
fn secrets_come_from_documents_then_a_file_then_the_environment() {
    let folder = Manifests::new(&[("a.yaml", ACCOUNT), ("b.yaml", &code("poster", "Hi"))]);
    let elsewhere = Manifests::new(&[(
        "s.yaml",
        "kind: Secret\nmetadata: {name: token}\nstringData: {accessToken: FILE}",
    )]);
    let options = Options { secrets: Some(elsewhere.0.path().join("s.yaml")), ..folder.options() };
    let store = Memory::new("here");
    read(&options).unwrap().declare(&store, false, &|_| None, NOW).unwrap();
    assert_eq!(secret(&store).as_deref(), Some(&b"FILE"[..]));
    let environment = |name: &str| (name == "WAOPS_SECRET_TOKEN_ACCESS_TOKEN").then(|| "ENV".to_owned());
    read(&options).unwrap().declare(&store, false, &environment, NOW).unwrap();
    assert_eq!(secret(&store).as_deref(), Some(&b"ENV"[..]));
    elsewhere.write("s.yaml", "kind: Secret\nstringData: {accessToken: [FILE");
    let Err(Refused::Wrong(said)) = read(&options) else { panic!("no YAML") };
    assert!(said.contains("s.yaml") && !said.contains("FILE"), "{said}");
    let both = Options { paths: vec!["-".into()], secrets: Some("-".into()), ..folder.options() };
    assert!(matches!(read(&both), Err(Refused::Wrong(said)) if said.contains("not both")));
}
