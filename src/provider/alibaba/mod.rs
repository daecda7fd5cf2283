//! Alibaba Cloud Chat App Message Service, `cams` 2020-06-06.

mod account;
pub mod client;
pub mod clock;
pub mod credentials;
pub mod errors;
pub mod operation;
mod qr_codes;
pub mod sign;
mod templates;
pub mod wire;

pub use account::Alibaba;
