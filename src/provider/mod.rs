//! The remote side. Knows nothing of Kubernetes.

pub mod alibaba;
pub mod lenient;
pub mod meta;
mod sparse;
