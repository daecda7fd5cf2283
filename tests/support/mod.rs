//! What the tests share.

pub(crate) mod control_plane;
pub(crate) mod examples;
pub(crate) mod helm;
