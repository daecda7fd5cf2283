//! `waops import` and `waops convert`, as people run them: the real binary against `waops simulate`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod account;
#[path = "../support/arbitrary.rs"]
mod arbitrary;
mod convert;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../support/desired.rs"]
mod desired;
mod examples;
mod figures;
#[path = "../support/gallery.rs"]
mod gallery;
mod properties;
mod quota;
#[path = "../support/read_form.rs"]
mod read_form;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../cli/support.rs"]
mod support;
mod trouble;
#[path = "../support/world.rs"]
mod world;
