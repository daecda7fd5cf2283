//! The fifty traps that both providers set for a naive client: each has a test by its number, somewhere in the tree.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use waops::api;
use waops::provider::alibaba::operation::{Operation, Service};

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The traps that have a test by their number among these sources.
fn named(folders: &[&str]) -> BTreeSet<u32> {
    let mut found = Vec::new();
    for folder in folders {
        sources(Path::new(folder), &mut found);
    }
    let names = found.iter().flat_map(|text| text.split("fn trap_").skip(1));
    names.filter_map(|name| name.split('_').next()?.parse().ok()).collect()
}

#[test]
fn every_trap_has_a_test_by_its_number() {
    let found = named(&["src", "tests"]);
    let missing: Vec<u32> = (1..=50).filter(|trap| !found.contains(trap)).collect();
    assert!(missing.is_empty(), "traps without a test: {missing:?}");
}

/// That the simulator sets a trap does not say that the clients avoid it. Left out are those that are the engine's or
/// the lint's to avoid (3, 4, 7, 11, 14, 32, 48 to 50), and those that are tested for all of them elsewhere: the
/// snapshots of what is sent (22), languages and ids in the models (40, 41).
#[test]
fn every_trap_of_the_wire_has_a_test_of_the_clients_too() {
    let elsewhere = [3, 4, 7, 11, 14, 22, 24, 29, 32, 40, 41, 48, 49, 50];
    let mut found = named(&["src/provider", "tests/provider", "tests/provider_contract"]);
    for file in ["tests/provider_leaks.rs", "tests/wire_round_trip.rs"] {
        let text = fs::read_to_string(file).unwrap();
        let names = text.split("fn trap_").skip(1);
        found.extend(names.filter_map(|name| name.split('_').next()?.parse::<u32>().ok()));
    }
    let missing: Vec<u32> =
        (1..=50).filter(|trap| !elsewhere.contains(trap) && !found.contains(trap)).collect();
    assert!(missing.is_empty(), "traps that no client is tested against: {missing:?}");
}

/// Access levels differ between pages, so the policy that we tell people to use names every action, and no other.
#[test]
fn trap_24_the_documented_policy_names_exactly_the_actions_we_call() {
    let page = fs::read_to_string("docs/accounts.md").unwrap();
    let (_, rest) = page.split_once("```json").unwrap();
    let (policy, _) = rest.split_once("```").unwrap();
    let policy: Json = serde_json::from_str(policy).unwrap();
    let actions: BTreeSet<&str> = policy["Statement"][0]["Action"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap())
        .collect();
    // What STS tells a caller about itself needs no permission.
    let ours = Operation::ALL.iter().filter(|operation| operation.service == Service::Cams);
    let called: Vec<String> = ours.map(|operation| format!("cams:{}", operation.name)).collect();
    assert_eq!(actions, called.iter().map(String::as_str).collect());
}

/// An endpoint in a manifest would let a namespace user send signed requests elsewhere. What becomes part of a host
/// name or a path has a pattern that lets no other host in.
#[test]
fn trap_29_no_manifest_decides_where_requests_go() {
    fn fields(schema: &Json, names: &mut BTreeSet<String>) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            names.insert(name.to_lowercase());
            fields(field, names);
        }
    }
    let mut names = BTreeSet::new();
    fields(
        &api::crds()[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"],
        &mut names,
    );
    for word in ["endpoint", "host", "url", "proxy", "scheme", "domain"] {
        assert!(!names.iter().any(|name| name.contains(word)), "an account has a field about its {word}");
    }
    for (field, value) in [
        ("alibaba.region", "evil.example/"),
        ("alibaba.region", "ap-southeast-1.evil.example"),
        ("alibaba.region", "ap-southeast-1#"),
        ("meta.graphVersion", "v25.0/../v1.0"),
        ("meta.graphVersion", "v25.0@evil.example"),
        ("meta.businessAccountId", "1/../2"),
        ("meta.appId", "1?access_token=x"),
    ] {
        let (provider, field) = field.split_once('.').unwrap();
        let mut account = serde_json::json!({ (provider): { "credentials": { "ambient": {} } } });
        account[provider][field] = value.into();
        let spec = serde_json::from_value(account).unwrap();
        let refused = waops::lint::account(&spec).iter().any(|finding| finding.rule.is_cel());
        assert!(refused, "{provider}.{field}: {value}");
    }
}
