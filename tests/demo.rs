//! `waops demo` tells what it says it tells: every event of the story is in the transcript, and the code on the screen
//! is one that a phone reads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn the_story_is_told_to_its_end_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    // What the surroundings say must not lead the demo to a real provider.
    command
        .args(["demo"])
        .current_dir(folder.path())
        .env("TMPDIR", folder.path())
        .env("WAOPS_META_ENDPOINT", "http://192.0.2.1:1");
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something is left behind");

    let mut rest = &text[..];
    for (event, words) in [
        ("the first plan", "Plan: 3 to create."),
        ("the codes are made", "the code works"),
        ("the template is in review", "InReview"),
        ("the first apply", "Applied: 3 as declared."),
        ("the code is drawn", "█████"),
        ("its link", "https://wa.me/message/"),
        ("the review ends", "demo/parcel: the template can be sent"),
        ("the new text is blocked", "(ApprovalNeeded)"),
        ("and says what it kills", "kills the printed code"),
        ("and how to go on", "approve: "),
        ("the line is added", ">> menu.yaml"),
        ("and the code replaced", "demo/menu: changed; "),
        ("the old one is remembered", "previousCodes remembers"),
        (
            "what it was and will be",
            "\"Hi, is this the colleague?\" -> \"Hello! I saw the poster at the station.\"",
        ),
        ("the drift is found", "somebody else changed it at the provider"),
        ("it is corrected", "demo/poster: changed"),
        ("the printed code lives", "is the same"),
        ("the last plan", "Plan: nothing to do, 3 unchanged."),
    ] {
        let at = rest.find(words).unwrap_or_else(|| panic!("{event}: {words} is not in\n{rest}"));
        rest = &rest[at + words.len()..];
    }
}

#[test]
fn a_phone_reads_the_code_from_the_screen() {
    let output = Command::new(env!("CARGO_BIN_EXE_waops")).arg("demo").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let is_drawn = |line: &&str| line.chars().count() > 20 && line.chars().all(|c| " █▀▄".contains(c));
    let rows: Vec<Vec<char>> = text.lines().filter(is_drawn).map(|line| line.chars().collect()).collect();
    let link = text.lines().find(|line| line.starts_with("https://wa.me/message/")).unwrap();
    let dark = |x: usize, y: usize| match rows[y / 2][x] {
        ' ' => true,
        '▄' => y.is_multiple_of(2),
        '▀' => !y.is_multiple_of(2),
        _ => false,
    };
    let (width, height) = (rows[0].len(), rows.len() * 2);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * 4, height * 4, |x, y| {
        if dark(x / 4, y / 4) { 0 } else { u8::MAX }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "{text}");
    assert_eq!(grids[0].decode().unwrap().1, link);
}

/// Ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_last_words_are_followed() {
    // Somebody keeps programs where a shell does not expect them.
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("it's my programs");
    std::fs::create_dir(&programs).unwrap();
    let program = programs.join("waops");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_waops"), &program).unwrap();
    let output = Command::new(&program).arg("demo").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, words) = text.split_once("Your turn").unwrap();
    let commands: Vec<&str> = words.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let [simulate, plan] = commands[..] else { panic!("{words}") };
    // Somebody at a terminal of their own, in the clone.
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(root()).env_clear();
        shell.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        shell
    };
    let mut serving = Serving(shell(&format!("exec {simulate}")).stdout(Stdio::piped()).spawn().unwrap());
    let said = BufReader::new(serving.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pasted: Vec<String> = said.take_while(|line| !line.contains("Ctrl-C")).collect();
    let output = shell(&format!("{}\n{plan}", pasted.join("\n"))).output().unwrap();
    let planned = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{planned}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(planned.contains("Plan: 3 to create."), "{planned}");
}

#[test]
fn make_demo_shows_that_it_builds_and_says_nothing_of_what_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    let script = "case $1 in build) printf %s \"$SAYS\" >&2; exit \"$ENDS\";; run) echo 'the story';; esac\n";
    std::fs::write(&cargo, script).unwrap();
    for (says, ends, told, reason) in [
        ("    Finished in 0.1s\n", "0", "the story\n", "everything is built"),
        ("   Compiling waops\n    Finished in 99s\n", "0", "the story\n", "a fresh clone"),
        ("error: no such thing\nsee below\n", "101", "", "what was not built cannot be run"),
    ] {
        let mut make = Command::new("make");
        make.args(["--no-print-directory", "demo"]).arg(format!("CARGO=sh {}", cargo.display()));
        make.current_dir(root()).env("SAYS", says).env("ENDS", ends);
        // Not those of a make that runs the tests.
        make.env_remove("MAKEFLAGS").env_remove("MFLAGS").env_remove("MAKELEVEL");
        let output = make.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), told, "{reason}");
        let said = String::from_utf8_lossy(&output.stderr);
        let builds = !says.contains("0.1s");
        assert_eq!(said.starts_with("Building waops"), builds, "{reason}: {said}");
        assert_eq!(said.contains(says), builds, "{reason}: {said}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
