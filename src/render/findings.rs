//! Findings for a person, for a program, for GitHub and for code scanning.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::github::{self, Level};
use super::out::Paint;
use super::sarif;
use crate::check::{Located, Report};
use crate::lint::Severity;

/// Findings for people: `file:line:column`, so that a terminal makes it a link.
pub fn text(report: &Report, colours: bool) -> String {
    let paint = Paint(colours);
    let mut out = String::new();
    for finding in &report.findings {
        let colour = match finding.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        let severity = paint.with(colour, finding.severity.name());
        let place = paint.bold(&place(finding));
        let _ = writeln!(out, "{place}: {severity}: {} [{}]", finding.message, finding.rule.id);
        let about = about(finding);
        if !about.is_empty() {
            let _ = writeln!(out, "    at: {about}");
        }
        if !finding.help.is_empty() {
            let _ = writeln!(out, "    {}: {}", paint.bold("to do"), finding.help);
        }
    }
    let _ = writeln!(out, "{}", summary(report));
    out
}

/// One line that says how it went.
pub fn summary(report: &Report) -> String {
    let checked = format!(
        "{} in {}",
        counted(report.manifests, "manifest", "manifests"),
        counted(report.files, "file", "files")
    );
    let ignored = match report.ignored {
        0 => String::new(),
        1 => " (1 document of another kind left alone)".into(),
        count => format!(" ({count} documents of other kinds left alone)"),
    };
    let found: Vec<String> = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "note", "notes"),
    ]
    .into_iter()
    .map(|(severity, one, many)| (report.count(severity), one, many))
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, one, many)| counted(count, one, many))
    .collect();
    let found = if found.is_empty() { "no findings".into() } else { found.join(", ") };
    let unread = match report.unreadable {
        0 => String::new(),
        count => format!("; {} could not be read", counted(count, "path", "paths")),
    };
    format!("{checked}{ignored}: {found}{unread}")
}

/// Findings for programs.
pub fn to_json(report: &Report, failed: bool) -> Json {
    let findings: Vec<Json> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "file": finding.file,
                "line": finding.position.map(|position| position.line),
                "column": finding.position.map(|position| position.column),
                "object": finding.object,
                "path": finding.path.to_string(),
                "rule": finding.rule.id,
                "severity": finding.severity.name(),
                "message": finding.message,
                "help": finding.help,
                "link": finding.rule.link,
            })
        })
        .collect();
    json!({
        "version": 1,
        "failed": failed,
        "summary": {
            "files": report.files,
            "manifests": report.manifests,
            "ignored": report.ignored,
            "unreadable": report.unreadable,
            "errors": report.count(Severity::Error),
            "warnings": report.count(Severity::Warning),
            "notes": report.count(Severity::Info),
        },
        "findings": findings,
    })
}

/// Findings as GitHub's workflow commands, which it shows beside the lines of a pull request; `here` is the folder we run
/// in.
pub fn github(report: &Report, here: &Path) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let level = match finding.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Info => Level::Notice,
        };
        let about = about(finding);
        let about = if about.is_empty() { about } else { format!("\n{about}") };
        let message = format!("{}{about}\n{}", finding.message, finding.help);
        let line = finding.position.map(|position| (position.line, Some(position.column)));
        let place = Some((finding.file.as_str(), line));
        github::annotate(&mut out, here, level, place, finding.rule.id, message.trim_end());
    }
    let _ = writeln!(out, "{}", summary(report));
    out
}

/// Findings for code scanning (SARIF 2.1.0); `here` is the folder we run in.
pub fn to_sarif(report: &Report, here: &Path) -> Json {
    sarif::log(report, here)
}

fn place(finding: &Located) -> String {
    match finding.position {
        Some(position) => format!("{}:{position}", finding.file),
        None => finding.file.clone(),
    }
}

/// The field and its object, as far as there are any.
fn about(finding: &Located) -> String {
    let path = finding.path.to_string();
    match (path.is_empty(), finding.object.is_empty()) {
        (true, _) => finding.object.clone(),
        (false, true) => path,
        (false, false) => format!("{path} of {}", finding.object),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
