//! The command line over the engine, as people run it: the real binary against `waops simulate`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod ahead;
mod apply;
mod bad_input;
mod examples;
#[path = "../support/gallery.rs"]
mod gallery;
mod kill;
mod plan;
mod run;
mod support;
mod terminal;
mod trouble;
