//! To come.

rules! {}
