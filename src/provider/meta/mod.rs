//! Meta's WhatsApp Business Platform, the Graph API.

mod account;
pub mod auth;
pub mod client;
pub mod errors;
pub mod media;
pub mod operation;
mod pages;
mod phones;
mod qr_codes;
mod templates;
pub mod usage;
pub mod wire;

pub use account::Meta;
