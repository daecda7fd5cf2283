//! Homes of claims: every one of them is a [`crate::engine::store::Store`].
//!
//! - [`memory`]: objects as Kubernetes keeps them, without Kubernetes; it forgets.
//! - [`file`]: the same in a file beside the manifests.

mod events;
pub mod file;
pub mod memory;
#[cfg(test)]
mod memory_tests;

pub use events::Events;
pub use memory::{Applied, Declared, Memory, Wanted};
