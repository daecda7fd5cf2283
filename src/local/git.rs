//! What a branch changes among manifests, as Git tells. `git` on the PATH is asked; nothing is checked out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::tree::{Entry, Tree};
use crate::manifest::{Origin, SKIP_MARKER, is_manifest, sources};

/// What differs between a revision and the files as they are.
#[derive(Debug)]
pub(super) struct Changes {
    /// Files with manifests that differ, or are new, by their real paths.
    pub(super) files: BTreeSet<PathBuf>,
    /// Folders that were passed by and are not any more, or the other way round, and those of other repositories.
    pub(super) folders: BTreeSet<PathBuf>,
    /// What the files that differ or are gone held there: name and text.
    pub(super) before: Vec<(String, String)>,
    /// Whether that is all that there was, so that anything may differ.
    pub(super) is_whole: bool,
    /// What should be known before anything of this is believed.
    pub(super) warnings: Vec<String>,
}

/// What differs beneath these paths from where the branch left this revision.
pub(super) fn changes(paths: &[PathBuf], revision: &str) -> Result<Changes, String> {
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err("--base compares files with those of a revision, and standard input has none: render both and name \
                    the older ones with --base-filename"
            .to_owned());
    }
    let repository = Repository::of(paths)?;
    repository.refuse_conflicts()?;
    let tip = repository.commit(revision)?;
    let base = repository.base(&tip, revision)?;
    let Listing { files: tree, has_links: had_links, repositories } = repository.tree(&base)?;
    let changed = repository.changed(&base)?;
    let mut warnings: Vec<String> = repository.conflicts(&tip, revision)?.into_iter().collect();
    let is_link = |name: &String| repository.top.join(name).is_symlink();
    // What Git lists as one thing and is a folder is another repository. Hidden ones are not read.
    let is_hidden = |name: &str| name.split('/').any(|part| part.starts_with('.'));
    let is_repository = |name: &&String| {
        let is_one = repositories.contains(*name) || repository.top.join(name.as_str()).is_dir();
        is_one && !is_hidden(name) && !is_link(name)
    };
    let others = changed.iter().filter(is_repository).map(|name| name.trim_end_matches('/'));
    let others: Vec<&str> = others.collect();
    let is_marker =
        |name: &&String| Path::new(name.as_str()).file_name().is_some_and(|name| name == SKIP_MARKER);
    let may_have_been_read = |name: &str| {
        let mut turned = changed.iter().filter(is_marker).filter_map(|marker| Path::new(marker).parent());
        // Where it lies now and is read as it was, the disk tells what kind of repository it is.
        let is_there = repository.top.join(name).join(".git").exists();
        let is_like_before = is_there && !turned.any(|folder| Path::new(name).starts_with(folder));
        !is_like_before && repositories.contains(name) && repository.reads(&format!("{name}/any.yaml"), &tree)
    };
    let read = if others.is_empty() { Vec::new() } else { read_now(paths) };
    let matters = |name: &&&str| {
        let folder = repository.top.join(**name);
        read.iter().any(|file| file.starts_with(&folder)) || may_have_been_read(name)
    };
    let worth: Vec<&str> = others.iter().filter(matters).copied().collect();
    if !worth.is_empty() {
        warnings.push(format!(
            "other repositories lie or lay in {}, and what they held before is not known here: all that is there counts as \
             changed, and what is gone from there is not shown; compare with the older manifests themselves (--base-filename)",
            worth.join(", ")
        ));
    }
    let had_repository = |path: &Path| repositories.iter().any(|name| Path::new(name).starts_with(path));
    if had_links || repository.named != repository.beneath || changed.iter().any(is_link) {
        // What changes behind a link is not beneath the paths, and has no name there.
        let whole = repository.whole(&base)?;
        repository.refuse_nowhere(revision, |path| had_repository(path) || whole.may_have(path))?;
        let found = whole.manifests(&repository.named);
        let texts = repository.texts(found.iter().map(|(_, id)| id.as_str()))?;
        let before = found.iter().map(|(name, _)| format!("{revision}:{name}")).zip(texts).collect();
        let (files, folders) = (BTreeSet::new(), BTreeSet::new());
        return Ok(Changes { files, folders, before, is_whole: true, warnings });
    }
    repository.refuse_nowhere(revision, |path| {
        had_repository(path) || tree.keys().any(|name| Path::new(name).starts_with(path))
    })?;
    let folders: BTreeSet<PathBuf> = changed
        .iter()
        .filter(is_marker)
        .filter_map(|name| Path::new(name).parent().map(Path::to_owned))
        .chain(others.iter().map(PathBuf::from))
        .collect();
    let in_folder = |name: &str| folders.iter().any(|folder| Path::new(name).starts_with(folder));
    let wanted = |name: &str| changed.contains(name) || in_folder(name);
    let was_read = |name: &str| repository.reads(name, &tree);
    let old: Vec<(&String, &String)> =
        tree.iter().filter(|(name, _)| wanted(name) && was_read(name)).collect();
    let texts = repository.texts(old.iter().map(|(_, id)| id.as_str()))?;
    let before = old.iter().map(|(name, _)| format!("{revision}:{name}")).zip(texts).collect();
    let top = &repository.top;
    Ok(Changes {
        files: changed.iter().map(|name| top.join(name)).collect(),
        folders: folders.iter().map(|folder| top.join(folder)).collect(),
        before,
        is_whole: false,
        warnings,
    })
}

