//! No field of the vendors is forgotten: each row of tests/vendor/fields.tsv that has a path of ours is
//! tried with a distinctive value, on its way out or on its way in.

// clippy.toml excuses the tests themselves; their helpers fail as loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "vendor/gallery.rs"]
mod gallery;
#[path = "vendor/operations.rs"]
mod operations;
#[path = "support/read_form.rs"]
mod read_form;
#[path = "vendor/sdk.rs"]
mod sdk;

use std::collections::BTreeSet;

use gallery::{MARK, World};
use serde_json::{Value, json};

const TABLE: &str = include_str!("vendor/fields.tsv");

/// The words that a reason starts with; the head of the table says what each means.
const REASONS: &[&str] = &[
    "constant",
    "derived",
    "gateway-internal",
    "response-only",
    "other-channel",
    "send-time",
    "deprecated",
    "not-ours",
];

/// What of our specs no provider gets to see: references, policies and what steers waops itself.
const OUR_OWN: &[&str] = &[
    "spec.accountRef.",
    "spec.alibaba.credentials.",
    "spec.alibaba.region",
    "spec.alibaba.signature",
    "spec.allowedNamespaces.",
    "spec.approve",
    "spec.confirmDeletions.",
    "spec.driftCheckInterval",
    "spec.duplicates",
    "spec.limits.",
    "spec.meta.credentials.",
    "spec.output.",
    "spec.policies.",
    "spec.readyWhen",
    "spec.suspend",
];

/// What cards share with the rest in the schema, and the CRD's rules refuse on a card.
const NOT_ON_CARDS: &[&str] = &[
    "body.addSecurityRecommendation",
    "buttons[].autofillText",
    "buttons[].couponCode",
    "buttons[].flowAction",
    "buttons[].flowId",
    "buttons[].isOptOut",
    "buttons[].navigateScreen",
    "buttons[].supportedApps[].packageName",
    "buttons[].supportedApps[].signatureHash",
    "buttons[].ttlMinutes",
    "buttons[].zeroTapTermsAccepted",
    "header.caption",
    "header.fileName",
    "header.text",
];

#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    source: &'a str,
    vendor_path: &'a str,
    direction: &'a str,
    ours: &'a str,
    reason: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [source, vendor_path, direction, ours, reason] => {
                Row { source, vendor_path, direction, ours, reason }
            }
            _ => panic!("not five columns: {line}"),
        })
        .collect()
}

#[test]
fn every_row_has_either_a_path_or_a_known_reason() {
    for row in rows() {
        let known = REASONS.iter().any(|reason| row.reason.starts_with(&format!("{reason}:")))
            || REASONS.contains(&row.reason);
        assert_eq!(row.ours == "-", known, "{row:?}");
        assert!(matches!(row.direction, "request" | "response"), "{row:?}");
    }
}

#[test]
fn every_field_of_a_request_carries_its_value() {
    let worlds = gallery::worlds();
    let lost: Vec<_> = rows()
        .into_iter()
        .filter(|row| row.direction == "request" && row.ours != "-")
        .filter(|row| !worlds.iter().any(|world| is_carried(row, world)))
        .collect();
    assert!(lost.is_empty(), "{} values never reach the wire: {lost:#?}", lost.len());
}

fn is_carried(row: &Row<'_>, world: &World) -> bool {
    let found = |world: &World| -> Option<Vec<Value>> {
        let calls = operations::sent(row.source, world)?;
        Some(calls.iter().flat_map(|call| values(call, row.vendor_path)).collect())
    };
    let Some(before) = found(world) else { return false };
    places(world, row.ours).into_iter().any(|place| {
        let others = gallery::others(row.ours, world.pointer(&place).unwrap());
        others.into_iter().any(|other| {
            let after = found(&with(world, &place, other.clone())).unwrap_or_default();
            // The presence of a component says yes, its absence no.
            let is_presence = row.vendor_path.contains("type=");
            if is_presence { before != after } else { is_new(&other, &before, &after) }
        })
    })
}

#[test]
fn every_field_of_an_answer_is_understood() {
    let worlds = gallery::worlds();
    let lost: Vec<_> = rows()
        .into_iter()
        .filter(|row| row.direction == "response" && row.ours != "-")
        .filter(|row| {
            !operations::answers(row.source, &worlds).iter().any(|answer| is_understood(row, answer))
        })
        .collect();
    assert!(lost.is_empty(), "{} values are lost on the way in: {lost:#?}", lost.len());
}

fn is_understood(row: &Row<'_>, answer: &Value) -> bool {
    let found = |answer: &Value| -> Vec<Value> {
        let fields = operations::understood(row.source, answer).unwrap_or_default();
        fields
            .into_iter()
            .filter(|(path, _)| general(path) == row.ours)
            .map(|(_, value)| json!(value))
            .collect()
    };
    let before = found(answer);
    places(answer, row.vendor_path).into_iter().any(|place| {
        let (others, any_change) = match row.ours {
            // Words and moments are translated, so another one must make another one.
            "status.review.state" => (vec![json!("REJECTED"), json!("fail")], true),
            "status.imageUrlExpiresAt" => (vec![json!("https://x.example/?oe=64550A9F")], true),
            "spec.components.callPermissionRequest" => (vec![json!("UNKNOWN")], true),
            ours => (gallery::others(ours, answer.pointer(&place).unwrap()), false),
        };
        others.into_iter().any(|other| {
            let after = found(&with(answer, &place, other.clone()));
            if any_change { before != after } else { is_new(&other, &before, &after) }
        })
    })
}

