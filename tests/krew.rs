//! The plugin of kubectl as it is shipped: archives that hold the program under its other name, and a manifest that krew
//! takes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use waops::manifest::documents;

fn ship(folder: &Path) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/krew.sh");
    let mut command = Command::new(script);
    command
        .arg(folder)
        .arg("1.2.3")
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .env("RELEASE_URL", "https://x.example/v1.2.3");
    let shipped = command.output().unwrap();
    assert!(shipped.status.success(), "{}", String::from_utf8_lossy(&shipped.stderr));
    let text = fs::read_to_string(folder.join("waops.krew.yaml")).unwrap();
    documents(&text).next().unwrap().unwrap().root.to_json()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn an_archive_holds_the_program_under_the_name_that_kubectl_looks_for() {
    let folder = tempfile::tempdir().unwrap();
    // As small as a program can be that knows its name.
    let program = format!("#!/bin/bash\nexec -a \"$0\" '{}' \"$@\"\n", env!("CARGO_BIN_EXE_waops"));
    fs::write(folder.path().join("waops-linux-amd64"), program).unwrap();
    fs::write(folder.path().join("waops-linux-arm64"), "another program").unwrap();
    let manifest = ship(folder.path());
    assert_eq!((&manifest["kind"], &manifest["spec"]["version"]), (&json!("Plugin"), &json!("v1.2.3")));
    let platforms = manifest["spec"]["platforms"].as_array().unwrap();
    let mut archives = Vec::new();
    for (platform, architecture) in platforms.iter().zip(["amd64", "arm64"]) {
        let archive = format!("kubectl-waops-linux-{architecture}.tar.gz");
        assert_eq!(platform["selector"]["matchLabels"], json!({"os": "linux", "arch": architecture}));
        assert_eq!(platform["uri"], format!("https://x.example/v1.2.3/{archive}"));
        let bytes = fs::read(folder.path().join(&archive)).unwrap();
        assert_eq!(platform["sha256"], sum(&bytes), "{archive}");
        archives.push((archive, bytes));
    }
    // What krew does with it.
    let there = tempfile::tempdir().unwrap();
    let archive = folder.path().join(&archives[0].0);
    let unpacked = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(there.path()).status().unwrap();
    assert!(unpacked.success() && there.path().join("LICENSE").exists());
    let bin = there.path().join(platforms[0]["bin"].as_str().unwrap());
    let help = String::from_utf8(Command::new(bin).arg("--help").output().unwrap().stdout).unwrap();
    assert!(help.contains("Usage: kubectl waops"), "{help}");
    // A day later, from the same programs: the same archives.
    ship(folder.path());
    for (archive, bytes) in archives {
        assert!(fs::read(folder.path().join(&archive)).unwrap() == bytes, "{archive} is another one");
    }
}
