//! The whole story: an account that exists is imported, committed, taken over by an operator that Helm installed, and changed by
//! a pull request that costs something; approved, merged, applied by Flux, and reverted.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::ci::Runner;
use crate::flux_controller::{SYSTEM, flux};
use crate::forge::Forge;
use crate::house::{House, defined, secret};
use crate::repository::{begin, commit, done};
use crate::support::Said;

const ACCOUNTS: &str = "apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop}
spec:
  meta: {businessAccountId: \"102290129340398\", credentials: {secretRef: {name: shop}}}
---
apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop-cn}
spec:
  alibaba: {custSpaceId: cams-simulator, credentials: {secretRef: {name: shop-cn}}}
";

struct Story {
    house: House<'static>,
    repository: tempfile::TempDir,
    forge: Forge,
}

impl Story {
    fn path(&self) -> &Path {
        self.repository.path()
    }

    fn waops(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
        let url = &self.house.simulator.url;
        command.args(arguments).arg("-f").arg(self.path()).stdin(Stdio::null());
        command.env("WAOPS_META_ENDPOINT", url).env("WAOPS_ALIBABA_ENDPOINT", url);
        Said::of(&command.output().unwrap())
    }

    /// The check of the pull request of this branch, as the shipped action makes it: it reaches no provider.
    fn review(&self) -> (Said, String) {
        let mut runner = Runner::github(self.path(), &self.forge);
        runner.set("KUBECONFIG", &self.house.plane.kubeconfig().display().to_string());
        for name in ["WAOPS_META_ENDPOINT", "WAOPS_ALIBABA_ENDPOINT"] {
            runner.set(name, "http://127.0.0.1:9");
        }
        // The base is a branch of the clone of a CI; here both are one.
        let inputs = json!({"against": "cluster", "namespace": "story", "base": "main"});
        let said = runner.action(&inputs);
        let comments = self.forge.comments();
        assert_eq!(comments.len(), 1, "one comment, kept up to date: {comments:?}");
        (said, comments[0].1.clone())
    }

    /// The file of the code with this text.
    fn file_of(&self, text: &str) -> String {
        let files = done(self.path(), &["grep", "--name-only", text, "--", "*.yaml"]);
        files.lines().next().unwrap().to_owned()
    }

    fn edit(&self, file: &str, change: impl Fn(String) -> String) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let changed = change(text.clone());
        assert_ne!(changed, text);
        fs::write(path, changed).unwrap();
        commit(self.path(), &format!("Change {file}"));
    }

    /// Every code at the providers, with its text.
    fn codes(&self) -> Vec<(String, String)> {
        let objects = self.house.simulator.simulator().objects();
        let lists = objects["codes"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut codes: Vec<_> = lists.map(|code| (text(&code["message"]), text(&code["code"]))).collect();
        codes.sort();
        codes
    }

    fn writes(&self) -> usize {
        let journal = self.house.simulator.simulator().journal(0);
        let is_write = |operation: &str| {
            ["POST ", "DELETE ", "Create", "Update", "Modify", "Delete"]
                .iter()
                .any(|verb| operation.starts_with(verb))
        };
        journal.iter().filter(|entry| is_write(&entry.operation)).count()
    }
}

/// The line that approves, out of a text.
fn approval(text: &str) -> String {
    let (_, rest) = text.split_once("approve: ").unwrap_or_else(|| panic!("no line that approves: {text}"));
    format!("  approve: {}\n", rest.split(|c: char| c.is_whitespace() || "|;)<`".contains(c)).next().unwrap())
}

/// A shop with a poster at Meta, a menu at Alibaba and a template, all made by hand.
fn begun() -> Story {
    let house = House::prepared(defined(), "story");
    for change in [
        json!({"addCode": {"provider": "meta", "phone": "106540352242922", "code": null, "message": "I saw your poster"}}),
        json!({"addCode": {"provider": "alibaba", "phone": "4930901820", "code": null, "message": "What is on the menu?"}}),
        json!({"addTemplate": {"provider": "meta", "space": "102290129340398", "name": "order_shipped", "language": "en_US",
            "category": "UTILITY", "components": [{"type": "BODY", "text": "Your parcel is on its way."}]}}),
    ] {
        house.behind_our_back(&serde_json::from_value(change).unwrap());
    }
    let repository = tempfile::tempdir().unwrap();
    fs::write(repository.path().join("accounts.yaml"), ACCOUNTS).unwrap();
    // Never in Git.
    let secrets = [
        secret("shop", &json!({"accessToken": "EAAJsimulator"})),
        secret("shop-cn", &json!({"accessKeyId": "LTAI5tSimulator", "accessKeySecret": "simulator-secret"})),
    ];
    for secret in &secrets {
        house.apply(secret);
    }
    let lines: Vec<String> = secrets.iter().map(Value::to_string).collect();
    fs::write(repository.path().join("credentials.yaml"), lines.join("\n---\n")).unwrap();
    fs::write(repository.path().join(".gitignore"), "credentials.yaml\n.waops/\n").unwrap();
    Story { house, repository, forge: Forge::start() }
}

