//! The book: every link leads somewhere, every page is reached, and every command of the tutorials does what its page says.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod cluster;
#[path = "../support/kubelet.rs"]
mod kubelet;
mod links;
mod page;
mod shell;
#[path = "../support/mod.rs"]
mod support;
mod tutorials;

use std::path::Path;

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
