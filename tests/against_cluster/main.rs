//! What people see of a cluster: `waops plan --against cluster` before a change is merged, and `kubectl waops` afterwards.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod behind;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../review/ci.rs"]
mod ci;
#[path = "../support/control_plane.rs"]
mod control_plane;
mod environments;
mod figure;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../review/forge.rs"]
mod forge;
mod house;
mod plan;
mod plugin;
#[path = "../review/repository.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod repository;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../cli/support.rs"]
mod support;
#[path = "../gitops/working_copy.rs"]
mod working_copy;
