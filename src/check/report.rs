//! What a check found.

use std::path::PathBuf;

use super::document::Checked;
use crate::lint::{self, Provider, ProviderKind, Rule, Severity};
use crate::manifest::{Fault, Path, Position};

/// A finding and where it is.
#[derive(Clone, Debug)]
pub struct Located {
    /// The file, as the user named it; `-` is standard input.
    pub file: String,
    /// Line and column; none when the whole file is meant.
    pub position: Option<Position>,
    /// The object, such as `WhatsAppTemplate marketing/order-shipped`; empty outside one.
    pub object: String,
    /// The field; empty outside an object.
    pub path: Path,
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is here, which can be less than the rule says when the provider is not known.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl Located {
    /// Whether it breaks one of these rules by what one of these paths is, as somebody named it, and not by what lies beneath.
    pub fn is_of_paths(&self, rules: &[&str], paths: &[PathBuf]) -> bool {
        rules.contains(&self.rule.id) && paths.iter().any(|path| path.display().to_string() == self.file)
    }
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    /// Everything found, by file and place.
    pub findings: Vec<Located>,
    /// Files read.
    pub files: usize,
    /// Manifests of our kinds.
    pub manifests: usize,
    /// Documents of other kinds, which were left alone.
    pub ignored: usize,
    /// Paths that could not be read.
    pub unreadable: usize,
}

impl Report {
    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Leaves out what breaks one of these rules by what one of these paths is.
    pub fn forgive(&mut self, rules: &[&str], paths: &[PathBuf]) {
        let unreadable = &mut self.unreadable;
        self.findings.retain(|finding| {
            let is_forgiven = finding.is_of_paths(rules, paths);
            *unreadable -= usize::from(is_forgiven && finding.rule.checked == lint::Checked::Reading);
            !is_forgiven
        });
    }

    /// Notes a path that leads to no manifest.
    pub(super) fn refuse(&mut self, file: String, fault: Fault) {
        self.unreadable += 1;
        if let Some(rule) = lint::find(fault.rule) {
            self.findings.push(Located {
                file,
                position: fault.position,
                object: String::new(),
                path: Path::root(),
                rule,
                severity: rule.severity(),
                message: fault.message,
                help: fault.help,
            });
        }
    }

    /// An argument of the command line was meant to hold something; a check of nothing must not look like a success.
    pub(super) fn expected_something(&mut self, path: &std::path::Path) {
        let refused = |finding: &Located| std::path::Path::new(&finding.file).starts_with(path);
        let Some(rule) = lint::find("manifest-empty").filter(|_| !self.findings.iter().any(refused)) else {
            return;
        };
        self.findings.push(Located {
            file: path.display().to_string(),
            position: None,
            object: String::new(),
            path: Path::root(),
            rule,
            severity: rule.severity(),
            message: "there is no manifest of waops in it".to_owned(),
            help: "leave it out, or check the path and what should have written it".to_owned(),
        });
    }

    /// Takes over what was found in a file, as far as it concerns the provider of each manifest in it.
    pub(super) fn absorb(&mut self, file: Checked, providers: &[Option<ProviderKind>]) {
        self.files += 1;
        self.manifests += file.manifests;
        self.ignored += file.ignored;
        self.unreadable += usize::from(file.is_unreadable);
        let mut findings: Vec<Located> = file
            .findings
            .into_iter()
            .filter_map(|found| {
                let provider = found.manifest.and_then(|manifest| providers.get(manifest).copied().flatten());
                let severity = found.rule.severity_on(provider)?;
                let message = match (provider, found.rule.provider()) {
                    (None, Provider::Alibaba) => format!("on Alibaba: {}", found.message),
                    (None, Provider::Meta) => format!("on Meta: {}", found.message),
                    _ => found.message,
                };
                Some(Located {
                    file: file.name.clone(),
                    position: found.position,
                    object: found.object,
                    path: found.path,
                    rule: found.rule,
                    severity,
                    message,
                    help: found.help,
                })
            })
            .collect();
        findings.sort_by(|a, b| (a.position, &a.path, a.rule.id).cmp(&(b.position, &b.path, b.rule.id)));
        self.findings.append(&mut findings);
    }
}
