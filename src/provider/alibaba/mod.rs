//! Alibaba Cloud Chat App Message Service, `cams` 2020-06-06, and of STS what says whose credentials are.

mod account;
mod caller;
pub mod client;
pub mod clock;
pub mod credentials;
pub mod errors;
pub mod operation;
mod qr_codes;
pub mod sign;
pub mod sts;
mod templates;
pub mod wire;

pub use account::Alibaba;
