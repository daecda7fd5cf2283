//! The examples, valid and invalid, and what each invalid one says of itself in its first lines.
#![allow(dead_code)] // each test binary uses its own part
#![allow(clippy::expect_used, clippy::panic)] // a harness that fails, fails the test

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// The accounts to which the invalid examples refer.
pub(crate) const ACCOUNTS: [&str; 2] = ["examples/meta-account.yaml", "examples/alibaba-account.yaml"];

/// The root of the repository, in which all these tests run the command.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The manifests of a folder, by name, relative to the root.
pub(crate) fn manifests(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let names = entries.map(|entry| entry.expect("the folder can be read").file_name());
    let mut paths: Vec<PathBuf> = names
        .map(|name| Path::new(folder).join(name))
        .filter(|path| path.extension() == Some(OsStr::new("yaml")))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{folder} is empty");
    paths
}

/// Every valid example that stands for itself.
pub(crate) fn valid() -> Vec<PathBuf> {
    manifests("examples")
}

/// Every invalid example, with what it promises.
pub(crate) fn invalid() -> Vec<Invalid> {
    manifests("examples/invalid").into_iter().map(Invalid::read).collect()
}

/// The pairs of manifests of which the second may not follow the first.
pub(crate) fn pairs() -> Vec<Pair> {
    manifests("examples/invalid/immutable").into_iter().map(Pair::read).collect()
}

/// A finding that an example must get: `# expect: <rule> <severity> <field path>`, the path being `-` where
/// the file itself is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expected {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) path: String,
}

/// What is wrong with one example.
#[derive(Debug)]
pub(crate) struct Invalid {
    /// Relative to the root.
    pub(crate) path: PathBuf,
    pub(crate) expected: Vec<Expected>,
    /// Whether the real API server refuses it: `# api-server: rejects` or `accepts`.
    pub(crate) rejected: bool,
    /// Lines that may be blamed: by `# <-- here`, by `# <-- below` on the line before a block of text (in
    /// which a comment would be text), or by `# <-- <rule>` where an example has several findings.
    markers: Vec<(usize, String)>,
}

impl Invalid {
    fn read(path: PathBuf) -> Self {
        let bytes = fs::read(root().join(&path)).expect("an example can be read");
        // One of them is not UTF-8, which is its point.
        let text = String::from_utf8_lossy(&bytes);
        let header = |name: &str| {
            let lines = text.lines().take_while(|line| line.starts_with('#'));
            let values = lines.filter_map(|line| line.strip_prefix(&format!("# {name}: ")));
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        let lines = header("expect");
        let expected = lines.iter().map(|line| {
            let [rule, severity, path] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{}: not `rule severity path`: {line:?}", path.display());
            };
            let path = if path == "-" { "" } else { path };
            Expected { rule: rule.into(), severity: severity.into(), path: path.into() }
        });
        let expected: Vec<_> = expected.collect();
        assert!(!expected.is_empty(), "{}: no line `# expect: …`", path.display());
        let verdicts = header("api-server");
        let rejected = match verdicts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["rejects"] => true,
            ["accepts"] => false,
            _ => panic!("{}: no line `# api-server: rejects` or `accepts`", path.display()),
        };
        let lines = text.lines().enumerate();
        let markers = lines.filter_map(|(index, line)| {
            let (_, word) = line.rsplit_once("# <-- ")?;
            Some(if word == "below" { (index + 2, "here".into()) } else { (index + 1, word.to_owned()) })
        });
        let markers = markers.collect();
        Self { path, expected, rejected, markers }
    }

    /// The lines that may be blamed for a rule; none where the example does not say.
    pub(crate) fn marked(&self, rule: &str) -> Vec<usize> {
        let matching = self.markers.iter().filter(|(_, word)| word == "here" || word == rule);
        matching.map(|(line, _)| *line).collect()
    }

    /// The rules that it breaks.
    pub(crate) fn rules(&self) -> BTreeSet<&str> {
        self.expected.iter().map(|expected| expected.rule.as_str()).collect()
    }

    pub(crate) fn name(&self) -> &str {
        self.path.to_str().expect("the names are plain")
    }
}

/// Two manifests of one object: before, and after a change that the API server refuses.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) path: PathBuf,
    /// `# transition: <rule>`
    pub(crate) rule: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Pair {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(root().join(&path)).expect("an example can be read");
        let rule = text.lines().find_map(|line| line.strip_prefix("# transition: "));
        let rule = rule.unwrap_or_else(|| panic!("{}: no line `# transition: …`", path.display())).to_owned();
        let [before, after] = text.split("\n---\n").collect::<Vec<_>>()[..] else {
            panic!("{}: not two documents", path.display());
        };
        Self { rule, before: before.to_owned(), after: after.to_owned(), path }
    }
}

/// What a run of the command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs waops in the root of the repository.
pub(crate) fn waops<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Said {
    run(args, Stdio::null())
}

/// Runs waops with something on its standard input.
pub(crate) fn waops_stdin<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, input: &str) -> Said {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(input.as_bytes()).and_then(|()| file.rewind()).expect("the input is written");
    run(args, file.into())
}

fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, stdin: Stdio) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    let output = command.args(args).current_dir(root()).stdin(stdin).output().expect("waops can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("waops writes UTF-8");
    Said {
        code: output.status.code().expect("waops is not killed"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Validates examples beside the accounts they refer to, in one form of output.
pub(crate) fn validate(files: &[&str], output: &str) -> Said {
    let mut args = vec!["validate", "--strict", "--output", output];
    args.extend(files.iter().chain(&ACCOUNTS).flat_map(|file| ["--filename", file]));
    waops(args)
}

/// The findings of examples, as JSON, and the exit code.
pub(crate) fn findings(files: &[&str]) -> (Vec<Json>, i32) {
    let said = validate(files, "json");
    let answer: Json = serde_json::from_str(&said.stdout).unwrap_or_else(|error| {
        panic!("{files:?}: {error}\nstdout: {}\nstderr: {}", said.stdout, said.stderr);
    });
    let findings = answer["findings"].as_array().unwrap_or_else(|| panic!("no findings in {answer}"));
    (findings.clone(), said.code)
}
