//! What the tests share.

pub(crate) mod control_plane;