/// The real paths of the files that are read.
fn read_now(paths: &[PathBuf]) -> Vec<PathBuf> {
    let found = sources(paths).into_iter().flatten();
    let files = found.filter_map(|source| match source.origin {
        Origin::File(path) => path.canonicalize().ok(),
        Origin::Stdin => None,
    });
    files.collect()
}

/// Which of these files Git ignores, as far as it can tell from here.
pub(super) fn ignored<'a>(files: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let asked: String = files.flat_map(|file| [file, "\0"]).collect();
    if asked.is_empty() {
        return BTreeSet::new();
    }
    let answer = ask(Path::new("."), &["check-ignore", "--stdin", "-z"], Some(asked.as_bytes()));
    let said = answer.map(|answer| answer.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said).split('\0').map(str::to_owned).collect()
}

struct Repository {
    top: PathBuf,
    /// The paths that count, relative to the top.
    beneath: Vec<PathBuf>,
    /// The same as somebody named them where links lead there, which a branch may turn.
    named: Vec<PathBuf>,
}

impl Repository {
    fn of(paths: &[PathBuf]) -> Result<Self, String> {
        let mut real = Vec::new();
        for path in paths {
            let found = real_path(path).map_err(|error| format!("{}: {error}", path.display()))?;
            real.push(found);
        }
        let start = real.first().and_then(|path| path.ancestors().find(|folder| folder.is_dir()));
        let start = start.unwrap_or(Path::new(""));
        let top = run(start, &["rev-parse", "--show-toplevel"], None)
            .map_err(|why| format!("--base needs a Git repository around {}: {why}", start.display()))?;
        let top = PathBuf::from(line(&top));
        let top = top.canonicalize().unwrap_or(top);
        let beneath = real.iter().map(|path| {
            path.strip_prefix(&top).map(Path::to_owned).map_err(|_| {
                format!(
                    "--base compares within one repository, and {} is not in {}",
                    path.display(),
                    top.display()
                )
            })
        });
        let beneath: Vec<PathBuf> = beneath.collect::<Result<_, _>>()?;
        let both = paths.iter().zip(&beneath);
        let named = both.map(|(path, real)| by_links(path, &top).unwrap_or_else(|| real.clone())).collect();
        Ok(Self { top, beneath, named })
    }

    /// Refuses a path that leads to nothing on disk, and led to nothing where the branch began.
    fn refuse_nowhere(&self, revision: &str, was: impl Fn(&Path) -> bool) -> Result<(), String> {
        match self.named.iter().find(|path| !self.top.join(path).exists() && !was(path)) {
            None => Ok(()),
            Some(path) => Err(format!(
                "{}: no such file or folder, here or where the branch left {revision}; check the path",
                path.display()
            )),
        }
    }

    /// Whether a file of a tree counts, as it would on disk ([`crate::manifest::sources`]).
    fn reads(&self, name: &str, tree: &BTreeMap<String, String>) -> bool {
        let path = Path::new(name);
        let Some(root) = self.beneath.iter().find(|root| path.starts_with(root)) else { return false };
        let is_passed_by = |folder: &Path| {
            let is_hidden = folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            is_hidden || folder.join(SKIP_MARKER).to_str().is_some_and(|marker| tree.contains_key(marker))
        };
        let mut folders = path.ancestors().skip(1).take_while(|folder| folder != root);
        path == root || (is_manifest(path) && !folders.any(is_passed_by))
    }

    fn git(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        run(&self.top, arguments, None)
    }

