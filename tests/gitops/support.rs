//! What the tests of other binaries have already.

#[allow(dead_code, reason = "each test binary uses its own part")]
#[path = "../cli/support.rs"]
mod cli;
#[path = "../support/control_plane.rs"]
pub(crate) mod control_plane;
#[path = "../support/helm.rs"]
pub(crate) mod helm;

pub(crate) use cli::{Folder, Said, code};
