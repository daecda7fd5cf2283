//! Meta's WhatsApp Business Platform (Graph API).

pub mod wire;
