//! Findings as a SARIF 2.1.0 log.

use std::fmt::Write;
use std::path::{Component, Path};

use serde_json::{Value as Json, json};

use super::files::from_top;
use crate::check::{Located, Report};
use crate::lint::Rule;

/// One run with the rules that were broken and where, as code scanning needs it; `here` is the folder we run in.
pub(super) fn log(report: &Report, here: &Path) -> Json {
    let mut rules: Vec<&'static Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let results: Vec<Json> = report.findings.iter().map(|finding| result(finding, &rules, here)).collect();
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
        "defaultConfiguration": { "level": rule.severity().name() },
    });
    if !rule.link.is_empty() {
        descriptor["helpUri"] = json!(rule.link);
    }
    descriptor
}

fn result(finding: &Located, rules: &[&'static Rule], here: &Path) -> Json {
    let path = finding.path.to_string();
    let text = if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{}. To do: {}", finding.message, finding.help)
    };
    let mut location =
        json!({ "physicalLocation": { "artifactLocation": { "uri": uri(Path::new(&finding.file), here) } } });
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
        "level": finding.severity.name(),
        "message": { "text": text },
        "locations": [location],
    })
}

/// A file that a pull request may change as a relative reference, any other one as a whole address.
fn uri(file: &Path, here: &Path) -> String {
    let file = from_top(file, here);
    if file.is_absolute() { format!("file://{}", encoded(&file)) } else { encoded(&file) }
}

/// With forward slashes on every system, and percent-encoded where a URI would read something else.
fn encoded(path: &Path) -> String {
    let mut out = String::new();
    for component in path.components() {
        if !out.is_empty() && !out.ends_with('/') {
            out.push('/');
        }
        if component == Component::RootDir {
            out.push('/');
            continue;
        }
        for byte in component.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    out.push(char::from(*byte));
                }
                _ => {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "%{byte:02X}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_code_scanning_needs_them() {
        for (file, expected, why) in [
            ("a/b.yaml", "a/b.yaml", "relative already"),
            ("./a/../b.yaml", "b.yaml", "the way does not matter"),
            ("/repo/work/a/b.yaml", "a/b.yaml", "an absolute path below the folder"),
            ("/repo/work/../work/a.yaml", "a.yaml", "however it is written"),
            ("/repo/worker/a.yaml", "file:///repo/worker/a.yaml", "a folder that is called alike"),
            ("../a.yaml", "file:///repo/a.yaml", "beside the folder"),
            ("my shop/50%:a.yaml", "my%20shop/50%25%3Aa.yaml", "what a URI would read otherwise"),
            ("<stdin>", "%3Cstdin%3E", "no file at all"),
        ] {
            assert_eq!(uri(Path::new(file), Path::new("/repo/work")), expected, "{why}");
        }
    }
}
