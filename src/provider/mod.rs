//! The remote side: clients of both providers, which know nothing of Kubernetes.
//!
//! A call passes these doors, in this order:
//!
//! ```text
//! Budget ──permit──▶ Client ──sign/bearer──▶ Transport ──HTTP──▶ provider
//!    ▲                  │                        │
//!    └──usage, throttle─┴──◀── Error (classified, redacted) or JSON
//! ```
//!
//! - [`face`]: what a provider can do for us, in words that fit them all; [`capabilities`]: where they differ.
//! - [`session`]: from an account's manifest to a [`Provider`] that can be called.
//! - [`accounts`]: all that are open, and what they share.
//! - [`budget`]: who may call when, so that no quota is ever exceeded and nobody starves.
//! - [`alibaba`], [`meta`]: one client each. Reads are repeated within their deadline, writes never blindly.
//! - [`transport`]: one HTTP request with a hard deadline and a bounded answer; [`carrier`]: around the network.
//! - [`error`]: what became of a call, and what a person can do about it.
//! - [`inventory`]: what an account holds, listed once for all who ask.
//! - [`recorded`]: a provider that answers from what was written down, and is never called.
//! - [`record`]: one line for each write, for auditors. [`tally`]: how many calls there were, and how they ended.
//!
//! What stands in requests and answers is the business of the pure `wire` rooms, [`alibaba::wire`] and
//! [`meta::wire`]; a client carries it.

pub mod accounts;
pub mod alibaba;
pub mod answer;
pub mod attempt;
pub mod budget;
pub mod capabilities;
pub mod carrier;
pub mod deadline;
mod either;
mod encoding;
pub mod error;
pub mod face;
pub mod inventory;
pub mod lenient;
pub mod meta;
mod quota;
pub mod record;
pub mod recorded;
pub mod redact;
pub mod samples;
mod secret_data;
pub mod session;
mod sparse;
pub mod tally;
pub mod transport;

pub use either::Provider;