#[test]
fn every_field_meant_for_a_provider_has_a_row() {
    let known: BTreeSet<&str> = rows().into_iter().map(|row| row.ours).collect();
    let is_ours = |path: &str| {
        let on_card = path.strip_prefix("spec.components.carousel.cards[].");
        OUR_OWN.iter().any(|own| path == *own || (own.ends_with('.') && path.starts_with(own)))
            || on_card.is_some_and(|field| NOT_ON_CARDS.contains(&field))
    };
    let fields: BTreeSet<String> = gallery::fields().iter().map(|(path, _)| path.clone()).collect();
    let missing: Vec<_> =
        fields.iter().filter(|path| !is_ours(path) && !known.contains(path.as_str())).collect();
    assert!(missing.is_empty(), "no row of fields.tsv has {missing:#?}");
    let gone: Vec<_> =
        known.iter().filter(|path| path.starts_with("spec.") && !fields.contains(**path)).collect();
    assert!(gone.is_empty(), "no CRD has {gone:#?}");
    let stale: Vec<_> =
        OUR_OWN.iter().filter(|own| !fields.iter().any(|path| path.starts_with(**own))).collect();
    assert!(stale.is_empty(), "no CRD has {stale:#?} any more");
}

#[test]
fn the_table_has_exactly_the_fields_of_the_sdks() {
    let is_sdk = |source: &str| source.starts_with("sdk:") || source.starts_with("meta-sdk:");
    let table = rows().into_iter().filter(|row| is_sdk(row.source));
    let table: BTreeSet<_> =
        table.map(|row| [row.source, row.vendor_path, row.direction].join("\t")).collect();
    let printed = sdk::fields().unwrap_or_else(|reason| panic!("{reason}"));
    let new: Vec<_> = printed.difference(&table).collect();
    let gone: Vec<_> = table.difference(&printed).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "give each new field of the SDKs a row in tests/vendor/fields.tsv: {new:#?}, and remove what is gone: {gone:#?}"
    );
}

/// Whether a value is among those after and not among those before.
fn is_new(value: &Value, before: &[Value], after: &[Value]) -> bool {
    let shows = |found: &Value| {
        let (found, wanted) = (spelled(found), spelled(value));
        // A sample is part of a link, or a link has a sample as its part.
        found == wanted
            || (value.is_string() && found.contains(&wanted))
            || (found.contains(MARK) && wanted.contains(&found))
    };
    after.iter().any(shows) && !before.iter().any(shows)
}

/// A value in one spelling: no provider's notation of variables, no case, no `+`.
fn spelled(value: &Value) -> String {
    let mut text = value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
    for (open, close) in [("{{", "}}"), ("$(", ")")] {
        while let Some((before, inside)) = text.split_once(open)
            && let Some((_, after)) = inside.split_once(close)
        {
            text = format!("{before}…{after}");
        }
    }
    text.trim_start_matches('+').to_owned()
}

/// A path without the numbers of its entries.
fn general(path: &str) -> String {
    if path.starts_with("spec.examples.") {
        return "spec.examples.<variable>".into();
    }
    let mut general = String::new();
    let mut rest = path;
    while let Some((before, inside)) = rest.split_once('[') {
        general.push_str(before);
        general.push_str("[]");
        rest = inside.split_once(']').map_or("", |(_, after)| after);
    }
    general + rest
}

fn with(value: &Value, place: &str, other: Value) -> Value {
    let mut changed = value.clone();
    *changed.pointer_mut(place).unwrap() = other;
    changed
}

fn values(value: &Value, path: &str) -> Vec<Value> {
    places(value, path).iter().filter_map(|place| value.pointer(place).cloned()).collect()
}

/// The JSON pointers that a path of the table has in a value.
fn places(value: &Value, path: &str) -> Vec<String> {
    let mut places = vec![String::new()];
    for step in path.split('.') {
        let name = step.trim_end_matches("[]");
        let lists = (step.len() - name.len()) / 2;
        places = places.iter().flat_map(|place| step_into(value, place, name)).collect();
        for _ in 0..lists {
            places = places.iter().flat_map(|place| items(value, place)).collect();
        }
    }
    places
}

fn step_into(value: &Value, place: &str, name: &str) -> Vec<String> {
    let Some(Value::Object(fields)) = value.pointer(place) else { return Vec::new() };
    match name.split_once('=') {
        Some((field, word)) if fields.get(field) == Some(&json!(word)) => vec![format!("{place}/{field}")],
        None if matches!(name, "*" | "<variable>") => {
            fields.keys().map(|key| format!("{place}/{key}")).collect()
        }
        None if fields.contains_key(name) => vec![format!("{place}/{name}")],
        _ => Vec::new(),
    }
}

fn items(value: &Value, place: &str) -> Vec<String> {
    let count = value.pointer(place).and_then(Value::as_array).map_or(0, Vec::len);
    (0..count).map(|index| format!("{place}/{index}")).collect()
}
