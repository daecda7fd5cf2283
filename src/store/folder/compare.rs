//! Two folders compared: what one of them changes, object by object. Where it stands in files does not matter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::{Declared, Folder, Secrets, Spot, Wanted};
use crate::api::{CONFIRM_ABSENCE_ANNOTATION, GROUP, Kind, RECONCILE_ANNOTATION, TAKE_OVER_ANNOTATION};
use crate::check::{Manifest, Report};
use crate::manifest::documents;
use crate::plan::facts::Key;
use crate::plan::step::Difference;

/// What a folder changes of an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Objects and accounts that are new, or say something else.
    pub declared: BTreeSet<Key>,
    /// What those of them that are not new say else, field by field.
    pub edited: BTreeMap<Key, Vec<Difference>>,
    /// Those that stay as they are under an account that changes: they may come to something else.
    pub affected: BTreeSet<Key>,
    /// Those whose manifest is gone.
    pub removed: BTreeSet<Key>,
}

impl Folder {
    /// A folder as it was, from the names and texts of its files. What cannot be read there is as good as absent: today's
    /// manifests alone are checked.
    pub fn older(files: &[(String, String)], namespace: &str) -> Self {
        let mut folder = Self {
            report: Report::default(),
            objects: Vec::new(),
            spots: BTreeMap::new(),
            secrets: Secrets::new(),
            lent: Secrets::new(),
            labels: BTreeMap::new(),
            is_whole: false,
        };
        for (name, text) in files {
            for document in documents(text).flatten() {
                let json = document.root.to_json();
                let version = json["apiVersion"].as_str().unwrap_or_default();
                let is_ours = version.split('/').next() == Some(GROUP)
                    && json["kind"].as_str().and_then(Kind::from_name).is_some();
                if is_ours {
                    let manifest = Manifest { file: name.clone(), position: document.root.start, json };
                    let _ = folder.take(manifest, namespace);
                }
            }
        }
        folder
    }

    /// What this folder changes of an older one, of which only the part is known that `may_differ`.
    pub fn changes(&self, older: &Folder, may_differ: impl Fn(&Spot) -> bool) -> Changed {
        let before: BTreeMap<&Key, &Declared> = older.objects.iter().map(|it| (&it.key, it)).collect();
        let differs = |it: &&Declared| {
            self.spots.get(&it.key).is_some_and(&may_differ) && before.get(&it.key) != Some(it)
        };
        let removed = older.spots.keys().filter(|key| !self.spots.contains_key(*key));
        let declared: BTreeSet<Key> = self.objects.iter().filter(differs).map(|it| it.key.clone()).collect();
        let edits = |it: &Declared| Some((it.key.clone(), edits(before.get(&it.key)?, it)));
        let edited = self.objects.iter().filter(differs).filter_map(edits).collect();
        let of_account = |it: &&Declared| {
            it.account().is_some_and(|(namespace, name)| {
                declared.iter().any(|key| {
                    key.kind == Kind::Account && *key.namespace == *namespace && *key.name == *name
                })
            })
        };
        let affected = self.objects.iter().filter(of_account).map(|it| it.key.clone());
        let affected = affected.filter(|key| !declared.contains(key)).collect();
        Changed { affected, removed: removed.cloned().collect(), edited, declared }
    }
}

/// Where two manifests of one object differ.
fn edits(before: &Declared, after: &Declared) -> Vec<Difference> {
    let mut found = Vec::new();
    differ("", &said(before), &said(after), &mut found);
    found
}

/// What a manifest says: its spec, and the annotations with which somebody asks for something.
fn said(declared: &Declared) -> Json {
    let spec = match &declared.wanted {
        Wanted::Account(spec) => serde_json::to_value(spec),
        Wanted::QrCode(spec) => serde_json::to_value(spec),
        Wanted::Template(spec) => serde_json::to_value(spec),
        Wanted::Garbled(_) => Ok(Json::Null),
    };
    let annotations = [
        (RECONCILE_ANNOTATION, &declared.asked),
        (TAKE_OVER_ANNOTATION, &declared.take_over),
        (CONFIRM_ABSENCE_ANNOTATION, &declared.confirm_absence),
    ];
    let mut said = spec.unwrap_or_default();
    for (name, value) in annotations {
        if let (Json::Object(said), Some(value)) = (&mut said, value) {
            said.insert(name.to_owned(), value.as_str().into());
        }
    }
    said
}

