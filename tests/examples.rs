//! The examples keep what they promise: the valid ones are clean and show everything there is, and each of
//! the invalid ones gets exactly the finding that it announces.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a helper that fails, fails the test

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use support::examples::{
    Expected, Invalid, findings, invalid, manifests, pairs, root, valid, validate, waops, waops_stdin,
};
use waops::manifest::{MAX_BYTES, documents};

fn text<'a>(value: &'a Json, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {value}"))
}

fn expected_of(finding: &Json) -> Expected {
    Expected {
        rule: text(finding, "rule").to_owned(),
        severity: text(finding, "severity").to_owned(),
        path: text(finding, "path").to_owned(),
    }
}

/// Every document of the valid examples that is of our kinds, with the file it stands in.
fn valid_documents() -> Vec<(PathBuf, Json)> {
    let mut all = Vec::new();
    for path in valid().into_iter().chain(manifests("examples/kustomize/base")) {
        let source = fs::read_to_string(root().join(&path)).unwrap();
        let found = documents(&source).map(|document| document.unwrap().root.to_json());
        let ours = found.filter(|json| text(json, "apiVersion").starts_with("waops.dev/"));
        all.extend(ours.map(|json| (path.clone(), json)));
    }
    all
}

#[test]
fn the_valid_examples_are_clean_as_one_set() {
    let said = waops(["validate", "--filename", "examples", "--strict"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    assert!(said.stdout.trim_end().lines().last().is_some_and(|line| !line.contains("warning")));
    assert!(valid().len() >= 24, "{} examples are too few", valid().len());
}

#[test]
fn each_valid_example_is_called_after_what_it_shows_and_opens_in_an_editor() {
    let kinds =
        [("account", "WhatsAppAccount"), ("qr-code", "WhatsAppQrCode"), ("template", "WhatsAppTemplate")];
    for path in valid().into_iter().chain(manifests("examples/kustomize/base")) {
        let name = path.display();
        let source = fs::read_to_string(root().join(&path)).unwrap();
        if path.ends_with("kustomization.yaml") {
            continue;
        }
        let mut lines = source.lines();
        let schema = lines.next().unwrap().strip_prefix("# yaml-language-server: $schema=");
        let schema = schema.unwrap_or_else(|| panic!("{name} has no line for editors"));
        let file = root().join(&path).parent().unwrap().join(schema);
        let schema: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let first = documents(&source).next().unwrap().unwrap().root.to_json();
        assert_eq!(schema["title"], first["kind"], "{name}: the schema is that of the first document");
        assert!(lines.next().unwrap().starts_with("# "), "{name}: the second line says what it is for");
        assert!(source.lines().count() <= 60, "{name} is too long to be copied");
        if path.parent() == Some(Path::new("examples")) {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let (provider, rest) = stem.split_once('-').unwrap();
            assert!(matches!(provider, "alibaba" | "meta"), "{name}: {provider} is no provider");
            let kind = kinds.iter().find(|(kind, _)| rest.starts_with(kind));
            assert_eq!(first["kind"], kind.unwrap_or_else(|| panic!("{name}: no kind")).1, "{name}");
        }
    }
}

#[test]
fn each_object_of_the_examples_has_a_name_of_its_own() {
    let mut seen = BTreeMap::new();
    for (path, json) in valid_documents() {
        let namespace = json["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        let key = (text(&json, "kind").to_owned(), namespace, text(&json["metadata"], "name").to_owned());
        let before = seen.insert(key.clone(), path.clone());
        assert_eq!(before, None, "{key:?} stands in {} too", path.display());
    }
}

/// Every field and every word of a schema below a path.
fn collect_schema(path: &str, schema: &Json, fields: &mut BTreeSet<String>) {
    for word in schema["enum"].as_array().into_iter().flatten() {
        fields.insert(format!("{path}={}", word.as_str().unwrap()));
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        fields.insert(path.clone());
        collect_schema(&path, field, fields);
    }
    if schema["items"].is_object() {
        collect_schema(&format!("{path}[]"), &schema["items"], fields);
    }
}

/// Every field and every text of a manifest below a path, in the same notation.
fn collect_manifest(path: &str, value: &Json, fields: &mut BTreeSet<String>) {
    fields.insert(path.to_owned());
    match value {
        Json::Object(object) => {
            for (name, value) in object {
                collect_manifest(&format!("{path}.{name}"), value, fields);
            }
        }
        Json::Array(items) => {
            for item in items {
                collect_manifest(&format!("{path}[]"), item, fields);
            }
        }
        Json::String(word) => {
            fields.insert(format!("{path}={word}"));
        }
        _ => {}
    }
}

#[test]
fn the_valid_examples_show_every_field_and_every_word() {
    let mut shown = BTreeSet::new();
    for (_, json) in valid_documents() {
        collect_manifest(text(&json, "kind"), &json["spec"], &mut shown);
    }
    let mut wanted = BTreeSet::new();
    for crd in waops::api::crds() {
        let kind = text(&crd["spec"]["names"], "kind");
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        collect_schema(kind, &schema["properties"]["spec"], &mut wanted);
    }
    let words: BTreeSet<&str> =
        shown.iter().filter(|shown| shown.contains('=')).map(|word| tail(word)).collect();
    // A word of a type that several places share, such as a policy, is shown once; and a card's button is a
    // button, of which a card takes only some.
    let is_shown = |field: &str| {
        if field.contains('=') {
            words.contains(tail(field))
        } else {
            shown.contains(&field.replace(".carousel.cards[]", ""))
        }
    };
    let missing: Vec<_> = wanted.difference(&shown).filter(|field| !is_shown(field)).collect();
    assert!(missing.is_empty(), "no valid example shows {missing:#?}");
}

/// The last two steps of a path: `policies.update=Never`.
fn tail(path: &str) -> &str {
    let end = path.find('=').unwrap_or(path.len());
    let last = path[..end].rfind('.').unwrap_or(0);
    path[..last].rfind('.').map_or(path, |at| &path[at + 1..])
}

#[test]
fn each_invalid_example_gets_exactly_its_findings() {
    let mut wrong = Vec::new();
    for example in invalid() {
        if let Err(why) = check_findings(&example) {
            wrong.push(format!("{}: {why}", example.name()));
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}

fn check_findings(example: &Invalid) -> Result<(), String> {
    let name = example.name();
    let (found, code) = findings(&[name]);
    let fails = example.expected.iter().any(|expected| expected.severity != "note");
    if code != i32::from(fails) {
        return Err(format!("the exit code is {code}"));
    }
    let of_others = found.iter().find(|finding| finding["file"] != name && finding["severity"] != "note");
    if let Some(finding) = of_others {
        return Err(format!("a finding of another file: {finding}"));
    }
    let found: Vec<&Json> = found.iter().filter(|finding| finding["file"] == name).collect();
    let mut expected = example.expected.clone();
    for finding in &found {
        let got = expected_of(finding);
        match expected.iter().position(|expected| *expected == got) {
            Some(index) => {
                expected.remove(index);
            }
            None if got.severity == "note" => continue,
            None => return Err(format!("an unexpected finding: {finding}")),
        }
        let marked = example.marked(&got.rule);
        let line = finding["line"].as_u64().and_then(|line| usize::try_from(line).ok());
        if !marked.is_empty() && !line.is_some_and(|line| marked.contains(&line)) {
            return Err(format!("{} blames line {line:?}, not one of {marked:?}", got.rule));
        }
        if text(finding, "message").is_empty() {
            return Err(format!("{} says nothing", got.rule));
        }
    }
    if expected.is_empty() { Ok(()) } else { Err(format!("missing: {expected:?}, found: {found:?}")) }
}

#[test]
fn each_form_of_output_tells_every_finding_of_the_invalid_examples() {
    let examples = invalid();
    let files: Vec<&str> = examples.iter().map(Invalid::name).collect();
    let [in_text, in_github, in_sarif] = ["text", "github", "sarif"].map(|output| {
        let said = validate(&files, output);
        assert_eq!(said.code, 1, "{output}: {}", said.stderr);
        said.stdout
    });
    let in_text: Vec<&str> = in_text.lines().collect();
    let in_github: Vec<&str> = in_github.lines().collect();
    let in_sarif: Json = serde_json::from_str(&in_sarif).unwrap();
    let in_sarif = in_sarif["runs"][0]["results"].as_array().unwrap();
    let (findings, _) = findings(&files);
    for finding in &findings {
        let [file, rule] = ["file", "rule"].map(|field| text(finding, field));
        let place = finding["line"].as_u64().map(|line| (line, finding["column"].as_u64().unwrap()));
        let start = place.map_or(format!("{file}: "), |(line, column)| format!("{file}:{line}:{column}: "));
        let end = format!("[{rule}]");
        assert!(
            in_text.iter().any(|line| line.starts_with(&start) && line.ends_with(&end)),
            "text: {finding}"
        );

        let place_in_github =
            place.map_or(String::new(), |(line, column)| format!(",line={line},col={column}"));
        let command = format!(" file={file}{place_in_github},title={rule}::");
        assert!(in_github.iter().any(|line| line.contains(&command)), "GitHub: {finding}");

        let told = in_sarif.iter().any(|result| {
            let location = &result["locations"][0]["physicalLocation"];
            result["ruleId"] == rule
                && location["artifactLocation"]["uri"] == file
                && location["region"]["startLine"].as_u64() == place.map(|(line, _)| line)
        });
        assert!(told, "SARIF: {finding}");
    }
    assert_eq!(in_sarif.len(), findings.len(), "SARIF has neither more nor less");
    let rules: BTreeSet<&str> = findings.iter().map(|finding| text(finding, "rule")).collect();
    let missing: Vec<_> =
        examples.iter().flat_map(Invalid::rules).filter(|rule| !rules.contains(rule)).collect();
    assert!(missing.is_empty(), "together the examples lose {missing:?}");
}

#[test]
fn a_single_manifest_cannot_break_a_rule_about_changes() {
    for pair in pairs() {
        for document in [&pair.before, &pair.after] {
            let said = waops_stdin(["validate", "--filename", "-", "--output", "json"], document);
            let answer: Json = serde_json::from_str(&said.stdout).unwrap();
            assert_eq!(answer["summary"]["errors"], 0, "{}: {answer:#}", pair.path.display());
            assert_eq!(answer["summary"]["manifests"], 1, "{}: {answer:#}", pair.path.display());
        }
    }
}

/// Findings that no file in the repository can have: what to validate, in a folder of its own.
type Made = (&'static str, fn(&Path) -> PathBuf);

const MADE: [Made; 4] = [
    ("file-not-found", |folder| folder.join("absent.yaml")),
    ("file-unreadable", |folder| {
        // Not by permissions, which do not bind whoever runs the tests as root.
        fs::write(folder.join("file.yaml"), "a: 1\n").unwrap();
        folder.join("file.yaml/below.yaml")
    }),
    ("file-symlink-loop", |folder| {
        symlink(folder, folder.join("back")).unwrap();
        folder.to_owned()
    }),
    ("file-too-large", |folder| {
        let path = folder.join("large.yaml");
        // Sparse: it has a size and no content.
        fs::File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        path
    }),
];

#[test]
fn files_that_cannot_be_kept_in_a_repository_get_their_findings() {
    for (rule, make) in MADE {
        let folder = tempfile::tempdir().unwrap();
        let path = make(folder.path());
        let said = waops(["validate", "--output", "json", "--filename", path.to_str().unwrap()]);
        let answer: Json = serde_json::from_str(&said.stdout).unwrap();
        let found: Vec<_> = answer["findings"].as_array().unwrap().iter().map(|f| text(f, "rule")).collect();
        assert_eq!(found, [rule], "{answer:#}");
        assert_eq!((said.code, &answer["failed"]), (1, &Json::Bool(true)), "{rule}");
        let said = waops(["validate", "--filename", path.to_str().unwrap()]);
        assert!(said.stdout.contains(&format!("[{rule}]")), "{}", said.stdout);
    }
}

#[test]
fn every_rule_has_an_example_and_every_example_a_rule() {
    let said = waops(["explain", "--output", "json"]);
    let pages: Json = serde_json::from_str(&said.stdout).unwrap();
    let rules = pages["rules"].as_array().unwrap();
    let rules: BTreeSet<String> = rules.iter().map(|rule| text(rule, "id").to_owned()).collect();
    let mut shown: BTreeSet<String> = BTreeSet::new();
    shown.extend(
        invalid()
            .iter()
            .flat_map(|example| example.rules().into_iter().map(str::to_owned).collect::<Vec<_>>()),
    );
    shown.extend(pairs().into_iter().map(|pair| pair.rule));
    shown.extend(MADE.map(|(rule, _)| rule.to_owned()));
    let missing: Vec<_> = rules.difference(&shown).collect();
    assert!(missing.is_empty(), "write examples/invalid/<rule>.yaml for {missing:#?}");
    let unknown: Vec<_> = shown.difference(&rules).collect();
    assert!(unknown.is_empty(), "there is no rule called {unknown:#?}");
}

#[test]
fn each_invalid_example_is_called_after_the_rule_it_breaks() {
    for example in invalid() {
        let stem = example.path.file_stem().unwrap().to_str().unwrap().to_owned();
        let called = |rule: &&str| stem == **rule || stem.starts_with(&format!("{rule}-"));
        assert!(example.rules().iter().any(called), "{}", example.name());
    }
    for pair in pairs() {
        let stem = pair.path.file_stem().unwrap().to_str().unwrap();
        assert!(stem == pair.rule || stem.starts_with(&format!("{}-", pair.rule)), "{stem}");
    }
}
