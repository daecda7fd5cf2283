//! `waops validate` as people and pipelines call it: what it reads, what it says, how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

const GOOD: &str = r#"apiVersion: waops.dev/v1alpha1
kind: WhatsAppQrCode
metadata: {name: poster}
spec:
  accountRef: {name: shop}
  phoneNumber: "+4930901820"
  prefilledMessage: Hi! I saw your poster
"#;

const ACCOUNT: &str = r#"apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop}
spec:
  meta:
    businessAccountId: "102290129340398"
    appId: "684477648739411"
    credentials: {secretRef: {name: shop}}
"#;

fn waops(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_waops"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes the pipe early.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rules(output: &Output) -> Vec<String> {
    let report = json(output);
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_clean_folder_ends_with_0_and_says_what_was_looked_at() {
    let folder = folder(&[
        ("qr/poster.yaml", GOOD),
        ("account.yml", ACCOUNT),
        ("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n"),
        ("values.yaml", "replicas: 3\non: yes\n"),
        ("list.yaml", "- 1\n- 2\n"),
        ("notes.txt", "not: [yaml"),
    ]);
    let output = waops(folder.path(), &["validate"], b"");
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert_eq!(text, "2 manifests in 5 files (3 documents of other kinds left alone): no findings\n");
}

#[test]
fn a_finding_ends_with_1_and_names_file_line_column_field_rule_and_remedy() {
    let broken = GOOD.replace("phoneNumber: \"+4930901820\"", "phoneNumber: 4930901820");
    let folder = folder(&[("poster.yaml", &broken), ("account.yaml", ACCOUNT)]);
    let output = waops(folder.path(), &["validate", "-f", "poster.yaml", "-f", "account.yaml"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "poster.yaml:6:16: error: 4930901820 is read as a number, but a text belongs here [string-unquoted]\n    \
         at: spec.phoneNumber of WhatsAppQrCode poster\n    \
         to do: put it in quotes: \"4930901820\"\n\
         2 manifests in 2 files: 1 error\n"
    );
}

#[test]
fn warnings_end_with_0_and_with_1_under_strict() {
    // The account is in none of the files: a warning.
    let folder = folder(&[("poster.yaml", GOOD)]);
    let relaxed = waops(folder.path(), &["validate", "-o", "json"], b"");
    assert_eq!((relaxed.status.code(), json(&relaxed)["summary"]["warnings"].as_u64()), (Some(0), Some(1)));
    let strict = waops(folder.path(), &["validate", "--strict", "-o", "json"], b"");
    assert_eq!((strict.status.code(), json(&strict)["failed"].as_bool()), (Some(1), Some(true)));
}

#[test]
fn standard_input_takes_what_kustomize_and_helm_write() {
    let folder = folder(&[]);
    let stream = format!("---\n# Source: x\n{ACCOUNT}\n---\n---\nkind: Service\napiVersion: v1\n---\n{GOOD}");
    let output = waops(folder.path(), &["validate", "-f", "-"], stream.as_bytes());
    assert_eq!(
        stdout(&output),
        "2 manifests in 1 file (1 document of another kind left alone): no findings\n"
    );
    let list = format!(
        r#"{{"apiVersion": "v1", "kind": "List", "items": [{{"apiVersion": "waops.dev/v1alpha1", "kind": "WhatsAppQrCode",
            "metadata": {{"name": "a", "labels": {{"version": 1}}}}, "spec": {{"accountRef": {{"name": "shop"}}, "phoneNumber": "+4930901820",
            "prefilledMessage": "{}"}}}}]}}"#,
        "x".repeat(141)
    );
    let output = waops(folder.path(), &["validate", "-f", "-", "-o", "json"], list.as_bytes());
    let report = json(&output);
    let found: Vec<_> = report["findings"].as_array().unwrap().iter().collect();
    assert!(
        found
            .iter()
            .any(|f| f["rule"] == "schema-length" && f["path"] == "spec.prefilledMessage" && f["line"] == 3)
    );
    assert!(found.iter().any(|f| f["rule"] == "string-unquoted" && f["path"] == "metadata.labels.version"));
}

