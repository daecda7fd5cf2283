//! The loop without a cluster: a folder of manifests, its state, and the engine between them. What `waops plan`, `apply`,
//! `run`, `status`, `delete` and `demo` share.
//!
//! ```text
//! folder ─read─▶ declare ─▶ store (memory to look, file to work) ─▶ driver ─▶ plans ─▶ drive, until all rest
//! ```
//!
//! - [`workspace`]: the three of them, opened.
//! - [`plans`]: what would be done, about every object at once.
//! - [`drive`]: doing it, until everybody rests; [`rest`]: when that is.
//! - [`import`]: manifests of what exists.
//! - [`keep`]: doing it for ever; [`watch`]: following a folder. [`interrupt`]: Ctrl-C.

pub mod convert;
pub mod drive;
pub mod import;
pub mod interrupt;
pub mod keep;
pub mod plans;
pub mod rest;
pub mod watch;
pub mod workspace;
