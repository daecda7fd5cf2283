//! A Git repository, those who follow it, and the operator: Flux's own controller, Argo CD's own engine, kubectl and Helm on
//! a real control plane, against both simulated providers.
//!
//! All tests share one control plane and one Flux. Each has namespaces, an operator and providers of its own ([`house`]).

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod agent;
mod argocd;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../review/ci.rs"]
mod ci;
mod ci_beside;
mod flux;
mod flux_controller;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../review/forge.rs"]
mod forge;
#[path = "../support/gallery.rs"]
mod gallery;
mod health;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../operator/house.rs"]
mod house;
mod hundred;
mod judges;
#[path = "../support/kubelet.rs"]
mod kubelet;
mod no_diff;
mod people;
#[path = "../chaos/random.rs"]
mod random;
#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../review/repository.rs"]
mod repository;
mod stillness;
mod story;
mod support;
mod texts;
mod working_copy;
