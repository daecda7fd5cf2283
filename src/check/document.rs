//! One document after the other: what it is, what is wrong with it, and what stays of it.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::fit::MOST;
use super::fit::Misfit;
use super::landmarks::Landmarks;
use super::metadata::{self, Refused};
use super::misread::{Misread, misread, unrendered};
use super::schema::Schema;
use super::similar::similar;
use crate::api::{GROUP, Kind, VERSION};
use crate::lint::{self, Finding, Rule, Spec, Summary};
use crate::manifest::{Aside, Document, Fault, Node, Path, Position, Segment, YAML_SEPARATOR, excerpt};

/// A finding whose severity waits for the provider of its object to be known.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) position: Option<Position>,
    pub(super) object: String,
    pub(super) path: Path,
    pub(super) rule: &'static Rule,
    pub(super) message: String,
    pub(super) help: String,
    /// The manifest of this file whose provider decides how bad it is.
    pub(super) manifest: Option<usize>,
}

/// What one file came to.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) findings: Vec<Found>,
    /// What rules across manifests need of each, and where its fields stand.
    pub(super) summaries: Vec<Summary>,
    pub(super) landmarks: Vec<Landmarks>,
    pub(super) manifests: usize,
    pub(super) ignored: usize,
    pub(super) is_unreadable: bool,
    /// Whether documents are kept for others.
    pub(super) keeps: bool,
    pub(super) kept: Vec<Manifest>,
}

/// A document for others to work with.
pub struct Manifest {
    /// The file, as the user named it.
    pub file: String,
    /// Where it begins.
    pub position: Position,
    /// The whole of it.
    pub json: Json,
}

impl std::fmt::Debug for Manifest {
    /// Where it is. It may be a Secret, so what it says is not shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.position)
    }
}

/// A document that says it is one of ours.
struct Ours<'a> {
    kind: Kind,
    root: &'a Node,
    asides: &'a [Aside],
    object: String,
}

impl Checked {
    /// Starts a file.
    pub(super) fn new(name: String) -> Checked {
        Checked { name, ..Checked::default() }
    }

    /// Notes that the file cannot be read at all.
    pub(super) fn unreadable(&mut self, fault: Fault) {
        self.is_unreadable = true;
        self.fault(fault, "");
    }

    fn fault(&mut self, fault: Fault, object: &str) {
        let Some(rule) = lint::find(fault.rule) else { return };
        let Fault { position, message, help, .. } = fault;
        let (object, path) = (object.to_owned(), Path::root());
        self.findings.push(Found { position, object, path, rule, message, help, manifest: None });
    }

    /// Checks one document.
    pub(super) fn document(&mut self, document: Result<Document, Fault>) {
        let document = match document {
            Ok(document) => document,
            Err(fault) => return self.fault(fault, ""),
        };
        let Some(ours) = self.recognise(&document) else {
            self.ignored += 1;
            let field = |name| document.root.get(name).and_then(Node::as_str);
            if field("apiVersion") == Some("v1") && matches!(field("kind"), Some("Secret" | "Namespace")) {
                self.keep(&document.root);
            }
            // The manifest that is lost where two were not separated may be one of ours.
            let lost = document.faults.into_iter().filter(|fault| fault.rule == YAML_SEPARATOR);
            return lost.for_each(|fault| self.fault(fault, ""));
        };
        self.manifests += 1;
        self.keep(&document.root);
        for fault in &document.faults {
            self.fault(fault.clone(), &ours.object);
        }
        self.ours(&ours);
    }

    fn keep(&mut self, root: &Node) {
        if self.keeps {
            let (file, position) = (self.name.clone(), root.start);
            self.kept.push(Manifest { file, position, json: root.to_json() });
        }
    }

