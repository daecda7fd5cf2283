//! Two folders compared: what one of them changes, object by object. Where it stands in files does not matter.

use std::collections::{BTreeMap, BTreeSet};

use super::{Declared, Folder, Secrets, Spot};
use crate::api::{GROUP, Kind};
use crate::check::{Manifest, Report};
use crate::manifest::documents;
use crate::plan::facts::Key;

/// What a folder changes of an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Objects and accounts that are new, or say something else.
    pub declared: BTreeSet<Key>,
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
        let of_account = |it: &&Declared| {
            it.account().is_some_and(|(namespace, name)| {
                declared.iter().any(|key| {
                    key.kind == Kind::Account && *key.namespace == *namespace && *key.name == *name
                })
            })
        };
        let affected = self.objects.iter().filter(of_account).map(|it| it.key.clone());
        let affected = affected.filter(|key| !declared.contains(key)).collect();
        Changed { affected, removed: removed.cloned().collect(), declared }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
