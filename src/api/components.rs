//! What a template consists of: header, body, footer, buttons, carousel, limited-time offer.
//!
//! Flat and optional, as both vendors' documents have it; which field goes with which type is said by
//! [`super::rules`] and enforced by [`crate::template::Desired`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a message consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentsSpec {
    /// What stands above the text: a line of text, a picture, a video, a document or a place.
    /// Example: `{format: TEXT, text: "Order {{order_id}}"}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderSpec>,
    /// The text itself.
    /// Example: `{text: "Hi {{name}}, it is on its way."}`
    pub body: BodySpec,
    /// A small line below the text.
    /// Example: `{text: "Reply STOP to unsubscribe"}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<FooterSpec>,
    /// Buttons below the message, at most ten, in the order in which they appear.
    /// Example: `[{type: URL, text: Track, url: "https://x.example/{{order_id}}"}]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10))]
    pub buttons: Option<Vec<ButtonSpec>>,
    /// Cards that the customer swipes through. MARKETING only.
    /// Example: `{cards: [{header: {format: IMAGE, url: "https://x.example/1.png"}, body: {text: One}}]}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carousel: Option<CarouselSpec>,
    /// An offer that ends. MARKETING only.
    /// Example: `{text: "Ends soon", hasExpiration: true}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_time_offer: Option<LimitedTimeOfferSpec>,
    /// Asks the customer for permission to call. Meta only.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_permission_request: Option<bool>,
}

/// What stands above the text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderSpec {
    /// What kind of header it is.
    /// Example: `TEXT`
    pub format: HeaderFormat,
    /// The line, for `TEXT`: up to 60 characters, at most one variable.
    /// Example: `Order {{order_id}}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub text: Option<String>,
    /// Where the sample lies, for `IMAGE`, `VIDEO` and `DOCUMENT`. waops uploads it to Meta; Alibaba fetches it.
    /// Example: `https://x.example/poster.png`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    pub url: Option<String>,
    /// The name the customer sees, for `DOCUMENT`.
    /// Example: `invoice.pdf`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 240))]
    pub file_name: Option<String>,
    /// A line about the document, for `DOCUMENT`. Alibaba only.
    /// Example: `Your invoice`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub caption: Option<String>,
}

/// What kind of header it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HeaderFormat {
    /// A line of text.
    Text,
    /// A picture (JPEG or PNG).
    Image,
    /// A video (MP4).
    Video,
    /// A document (PDF).
    Document,
    /// A place, given when the message is sent. Meta only.
    Location,
    /// A product of the catalog, on the cards of a carousel. Meta only.
    Product,
}

impl HeaderFormat {
    /// The word on both wires.
    pub fn as_str(self) -> &'static str {
        match self {
            HeaderFormat::Text => "TEXT",
            HeaderFormat::Image => "IMAGE",
            HeaderFormat::Video => "VIDEO",
            HeaderFormat::Document => "DOCUMENT",
            HeaderFormat::Location => "LOCATION",
            HeaderFormat::Product => "PRODUCT",
        }
    }
}

/// The text itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BodySpec {
    /// The text, up to 1024 characters (160 on a card, 600 beside a limited-time offer), with `{{variables}}`.
    /// AUTHENTICATION has none: the provider writes it.
    /// Example: `Hi {{name}}, it is on its way.`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub text: Option<String>,
    /// Adds the advice not to share the code. AUTHENTICATION only.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_security_recommendation: Option<bool>,
}

/// A small line below the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FooterSpec {
    /// The line, up to 60 characters, without variables. AUTHENTICATION has none.
    /// Example: `Reply STOP to unsubscribe`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60))]
    pub text: Option<String>,
    /// Says after how many minutes the code expires, 1 to 90. AUTHENTICATION only.
    /// Example: `5`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 90))]
    pub code_expiration_minutes: Option<i32>,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ButtonSpec {
    /// What the button does.
    /// Example: `URL`
    pub r#type: ButtonType,
    /// What stands on it, up to 25 characters, without variables.
    /// Example: `Track`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 25))]
    pub text: Option<String>,
    /// The page, for `URL`: up to 2000 characters; one variable may stand at its end.
    /// Example: `https://x.example/{{order_id}}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2000))]
    pub url: Option<String>,
    /// The number to call, for `PHONE_NUMBER`: E.164 with `+`, in quotes.
    /// Example: `"+4930901820"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20))]
    pub phone_number: Option<String>,
    /// Marks a `QUICK_REPLY` of a MARKETING template as the way to unsubscribe. Alibaba only.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_opt_out: Option<bool>,
    /// The coupon that `COPY_CODE` of a MARKETING template copies: letters and digits, or one `{{variable}}`.
    /// Example: `SPRING25`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub coupon_code: Option<String>,
    /// What stands on the button that fills in the code, for `ONE_TAP` and `ZERO_TAP`, up to 25 characters.
    /// Example: `Autofill`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 25))]
    pub autofill_text: Option<String>,
    /// The apps that may take the code, for `ONE_TAP` and `ZERO_TAP`, at most five.
    /// Example: `[{packageName: com.example.shop, signatureHash: K8a/AINcGX7}]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 5))]
    pub supported_apps: Option<Vec<SupportedAppSpec>>,
    /// Confirms Meta's terms for codes that are taken without a tap, for `ZERO_TAP`.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_tap_terms_accepted: Option<bool>,
    /// The Flow that opens, for `FLOW`, in quotes.
    /// Example: `"479884093605183"`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub flow_id: Option<String>,
    /// How the Flow starts, for `FLOW`. Default `NAVIGATE`.
    /// Example: `NAVIGATE`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_action: Option<FlowAction>,
    /// The screen a Flow starts with, for `FLOW` with `NAVIGATE`.
    /// Example: `DETAILS`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub navigate_screen: Option<String>,
    /// How long the offer to call stands, in minutes, for `VOICE_CALL`: 1440 to 43200.
    /// Example: `10080`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1440, max = 43200))]
    pub ttl_minutes: Option<i32>,
}

