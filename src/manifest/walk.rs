//! Which files the paths of a command line mean.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    fault::{FILE_SYMLINK_LOOP, Fault},
    read::{Origin, Source, unreadable},
};

/// A path that leads to no manifest, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As the user would write it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

/// An empty file of this name says that the manifests beside and below it are not meant to be used, as with
/// `.nomedia`: broken ones for a test, parts that only a tool puts together.
pub const SKIP_MARKER: &str = ".nowaops";

/// Finds the files of these paths, in the order of the paths and by name within a folder: a named file
/// whatever its extension, every `.yaml`, `.yml` and `.json` beneath a folder, standard input for `-`. Folders
/// that hold a file [`SKIP_MARKER`] are passed by unless they are named themselves.
/// A file that is named twice, or through a symbolic link as well, comes once.
pub fn sources(paths: &[PathBuf]) -> Vec<Result<Source, Refusal>> {
    let mut walk = Walk::default();
    for path in paths {
        if path.as_os_str() == "-" {
            walk.stdin();
        } else {
            walk.named(path);
        }
    }
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Vec<Result<Source, Refusal>>,
    /// Real paths of the files and folders met: each is read once, which also ends every loop.
    seen: HashSet<PathBuf>,
    /// Real paths of the folders above the current one: a link back to one of them is a loop.
    trail: Vec<PathBuf>,
    stdin: bool,
}

impl Walk {
    fn stdin(&mut self) {
        if !std::mem::replace(&mut self.stdin, true) {
            self.found.push(Ok(Source { origin: Origin::Stdin }));
        }
    }

    /// A path that somebody wrote: whatever it is, it is meant.
    fn named(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.folder(path),
            Ok(_) => self.file(path),
            Err(error) => self.refuse(path, &error),
        }
    }

    fn file(&mut self, path: &Path) {
        // A pipe of the shell (`<(helm template …)`) has no real path, but is met only once anyway.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(real) {
            self.found.push(Ok(Source { origin: Origin::File(path.to_owned()) }));
        }
    }

    /// Recursion ends: each real folder is entered once, and the system bounds the length of a path.
    fn folder(&mut self, path: &Path) {
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.refuse(path, &error),
        };
        if self.trail.contains(&real) {
            return self.found.push(Err(Refusal { path: path.to_owned(), fault: symlink_loop() }));
        }
        if !self.seen.insert(real.clone()) {
            return;
        }
        let entries = fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        let mut entries: Vec<PathBuf> = match entries {
            Ok(entries) => entries,
            Err(error) => return self.refuse(path, &error),
        };
        entries.sort();
        self.trail.push(real);
        for entry in entries {
            self.entry(&entry);
        }
        self.trail.pop();
    }

    /// Something in a folder: only what looks like a manifest is of interest.
    fn entry(&mut self, path: &Path) {
        let is_manifest = is_manifest(path);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                if !is_hidden(path) && !path.join(SKIP_MARKER).exists() {
                    self.folder(path);
                }
            }
            // Regular files only: a pipe of that name would keep us waiting for ever.
            Ok(metadata) if metadata.is_file() && is_manifest => self.file(path),
            Ok(_) => {}
            // A link that leads nowhere is as good as absent unless it would have been a manifest.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_manifest => {}
            Err(error) => self.refuse(path, &error),
        }
    }

    fn refuse(&mut self, path: &Path, error: &io::Error) {
        let fault = if is_endless(path, error) { symlink_loop() } else { unreadable(error) };
        self.found.push(Err(Refusal { path: path.to_owned(), fault }));
    }
}

/// Whether a file in a folder looks like a manifest, by its name.
pub fn is_manifest(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|name| ["yaml", "yml", "json"].iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// Folders such as .git, and the `..data` of a mounted `ConfigMap`, whose files are linked from beside it.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Links that lead to each other: the system gives up on them, under a name that std has not stabilised.
fn is_endless(path: &Path, error: &io::Error) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    is_link && !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
}

