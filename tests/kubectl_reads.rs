//! `waops` reads YAML as kubectl does: the table of scalars, held against the real one.

#![allow(clippy::expect_used)] // a test that cannot go on says where

mod support;

use serde_json::Value as Json;
use support::control_plane::ControlPlane;

/// Rows of `src/manifest/resolution.tsv`: the scalar as written, the JSON that must come of it, and why.
fn rows() -> Vec<(&'static str, &'static str, &'static str)> {
    let table = include_str!("../src/manifest/resolution.tsv");
    let rows = table.lines().filter(|line| !line.starts_with("# "));
    rows.map(|row| {
        let mut columns = row.split('\t');
        let mut next = || columns.next().expect("three columns");
        (next(), next(), next())
    })
    .collect()
}

fn manifest(scalars: &[&str]) -> String {
    let values: Vec<String> =
        scalars.iter().enumerate().map(|(index, scalar)| format!("  v{index}: {scalar}\n")).collect();
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: scalars}}\ndata:\n{}", values.concat())
}

#[test]
fn scalars_are_what_kubectl_makes_of_them() {
    let plane = ControlPlane::start_without_controllers();
    let read = |scalars: &[&str]| {
        let arguments = ["create", "--dry-run=client", "--validate=false", "--output=json", "--filename=-"];
        plane.kubectl_stdin(&arguments, &manifest(scalars))
    };
    let (refused, taken): (Vec<_>, Vec<_>) = rows().into_iter().partition(|(_, json, _)| *json == "refused");
    let scalars: Vec<&str> = taken.iter().map(|(scalar, _, _)| *scalar).collect();
    let json: Json = serde_json::from_str(&read(&scalars).success()).expect("kubectl writes JSON");
    assert!(taken.len() > 100, "the table is there");
    for (index, (scalar, expected, why)) in taken.iter().enumerate() {
        let expected: Json = serde_json::from_str(expected).expect("the table has JSON");
        let read = &json["data"][format!("v{index}")];
        // Go writes a float without a fraction as if it were an integer.
        let same = if expected.is_f64() { read.as_f64() == expected.as_f64() } else { *read == expected };
        assert!(same, "{scalar:?} is {read}, not {expected}: {why}");
    }
    for (scalar, _, why) in refused {
        assert!(!read(&[scalar]).status.success(), "{scalar:?}: {why}");
    }
}
