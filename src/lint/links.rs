//! The vendors' documents that rules refer to.

macro_rules! meta {
    ($page:literal) => {
        concat!("https://developers.facebook.com/documentation/business-messaging/whatsapp/", $page)
    };
}
macro_rules! alibaba {
    ($page:literal) => {
        concat!("https://www.alibabacloud.com/help/en/chatapp/", $page)
    };
}

pub(super) const NONE: &str = "";

pub(super) const META_OVERVIEW: &str = meta!("templates/overview");
pub(super) const META_COMPONENTS: &str = meta!("templates/components");
pub(super) const META_LANGUAGES: &str = meta!("templates/supported-languages");
pub(super) const META_MANAGEMENT: &str = meta!("templates/template-management");
pub(super) const META_MEDIA: &str = meta!("templates/template-media");
pub(super) const META_TTL: &str = meta!("templates/time-to-live");
pub(super) const META_AUTHENTICATION: &str =
    meta!("templates/authentication-templates/authentication-templates");
pub(super) const META_CAROUSEL: &str = meta!("templates/marketing-templates/media-card-carousel-templates");
pub(super) const META_OFFER: &str = meta!("templates/marketing-templates/limited-time-offer-templates");
pub(super) const META_CALL_PERMISSION: &str =
    meta!("templates/marketing-templates/call-permission-request-message-template");
pub(super) const META_QR_CODES: &str = meta!("qr-codes");
pub(super) const META_ERRORS: &str = meta!("support/error-codes");

pub(super) const ALIBABA_TEMPLATE: &str = alibaba!("user-guide/create-a-whatsapp-message-template");
pub(super) const ALIBABA_CREATE_TEMPLATE: &str =
    alibaba!("developer-reference/api-cams-2020-06-06-createchatapptemplate");
pub(super) const ALIBABA_CREATE_QR_CODE: &str =
    alibaba!("developer-reference/api-cams-2020-06-06-createphonemessageqrdl");
pub(super) const ALIBABA_SIGNATURE: &str =
    "https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature";
pub(super) const ALIBABA_LANGUAGES: &str = alibaba!("language-codes");
