//! A person who follows a page: one shell, one command block after the other, in an empty folder.
//!
//! A block ```` ```sh ```` must succeed, a block ```` ```sh fails ```` must not. A block ```` ```text ```` right after one is what it
//! said: a line `…` stands for any lines, and `…` within a line for anything.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::kubelet::free_port;
use crate::page::{Block, Page};
use crate::root;

/// No page takes longer.
const DEADLINE: Duration = Duration::from_secs(900);
/// Ports that pages name: of those, each reader has their own.
const PORTS: [&str; 3] = ["8080", "8081", "8082"];

/// Who reads.
pub(crate) struct Reader {
    home: tempfile::TempDir,
    environment: Vec<(String, String)>,
    ports: Vec<(&'static str, String)>,
}

/// A command block, and what its page says of it.
#[derive(Debug)]
struct Step {
    block: Block,
    output: Option<Block>,
}

impl Reader {
    /// In an empty folder, with `waops` and `kubectl-waops` on the PATH.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        for folder in ["bin", "folder"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        let ports = PORTS.map(|port| (port, free_port().to_string())).into();
        let path = format!("{}:{}", home.path().join("bin").display(), std::env::var("PATH").unwrap());
        let environment = [
            ("PATH", path.as_str()),
            ("HOME", home.path().to_str().unwrap()),
            ("COLUMNS", "110"),
            ("GIT_AUTHOR_NAME", "Ana"),
            ("GIT_AUTHOR_EMAIL", "ana@shop.example"),
            ("GIT_COMMITTER_NAME", "Ana"),
            ("GIT_COMMITTER_EMAIL", "ana@shop.example"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let reader = Self { home, environment, ports };
        for name in ["waops", "kubectl-waops"] {
            reader.program(name, Path::new(env!("CARGO_BIN_EXE_waops")));
        }
        reader
    }

    /// Puts a program on the PATH.
    pub(crate) fn program(&self, name: &str, path: &Path) {
        std::os::unix::fs::symlink(path, self.home.path().join("bin").join(name)).unwrap();
    }

    /// Puts a script on the PATH.
    pub(crate) fn script(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.home.path().join("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Puts a part of the repository into the folder, as in a clone.
    pub(crate) fn clone_of(&self, name: &str) {
        std::os::unix::fs::symlink(root().join(name), self.folder().join(name)).unwrap();
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("folder")
    }

    /// A text of a page as it is here.
    fn here(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (there, here)| {
            text.replace(&format!(":{there}"), &format!(":{here}"))
        })
    }

    /// A text of here as a page has it.
    fn there(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (there, here)| {
            text.replace(&format!(":{here}"), &format!(":{there}"))
        })
    }

    /// Follows a page to its end.
    #[track_caller]
    pub(crate) fn follow(&self, page: &Page) {
        let steps = steps(page);
        assert!(!steps.is_empty(), "{} has no command", page.path.display());
        let out = self.home.path().join("out");
        // What another page left there says nothing of this one.
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&out).unwrap();
        let script = self.script_of(&steps, &out);
        let mut shell = Command::new("bash");
        shell.args(["--noprofile", "--norc", "-c", &script]).current_dir(self.folder());
        shell.env_clear().envs(self.environment.iter().cloned());
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut shell = shell.spawn().unwrap();
        let end = Instant::now() + DEADLINE;
        let ended = loop {
            if let Some(ended) = shell.try_wait().unwrap() {
                break Some(ended);
            }
            if Instant::now() > end {
                break None;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        // What a page starts in the background ends with it.
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", shell.id())]).output();
        let _ = shell.wait();
        let mut wrong = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let place = format!("{}:{}", page.path.display(), step.block.line);
            let read =
                |name: &str| fs::read_to_string(out.join(format!("{number}.{name}"))).unwrap_or_default();
            let said = self.there(&read("out"));
            let all = format!("{place}\n{}\nsaid:\n{said}", step.block.text);
            if std::env::var_os("WAOPS_BOOK_SHOW").is_some() {
                println!("{all}");
            }
            if read("done").is_empty() {
                wrong.push(format!("{all}\nand ended otherwise than it should ({ended:?})"));
                break;
            }
            let differs = |output: &&Block| !matches(&lines(&output.text), &lines(&said));
            if let Some(output) = step.output.as_ref().filter(differs) {
                wrong.push(format!("{all}\nand the page has at line {}:\n{}", output.line, output.text));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }

    /// All blocks as one script; each block has a file for what it says, and one that says how it ended.
    fn script_of(&self, steps: &[Step], out: &Path) -> String {
        let mut script = String::new();
        let out = out.display();
        for (number, Step { block, .. }) in steps.iter().enumerate() {
            let text = self.here(&block.text);
            let _ = writeln!(script, "exec >'{out}/{number}.out' 2>&1");
            if block.info == "sh fails" {
                let _ = writeln!(script, "(set -e\n{text}\n)\n[ $? != 0 ] || exit 1");
            } else {
                let _ = writeln!(script, "set -e\n{text}\nset +e");
            }
            // Where a person would look at what was started, before going on.
            for address in started(&text) {
                let _ = writeln!(
                    script,
                    "until (: </dev/tcp/{}) 2>/dev/null; do sleep 0.05; done",
                    address.replace(':', "/")
                );
            }
            let _ = writeln!(script, "echo yes >'{out}/{number}.done'");
        }
        script
    }
}

/// Addresses at which something listens from now on.
fn started(text: &str) -> Vec<String> {
    let background = text.lines().filter(|line| line.trim_end().ends_with('&'));
    let words = background.flat_map(str::split_whitespace);
    words.filter(|word| word.starts_with("127.0.0.1:")).map(str::to_owned).collect()
}

/// The command blocks of a page, each with what it says.
fn steps(page: &Page) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut follows = false;
    for block in page.blocks() {
        match block.info.as_str() {
            "sh" | "sh fails" => {
                steps.push(Step { block, output: None });
                follows = true;
            }
            "text" if follows => {
                steps.last_mut().unwrap().output = Some(block);
                follows = false;
            }
            "yaml" | "json" => {}
            other => {
                panic!("{}:{}: a block of {other:?} that belongs to nothing", page.path.display(), block.line)
            }
        }
    }
    steps
}

fn lines(text: &str) -> Vec<&str> {
    let text = text.trim_end();
    text.lines().map(str::trim_end).collect()
}

/// Whether lines are those of a pattern.
fn matches(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern {
        [] => lines.is_empty(),
        ["…", rest @ ..] => (0..=lines.len()).any(|at| matches(rest, &lines[at..])),
        [first, rest @ ..] => {
            lines.first().is_some_and(|line| fits(first, line)) && matches(rest, &lines[1..])
        }
    }
}

/// Whether a line is that of a pattern.
fn fits(pattern: &str, line: &str) -> bool {
    let Some((before, after)) = pattern.split_once('…') else { return pattern == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| fits(after, &rest[at..]))
}

#[test]
fn a_page_that_says_something_else_than_its_commands_is_noticed() {
    let reader = Reader::new();
    let page = |text: &str| Page { path: "page.md".into(), text: text.to_owned() };
    let follow = |text: &str| std::panic::catch_unwind(|| reader.follow(&page(text))).is_ok();
    let good = "```sh\necho one; echo two\n```\n\n```text\none\n…\n```\n\n```sh fails\nfalse\n```\n\n```sh\nx=1\n```\n\n```sh\necho \"$x is it\"\n```\n```text\n1 … it\n```\n";
    assert!(follow(good));
    for (wrong, reason) in [
        (good.replace("…\n", ""), "a line more"),
        (good.replace("one\n…", "two\n…"), "another line"),
        (good.replace("false", "true"), "what should fail does not"),
        (good.replace("x=1", "false"), "what should work fails"),
        (good.replace("1 … it", "2 … it"), "another word"),
        (good.replace("```text\none", "```text\none\n```\n```text\none"), "an output of nothing"),
    ] {
        assert!(!follow(&wrong), "{reason}: {wrong}");
    }
}
