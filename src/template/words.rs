//! The words of the typed parts, as both vendors' documents have them.

use super::desired::{Button, MediaFormat};
use crate::api::{ButtonType, HeaderFormat, SubCategory};

impl MediaFormat {
    /// The word on both wires.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaFormat::Image => HeaderFormat::Image,
            MediaFormat::Video => HeaderFormat::Video,
            MediaFormat::Document => HeaderFormat::Document,
            MediaFormat::Product => HeaderFormat::Product,
        }
        .as_str()
    }
}

impl SubCategory {
    /// The word on Meta's wire.
    pub fn as_str(self) -> &'static str {
        match self {
            SubCategory::OrderDetails => "ORDER_DETAILS",
            SubCategory::OrderStatus => "ORDER_STATUS",
            SubCategory::RichOrderStatus => "RICH_ORDER_STATUS",
        }
    }
}

impl Button {
    /// What the button does.
    pub fn kind(&self) -> ButtonType {
        match self {
            Button::PhoneNumber { .. } => ButtonType::PhoneNumber,
            Button::Url { .. } => ButtonType::Url,
            Button::QuickReply { .. } => ButtonType::QuickReply,
            Button::CopyCode { .. } => ButtonType::CopyCode,
            Button::OneTap(_) => ButtonType::OneTap,
            Button::ZeroTap { .. } => ButtonType::ZeroTap,
            Button::Catalog { .. } => ButtonType::Catalog,
            Button::Mpm { .. } => ButtonType::Mpm,
            Button::Spm { .. } => ButtonType::Spm,
            Button::Flow { .. } => ButtonType::Flow,
            Button::VoiceCall { .. } => ButtonType::VoiceCall,
            Button::OrderDetails { .. } => ButtonType::OrderDetails,
            Button::RequestContactInfo { .. } => ButtonType::RequestContactInfo,
        }
    }

    /// What stands on it, where the manifest says so.
    pub fn text(&self) -> Option<&str> {
        match self {
            Button::PhoneNumber { text, .. }
            | Button::Url { text, .. }
            | Button::QuickReply { text, .. }
            | Button::Flow { text, .. } => Some(text),
            Button::CopyCode { text, .. }
            | Button::Catalog { text }
            | Button::Mpm { text }
            | Button::Spm { text }
            | Button::VoiceCall { text, .. }
            | Button::OrderDetails { text }
            | Button::RequestContactInfo { text } => text.as_deref(),
            Button::OneTap(tap) | Button::ZeroTap { tap, .. } => tap.text.as_deref(),
        }
    }
}