    /// Whether a document is one of ours; what nearly is gets a finding.
    fn recognise<'a>(&mut self, document: &'a Document) -> Option<Ours<'a>> {
        let root = &document.root;
        let version = root.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        let name = root.get("kind").and_then(Node::as_str).unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = Kind::from_name(name);
        // Another group may have a kind of the same name; one that is spelt nearly like ours is ours misspelt.
        let misspelt = version.contains("waops") || version.is_empty();
        if group != GROUP && (kind.is_none() || !misspelt) {
            return None;
        }
        let object = object_name(root, name);
        let Some(kind) = kind else {
            let kinds = Kind::ALL.map(Kind::name);
            let help = similar(name, kinds.into_iter()).map_or_else(
                || format!("the kinds are {}", kinds.join(", ")),
                |kind| format!("did you mean {kind}?"),
            );
            self.note(
                "manifest-kind",
                root,
                Path::from_iter(["kind"]),
                &object,
                format!("there is no kind {}", excerpt(name)),
                help,
            );
            return None;
        };
        let current = format!("{GROUP}/{VERSION}");
        if version != current {
            let message = match version {
                "" => "apiVersion is missing".to_owned(),
                other if group == GROUP => format!("there is no version {}", excerpt(other)),
                other => format!("there is no group {}", excerpt(other)),
            };
            self.note(
                "manifest-version",
                root,
                Path::from_iter(["apiVersion"]),
                &object,
                message,
                format!("write apiVersion: {current}"),
            );
        }
        Some(Ours { kind, root, asides: &document.asides, object })
    }

    fn ours(&mut self, ours: &Ours<'_>) {
        for Refused { rule, path, message, help } in metadata::check(ours.root) {
            self.found(rule, ours, path, message, help.to_owned());
        }
        for Misread { rule, path, message, help } in misread(ours.root, ours.asides) {
            self.found(rule, ours, path, message, help);
        }
        let actions = unrendered(ours.root);
        let misfits = Schema::of(ours.kind).check(ours.root);
        let mut json = ours.root.to_json();
        let left_out: Vec<Path> = misfits
            .iter()
            .filter(|misfit| mend(&mut json, ours.root, misfit))
            .map(|misfit| misfit.path.clone())
            .collect();
        for unfit in misfits {
            if !actions.contains(&unfit.path) {
                self.misfit(ours, unfit);
            }
        }
        for path in &actions {
            let message = "this looks like a Helm template that was not rendered, or only half".to_owned();
            let help = "check what Helm makes of it: helm template … | waops validate -f -; inside a chart write {{`{{name}}`}} for a variable".to_owned();
            self.found("helm-template", ours, path.clone(), message, help);
        }
        let spec = &json["spec"];
        let checked = match ours.kind {
            Kind::Account => {
                typed(spec).map(|spec| (lint::account(&spec), summary(ours, Spec::Account(&spec))))
            }
            Kind::QrCode => {
                typed(spec).map(|spec| (lint::qr_code(&spec), summary(ours, Spec::QrCode(&spec))))
            }
            Kind::Template => {
                typed(spec).map(|spec| (lint::template(&spec), summary(ours, Spec::Template(&spec))))
            }
        };
        // What cannot be typed even so has a misfit that says why.
        let Some((findings, summary)) = checked else { return };
        let manifest = Some(self.summaries.len());
        for Finding { rule, path, message, help } in findings.into_iter().take(MOST) {
            // Where a value was left out because it does not fit, lint misses it: that is the same mistake.
            let is_echo = |left_out: &Path| *left_out == path || left_out.parent().as_ref() == Some(&path);
            if !actions.contains(&path) && !left_out.iter().any(is_echo) {
                let position = Some(ours.root.position_of(&path));
                let object = ours.object.clone();
                self.findings.push(Found { position, object, path, rule, message, help, manifest });
            }
        }
        self.summaries.push(summary);
        self.landmarks.push(Landmarks::new(ours.object.clone(), ours.root));
    }

    /// A finding between manifests, which blames one of this file.
    pub(super) fn between(&mut self, manifest: usize, finding: Finding) {
        let Some(landmarks) = self.landmarks.get(manifest) else { return };
        let Finding { rule, path, message, help } = finding;
        let (position, object) = (Some(landmarks.position_of(&path)), landmarks.object.clone());
        self.findings.push(Found { position, object, path, rule, message, help, manifest: Some(manifest) });
    }

    /// File and line of a field of a manifest, for a finding about another one.
    pub(super) fn place_of(&self, manifest: usize, path: &Path) -> Option<String> {
        let line = self.landmarks.get(manifest)?.position_of(path).line;
        // A message must not steer the terminal, whatever a file is called.
        Some(format!("{}:{line}", self.name.replace(char::is_control, "?")))
    }

    fn misfit(&mut self, ours: &Ours<'_>, misfit: Misfit) {
        let Misfit { rule, path, position, message, help } = misfit;
        let Some(rule) = lint::find(rule) else { return };
        let (position, object) = (Some(position), ours.object.clone());
        self.findings.push(Found { position, object, path, rule, message, help, manifest: None });
    }

    fn found(&mut self, rule: &str, ours: &Ours<'_>, path: Path, message: String, help: String) {
        self.note(rule, ours.root, path, &ours.object, message, help);
    }

    /// A finding that no provider decides about.
    fn note(&mut self, rule: &str, root: &Node, path: Path, object: &str, message: String, help: String) {
        let Some(rule) = lint::find(rule) else { return };
        let position = Some(root.position_of(&path));
        self.findings.push(Found {
            position,
            object: object.to_owned(),
            path,
            rule,
            message,
            help,
            manifest: None,
        });
    }
}

/// Makes of a field that does not fit what was probably meant, so that lint still sees the rest: a number
/// becomes the text it is written as, and what fits nowhere is left out, which is told.
fn mend(json: &mut Json, root: &Node, misfit: &Misfit) -> bool {
    let Some((Segment::Field(field), _)) = misfit.path.segments().split_last() else { return false };
    let object = misfit.path.parent().and_then(|parent| find(json, &parent)).and_then(Json::as_object_mut);
    let Some(object) = object else { return false };
    match (misfit.rule, root.at(&misfit.path).and_then(Node::as_scalar)) {
        ("string-unquoted", Some(scalar)) if !scalar.text.is_empty() => {
            object.insert(field.to_string(), Json::String(scalar.text.to_string()));
            false
        }
        ("string-unquoted" | "schema-type" | "schema-enum", _) => object.remove(&**field).is_some(),
        _ => false,
    }
}

fn find<'a>(json: &'a mut Json, path: &Path) -> Option<&'a mut Json> {
    path.segments().iter().try_fold(json, |json, segment| match segment {
        Segment::Field(name) => json.get_mut(&**name),
        Segment::Index(index) => json.get_mut(*index),
    })
}

fn typed<T: DeserializeOwned>(spec: &Json) -> Option<T> {
    T::deserialize(spec).ok()
}

fn summary(ours: &Ours<'_>, spec: Spec<'_>) -> Summary {
    Summary::new(namespace(ours.root), name(ours.root).unwrap_or_default(), spec)
}

fn name(root: &Node) -> Option<&str> {
    root.get("metadata")?.get("name")?.as_str()
}

fn namespace(root: &Node) -> Option<&str> {
    root.get("metadata")?.get("namespace")?.as_str()
}

/// Kind, namespace and name, as a person speaks of an object.
fn object_name(root: &Node, kind: &str) -> String {
    let kind = excerpt(kind);
    match (namespace(root), name(root)) {
        (Some(namespace), Some(name)) => format!("{kind} {}/{}", excerpt(namespace), excerpt(name)),
        (None, Some(name)) => format!("{kind} {}", excerpt(name)),
        _ => kind,
    }
}
