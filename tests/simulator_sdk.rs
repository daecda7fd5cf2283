//! The vendors' own SDKs judge the simulator: they run every operation and must read what was stored.

// Helpers of tests are tests too, and tables of literals read best plain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::format_collect)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use waops::simulator::http::{ServeOptions, serve};

const REQUIREMENTS: &str = include_str!("sdk/requirements.txt");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The interpreter of a virtual environment with exactly these packages, made once and kept.
fn python() -> PathBuf {
    let hash: String =
        Sha256::digest(REQUIREMENTS).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = root().join(format!(".cache/venv-sdk-{hash}"));
    let python = folder.join("bin/python");
    if !folder.join("complete").exists() {
        let help = "python3 with venv, and PyPI (or a mirror in pip's configuration), are needed once";
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), help);
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(&python).args(pip).arg(root().join("tests/sdk/requirements.txt")), help);
        std::fs::write(folder.join("complete"), "").unwrap();
    }
    python
}

fn run(command: &mut Command, help: &str) {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {help}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} failed; {help}\n{stdout}\n{stderr}");
}

/// Both judges in one test, so that the environment is made once.
#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_own_sdks_read_what_was_stored() {
    let python = python();
    for judge in ["alibaba.py", "meta.py"] {
        let running = serve(ServeOptions::default()).await.unwrap();
        let mut command = Command::new(&python);
        command
            .arg(root().join("tests/sdk").join(judge))
            .env("SIMULATOR_URL", &running.url)
            .env("SIMULATOR_ADMIN_URL", &running.admin_url)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NO_PROXY", "127.0.0.1");
        // The simulator answers on the other threads meanwhile.
        tokio::task::block_in_place(|| run(&mut command, "the simulator is at fault"));
    }
}