/// What a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ButtonType {
    /// Calls a number.
    PhoneNumber,
    /// Opens a page.
    Url,
    /// Answers with its own text.
    QuickReply,
    /// Copies a coupon (MARKETING) or a one-time code (AUTHENTICATION).
    CopyCode,
    /// Fills a one-time code into an app with one tap.
    OneTap,
    /// Hands a one-time code to an app without a tap.
    ZeroTap,
    /// Opens the catalog.
    Catalog,
    /// Opens several products.
    Mpm,
    /// Opens a single product. Meta only.
    Spm,
    /// Opens a WhatsApp Flow.
    Flow,
    /// Calls the business within WhatsApp. Meta only.
    VoiceCall,
    /// Opens an order to review and pay. Meta only.
    OrderDetails,
    /// Asks for the customer's phone number. Meta only.
    RequestContactInfo,
}

impl ButtonType {
    /// The word that people write.
    pub fn as_str(self) -> &'static str {
        match self {
            ButtonType::PhoneNumber => "PHONE_NUMBER",
            ButtonType::Url => "URL",
            ButtonType::QuickReply => "QUICK_REPLY",
            ButtonType::CopyCode => "COPY_CODE",
            ButtonType::OneTap => "ONE_TAP",
            ButtonType::ZeroTap => "ZERO_TAP",
            ButtonType::Catalog => "CATALOG",
            ButtonType::Mpm => "MPM",
            ButtonType::Spm => "SPM",
            ButtonType::Flow => "FLOW",
            ButtonType::VoiceCall => "VOICE_CALL",
            ButtonType::OrderDetails => "ORDER_DETAILS",
            ButtonType::RequestContactInfo => "REQUEST_CONTACT_INFO",
        }
    }
}

/// An app that may take a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportedAppSpec {
    /// Package name of the Android app.
    /// Example: `com.example.shop`
    #[schemars(length(min = 1, max = 224))]
    pub package_name: String,
    /// Hash of the key that signs the app, 11 characters.
    /// Example: `K8a/AINcGX7`
    #[schemars(length(min = 1, max = 32))]
    pub signature_hash: String,
}

/// How a Flow starts: `NAVIGATE` (default) with the screen in `navigateScreen`, `DATA_EXCHANGE` with a
/// request to the Flow's endpoint.
/// Example: `NAVIGATE`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowAction {
    /// With the screen in `navigateScreen`.
    #[default]
    Navigate,
    /// With a request to the Flow's endpoint.
    DataExchange,
}

/// Cards that the customer swipes through.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CarouselSpec {
    /// Two to ten cards, all of the same shape.
    /// Example: `[{header: {format: IMAGE, url: "https://x.example/1.png"}, body: {text: One}}]`
    #[schemars(length(min = 2, max = 10))]
    pub cards: Vec<CardSpec>,
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardSpec {
    /// The picture or video of the card.
    /// Example: `{format: IMAGE, url: "https://x.example/1.png"}`
    pub header: HeaderSpec,
    /// The text of the card, up to 160 characters.
    /// Example: `{text: "Rain or shine: {{coat}}."}`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodySpec>,
    /// At most two buttons: QUICK_REPLY, URL or PHONE_NUMBER.
    /// Example: `[{type: QUICK_REPLY, text: "Tell me more"}]`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2))]
    pub buttons: Option<Vec<ButtonSpec>>,
}

/// An offer that ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitedTimeOfferSpec {
    /// What the offer is called, up to 16 characters.
    /// Example: `Ends soon`
    #[schemars(length(min = 1, max = 16))]
    pub text: String,
    /// Shows how long the offer still lasts; the end is given when the message is sent.
    /// Example: `true`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_expiration: Option<bool>,
}
