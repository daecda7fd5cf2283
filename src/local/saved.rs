//! A plan that was agreed to, to be applied later: exactly that, or nothing.
//!
//! It is the plan as programs read it, with a part that says what it was made from and a checksum over all of it. When it
//! is applied everything is planned anew, and whatever differs is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::plans::Plans;
use super::review::Answer;
use super::workspace::Workspace;
use crate::engine::store::Store;
use crate::plan::facts::Key;
use crate::plan::step::{Note, Step};
use crate::render::plan::{self, Planned, Saved};

/// The newest form that is read, and the one that is written.
const FORMAT: u32 = 1;
/// More is no plan.
const MOST: u64 = 256 << 20;

/// How the manifests were worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// Whether what no manifest declares goes.
    pub prunes: bool,
    /// Whether what exists and is as written is taken over.
    pub adopts: bool,
}

/// A plan that was read.
#[derive(Clone, Debug)]
pub struct Agreed {
    saved: Saved,
    /// Each object by its name, as it was planned.
    objects: BTreeMap<String, Json>,
}

/// Writes a plan that can be applied later.
pub fn save(path: &Path, answer: &Answer, ways: Ways) -> Result<(), String> {
    let saved = Saved {
        format: FORMAT,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        installation: answer.installation.clone(),
        revision: answer.revision,
        prune: ways.prunes,
        adopt: ways.adopts,
        partial: answer.setting.base.is_some(),
        identities: identities(&answer.plans.objects),
        wishes: answer.plans.wishes.clone(),
        checksum: String::new(),
    };
    let document = plan::document(&answer.plans.objects, &answer.orphans.objects, &answer.setting);
    let mut json = serde_json::to_value(document.keeping(saved)).map_err(|error| error.to_string())?;
    json["saved"]["checksum"] = checksum(&json).into();
    let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
    fs::write(path, format!("{text}\n")).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Reads a plan; none that was changed since.
pub fn read(path: &Path) -> Result<Agreed, String> {
    let name = path.display();
    let wrong = |what: &str| format!("{name} {what}");
    let length = fs::metadata(path).map_err(|error| format!("cannot read {name}: {error}"))?.len();
    if length > MOST {
        return Err(wrong("is far too large for a plan"));
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let json: Json = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(&format!("is no plan: it is not JSON ({error})")))?;
    if json["saved"].is_null() {
        return Err(wrong("is no plan that can be applied; make one with `waops plan --save FILE`"));
    }
    let format = json["saved"]["format"].as_u64().unwrap_or_default();
    if format > u64::from(FORMAT) {
        let by = json["saved"]["writtenBy"].as_str().unwrap_or("a newer one");
        return Err(wrong(&format!(
            "was written by waops {by} in format {format}; this one reads up to {FORMAT}: update it, or plan again"
        )));
    }
    if json["saved"]["checksum"].as_str() != Some(&checksum(&json)) {
        return Err(wrong(
            "was edited or damaged after waops wrote it: its checksum does not match; plan again",
        ));
    }
    let saved = serde_json::from_value(json["saved"].clone());
    let saved: Saved = saved.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let objects = json["objects"].as_array().into_iter().flatten();
    let objects = objects.map(|object| (name_of(object), comparable(object.clone()))).collect();
    Ok(Agreed { saved, objects })
}

impl Agreed {
    /// How the manifests were worked on. A plan of a branch shows what the branch removes and no other orphan, so none
    /// of those may go with it.
    pub fn ways(&self) -> Ways {
        Ways { prunes: self.saved.prune && !self.saved.partial, adopts: self.saved.adopt }
    }

    /// Whether it is of a branch, which may have removed the last manifest.
    pub fn is_partial(&self) -> bool {
        self.saved.partial
    }

    /// What a branch removes is agreed to with its plan, whether somebody prunes or not.
    pub fn removed<S: Store>(&self, workspace: &Workspace<S>) -> BTreeSet<Key> {
        if !self.saved.partial {
            return BTreeSet::new();
        }
        let mut keys: BTreeSet<Key> = workspace.objects().into_iter().collect();
        keys.retain(|key| {
            workspace.folder.spot(key).is_none() && self.objects.contains_key(&key.to_string())
        });
        keys
    }

    /// Refuses to be applied to another state, or to one that is older than the plan.
    pub fn fits(&self, installation: &str, revision: u64) -> Result<(), String> {
        match &self.saved.installation {
            Some(planned) if planned != installation => Err(format!(
                "the plan was made for another state (installation {planned}); this one is {installation}. Name the folder \
                 whose plan it is, or plan again"
            )),
            Some(_) if revision < self.saved.revision => Err(format!(
                "the state is older than the plan (revision {revision}, planned at {}): a backup was restored, or a copy is \
                 in use. Plan again",
                self.saved.revision
            )),
            _ => Ok(()),
        }
    }

    /// The objects that may be worked on, if everything is planned now as it was agreed to. Nothing else stays among
    /// the plans: of a branch, nobody agreed to the rest.
    pub fn unchanged(&self, now: &mut Plans) -> Result<Vec<Key>, String> {
        let document = plan::document(&now.objects, &[], &plan::Setting::default());
        let json = serde_json::to_value(document).map_err(|error| error.to_string())?;
        let entries: BTreeMap<String, &Json> =
            json["objects"].as_array().into_iter().flatten().map(|it| (name_of(it), it)).collect();
        let identities = identities(&now.objects);
        let mut moved = Vec::new();
        for (name, planned) in &self.objects {
            match entries.get(name) {
                None => moved.push(format!("{name}: it is not declared any more")),
                Some(entry) => {
                    let differs = difference(name, planned, &comparable((*entry).clone()));
                    moved.extend(differs.or_else(|| self.wishes_else(name, now)));
                }
            }
            if let (Some(there), Some(here)) = (self.saved.identities.get(name), identities.get(name))
                && there != here
            {
                moved.push(format!("{name}: it was planned for the account {there}, and now it is {here}"));
            }
        }
        let accounts = self.saved.wishes.keys().filter(|name| !self.objects.contains_key(*name));
        let is_there = |name: &&String| now.wishes.contains_key(*name);
        moved.extend(accounts.filter(is_there).filter_map(|name| self.wishes_else(name, now)));
        if !self.saved.partial {
            let news = entries.keys().filter(|name| !self.objects.contains_key(*name));
            moved.extend(news.map(|name| format!("{name}: it was not there when the plan was made")));
        }
        if moved.is_empty() {
            now.objects.retain(|object| self.objects.contains_key(&object.key.to_string()));
            return Ok(now.objects.iter().map(|object| object.key.clone()).collect());
        }
        let mut text = "the plan does not hold any more, and nothing was done:\n".to_owned();
        for line in moved {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str("plan again, and have that agreed to");
        Err(text)
    }

    /// A plan shows what changes now, and its manifest says more: what becomes of an object later, what a template is
    /// sent to its review with.
    fn wishes_else(&self, name: &str, now: &Plans) -> Option<String> {
        let planned = self.saved.wishes.get(name)?;
        let says = "its manifest says something else than it was planned for";
        (now.wishes.get(name) != Some(planned)).then(|| format!("{name}: {says}"))
    }
}

/// Who the account of each object is, as far as its plan tells.
fn identities(objects: &[Planned]) -> BTreeMap<String, String> {
    let claim = |object: &Planned| match &object.plan.step {
        Step::Call { claim, .. } | Step::Keep { claim, .. } => Some(claim.identity.to_string()),
        _ => None,
    };
    objects.iter().filter_map(|object| Some((object.key.to_string(), claim(object)?))).collect()
}

fn name_of(entry: &Json) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    format!("{} {}/{}", text("kind"), text("namespace"), text("name"))
}

/// What counts of an object's plan: times go on, files move, and sentences may tell of both.
fn comparable(mut entry: Json) -> Json {
    if let Some(fields) = entry.as_object_mut() {
        for passing in ["place", "message", "sign", "verified", "progress"] {
            fields.shift_remove(passing);
        }
    }
    // Only who compares with the base of a branch knows what the branch changes.
    if let Some(notes) = entry["notes"].as_array_mut() {
        notes.retain(|note| note["type"] != Note::BranchChanges(Vec::new()).name());
    }
    for cost in entry["consequences"].as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
        if cost.shift_remove("until").is_some() {
            cost.shift_remove("text");
        }
    }
    entry
}

/// What differs of an object's plan, in a line for a person.
fn difference(name: &str, planned: &Json, now: &Json) -> Option<String> {
    if planned == now {
        return None;
    }
    let says = |entry: &Json| {
        format!("{} ({})", entry["action"].as_str().unwrap_or("?"), entry["reason"].as_str().unwrap_or("?"))
    };
    let (before, after) = (says(planned), says(now));
    if before != after {
        return Some(format!("{name}: {before} was planned, and now it is {after}"));
    }
    let fields = [
        ("differences", "what changes"),
        ("consequences", "what it costs"),
        ("decisions", "what approves it"),
        ("notes", "what is known of it"),
    ];
    let differing = fields.iter().filter(|(field, _)| planned[*field] != now[*field]);
    let differing: Vec<&str> = differing.map(|(_, words)| *words).collect();
    let what = if differing.is_empty() { "its plan".to_owned() } else { differing.join(" and ") };
    Some(format!("{name}: {before} as planned, but {what} is something else now"))
}

/// The checksum of a plan, as if it had none.
fn checksum(json: &Json) -> String {
    let mut json = json.clone();
    json["saved"]["checksum"] = json!("");
    fingerprint(json.to_string().as_bytes())
}

/// A hash that says how it was made.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
