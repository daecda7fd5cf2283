//! Tables of cases: a spec that works, and patches of it that break a rule or nearly do.

use serde::de::DeserializeOwned;
use serde_json::Value;
use waops::lint::Finding;

/// A case: the rule, the field to blame, a patch that breaks the rule, one nearby that does not, and why.
pub(crate) type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Runs the cases against a spec that keeps every rule.
pub(crate) fn check<T: DeserializeOwned>(base: &str, lint: impl Fn(&T) -> Vec<Finding>, cases: &[Case]) {
    let clean = lint(&spec(base, "{}"));
    assert!(clean.is_empty(), "the spec that others are made of has findings: {clean:#?}");
    for (rule, path, wrong, right, reason) in cases {
        let found = lint(&spec(base, wrong));
        let places: Vec<_> =
            found.iter().filter(|f| f.rule.id == *rule).map(|f| f.path.to_string()).collect();
        assert!(
            places.iter().any(|place| place == path),
            "{rule} at {path} ({reason}) in {wrong}: {found:#?}"
        );
        for finding in &found {
            is_well_said(finding);
        }
        let found = lint(&spec(base, right));
        assert!(found.iter().all(|f| f.rule.id != *rule), "{rule} ({reason}) not in {right}: {found:#?}");
    }
}

/// The spec with a patch applied to it.
pub(crate) fn spec<T: DeserializeOwned>(base: &str, patch: &str) -> T {
    let mut spec: Value = serde_yaml::from_str(base).unwrap();
    merge(&mut spec, serde_yaml::from_str(patch).unwrap_or_else(|error| panic!("{patch}: {error}")));
    serde_json::from_value(spec).unwrap_or_else(|error| panic!("{patch}: {error}"))
}

/// JSON merge patch: null removes.
fn merge(value: &mut Value, patch: Value) {
    let Value::Object(fields) = patch else {
        *value = patch;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    for (name, field) in fields {
        if field.is_null() {
            value.as_object_mut().unwrap().remove(&name);
        } else {
            merge(&mut value[name], field);
        }
    }
}

/// Short, on one line, and naming the provider whose rule it is.
fn is_well_said(finding: &Finding) {
    let Finding { rule, message, help, .. } = finding;
    assert!(!message.is_empty() && message.chars().count() < 300, "{}: {message}", rule.id);
    assert!(!message.contains('\n') && !help.contains('\n'), "{}: {message} {help}", rule.id);
    let provider = match rule.provider() {
        waops::lint::Provider::Both => return,
        waops::lint::Provider::Alibaba => "Alibaba",
        waops::lint::Provider::Meta => "Meta",
    };
    assert!(message.contains(provider), "{}: {message:?} does not say that it is {provider}'s", rule.id);
}
