//! One mapping while it is being read: its keys, its merge keys and its duplicates.

use std::{collections::HashMap, ops::Range};

use super::{
    fault::{Fault, YAML_DUPLICATE_KEY, YAML_KEY, YAML_SEPARATOR, YAML_SYNTAX, excerpt},
    node::{Entry, Key, Node, Scalar, Value},
    resolve::Resolved,
};

/// Below this many fields, comparing each with each is faster than hashing.
const SMALL: usize = 24;

#[derive(Default)]
pub(super) struct Mapping {
    entries: Vec<Entry>,
    /// Which of the entries came from merge keys; almost always none.
    merged: Vec<Range<usize>>,
    slot: Slot,
}

/// What the next node of a mapping is.
#[derive(Default)]
enum Slot {
    #[default]
    Key,
    Value(Key),
    /// The value of a merge key `<<`.
    Merge,
    /// The value of a key that cannot be one.
    Refused,
}

impl Mapping {
    pub(super) fn awaits_key(&self) -> bool {
        matches!(self.slot, Slot::Key)
    }

    /// The key `<<`: the next value's fields become this mapping's.
    pub(super) fn merge_next(&mut self) {
        self.slot = Slot::Merge;
    }

    /// Takes the next node, by turns a key and its value, and says what is wrong with it. None of these
    /// faults ends the document: the rest of it still wants checking.
    pub(super) fn push(&mut self, node: Node) -> Option<Fault> {
        match std::mem::take(&mut self.slot) {
            Slot::Key => {
                let (key, fault) = key(node);
                self.slot = key.map_or(Slot::Refused, Slot::Value);
                fault
            }
            Slot::Value(key) => {
                self.entries.push(Entry { key, value: node });
                None
            }
            Slot::Merge => self.merge(node),
            Slot::Refused => None,
        }
    }

    fn merge(&mut self, node: Node) -> Option<Fault> {
        let start = self.entries.len();
        let position = node.start;
        let sources = match node.value {
            Value::Mapping(_) => vec![node],
            Value::Sequence(items) if items.iter().all(|item| item.as_mapping().is_some()) => items,
            Value::Sequence(_) | Value::Scalar(_) => {
                let message = "`<<` merges a mapping or a list of mappings, and this is neither";
                let help = "give it an alias of a mapping, as in `<<: *base`";
                return Some(Fault::new(YAML_SYNTAX, message, help).at(position));
            }
        };
        // The last one wins, and of a list the first shall win.
        for source in sources.into_iter().rev() {
            if let Value::Mapping(entries) = source.value {
                self.entries.extend(entries);
            }
        }
        self.merged.push(start..self.entries.len());
        None
    }

    /// The fields without duplicates. As with kubectl the last one wins, even when it is a merged one; two
    /// that are both written out are a fault. A whole manifest after another one is a single one.
    pub(super) fn finish(mut self, is_root: bool, mut report: impl FnMut(Fault)) -> Vec<Entry> {
        let second = if is_root { self.second_manifest() } else { None };
        if let Some(fault) = second.clone() {
            report(fault);
        }
        let losers = self.losers(&mut |fault: Fault| {
            if second.as_ref().is_none_or(|second| fault.position < second.position) {
                report(fault);
            }
        });
        if !losers.is_empty() {
            let mut verdicts = losers.into_iter();
            self.entries.retain(|_| !verdicts.next().unwrap_or(false));
        }
        // A tree lives while its document is checked, and most mappings are small.
        self.entries.shrink_to_fit();
        self.entries
    }

    /// A second `apiVersion` and `kind` belong to another manifest: the line `---` between the two is missing.
    fn second_manifest(&self) -> Option<Fault> {
        let again = |name: &str| self.entries.iter().filter(|entry| &*entry.key.text == name).nth(1);
        let (Some(_), Some(_)) = (again("apiVersion"), again("kind")) else { return None };
        let fields = ["apiVersion", "kind", "metadata", "spec"].into_iter().filter_map(again);
        let start = fields.map(|entry| entry.key.position).min()?;
        let message = "another manifest starts here, and nothing separates it from the one before";
        let help = "write a line `---` before it: kubectl silently drops the one before";
        Some(Fault::new(YAML_SEPARATOR, message, help).at(start))
    }

    /// For each entry whether a later one takes its place; empty when none is.
    fn losers(&self, report: &mut impl FnMut(Fault)) -> Vec<bool> {
        let mut losers = Vec::new();
        let mut clash = |earlier: usize, later: usize| {
            losers.resize(self.entries.len(), false);
            losers[earlier] = true;
            if !self.is_merged(earlier) && !self.is_merged(later) {
                report(duplicate(&self.entries[earlier].key, &self.entries[later].key));
            }
        };
        if self.entries.len() <= SMALL {
            for (later, entry) in self.entries.iter().enumerate() {
                let earlier =
                    self.entries[..later].iter().rposition(|other| other.key.text == entry.key.text);
                if let Some(earlier) = earlier {
                    clash(earlier, later);
                }
            }
        } else {
            let mut seen = HashMap::with_capacity(self.entries.len());
            for (later, entry) in self.entries.iter().enumerate() {
                if let Some(earlier) = seen.insert(&*entry.key.text, later) {
                    clash(earlier, later);
                }
            }
        }
        losers
    }

    fn is_merged(&self, at: usize) -> bool {
        // In order and apart from each other, as they were appended.
        let next = self.merged.partition_point(|range| range.end <= at);
        self.merged.get(next).is_some_and(|range| range.contains(&at))
    }
}

fn duplicate(earlier: &Key, later: &Key) -> Fault {
    let name = excerpt(&later.text);
    let message = format!("the field `{name}` is already set on line {}", earlier.position.line);
    Fault::new(YAML_DUPLICATE_KEY, message, "keep one of them: kubectl silently takes the last")
        .at(later.position)
}

/// A key as kubectl makes one: numbers and booleans become text, which is hardly what was meant; what
/// cannot be a key at all has none.
fn key(node: Node) -> (Option<Key>, Option<Fault>) {
    let position = node.start;
    let refuse = |message: &str, help: &str| (None, Some(Fault::new(YAML_KEY, message, help).at(position)));
    let Value::Scalar(Scalar { text, resolved, .. }) = node.value else {
        return refuse(
            "a mapping or a list cannot be the name of a field",
            "put quotes around a text that starts with `{` or `[`",
        );
    };
    let read_as = match resolved {
        Resolved::String => return (Some(Key { text, position }), None),
        Resolved::Null if text.is_empty() => {
            return refuse("a field without a name", "write its name before the colon");
        }
        Resolved::Null => return refuse("null cannot be the name of a field", "put quotes around it"),
        Resolved::Bool(value) => value.to_string(),
        Resolved::Integer(value) => value.to_string(),
        Resolved::Float(value) => value.to_string(),
    };
    let written = excerpt(&text);
    let message = format!("the name `{written}` is not text: kubectl reads the field `{read_as}`");
    let fault = Fault::new(YAML_KEY, message, format!("put quotes around it: \"{written}\"")).at(position);
    (Some(Key { text: read_as.into(), position }), Some(fault))
}
