//! The content that a manifest wants.

use super::Content;
use crate::api::{Category, FlowAction, HeaderFormat, ParameterFormat, SubCategory};
use crate::manifest::Place;
use crate::template::desired::{Body, Button, Card, Desired, Footer, Header, Media, OneTap};
use crate::template::text::Text;

impl Desired {
    /// What the template should say. `allowCategoryChange` is asked once, at creation, and is no content.
    pub fn content(&self) -> Content {
        let mut content = Content::default();
        let root = Place::ROOT;
        let spec = root.field("spec");
        content.components(self, &spec.field("components"));
        content.settings(self, &spec);
        content
    }
}

impl Content {
    fn settings(&mut self, desired: &Desired, spec: &Place<'_>) {
        let examples = spec.field("examples");
        for (name, sample) in &desired.examples {
            self.word(&examples.field(name), Some(sample));
        }
        self.parameter_format(Some(desired.parameter_format));
        self.word(&spec.field("subCategory"), desired.sub_category.map(SubCategory::as_str));
        self.number(&spec.field("messageSendTtlSeconds"), desired.ttl_seconds);
        self.flag(&spec.field("categoryChangePaused"), desired.category_change_paused);
        self.word(&spec.field("productSetId"), desired.product_set_id.as_deref());
        self.flag(&spec.field("ctaUrlLinkTrackingOptedOut"), desired.link_tracking_opted_out);
    }

    /// How variables are written matters only where there are some; without, providers answer what they like.
    pub(super) fn parameter_format(&mut self, format: Option<ParameterFormat>) {
        // NAMED is the default of every manifest, so it is what no leaf says.
        if format == Some(ParameterFormat::Positional) && self.has_variables() {
            self.word(&Place::ROOT.field("spec").field("parameterFormat"), Some("POSITIONAL"));
        }
    }

    fn components(&mut self, desired: &Desired, place: &Place<'_>) {
        let header = place.field("header");
        match &desired.header {
            Some(Header::Text(text)) => {
                self.word(&header.field("format"), Some(HeaderFormat::Text.as_str()));
                self.wanted(&header.field("text"), Some(text));
            }
            Some(Header::Media(media)) => self.media(media, &header),
            Some(Header::Location) => {
                self.word(&header.field("format"), Some(HeaderFormat::Location.as_str()));
            }
            None => {}
        }
        let body = place.field("body");
        match &desired.body {
            Body::Text(text) => self.wanted(&body.field("text"), Some(text)),
            Body::Code { add_security_recommendation } => {
                self.flag(&body.field("addSecurityRecommendation"), *add_security_recommendation);
            }
        }
        let footer = place.field("footer");
        match &desired.footer {
            Some(Footer::Text(text)) => self.word(&footer.field("text"), Some(text)),
            Some(Footer::CodeExpiration(minutes)) => {
                self.number(&footer.field("codeExpirationMinutes"), Some(*minutes));
            }
            None => {}
        }
        self.buttons(&desired.buttons, desired.category, &place.field("buttons"));
        let carousel = place.field("carousel");
        let cards = carousel.field("cards");
        for (index, card) in desired.cards.iter().enumerate() {
            self.card(card, desired.category, &cards.index(index));
        }
        if let Some(offer) = &desired.offer {
            let place = place.field("limitedTimeOffer");
            self.word(&place.field("text"), Some(&offer.text));
            self.flag(&place.field("hasExpiration"), offer.has_expiration);
        }
        self.flag(&place.field("callPermissionRequest"), desired.call_permission_request.then_some(true));
    }

    fn wanted(&mut self, place: &Place<'_>, text: Option<&Text>) {
        self.put(place, text.cloned().map(super::Leaf::Text));
    }

    fn media(&mut self, media: &Media, place: &Place<'_>) {
        self.word(&place.field("format"), Some(media.format.as_str()));
        self.word(&place.field("url"), media.url.as_deref());
        self.word(&place.field("fileName"), media.file_name.as_deref());
        self.word(&place.field("caption"), media.caption.as_deref());
    }

    fn card(&mut self, card: &Card, category: Category, place: &Place<'_>) {
        self.media(&card.header, &place.field("header"));
        self.wanted(&place.field("body").field("text"), card.body.as_ref());
        self.buttons(&card.buttons, category, &place.field("buttons"));
    }

    fn buttons(&mut self, buttons: &[Button], category: Category, place: &Place<'_>) {
        for (index, button) in buttons.iter().enumerate() {
            self.button(button, category, &place.index(index));
        }
    }

    fn button(&mut self, button: &Button, category: Category, place: &Place<'_>) {
        self.word(&place.field("type"), Some(button.kind().as_str()));
        self.word(&place.field("text"), button.text());
        match button {
            Button::PhoneNumber { phone_number, .. } => {
                self.dialled(&place.field("phoneNumber"), Some(phone_number));
            }
            Button::Url { url, .. } => self.wanted(&place.field("url"), Some(url)),
            Button::QuickReply { is_opt_out, .. } => self.flag(&place.field("isOptOut"), *is_opt_out),
            Button::CopyCode { coupon_code, .. } if category != Category::Authentication => {
                self.wanted(&place.field("couponCode"), coupon_code.as_ref());
            }
            Button::OneTap(tap) => self.tap(tap, place),
            Button::ZeroTap { tap, terms_accepted } => {
                self.tap(tap, place);
                self.flag(&place.field("zeroTapTermsAccepted"), *terms_accepted);
            }
            Button::Flow { flow_id, action, navigate_screen, .. } => {
                self.word(&place.field("flowId"), Some(flow_id));
                // NAVIGATE is the default that providers add.
                let exchanges = *action == Some(FlowAction::DataExchange);
                self.word(&place.field("flowAction"), exchanges.then_some("DATA_EXCHANGE"));
                self.word(&place.field("navigateScreen"), navigate_screen.as_deref());
            }
            Button::VoiceCall { ttl_minutes, .. } => self.number(&place.field("ttlMinutes"), *ttl_minutes),
            _ => {}
        }
    }

    fn tap(&mut self, tap: &OneTap, place: &Place<'_>) {
        self.word(&place.field("autofillText"), tap.autofill_text.as_deref());
        let apps = tap.apps.iter().map(|app| (app.package_name.clone(), app.signature_hash.clone()));
        self.apps(&place.field("supportedApps"), apps);
    }
}
