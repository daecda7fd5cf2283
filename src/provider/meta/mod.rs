//! Meta's WhatsApp Business Platform, the Graph API.

pub mod auth;
pub mod client;
pub mod errors;
pub mod media;
pub mod operation;
mod usage;
pub mod wire;