    /// The same about the paths that count alone.
    fn git_beneath(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        // A folder may be called what Git would read as a pattern.
        let mut all = vec!["--literal-pathspecs"];
        all.extend(arguments);
        all.push("--");
        let everything = self.beneath.iter().any(|path| path.as_os_str().is_empty());
        if !everything {
            for path in &self.beneath {
                all.push(path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))?);
            }
        }
        self.git(&all)
    }

    fn refuse_conflicts(&self) -> Result<(), String> {
        let unmerged = names(&self.git_beneath(&["diff", "--name-only", "-z", "--diff-filter=U"])?)?;
        match unmerged.first() {
            None => Ok(()),
            Some(first) => Err(format!(
                "a merge is under way and {first} has conflicts ({} in all): resolve them, `git add` them, and plan again",
                unmerged.len()
            )),
        }
    }

    /// What to know of a branch that does not merge; nothing where Git cannot tell without a work tree, as before 2.38. What
    /// the trial leaves in the store of objects goes with the next `git gc`.
    fn conflicts(&self, tip: &str, revision: &str) -> Result<Option<String>, String> {
        let merge = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "HEAD", tip];
        let answer = ask(&self.top, &merge, None)?;
        // Anything but 0 and 1 is no answer; and whoever merges at the moment knows.
        let is_merging = || self.git(&["rev-parse", "--verify", "--quiet", "MERGE_HEAD"]).is_ok();
        if answer.status.code() != Some(1) || is_merging() {
            return Ok(None);
        }
        // First of all stands the id of the tree.
        let said = String::from_utf8_lossy(&answer.stdout);
        let files: Vec<&str> = said.split('\0').skip(1).filter(|file| !file.is_empty()).collect();
        Ok(Some(format!(
            "the branch does not merge into {revision}, so this plan is of something that will not be: merge {revision} into \
             it and plan again; both changed {}",
            files.join(", ")
        )))
    }

    /// The commit that somebody named.
    fn commit(&self, revision: &str) -> Result<String, String> {
        let commit = format!("{revision}^{{commit}}");
        let found = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]);
        found.map(|commit| line(&commit)).map_err(|why| {
            if why.starts_with("`git") {
                return why;
            }
            // `git clone` notes what that is, and neither `git remote add` nor the checkout of a CI does.
            let remedy = match revision.strip_suffix("/HEAD") {
                Some(remote) => format!("have Git note it (`git remote set-head {remote} --auto`)"),
                None => "fetch it".to_owned(),
            };
            let deepen = self.deepen();
            format!("there is no revision {revision} here: {remedy}, or name another with --base{deepen}")
        })
    }

    /// The commit at which this branch left another one: what happened there since is none of our changes.
    fn base(&self, tip: &str, revision: &str) -> Result<String, String> {
        let merged = self.git(&["merge-base", "HEAD", tip]);
        merged.map(|base| line(&base)).map_err(|_| {
            let deepen = self.deepen();
            format!("HEAD and {revision} have no commit in common, so nobody can tell what the branch changes{deepen}")
        })
    }

    /// What to do besides, where only the last commits are here.
    fn deepen(&self) -> &'static str {
        let shallow = self.git(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|it| line(&it) == "true");
        if shallow {
            "; this clone is shallow: fetch all of it (`git fetch --unshallow`, `fetch-depth: 0` for actions/checkout, \
             `GIT_DEPTH: 0` in GitLab)"
        } else {
            ""
        }
    }

    /// What a commit has beneath the paths.
    fn tree(&self, commit: &str) -> Result<Listing, String> {
        let listed = self.git_beneath(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let (blobs, repositories) = (blobs(&listed)?, repositories(&listed)?);
        let has_links = blobs.iter().any(|blob| blob.is_link);
        let files = blobs.into_iter().filter(|blob| !blob.is_link);
        Ok(Listing { files: files.map(|blob| (blob.name, blob.id)).collect(), has_links, repositories })
    }

    /// All of a commit, since a link may lead anywhere.
    fn whole(&self, commit: &str) -> Result<Tree, String> {
        let listed = blobs(&self.git(&["ls-tree", "-r", "-z", "--full-tree", commit])?)?;
        let (links, files): (Vec<Blob>, Vec<Blob>) = listed.into_iter().partition(|blob| blob.is_link);
        let targets = self.texts(links.iter().map(|blob| blob.id.as_str()))?;
        let links = links.into_iter().zip(targets).map(|(blob, target)| (blob.name, Entry::Link(target)));
        let files = files.into_iter().map(|blob| (blob.name, Entry::File(blob.id)));
        Ok(Tree(files.chain(links).collect()))
    }

    /// The files that differ from a commit, those that Git does not know included: they are read, ignored or not, and
    /// what they held before nobody can tell.
    fn changed(&self, commit: &str) -> Result<BTreeSet<String>, String> {
        let differ =
            self.git_beneath(&["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", commit])?;
        let fresh = self.git_beneath(&["ls-files", "--others", "-z"])?;
        // What a build leaves may be called anything, as long as nobody takes it for a manifest.
        let is_read = |name: &&[u8]| {
            std::str::from_utf8(name).is_ok() || is_manifest(Path::new(&*String::from_utf8_lossy(name)))
        };
        let fresh: Vec<&[u8]> = fresh.split(|byte| *byte == 0).filter(is_read).collect();
        Ok(names(&differ)?.into_iter().chain(names(&fresh.join(&b'\0'))?).collect())
    }

    /// The contents of these ids, in their order. What is no text is empty: the check of today's files speaks of it.
    fn texts<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Result<Vec<String>, String> {
        let asked: String = ids.flat_map(|id| [id, "\n"]).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let answer = run(&self.top, &["cat-file", "--batch"], Some(asked.as_bytes()))?;
        let mut texts = Vec::new();
        let mut rest = answer.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (head, body) = rest.split_at(end);
            let head = String::from_utf8_lossy(head);
            let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
            let size = size.filter(|size| size + 2 <= body.len());
            let size = size.ok_or_else(|| format!("Git lacks a file of the base: {head}; fetch it"))?;
            texts.push(String::from_utf8(body[1..=size].to_vec()).unwrap_or_default());
            rest = &body[size + 2..];
        }
        Ok(texts)
    }
}

