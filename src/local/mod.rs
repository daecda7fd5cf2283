//! The loop without a cluster: a folder of manifests, its state, and the engine between them. What `waops plan`, `apply`,
//! `run`, `status`, `delete` and `demo` share.
//!
//! ```text
//! folder ─read─▶ declare ─▶ store (memory to look, file to work) ─▶ driver ─▶ plans ─▶ drive, until all rest
//! ```
//!
//! - [`workspace`]: the three of them, opened.
//! - [`plans`]: what would be done, about every object at once. [`review`]: the same for who reads a change before it is
//!   merged. [`saved`]: a plan that is applied later.
//! - [`drive`]: doing it, until everybody rests; [`rest`]: when that is.
//! - [`home`]: where objects stand, in a state or in a cluster. [`approve`]: what waits there for a person.
//! - [`import`]: manifests of what exists.
//! - [`keep`]: doing it for ever; [`watch`]: following a folder. [`interrupt`]: Ctrl-C.

pub mod approve;
pub mod convert;
pub mod drive;
mod git;
pub mod home;
pub mod import;
pub mod interrupt;
pub mod keep;
pub mod plans;
mod record;
pub mod rest;
pub mod review;
pub mod saved;
mod tree;
pub mod watch;
pub mod workspace;
