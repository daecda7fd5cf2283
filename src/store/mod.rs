//! Homes of claims: every one of them is a [`crate::engine::store::Store`].
//!
//! - [`memory`]: objects as Kubernetes keeps them, without Kubernetes; it forgets.
//! - [`file`]: the same in a file beside the manifests.
//! - [`kube`]: the custom resources of a cluster.
//! - [`folder`]: from manifests to what those two are to hold.
//! - [`selection`]: objects as people name them.
//! - [`release`]: letting objects go, in any store.

mod events;
pub mod file;
pub mod folder;
#[cfg(test)]
mod folder_tests;
pub mod kube;
pub mod memory;
#[cfg(test)]
mod memory_tests;
pub mod release;
mod secrets;
pub mod selection;

pub use events::Events;
pub use memory::{Applied, Declared, Memory, Wanted};
