//! A plan for programs. The shape is a contract: docs/reference/plan.schema.json. Fields may be added; what is there
//! keeps its name and meaning as long as `version` is the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Action, Against, Planned, Setting, Summary, sorted};
use crate::plan::reason::Progress;
use crate::plan::step::{Consequence, Difference, Note, Step};

/// What `waops plan --output json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "A plan of waops")]
pub struct Document {
    /// Version of this shape.
    #[schemars(extend("const" = "1"))]
    version: &'static str,
    /// What the manifests were compared with.
    against: Against,
    /// The revision, or the manifests, against which alone changes are shown; none where everything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    /// What should be known before anything in it is believed.
    warnings: Vec<String>,
    /// Every object, by kind, namespace and name.
    objects: Vec<Entry>,
    /// How many objects there are of each action.
    summary: Summary,
    /// What the state holds and no manifest declares, with what `--prune` would do about it.
    orphans: Vec<Entry>,
    /// What a plan was made from that can be applied later; only in files of `waops plan --save`.
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<Saved>,
}

/// What a plan was made from, so that it is applied to nothing else.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// The form of this file.
    pub format: u32,
    /// The version of waops that wrote it.
    pub written_by: String,
    /// The installation of the state; none where there was no state yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<String>,
    /// The revision of the state.
    pub revision: u64,
    /// Whether what no manifest declares goes.
    pub prune: bool,
    /// Whether what exists and is as written is taken over.
    pub adopt: bool,
    /// Whether only what a branch changes was planned.
    pub partial: bool,
    /// Who the account of each object is at its provider.
    pub identities: BTreeMap<String, String>,
    /// A hash of all that each object's manifest says: a plan shows less.
    #[serde(default)]
    pub wishes: BTreeMap<String, String>,
    /// SHA-256 of this document without it.
    pub checksum: String,
}

impl Document {
    /// The same, to be applied later.
    #[must_use]
    pub fn keeping(self, saved: Saved) -> Self {
        Self { saved: Some(saved), ..self }
    }
}

/// One object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// Its kind.
    kind: &'static str,
    /// Its namespace.
    namespace: String,
    /// Its name.
    name: String,
    /// `file:line` of its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// What happens to it.
    action: Action,
    /// The sign of its line: `+`, `~`, `-`, `!`, `?` or a blank.
    sign: char,
    /// Whether it had anything at the provider before.
    existed: bool,
    /// Whether a list of the provider backs this.
    verified: bool,
    /// Where it stands: a state of docs/reference/conditions.md.
    reason: &'static str,
    /// What that means to whoever waits for it.
    progress: Progress,
    /// The same in a sentence for a person.
    message: String,
    /// Fields that change.
    differences: Vec<Change>,
    /// What it costs.
    consequences: Vec<Cost>,
    /// What else should be known.
    notes: Vec<Remark>,
    /// The lines that decide; each is one way out, ready to be pasted into the manifest.
    decisions: Vec<String>,
    /// The object of ours that has what this one wants: kind, namespace and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict_with: Option<String>,
}

/// A field that changes.
#[derive(Debug, Serialize, JsonSchema)]
struct Change {
    /// Path in the manifest's spec.
    field: String,
    /// What is at the provider; none where nothing is.
    from: Option<String>,
    /// What will be there; none where nothing will.
    to: Option<String>,
}

/// What a step costs.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Cost {
    /// What kind of cost, in one word. There may be more words one day.
    r#type: &'static str,
    /// The same in words.
    text: String,
    /// The code that dies.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// How many edits are spent, this one included.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<u32>,
    /// How many edits there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u32>,
    /// Until when the name is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    until: Option<String>,
}

/// Something that should be known besides.
#[derive(Debug, Serialize, JsonSchema)]
struct Remark {
    /// What kind of remark, in one word. There may be more words one day.
    r#type: &'static str,
    /// The same in words.
    text: String,
}

/// A plan for programs: every object, the unchanged ones too.
pub fn document(objects: &[Planned], orphans: &[Planned], setting: &Setting) -> Document {
    let Setting { against, base, warnings, .. } = setting.clone();
    Document {
        version: "1",
        against,
        base,
        warnings,
        objects: sorted(objects).into_iter().map(entry).collect(),
        summary: Summary::of(objects),
        orphans: sorted(orphans).into_iter().map(entry).collect(),
        saved: None,
    }
}

/// The schema of [`Document`].
pub fn schema() -> Json {
    schemars::schema_for!(Document).to_value()
}

fn entry(object: &Planned) -> Entry {
    let Planned { key, plan, .. } = object;
    Entry {
        kind: key.kind.name(),
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        place: object.place.clone(),
        action: object.action(),
        sign: object.sign(),
        existed: object.existed,
        verified: object.verified,
        reason: plan.reason.name(),
        progress: plan.reason.progress(),
        message: plan.message.clone(),
        differences: plan.differences.iter().map(change).collect(),
        consequences: plan.consequences.iter().map(cost).collect(),
        notes: plan.notes.iter().map(remark).collect(),
        decisions: object.decisions().to_vec(),
        conflict_with: match &plan.step {
            Step::Conflict { with } => with.as_ref().map(ToString::to_string),
            _ => None,
        },
    }
}

fn change(difference: &Difference) -> Change {
    let Difference { field, from, to } = difference.clone();
    Change { field, from, to }
}

fn cost(consequence: &Consequence) -> Cost {
    let cost = Cost { r#type: consequence.name(), text: consequence.to_string(), ..Cost::default() };
    match consequence {
        Consequence::KillsPrintedCode(code) => Cost { code: Some(code.clone()), ..cost },
        Consequence::SpendsEdit { used, of } => Cost { used: Some(*used), of: Some(*of), ..cost },
        Consequence::LocksName { until } => Cost { until: Some(until.to_string()), ..cost },
        _ => cost,
    }
}

fn remark(note: &Note) -> Remark {
    Remark { r#type: note.name(), text: note.to_string() }
}
