//! WhatsApp as code: QR codes and message templates, declared in YAML and reconciled with the
//! providers that hold them.
//!
//! ```text
//! manifest ─parse─▶ Desired ─┐
//! provider ─list──▶ Observed ─┼─▶ what to do
//! ```
//!
//! From the bottom of the house to its top:
//!
//! - [`manifest`]: from bytes to trees with places.
//! - [`api`]: what people write: the kinds, and the rules the API server enforces.
//! - [`template`], [`qr_code`]: what a manifest wants, what a provider has, and how the two differ.
//! - [`qr_image`]: QR codes drawn.
//! - [`lint`]: what a manifest must satisfy, with the words for those who do not know yet.
//! - [`provider`]: the remote side: clients, budgets, errors, conversions. Knows nothing of Kubernetes.
//! - [`simulator`]: both providers as one pure state machine. Knows nothing of our clients, since it judges them.
//! - [`plan`]: what to do about an object, and what it will cost: pure functions from facts to one step.
//! - [`engine`]: the loop that reads, plans, claims, calls and records. [`store`]: where claims live.
//! - [`clock`]: the time of day, which a simulation can replace.
//! - [`inside`]: the way from the clients to the simulator without a socket.
//! - [`index`]: who is found by what. [`registry`]: what belongs to an identity, shared by who has it.
//! - [`check`]: from files to findings.
//! - [`import`]: from what a provider has to manifests. [`convert`]: the same with files, and back.
//! - [`local`]: the loop without a cluster, over a folder and its state.
//! - [`demo`]: a story that shows it all.
//! - [`render`]: what people and programs read. [`forge`]: where they read it before it is merged.
//! - [`operator`]: the loop in a cluster: watches, lease, probes, Events, ConfigMaps.
//! - [`telemetry`] writes logs.
//! - [`commands`]: the command line, without logic of its own.
//!
//! The rooms `api`, `lint`, `qr_code`, `template` and `plan` are pure: no client, no clock, no files.

// Time that a simulation cannot hold still would make its seeds tell another story each time.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod api;
pub mod check;
pub mod clock;
pub mod commands;
pub mod convert;
pub mod demo;
pub mod engine;
pub mod forge;
pub mod import;
pub mod index;
pub mod inside;
pub mod lint;
pub mod local;
pub mod manifest;
pub mod operator;
pub mod plan;
pub mod provider;
pub mod qr_code;
pub mod qr_image;
pub mod registry;
pub mod render;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod template;
