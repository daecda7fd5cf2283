//! WhatsApp as code: QR codes and message templates, declared in YAML and reconciled with the
//! providers that hold them.

pub mod api;
pub mod manifest;
pub mod qr_code;
pub mod simulator;
pub mod template;