/// A path without links, as far as it leads to anything: a branch may have removed what it names, and all around it.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let found = path.canonicalize();
    match (&found, path.parent(), path.file_name()) {
        (Err(error), Some(folder), Some(name)) if error.kind() == ErrorKind::NotFound => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(real_path(folder)?.join(name))
        }
        _ => found,
    }
}

/// A path as somebody named it, from the top, where links lead on from there.
fn by_links(path: &Path, top: &Path) -> Option<PathBuf> {
    let whole: PathBuf = std::env::current_dir().ok()?.join(path).components().collect();
    let beneath = whole.strip_prefix(top).ok()?;
    let is_plain = beneath.components().all(|part| matches!(part, Component::Normal(_)));
    let has_links = whole.ancestors().take_while(|above| *above != top).any(Path::is_symlink);
    (is_plain && has_links).then(|| beneath.to_owned())
}

/// What a commit has beneath some paths.
struct Listing {
    /// Every file, with the id of its content.
    files: BTreeMap<String, String>,
    /// Whether there are links beside them.
    has_links: bool,
    /// Where other repositories lie: Git knows no more of them than which commit that is.
    repositories: BTreeSet<String>,
}

/// A file or a link, as `git ls-tree` lists it.
struct Blob {
    name: String,
    id: String,
    is_link: bool,
}

fn blobs(listed: &[u8]) -> Result<Vec<Blob>, String> {
    let mut blobs = Vec::new();
    for entry in names(listed)? {
        // mode, type, id, a tab, the name
        let Some((about, name)) = entry.split_once('\t') else { continue };
        let mut about = about.split(' ');
        if let (Some(mode), Some("blob"), Some(id)) = (about.next(), about.next(), about.next()) {
            blobs.push(Blob { name: name.to_owned(), id: id.to_owned(), is_link: mode == "120000" });
        }
    }
    Ok(blobs)
}

/// The names of other repositories (submodules) in the same list.
fn repositories(listed: &[u8]) -> Result<BTreeSet<String>, String> {
    let name = |entry: &String| Some(entry.strip_prefix("160000 ")?.split_once('\t')?.1.to_owned());
    Ok(names(listed)?.iter().filter_map(name).collect())
}

fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned()
}

/// Names that end with a zero each.
fn names(bytes: &[u8]) -> Result<Vec<String>, String> {
    let names = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let unusable = |_| format!("the file name {} is not UTF-8", String::from_utf8_lossy(name));
            String::from_utf8(name.to_vec()).map_err(unusable)
        })
        .collect()
}

/// What Git answers where it succeeds, and otherwise what it says.
fn run(folder: &Path, arguments: &[&str], input: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let output = ask(folder, arguments, input)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    // What to do about it often stands in the last line.
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.split_whitespace().collect();
    Err(if said.is_empty() { "it failed".to_owned() } else { said.join(" ") })
}

/// Runs Git to its end, whatever that is.
fn ask(folder: &Path, arguments: &[&str], input: Option<&[u8]>) -> Result<Output, String> {
    let mut command = Command::new("git");
    // Names stay as they are, and messages are those that we know.
    command.args(["-c", "core.quotePath=false"]).args(arguments).current_dir(folder);
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "`git` is not on the PATH, and --base needs it: install it".to_owned(),
        _ => format!("`git` cannot be run: {error}"),
    })?;
    let pipe = child.stdin.take();
    let input = input.map(<[u8]>::to_vec);
    // Written beside the reading: a full pipe would keep both waiting.
    let writer = std::thread::spawn(move || {
        if let (Some(mut pipe), Some(input)) = (pipe, input) {
            let _ = pipe.write_all(&input);
        }
    });
    let output = child.wait_with_output().map_err(|error| format!("`git` cannot be run: {error}"))?;
    let _ = writer.join();
    Ok(output)
}
