//! What a manifest wants of a template, provider-neutral and typed.

use std::collections::BTreeMap;

use super::text::Text;
use crate::api::{Category, FlowAction, ParameterFormat, SubCategory};

/// A template as a manifest wants it. Built by [`super::parse()`] alone, so whoever holds one knows that
/// every button has its fields and every header its sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Name at the provider.
    pub name: String,
    /// Language code.
    pub language: String,
    /// What the template is for.
    pub category: Category,
    /// A finer category.
    pub sub_category: Option<SubCategory>,
    /// How Meta gets the variables.
    pub parameter_format: ParameterFormat,
    /// Above the text.
    pub header: Option<Header>,
    /// The text.
    pub body: Body,
    /// Below the text.
    pub footer: Option<Footer>,
    /// Below the message.
    pub buttons: Vec<Button>,
    /// Cards to swipe through; empty without a carousel.
    pub cards: Vec<Card>,
    /// An offer that ends.
    pub offer: Option<Offer>,
    /// Asks for permission to call.
    pub call_permission_request: bool,
    /// One sample for each variable.
    pub examples: BTreeMap<String, String>,
    /// How long delivery is tried.
    pub ttl_seconds: Option<i32>,
    /// Pause when UTILITY becomes MARKETING.
    pub category_change_paused: Option<bool>,
    /// Deprecated by WhatsApp, still taken by both.
    pub allow_category_change: Option<bool>,
    /// Product set of a catalog template.
    pub product_set_id: Option<String>,
    /// Switches off click tracking.
    pub link_tracking_opted_out: Option<bool>,
}

/// What stands above the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// A line of text.
    Text(Text),
    /// A picture, video or document.
    Media(Media),
    /// A place.
    Location,
}

/// A picture, video or document, by a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub format: MediaFormat,
    /// Where the sample lies; a product of the catalog has none.
    pub url: Option<String>,
    /// Name of a document.
    pub file_name: Option<String>,
    /// A line about a document.
    pub caption: Option<String>,
}

/// Kinds of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaFormat {
    /// JPEG or PNG.
    Image,
    /// MP4.
    Video,
    /// PDF.
    Document,
    /// A product of the catalog.
    Product,
}

/// The text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Written by us.
    Text(Text),
    /// Written by the provider around a one-time code.
    Code {
        /// With the advice not to share the code.
        add_security_recommendation: Option<bool>,
    },
}

/// What stands below the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footer {
    /// Written by us.
    Text(String),
    /// Written by the provider: after how many minutes the code expires.
    CodeExpiration(i32),
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Button {
    /// Calls a number.
    PhoneNumber {
        /// What stands on it.
        text: String,
        /// E.164, with or without `+`.
        phone_number: String,
    },
    /// Opens a page.
    Url {
        /// What stands on it.
        text: String,
        /// The page; dynamic when it has a variable.
        url: Text,
    },
    /// Answers with its own text.
    QuickReply {
        /// What stands on it.
        text: String,
        /// The way to unsubscribe.
        is_opt_out: Option<bool>,
    },
    /// Copies a coupon or, in AUTHENTICATION, the code.
    CopyCode {
        /// What stands on it.
        text: Option<String>,
        /// The coupon; none in AUTHENTICATION.
        coupon_code: Option<Text>,
    },
    /// Fills a code into an app with one tap.
    OneTap(OneTap),
    /// Hands a code to an app without a tap.
    ZeroTap {
        /// The same as with one tap.
        tap: OneTap,
        /// Meta's terms.
        terms_accepted: Option<bool>,
    },
    /// Opens the catalog.
    Catalog {
        /// What stands on it.
        text: Option<String>,
    },
    /// Opens several products.
    Mpm {
        /// What stands on it.
        text: Option<String>,
    },
    /// Opens one product.
    Spm {
        /// What stands on it.
        text: Option<String>,
    },
    /// Opens a Flow.
    Flow {
        /// What stands on it.
        text: String,
        /// Which Flow.
        flow_id: String,
        /// How it starts.
        action: Option<FlowAction>,
        /// With which screen.
        navigate_screen: Option<String>,
    },
    /// Calls the business within WhatsApp.
    VoiceCall {
        /// What stands on it.
        text: Option<String>,
        /// How long the offer stands.
        ttl_minutes: Option<i32>,
    },
    /// Opens an order.
    OrderDetails {
        /// What stands on it.
        text: Option<String>,
    },
    /// Asks for the customer's number.
    RequestContactInfo {
        /// What stands on it.
        text: Option<String>,
    },
}

/// What a one-tap button needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTap {
    /// What stands on the button that copies, where the app is missing.
    pub text: Option<String>,
    /// What stands on the button that fills in.
    pub autofill_text: Option<String>,
    /// The apps that may take the code.
    pub apps: Vec<SupportedApp>,
}

/// An app that may take a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportedApp {
    /// Its package.
    pub package_name: String,
    /// The hash of its signing key.
    pub signature_hash: String,
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Picture, video or product.
    pub header: Media,
    /// The text.
    pub body: Option<Text>,
    /// At most two.
    pub buttons: Vec<Button>,
}

/// An offer that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is called.
    pub text: String,
    /// Whether the time left is shown.
    pub has_expiration: Option<bool>,
}