#[test]
fn from_an_import_to_a_revert_one_code_dies_and_only_because_somebody_said_so() {
    let story = begun();
    let codes = story.codes();
    assert_eq!(codes.len(), 2);

    // Imported and committed.
    story.waops(&["import", "--account", "shop"]).ends(0);
    story.waops(&["import", "--account", "shop-cn", "--phone", "+4930901820"]).ends(0);
    story.waops(&["validate"]).ends(0);
    begin(story.path());
    assert!(!done(story.path(), &["ls-files"]).contains("credentials"), "no secret is committed");

    // Installed by Helm, taken over by what Flux applies.
    story.house.install(&["watchNamespaces={story}"]);
    let flux = flux();
    let revision = flux.publish("story", story.path());
    let kustomization = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "story", "namespace": SYSTEM},
        "spec": {"interval": "10m", "retryInterval": "1s", "path": "./", "prune": true, "wait": true, "timeout": "60s",
            "targetNamespace": "story"},
    });
    flux.follow(&kustomization, "story");
    flux.ready("story", &revision);
    assert_eq!((story.codes(), story.writes()), (codes.clone(), 0), "taken over without one write");

    // A pull request changes the text of the menu, which cannot be done in place there.
    done(story.path(), &["checkout", "--quiet", "-b", "change"]);
    let menu = story.file_of("What is on the menu?");
    story.edit(&menu, |text| text.replace("What is on the menu?", "What is cooking?"));
    let (said, comment) = story.review();
    said.ends(1).says(&["something waits for a decision"]);
    let printed = &codes.iter().find(|(text, _)| text.contains("menu")).unwrap().1;
    assert!(comment.contains("kills the printed code") && comment.contains(printed.as_str()), "{comment}");
    assert!(comment.contains("- What is on the menu?\n+ What is cooking?"), "{comment}");
    assert!(!comment.contains("poster"), "only what the branch changes: {comment}");

    // Somebody agrees, with the line out of the comment.
    story.edit(&menu, |text| text + &approval(&comment));
    let (said, comment) = story.review();
    said.ends(0);
    assert!(comment.contains("uses up the approval"), "{comment}");
    assert_eq!((story.codes(), story.writes()), (codes.clone(), 0), "nothing happens before it is merged");

    done(story.path(), &["checkout", "--quiet", "main"]);
    done(story.path(), &["merge", "--quiet", "--no-ff", "--no-edit", "change"]);
    let revision = flux.publish("story", story.path());
    flux.ready("story", &revision);
    let changed = story.codes();
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(changed.iter().any(|(text, code)| text == "What is cooking?" && code != printed), "{changed:?}");
    let poster = |codes: &[(String, String)]| codes.iter().find(|(text, _)| text.contains("poster")).cloned();
    assert_eq!(poster(&changed), poster(&codes), "the poster is as it was");

    // Reverted: that kills a printed code as well, so it stops, and whoever looks at Flux sees why.
    done(story.path(), &["revert", "--no-edit", "--mainline", "1", "HEAD"]);
    let revision = flux.publish("story", story.path());
    let said = flux.fails("story", &revision);
    assert!(said.contains("WhatsAppQrCode/story/"), "{said}");
    assert_eq!(story.codes(), changed, "nothing happened");
    let name = said.split("WhatsAppQrCode/story/").nth(1).unwrap();
    let name = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap();
    let ready = story.house.condition(&format!("waqr/{name}"), "Ready").unwrap();
    story.edit(&menu, |text| text + &approval(ready["message"].as_str().unwrap()));
    let revision = flux.publish("story", story.path());
    flux.ready("story", &revision);
    let reverted = story.codes();
    let texts = |codes: &[(String, String)]| codes.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
    assert_eq!((texts(&reverted), poster(&reverted)), (texts(&codes), poster(&codes)));
    let previous = story.house.get(&format!("waqr/{name}"))["status"]["previousCodes"].clone();
    assert_eq!(previous.as_array().unwrap().len(), 2, "both that died are remembered: {previous}");

    // Git, cluster and provider agree.
    let writes = story.writes();
    done(story.path(), &["checkout", "--quiet", "-b", "idle"]);
    let (said, comment) = story.review();
    said.ends(0);
    assert!(comment.contains("nothing to do") || comment.contains("no changes"), "{comment}");
    flux.again("story", 1);
    assert_eq!(story.writes(), writes);
    assert!(!flux.log().contains("simulator-secret"), "no secret in a log");
}
