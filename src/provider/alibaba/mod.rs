//! Alibaba Cloud Chat App Message Service, `cams` 2020-06-06.

pub mod client;
pub mod clock;
pub mod credentials;
pub mod errors;
pub mod operation;
pub mod sign;
pub mod wire;
