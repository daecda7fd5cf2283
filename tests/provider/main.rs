//! The clients against providers and networks that misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod alibaba;
mod carrier;
mod meta;
mod server;
mod transport;
