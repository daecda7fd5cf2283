//! Homes of claims: every one of them is a [`crate::engine::store::Store`].
