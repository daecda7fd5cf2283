//! Label selectors, as the API server reads them.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// Whether a selector chooses something with these labels. An empty one chooses everything.
pub(super) fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let equal = |(key, value): (&String, &String)| labels.get(key) == Some(value);
    selector.match_labels.iter().flatten().all(equal)
        && selector.match_expressions.iter().flatten().all(|requirement| fits(requirement, labels))
}

/// An operator that nobody knows chooses nothing: an account must not open by a misspelling.
fn fits(requirement: &LabelSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let value = labels.get(&requirement.key);
    let listed = |value: &String| requirement.values.iter().flatten().any(|listed| listed == value);
    match requirement.operator.as_str() {
        "In" => value.is_some_and(listed),
        "NotIn" => !value.is_some_and(listed),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn selectors_choose_as_in_kubernetes() {
        let labels: BTreeMap<String, String> = [("team".to_owned(), "marketing".to_owned())].into();
        let team = |operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": "team", "operator": operator, "values": values}]});
        for (selector, want, reason) in [
            (json!({}), true, "an empty one chooses everything"),
            (json!({"matchLabels": {"team": "marketing"}}), true, "equal"),
            (json!({"matchLabels": {"team": "sales"}}), false, "another value"),
            (json!({"matchLabels": {"team": "marketing", "env": "prod"}}), false, "all must fit"),
            (team("In", &["sales", "marketing"]), true, "one of them"),
            (team("NotIn", &["marketing"]), false, "none of them"),
            (team("NotIn", &["sales"]), true, "another value is none of them"),
            (team("Exists", &[]), true, "there"),
            (team("DoesNotExist", &[]), false, "not missing"),
            (team("in", &["marketing"]), false, "nobody knows this operator"),
        ] {
            let parsed: LabelSelector = from_value(selector.clone()).unwrap();
            assert_eq!(matches(&parsed, &labels), want, "{selector}: {reason}");
        }
    }
}
