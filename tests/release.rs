//! A release has the programs of its commit, or there is none.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where cargo leaves the program, as the script looks for it.
const BUILT: &str = "target/x86_64-unknown-linux-musl/release/waops";

/// A checkout in which somebody built and released before, with stand-ins for everything that builds.
struct Checkout {
    folder: tempfile::TempDir,
}

impl Checkout {
    /// `cargo` is what its stand-in does.
    fn with(cargo: &str) -> Self {
        let checkout = Self { folder: tempfile::tempdir().unwrap() };
        let script = fs::read_to_string("scripts/release.sh").unwrap();
        checkout.program("scripts/release.sh", &script);
        checkout.file(BUILT, "old");
        checkout.file("dist/waops-linux-amd64", "old");
        checkout.file("ca-certificates.crt", "certificates");
        for (name, does) in [("cargo", cargo), ("rustup", "exit 0"), ("git", "echo 1700000000")] {
            checkout.program(&format!("bin/{name}"), &format!("#!/bin/sh\n{does}\n"));
        }
        checkout
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn program(&self, name: &str, text: &str) {
        self.file(name, text);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn release(&self) -> Output {
        let path = std::env::var("PATH").unwrap();
        let mut script = Command::new(self.path("scripts/release.sh"));
        script
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("ARCHITECTURES", "amd64")
            .env("CC_AMD64", "true")
            .env("CA_BUNDLE", self.path("ca-certificates.crt"))
            .env_remove("CARGO_TARGET_DIR");
        script.output().unwrap()
    }

    fn released(&self) -> Vec<String> {
        let files = fs::read_dir(self.path("dist")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_failed_build_releases_nothing() {
    let checkout = Checkout::with("echo 'it does not compile' >&2; exit 101");
    let output = checkout.release();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "it was released: {said}");
    assert!(said.contains("it does not compile"), "it failed for another reason: {said}");
    assert_eq!(checkout.released(), Vec::<String>::new());
    assert_eq!(text(&checkout.path(BUILT)), "old", "what lies there is nobody's business");
}

#[test]
fn what_was_built_is_what_is_released() {
    let checkout = Checkout::with(&format!("printf new >{BUILT}"));
    // Nothing of what comes after the programs is here, so this ends badly; by then they are in their place.
    checkout.release();
    assert_eq!(text(&checkout.path("dist/waops-linux-amd64")), "new");
}
