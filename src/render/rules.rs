//! The pages of lint's rules.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::lines::wrap;
use crate::lint::{Checked, Provider, Rule, Severity};

/// One rule for a person.
pub fn page(rule: &Rule) -> String {
    let mut out = format!("{} ({})\n\n{}\n\n", rule.id, weight(rule), sentence(rule.title));
    for paragraph in rule.explanation.split("\n\n") {
        let _ = writeln!(out, "{}\n", wrap(paragraph, 96));
    }
    let _ = writeln!(out, "Found by: {}", found_by(rule));
    if !rule.link.is_empty() {
        let _ = writeln!(out, "Document: {}", rule.link);
    }
    out
}

/// One line for each rule.
pub fn list(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    rules.iter().fold(String::new(), |mut out, rule| {
        let _ = writeln!(out, "{:width$}  {}", rule.id, rule.title);
        out
    })
}

/// One rule for a program.
pub fn to_json(rule: &Rule) -> Json {
    json!({
        "id": rule.id,
        "severity": rule.severity().name(),
        "alibaba": rule.alibaba.map(Severity::name),
        "meta": rule.meta.map(Severity::name),
        "provider": match rule.provider() {
            Provider::Both => "both",
            Provider::Alibaba => "alibaba",
            Provider::Meta => "meta",
        },
        "checked": match rule.checked {
            Checked::Reading => "reading",
            Checked::Schema => "schema",
            Checked::Cel => "cel",
            Checked::Transition => "transition",
            Checked::Lint => "lint",
        },
        "title": rule.title,
        "explanation": rule.explanation,
        "link": rule.link,
    })
}

/// How bad it is, for each provider where they differ.
pub fn weight(rule: &Rule) -> String {
    match (rule.alibaba, rule.meta) {
        (Some(alibaba), Some(meta)) if alibaba == meta => alibaba.name().to_owned(),
        (Some(alibaba), Some(meta)) => format!("{} on Alibaba, {} on Meta", alibaba.name(), meta.name()),
        (Some(alibaba), None) => format!("{} on Alibaba", alibaba.name()),
        (None, Some(meta)) => format!("{} on Meta", meta.name()),
        (None, None) => "note".to_owned(),
    }
}

/// Where a mistake is noticed.
pub fn found_by(rule: &Rule) -> &'static str {
    match rule.checked {
        Checked::Reading => "waops, while it reads the file",
        Checked::Schema => "waops and the API server, by the schema",
        Checked::Cel => "waops and the API server, in the same words",
        Checked::Transition => "the API server, when an object is changed",
        Checked::Lint => "waops",
    }
}

/// Titles have no full stop, since they end findings too.
fn sentence(title: &str) -> String {
    let mut characters = title.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    format!("{}{}.", first.collect::<String>(), characters.as_str())
}