fn symlink_loop() -> Fault {
    let message = "the symbolic link leads back to a folder above it, or to itself";
    Fault::new(FILE_SYMLINK_LOOP, message, "remove the link, or name the folders one by one")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes files (`a/b.yaml`), folders (`a/`) and links (`a -> b`), and says what `sources` finds.
    fn found(layout: &[&str], paths: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for item in layout {
            let (path, target) = item.split_once(" -> ").map_or((*item, None), |(path, to)| (path, Some(to)));
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match target {
                #[cfg(unix)]
                Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
                _ if item.ends_with('/') => fs::create_dir_all(path).unwrap(),
                _ => fs::write(path, "").unwrap(),
            }
        }
        let short = |path: &Path| path.strip_prefix(folder.path()).unwrap_or(path).display().to_string();
        let paths: Vec<_> = paths
            .iter()
            .map(|path| if *path == "-" { "-".into() } else { folder.path().join(path) })
            .collect();
        let tell = |outcome: Result<Source, Refusal>| match outcome {
            Ok(Source { origin: Origin::File(path) }) => short(&path),
            Ok(Source { origin: Origin::Stdin }) => "<stdin>".to_owned(),
            Err(Refusal { path, fault }) => format!("{} {}", short(&path), fault.rule),
        };
        sources(&paths).into_iter().map(tell).collect()
    }

    /// What there is, what is asked for, what is found, and why.
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], &'a str);

    #[test]
    fn paths_become_files_in_order() {
        let cases: &[Case<'_>] = &[
            (&["b.yaml", "a.yml", "c.json", "d.txt", "e"], &[""], &["a.yml", "b.yaml", "c.json"], "by name"),
            (
                &["b/z.yaml", "b/c/y.yaml", "a.yaml"],
                &[""],
                &["a.yaml", "b/c/y.yaml", "b/z.yaml"],
                "folders below",
            ),
            (
                &["a.yaml", "b.yaml"],
                &["b.yaml", "a.yaml"],
                &["b.yaml", "a.yaml"],
                "named files as they are named",
            ),
            (&["a.txt"], &["a.txt"], &["a.txt"], "a named file of any extension"),
            (&[".git/a.yaml", "b.yaml"], &[""], &["b.yaml"], "hidden folders are skipped"),
            (&[".git/a.yaml"], &[".git"], &[".git/a.yaml"], "unless they are named"),
            (&["x/.nowaops", "x/y/a.yaml", "b.yaml"], &[""], &["b.yaml"], "marked folders are skipped"),
            (&["x/.nowaops", "x/a.yaml"], &["x"], &["x/a.yaml"], "unless they are named"),
            (&["a/"], &["a"], &[], "an empty folder"),
            (&[], &["nope.yaml"], &["nope.yaml file-not-found"], "a path that is not there"),
            (&["a.yaml"], &["nope", "a.yaml"], &["nope file-not-found", "a.yaml"], "which stops nothing"),
            (&["a.yaml"], &["a.yaml", "", "./a.yaml"], &["a.yaml"], "a file twice is read once"),
            (&[], &["-", "-"], &["<stdin>"], "as is standard input"),
            (&["a.yaml/b.yaml"], &[""], &["a.yaml/b.yaml"], "a folder may be named like a file"),
        ];
        for (layout, paths, expected, why) in cases {
            assert_eq!(found(layout, paths), *expected, "{why}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_never_for_ever() {
        let cases: &[(&[&str], &[&str], &str)] = &[
            (&["a/x.yaml", "b -> a"], &["a/x.yaml"], "what a link repeats is read once"),
            (&["a/x.yaml", "a/up -> .."], &["a/up file-symlink-loop", "a/x.yaml"], "up, and down again"),
            (&["a/self -> self", "b.yaml"], &["a/self file-symlink-loop", "b.yaml"], "a link to itself"),
            (
                &["a/p.yaml -> q.yaml", "a/q.yaml -> p.yaml"],
                &["a/p.yaml file-symlink-loop", "a/q.yaml file-symlink-loop"],
                "two to each other",
            ),
            (&["a/b -> ../c", "c/d -> ../a"], &["a/b/d file-symlink-loop"], "two folders within each other"),
            (
                &["x.yaml -> nowhere", "y -> nowhere"],
                &["x.yaml file-not-found"],
                "a manifest that leads nowhere",
            ),
            (
                &["..data -> ..2026", "..2026/x.yaml", "x.yaml -> ..data/x.yaml"],
                &["x.yaml"],
                "a mounted ConfigMap",
            ),
        ];
        for (layout, expected, why) in cases {
            assert_eq!(found(layout, &[""]), *expected, "{why}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_without_permission_is_told_and_passed_by() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::write(folder.path().join("open.yaml"), "").unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        // Root may read everything, and tests in containers are often root.
        let is_root = fs::read_dir(&closed).is_ok();
        let found = sources(&[folder.path().to_owned()]);
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let rules: Vec<_> =
            found.iter().map(|outcome| outcome.as_ref().map_err(|refusal| refusal.fault.rule)).collect();
        assert_eq!(rules.last().map(Result::is_ok), Some(true), "the rest is found");
        assert!(is_root || rules.first() == Some(&Err("file-unreadable")));
    }
}