/// Where two values differ, down to what has no fields of its own. A list is one value.
fn differ(field: &str, before: &Json, after: &Json, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let both = [before, after];
    let names: BTreeSet<&String> = both.into_iter().filter_map(Json::as_object).flat_map(Map::keys).collect();
    if names.is_empty() || !both.into_iter().all(|value| value.is_object() || value.is_null()) {
        let [from, to] = both.map(shown);
        found.push(Difference { field: field.to_owned(), from, to });
        return;
    }
    for name in names {
        let inner = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
        differ(&inner, &before[name.as_str()], &after[name.as_str()], found);
    }
}

fn shown(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::words::edited;

    fn folder(files: &[(&str, &str)]) -> Folder {
        let files: Vec<(String, String)> =
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Folder::older(&files, "default")
    }

    fn code(name: &str, text: &str) -> String {
        format!(
            "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {{name: {name}}}\nspec:\n  accountRef: \
             {{name: shop}}\n  phoneNumber: \"+4930901820\"\n  prefilledMessage: {text}\n"
        )
    }

    const ACCOUNT: &str =
        "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppAccount\nmetadata: {name: shop}\nspec: {suspend: X}\n";

    #[test]
    fn objects_are_compared_and_files_are_not() {
        let account = ACCOUNT.replace('X', "false");
        let both = format!("{}---\n{}", code("b", "two"), code("c", "three"));
        let older =
            folder(&[("a.yaml", &code("a", "one")), ("bc.yaml", &both), ("s.yaml", &account), ("x", "{")]);
        let moved = format!("# moved\n{}", code("a", "one"));
        let names = |keys: &BTreeSet<Key>| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let newer = folder(&[
            ("z.yaml", &moved),
            ("b.yaml", &code("b", "deux")),
            ("d.yaml", &code("d", "four")),
            ("s.yaml", &account),
        ]);
        let changed = newer.changes(&older, |_| true);
        assert_eq!(
            (names(&changed.declared), names(&changed.removed)),
            (vec!["b".into(), "d".into()], vec!["c".into()])
        );
        let changed = newer.changes(&older, |spot| spot.file == "d.yaml");
        assert_eq!(names(&changed.declared), ["d".into()], "what Git says is the same is the same");
        let suspended = ACCOUNT.replace('X', "true");
        let newer = folder(&[("a.yaml", &code("a", "one")), ("bc.yaml", &both), ("s.yaml", &suspended)]);
        let changed = newer.changes(&older, |_| true);
        assert_eq!(
            (names(&changed.declared), names(&changed.affected)),
            (vec!["shop".into()], vec!["a".into(), "b".into(), "c".into()])
        );
    }

    #[test]
    fn an_edit_is_told_field_by_field() {
        let account = |more: &str| {
            folder(&[(
                "s.yaml",
                &format!(
                    "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppAccount\nmetadata: {{name: shop{more}\n"
                ),
            )])
        };
        for (before, after, want, reason) in [
            ("}\nspec: {suspend: true}", "}\nspec: {suspend: true}", "", "nothing"),
            ("}\nspec: {}", "}\nspec: {suspend: true}", "suspend: true", "what was not there"),
            (
                "}\nspec: {policies: {update: Guarded, drift: Report}}",
                "}\nspec: {policies: {update: Automatic}}",
                "policies.drift: Report -> (absent), policies.update: Guarded -> Automatic",
                "one of several, and one that is gone",
            ),
            (
                "}\nspec: {meta: {credentials: {secretRef: {name: a}}}}",
                "}\nspec: {meta: {credentials: {ambient: {}}}}",
                "meta.credentials.ambient: {}, meta.credentials.secretRef.name: a -> (absent)",
                "a Secret is its name, and an empty object says something",
            ),
            (
                "}\nspec: {allowedNamespaces: {names: [a]}}",
                "}\nspec: {allowedNamespaces: {names: [a, b]}}",
                r#"allowedNamespaces.names: ["a"] -> ["a","b"]"#,
                "a list is one value",
            ),
            (
                "}\nspec: {}",
                ", annotations: {waops.dev/take-over: there}}\nspec: {}",
                "waops.dev/take-over: there",
                "an annotation that decides",
            ),
        ] {
            let changed = account(after).changes(&account(before), |_| true);
            let told: Vec<String> = changed.edited.values().map(|edits| edited(edits)).collect();
            assert_eq!(told.concat(), want, "{reason}");
        }
    }
}
