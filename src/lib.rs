//! WhatsApp as code: QR codes and message templates, declared in YAML and reconciled with the
//! providers that hold them.

pub mod api;
pub mod check;
pub mod commands;
pub mod lint;
pub mod manifest;
pub mod provider;
pub mod qr_code;
pub mod render;
pub mod simulator;
pub mod template;
