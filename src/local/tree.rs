//! The files of a commit as they would be found on disk, where symbolic links lead on ([`crate::manifest::sources`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::manifest::{SKIP_MARKER, is_manifest};

/// Links that lead to links, and so on: more than any system follows.
const FURTHEST: usize = 4_096;

/// Something in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file, by the id of its content.
    File(String),
    /// A link, with what it says.
    Link(String),
}

/// All of a commit, by paths from the top of its repository.
#[derive(Debug, Default)]
pub(super) struct Tree(pub(super) BTreeMap<String, Entry>);

impl Tree {
    /// The manifests that these files and folders lead to, each once: its path, and the id of its content.
    pub(super) fn manifests(&self, roots: &[PathBuf]) -> Vec<(String, String)> {
        let mut walk = Walk { tree: self, seen: BTreeSet::new(), found: Vec::new() };
        for root in roots {
            let Some(real) = self.real(root) else { continue };
            match self.at(&real) {
                // A file that somebody named is meant, whatever it is called.
                Some(Entry::File(id)) => walk.file(real, id),
                _ => walk.folder(&real),
            }
        }
        walk.found
    }

    /// Whether a path leads to anything; behind a link out of the repository there may be.
    pub(super) fn may_have(&self, path: &Path) -> bool {
        let is_there = |real: &Path| self.at(real).is_some() || !self.children(real).is_empty();
        self.real(path).is_none_or(|real| is_there(&real))
    }

    fn at(&self, path: &Path) -> Option<&Entry> {
        self.0.get(path.to_str()?)
    }

    /// Where a path leads; none where that is outside of the repository.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let mut rest: Vec<String> = path.to_str()?.split('/').rev().map(str::to_owned).collect();
        let mut real = PathBuf::new();
        let mut steps = 0;
        while let Some(part) = rest.pop() {
            steps += 1;
            if steps > FURTHEST {
                return None;
            }
            match part.as_str() {
                "" | "." => continue,
                ".." if real.pop() => continue,
                ".." => return None,
                name => real.push(name),
            }
            if let Some(Entry::Link(target)) = self.at(&real) {
                if target.starts_with('/') {
                    return None;
                }
                real.pop();
                rest.extend(target.split('/').rev().map(str::to_owned));
            }
        }
        Some(real)
    }

    /// What is directly in a folder, by its name there.
    fn children(&self, folder: &Path) -> BTreeSet<String> {
        let prefix = match folder.to_str() {
            None | Some("") => String::new(),
            Some(folder) => format!("{folder}/"),
        };
        let within = self.0.range(prefix.clone()..).map_while(|(name, _)| name.strip_prefix(&prefix));
        within.filter_map(|name| name.split('/').next().map(str::to_owned)).collect()
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    seen: BTreeSet<PathBuf>,
    found: Vec<(String, String)>,
}

impl Walk<'_> {
    fn file(&mut self, real: PathBuf, id: &str) {
        if let Some(name) = real.to_str().map(str::to_owned)
            && self.seen.insert(real)
        {
            self.found.push((name, id.to_owned()));
        }
    }

    /// Recursion ends: each folder is entered once.
    fn folder(&mut self, real: &Path) {
        let tree = self.tree;
        if !self.seen.insert(real.to_owned()) {
            return;
        }
        for name in tree.children(real) {
            let Some(child) = tree.real(&real.join(&name)) else { continue };
            match tree.at(&child) {
                Some(Entry::File(id)) if is_manifest(Path::new(&name)) => self.file(child, id),
                Some(_) => {}
                None if name.starts_with('.') || tree.at(&child.join(SKIP_MARKER)).is_some() => {}
                None => self.folder(&child),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file (`a.yaml`) or a link (`a -> b`).
    fn entry(item: &str) -> (String, Entry) {
        match item.split_once(" -> ") {
            Some((name, target)) => (name.to_owned(), Entry::Link(target.to_owned())),
            None => (item.to_owned(), Entry::File(format!("id of {item}"))),
        }
    }

    fn found(layout: &[&str], roots: &[&str]) -> Vec<String> {
        let tree = Tree(layout.iter().copied().map(entry).collect());
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        tree.manifests(&roots).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_path_that_never_led_anywhere_is_known() {
        let names = ["base/a.yaml", "prod -> base", "gone -> c", "out -> /etc"];
        let tree = Tree(names.into_iter().map(entry).collect());
        for (path, want, reason) in [
            ("base", true, "a folder"),
            ("prod/a.yaml", true, "a file behind a link"),
            ("prod/b.yaml", false, "none of that name there"),
            ("typo", false, "nothing of that name"),
            ("gone", false, "a link to nothing"),
            ("out", true, "nobody knows what is there"),
        ] {
            assert_eq!(tree.may_have(Path::new(path)), want, "{reason}");
        }
    }

    /// What there is, where it is looked for, what is found, and why.
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], &'a str);

    #[test]
    fn links_lead_on_as_they_do_on_disk() {
        let cases: &[Case<'_>] = &[
            (
                &["a.yaml", "b/c.yml", "d.txt"],
                &[""],
                &["a.yaml", "b/c.yml"],
                "everything that looks like one",
            ),
            (&["base/a.yaml", "prod/base -> ../base"], &["prod"], &["base/a.yaml"], "a folder elsewhere"),
            (
                &["base/a.yaml", "prod/m.yaml -> ../base/a.yaml"],
                &["prod"],
                &["base/a.yaml"],
                "a file elsewhere",
            ),
            (&["base/a.yaml", "link -> base"], &[""], &["base/a.yaml"], "each comes once"),
            (&["base/a.yaml", "one -> two", "two -> base"], &["one"], &["base/a.yaml"], "a link to a link"),
            (&["a.yaml", "loop/up -> .."], &["loop"], &["a.yaml"], "a folder above"),
            (&["one -> two", "two -> one"], &["", "one"], &[], "links to each other"),
            (
                &["out.yaml -> /etc/a.yaml", "up.yaml -> ../../b.yaml", "gone.yaml -> c"],
                &[""],
                &[],
                "nothing here",
            ),
            (&["a.txt", "b.yaml"], &["a.txt"], &["a.txt"], "a named file of any name"),
            (&[".git/a.yaml", "b/.nowaops", "b/c.yaml", "d/e.yaml"], &[""], &["d/e.yaml"], "passed by"),
            (&["b/.nowaops", "b/c.yaml"], &["b"], &["b/c.yaml"], "unless they are named"),
            (&["ab/c.yaml", "a.yaml"], &["a"], &[], "another that begins alike"),
        ];
        for (layout, roots, want, reason) in cases {
            assert_eq!(found(layout, roots), *want, "{reason}: {layout:?}");
        }
    }
}
