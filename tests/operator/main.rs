//! The operator as a cluster runs it: the chart's Deployment on a real control plane, against both simulated providers.
//!
//! All tests share one control plane, except those that break it. Each has namespaces, an operator and providers of its
//! own ([`house`]).

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

#[path = "../support/kubelet.rs"]
mod kubelet;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod bad_input;
mod deletion;
mod ends;
mod gate;
mod house;
mod in_cluster;
mod leave;
mod logs;
mod objects;
mod outputs;
mod rights;
mod server;
mod shards;
mod start;
