//! A change as its reviewers see it: plans of what a branch changes, comments on pull requests, plans applied later, and the
//! shipped integrations as a CI runs them.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod base;
mod ci;
mod comment;
mod forge;
#[path = "../support/helm.rs"]
mod helm;
mod integrations;
mod repository;
mod saved;
#[path = "../cli/support.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod support;
