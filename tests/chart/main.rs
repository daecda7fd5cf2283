//! The charts and `deploy/`, with real Helm on the real control plane.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod admission;
mod checks;
mod definitions;
mod house;
#[path = "../support/kubelet.rs"]
mod kubelet;
mod kustomize;
mod life;
mod monitoring;
mod render;
#[path = "../support/mod.rs"]
mod support;

/// kubectl and the tools stand elsewhere.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The chart of the definitions.
const CRDS: &str = "charts/waops-crds";
/// The chart of the operator.
const OPERATOR: &str = "charts/waops";
