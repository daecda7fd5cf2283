//! The schemas that editors read: valid examples fit them, and typing mistakes do not.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::fs;

use serde_json::Value as Json;
use waops::manifest::documents;

fn schema(kind: &str) -> jsonschema::Validator {
    let text = fs::read_to_string(format!("crds/schemas/{}.json", kind.to_lowercase())).unwrap();
    jsonschema::validator_for(&serde_json::from_str::<Json>(&text).unwrap()).unwrap()
}

fn manifests() -> Vec<(String, Json)> {
    let mut all = Vec::new();
    for entry in fs::read_dir("examples").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            for document in documents(&text) {
                all.push((path.display().to_string(), document.unwrap().root.to_json()));
            }
        }
    }
    all
}

#[test]
fn every_example_fits_and_says_where_its_schema_is() {
    let mut fitted = 0;
    for (file, manifest) in manifests() {
        let kind = manifest["kind"].as_str().unwrap();
        if !kind.starts_with("WhatsApp") {
            continue;
        }
        let errors: Vec<_> = schema(kind).iter_errors(&manifest).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{file}: {errors:?}");
        let first = fs::read_to_string(&file).unwrap().lines().next().unwrap_or_default().to_owned();
        let named =
            first.strip_prefix("# yaml-language-server: $schema=").map(|path| format!("examples/{path}"));
        assert!(named.is_some_and(|path| fs::exists(path).unwrap()), "{file}: {first}");
        fitted += 1;
    }
    assert!(fitted >= 24, "{fitted}");
}

#[test]
fn a_typing_mistake_is_underlined() {
    let manifests = manifests();
    let (_, template) = manifests.iter().find(|(_, m)| m["kind"] == "WhatsAppTemplate").unwrap();
    let schema = schema("WhatsAppTemplate");
    for (pointer, value, reason) in [
        ("/spec/langauge", Json::from("en"), "an unknown field"),
        ("/spec/category", Json::from("UTILTY"), "an unknown word"),
        ("/spec/name", Json::from("Order Shipped"), "a name with blanks"),
        ("/spec/language", Json::from("en-US"), "a hyphen"),
        ("/apiVersion", Json::from("waops.dev/v1"), "an unknown version"),
        ("/spec/messageSendTtlSeconds", Json::from("3600"), "a number in quotes"),
    ] {
        let mut broken = template.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap()[field] = value;
        assert!(!schema.is_valid(&broken), "{reason}");
        assert!(schema.is_valid(template));
    }
}
