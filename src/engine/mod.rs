//! The loop: from what a store holds and a provider has to one step, done and written down.
//!
//! ```text
//! Store ──objects, accounts──▶ World (index) ─┐
//!                                             ├─▶ plan ─▶ claim ─▶ call ─▶ record
//! Provider ──lists──▶ Inventory ──────────────┘   pure    store   provider  store
//! ```
//!
//! - [`object`]: an object and an account, as a store holds them; [`store`]: where claims live.
//! - [`entry`]: one of them as last seen, with what this process remembers; [`world`]: all of them, and who collides with
//!   whom.
//! - [`driver`]: one object, one step after another, until nothing is left to do for now.
//! - [`runner`]: whose turn it is; no object ever stops another.
//! - [`happening`]: what the loop tells whoever listens.
//!
//! One engine serves `waops plan`, `apply`, `run` and the operator; they differ in their [`store::Store`] alone.

mod absence;
mod account_status;
mod act;
mod assemble;
mod backoff;
mod calls;
mod doors;
pub mod driver;
pub mod entry;
mod gather;
pub mod happening;
mod hindrance;
mod look;
pub mod object;
mod remote;
pub mod runner;
mod selector;
pub mod share;
mod sight;
pub mod store;
mod unclaimed;
mod words;
pub mod world;
mod write;
