//! The loop: from what a store holds and a provider has to one step, done and written down.
//!
//! ```text
//! Store ──objects, accounts──▶ World (index) ─┐
//!                                             ├─▶ plan ─▶ claim ─▶ call ─▶ record
//! Provider ──lists──▶ Inventory ──────────────┘   pure    store   provider  store
//! ```
//!
//! - [`object`]: an object and an account, as a store holds them.
//! - [`store`]: where claims live.
//!
//! One engine serves `waops plan`, `apply`, `run` and the operator; they differ in their [`store::Store`] alone.

pub mod object;
pub mod store;