#[test]
fn one_broken_document_hides_no_other() {
    let folder = folder(&[("account.yaml", ACCOUNT)]);
    let stream = format!("a: [1\n---\n{}\n---\n\tb: 1\n", GOOD.replace("poster}", "Poster}"));
    let output =
        waops(folder.path(), &["validate", "-f", "-", "-f", "account.yaml", "-o", "json"], stream.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(rules(&output), ["yaml-syntax", "manifest-name", "yaml-syntax"]);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_checked() {
    let folder = folder(&[("good.yaml", GOOD), ("latin.yaml", "x")]);
    fs::write(folder.path().join("latin.yaml"), b"kind: caf\xe9\n").unwrap();
    let big = fs::File::create(folder.path().join("big.yaml")).unwrap();
    big.set_len(17 << 20).unwrap();
    std::os::unix::fs::symlink(".", folder.path().join("again")).unwrap();
    let output = waops(folder.path(), &["validate", "-f", ".", "-f", "nowhere.yaml", "-o", "json"], b"");
    assert_eq!(output.status.code(), Some(1));
    let mut rules = rules(&output);
    rules.sort();
    assert_eq!(
        rules,
        ["file-not-found", "file-symlink-loop", "file-too-large", "set-account-missing", "yaml-encoding"],
        "{}",
        stdout(&output)
    );
    assert_eq!(json(&output)["summary"]["manifests"], 1);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("could not be read"),
        "the log says which of the two it was"
    );
}

#[test]
fn an_empty_file_that_was_named_is_a_mistake_and_in_a_folder_it_is_not() {
    let folder = folder(&[("empty.yaml", "# nothing yet\n"), ("account.yaml", ACCOUNT)]);
    let named = waops(folder.path(), &["validate", "-f", "empty.yaml", "-o", "json"], b"");
    assert_eq!(rules(&named), ["manifest-empty"]);
    assert!(waops(folder.path(), &["validate"], b"").status.success());
}

#[test]
fn unrendered_helm_templates_are_recognised() {
    let folder = folder(&[("account.yaml", ACCOUNT)]);
    for (text, rule, reason) in [
        (
            GOOD.replace("Hi! I saw your poster", "\"{{ .Values.text }}\""),
            "helm-template",
            "in quotes it is YAML",
        ),
        (
            GOOD.replace("Hi! I saw your poster", "{{ .Values.text }}"),
            "yaml-key",
            "without quotes it hardly is",
        ),
        (format!("{{{{- if .Values.qr }}}}\n{GOOD}"), "yaml-syntax", "around a manifest it is not"),
    ] {
        let output = waops(
            folder.path(),
            &["validate", "-f", "-", "-f", "account.yaml", "-o", "json"],
            text.as_bytes(),
        );
        let report = json(&output);
        let found = report["findings"].as_array().unwrap();
        let helps = found.iter().any(|finding| finding["help"].as_str().unwrap().contains("helm template"));
        assert!(output.status.code() == Some(1) && helps, "{reason} ({rule}): {found:?}");
    }
}

#[test]
fn colours_are_for_people() {
    let folder = folder(&[("poster.yaml", &GOOD.replace("poster}", "Poster}"))]);
    assert!(!stdout(&waops(folder.path(), &["validate"], b"")).contains('\u{1b}'), "a pipe gets plain text");
    let forced = Command::new(env!("CARGO_BIN_EXE_waops"))
        .arg("validate")
        .current_dir(folder.path())
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(stdout(&forced).contains("\u{1b}[1;31merror"));
}

#[test]
fn no_text_of_a_manifest_forges_a_workflow_command_or_steers_a_terminal() {
    let name = "x\\n::error title=forged::owned\\u001b[2J%";
    let text = format!(
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {{name: \"{name}\"}}\nspec: {{\"{name}\": 1}}\n"
    );
    let folder = folder(&[("a,b:c\n.yaml", &text)]);
    let github = stdout(&waops(folder.path(), &["validate", "-o", "github"], b""));
    let commands: Vec<_> = github.lines().filter(|line| line.starts_with("::")).collect();
    assert!(
        !commands.is_empty()
            && commands.iter().all(|line| line.starts_with("::error file=a%2Cb%3Ac%0A.yaml,line=")),
        "{github}"
    );
    for output in ["text", "github"] {
        let shown = stdout(&waops(folder.path(), &["validate", "-o", output], b""));
        assert!(!shown.contains('\u{1b}') && !shown.contains("\n::error title=forged"), "{shown}");
    }
}

#[test]
fn sarif_has_what_code_scanning_needs() {
    let folder =
        folder(&[("my folder/poster.yaml", &GOOD.replace("poster}", "Poster}")), ("account.yaml", ACCOUNT)]);
    let log = json(&waops(folder.path(), &["validate", "-o", "sarif"], b""));
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["name"], "waops");
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "my%20folder/poster.yaml");
    let real = folder.path().canonicalize().unwrap();
    let whole = json(&waops(folder.path(), &["validate", "-o", "sarif", "-f", real.to_str().unwrap()], b""));
    assert_eq!(whole["runs"][0]["results"], run["results"], "GitHub finds no file by its absolute path");
    assert_eq!(location["region"], serde_json::json!({"startLine": 3, "startColumn": 18}));
    assert_eq!(result["level"], "error");
}

#[test]
fn what_is_wrong_between_files_names_both_places() {
    let copy = GOOD.replace("metadata: {name: poster}", "metadata:\n  name: copy");
    let folder = folder(&[("account.yaml", ACCOUNT), ("a.yaml", GOOD), ("b/copy.yaml", &copy)]);
    let output = waops(folder.path(), &["validate", "-f", "account.yaml", "-f", "a.yaml", "-f", "b"], b"");
    let text = stdout(&output);
    assert!(
        text.starts_with(
            "b/copy.yaml:8:21: error: \"poster\" has the same message on the same number (a.yaml:7) [set-same-qr-code]"
        ),
        "{text}"
    );
}

#[test]
fn a_missing_separator_is_one_mistake_and_hides_no_manifest() {
    let folder = folder(&[("account.yaml", ACCOUNT)]);
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {}\n";
    for (stream, reason) in [
        (format!("{GOOD}{}", GOOD.replace("{name: poster}", "{name: sticker}")), "two of ours"),
        (format!("{GOOD}{service}"), "kubectl would apply the Service alone"),
    ] {
        let arguments = ["validate", "-f", "account.yaml", "-f", "-", "-o", "json"];
        let output = waops(folder.path(), &arguments, stream.as_bytes());
        assert_eq!(
            (rules(&output), output.status.code()),
            (vec!["yaml-separator".to_owned()], Some(1)),
            "{reason}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let text: Vec<String> = (0..2000).map(|n| GOOD.replace("poster}", &format!("Poster{n}}}"))).collect();
    let folder = folder(&[("many.yaml", &text.join("---\n"))]);
    let shell = format!("{} validate -f many.yaml | head -n 1", env!("CARGO_BIN_EXE_waops"));
    let output = Command::new("sh").args(["-c", &shell]).current_dir(folder.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_provider_is_taken_from_the_account_or_from_the_command_line() {
    let text = GOOD.replace("phoneNumber: \"+4930901820\"", "phoneNumberId: \"106540352242922\"");
    let folder = folder(&[("poster.yaml", &text)]);
    let severity = |arguments: &[&str]| {
        let output = waops(folder.path(), &[&["validate", "-o", "json"], arguments].concat(), b"");
        let report = json(&output);
        let found = report["findings"].as_array().unwrap().iter();
        let mut found = found.filter(|finding| finding["path"] == "spec.phoneNumberId");
        found.next().map(|finding| finding["severity"].as_str().unwrap().to_owned())
    };
    assert_eq!(severity(&["--provider", "alibaba"]).as_deref(), Some("error"), "Alibaba knows no such id");
    assert_eq!(severity(&[]).as_deref(), Some("warning"), "it may be Meta's");
    assert_eq!(severity(&["--provider", "meta"]), None);
    fs::write(folder.path().join("account.yaml"), ACCOUNT).unwrap();
    assert_eq!(severity(&["--provider", "alibaba"]), None, "the account says Meta");
}

#[test]
fn explain_knows_every_rule_and_helps_with_a_slip() {
    let folder = folder(&[]);
    let all = json(&waops(folder.path(), &["explain", "-o", "json"], b""));
    for rule in all["rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let page = waops(folder.path(), &["explain", id], b"");
        assert!(page.status.success() && stdout(&page).starts_with(id), "{id}");
    }
    let slip = waops(folder.path(), &["explain", "buton-url"], b"");
    assert_eq!(slip.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&slip.stderr).contains("did you mean button-url?"));
}

#[test]
fn version_completions_and_manual_are_there() {
    let folder = folder(&[]);
    let version = stdout(&waops(folder.path(), &["version"], b""));
    assert!(version.starts_with(concat!("waops ", env!("CARGO_PKG_VERSION"), "\n")), "{version}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = waops(folder.path(), &["completions", shell], b"");
        assert!(script.status.success() && stdout(&script).contains("validate"), "{shell}");
    }
    assert!(stdout(&waops(folder.path(), &["man"], b"")).contains(".TH waops 1"));
    assert!(waops(folder.path(), &["man", "--out", "."], b"").status.success());
    assert!(folder.path().join("waops-validate.1").exists());
}

#[test]
fn a_check_of_nothing_is_no_success() {
    let folder =
        folder(&[("account.yaml", ACCOUNT), ("other/service.yaml", "kind: Service\napiVersion: v1\n")]);
    fs::create_dir(folder.path().join("empty")).unwrap();
    for arguments in [&["-f", "empty"], &["-f", "other"], &["-f", "other/service.yaml"], &["-f", "-"]] {
        let output = waops(
            folder.path(),
            &[&["validate", "-o", "json", "-f", "account.yaml"], &arguments[..]].concat(),
            b"hello\n",
        );
        assert_eq!(
            (rules(&output), output.status.code()),
            (vec!["manifest-empty".to_owned()], Some(1)),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_group_that_is_nearly_ours_is_ours_misspelt() {
    let folder = folder(&[("account.yaml", ACCOUNT)]);
    let check = |group: &str| {
        let text = GOOD.replace("waops.dev/v1alpha1", group);
        rules(&waops(
            folder.path(),
            &["validate", "-o", "json", "-f", "account.yaml", "-f", "-"],
            text.as_bytes(),
        ))
    };
    assert_eq!(check("waops.io/v1alpha1"), ["manifest-version"]);
    assert_eq!(check("waops/v1alpha1"), ["manifest-version"]);
    assert_eq!(check("crm.example.com/v1"), ["manifest-empty"], "another group may have such a kind");
}

#[test]
fn a_slip_is_one_finding_and_a_value_that_does_not_fit_has_no_echo() {
    let folder = folder(&[("account.yaml", ACCOUNT)]);
    for (from, to, rule, help) in [
        ("phoneNumber:", "phone:", "schema-unknown-field", "did you mean phoneNumber?"),
        ("prefilledMessage:", "PrefilledMessage:", "schema-unknown-field", "did you mean prefilledMessage?"),
        ("accountRef: {name: shop}", "accountRef: shop", "schema-type", "for example {name: shop}"),
        ("  phoneNumber", "  accessToken: x\n  phoneNumber", "schema-unknown-field", "put it into a Secret"),
    ] {
        let text = GOOD.replace(from, to);
        let output = waops(
            folder.path(),
            &["validate", "-o", "json", "-f", "account.yaml", "-f", "-"],
            text.as_bytes(),
        );
        let report = json(&output);
        let found: Vec<_> =
            report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] != "qr-phone").collect();
        assert!(found.len() == 1 && found[0]["rule"] == rule, "{to}: {found:?}");
        assert!(found[0]["help"].as_str().unwrap().contains(help), "{to}: {found:?}");
    }
}

#[test]
fn a_flood_of_mistakes_is_cut_and_takes_no_time() {
    let fields: Vec<String> = (0..50_000).map(|number| format!("  field{number}: 1")).collect();
    let fields = fields.join("\n");
    let folder = folder(&[("many.yaml", &format!("{GOOD}{fields}")), ("account.yaml", ACCOUNT)]);
    let start = std::time::Instant::now();
    let output = waops(folder.path(), &["validate"], b"");
    assert!(stdout(&output).ends_with("100 errors\n"), "nobody reads on");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_wrong_command_line_ends_with_1_as_well() {
    let folder = folder(&[]);
    assert_eq!(waops(folder.path(), &["validate", "--nonsense"], b"").status.code(), Some(1));
    assert_eq!(waops(folder.path(), &["--help"], b"").status.code(), Some(0));
}
