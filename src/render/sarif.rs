//! Findings as a SARIF 2.1.0 log.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::findings::name;
use crate::check::{Located, Report};
use crate::lint::Rule;

/// One run with the rules that were broken and where.
pub(super) fn log(report: &Report) -> Json {
    let mut rules: Vec<&'static Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let results: Vec<Json> = report.findings.iter().map(|finding| result(finding, &rules)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "waops",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptor(rule: &Rule) -> Json {
    let mut descriptor = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.explanation },
        "defaultConfiguration": { "level": name(rule.severity()) },
    });
    if !rule.link.is_empty() {
        descriptor["helpUri"] = json!(rule.link);
    }
    descriptor
}

fn result(finding: &Located, rules: &[&'static Rule]) -> Json {
    let path = finding.path.to_string();
    let text = if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{}. To do: {}", finding.message, finding.help)
    };
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&finding.file) } } });
    if let Some(position) = finding.position {
        location["physicalLocation"]["region"] =
            json!({ "startLine": position.line, "startColumn": position.column });
    }
    if !path.is_empty() || !finding.object.is_empty() {
        location["logicalLocations"] =
            json!([{ "name": finding.object, "fullyQualifiedName": path, "kind": "member" }]);
    }
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.rule.id),
        "level": name(finding.severity),
        "message": { "text": text },
        "locations": [location],
    })
}

/// A file name as a relative reference: what a URI would read as something else is percent-encoded.
fn uri(file: &str) -> String {
    let mut out = String::with_capacity(file.len());
    for byte in file.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out.trim_start_matches("./").to_owned()
}
