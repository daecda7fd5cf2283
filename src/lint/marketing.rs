//! What carousels, limited-time offers and other MARKETING templates must satisfy.

use super::finding::Findings;
use super::links;
use super::rule::{BOTH_INFORM, BOTH_REFUSE, BOTH_WARN, META_REFUSES_ALIBABA_WARNS, lint};
use crate::api::{ButtonType, CardSpec, Category, ComponentsSpec, WhatsAppTemplateSpec};
use crate::manifest::Place;

rules! {
    SHAPE = lint(
        "carousel-shape",
        BOTH_REFUSE,
        links::META_CAROUSEL,
        "all cards of a carousel have the same shape",
        "Cards are shown side by side, so each has the header format, the body (or none) and the types of buttons, in \
         order, that the first one has. Providers refuse anything else.",
    );
    BESIDE = lint(
        "carousel-beside",
        BOTH_WARN,
        links::META_CAROUSEL,
        "a carousel stands beside a body and nothing else",
        "Meta's page shows carousels with a body alone; headers, footers, buttons and offers beside the cards are not \
         documented. Put them onto the cards.",
    );
    CARD_LINES = lint(
        "card-lines",
        BOTH_WARN,
        links::META_CAROUSEL,
        "the body of a card has at most two line breaks",
        "Meta's page allows two; a card has room for three lines.",
    );
    OFFER_COPY_CODE = lint(
        "offer-copy-code",
        META_REFUSES_ALIBABA_WARNS,
        links::META_OFFER,
        "an offer that expires has a COPY_CODE button",
        "The countdown ends the validity of a code, so Meta requires the button that copies it with hasExpiration: \
         true. Alibaba's documents say nothing of it, but Alibaba submits to Meta.",
    );
    OFFER_URL = lint(
        "offer-url",
        BOTH_WARN,
        links::META_OFFER,
        "an offer has a URL button",
        "Meta's page shows every limited-time offer with a URL button that leads to the shop; one without is \
         undocumented.",
    );
    OPT_OUT = lint(
        "marketing-opt-out",
        BOTH_INFORM,
        links::META_OVERVIEW,
        "a MARKETING template offers a way to unsubscribe",
        "Customers who find no way out block the business, which lowers the quality of the template until it is \
         paused. Add a footer (\"Reply STOP to unsubscribe\") or a QUICK_REPLY, on Alibaba with isOptOut: true.",
    );
}

const CARD_LINE_BREAKS: usize = 2;

pub(super) fn check(spec: &WhatsAppTemplateSpec, place: &Place<'_>, found: &mut Findings) {
    let parts = &spec.components;
    let place = place.field("components");
    if let Some(carousel) = &parts.carousel {
        check_beside(parts, &place, found);
        let place = place.field("carousel");
        check_cards(&carousel.cards, &place.field("cards"), found);
    }
    check_offer(parts, &place, found);
    if spec.category == Category::Marketing && !offers_way_out(parts) {
        let message = "neither a footer nor a quick reply offers a way to unsubscribe";
        found.add(&OPT_OUT, &place, message, "footer: {text: \"Reply STOP to unsubscribe\"}, for example");
    }
}

/// Carousels and offers have no room for a footer, so nothing is said of those.
fn offers_way_out(parts: &ComponentsSpec) -> bool {
    let is_reply = |button: &crate::api::ButtonSpec| button.r#type == ButtonType::QuickReply;
    parts.footer.is_some()
        || parts.carousel.is_some()
        || parts.limited_time_offer.is_some()
        || parts.buttons.iter().flatten().any(is_reply)
}

fn check_beside(parts: &ComponentsSpec, place: &Place<'_>, found: &mut Findings) {
    for (is_set, field) in [
        (parts.header.is_some(), "header"),
        (parts.footer.is_some(), "footer"),
        (parts.buttons.is_some(), "buttons"),
        (parts.limited_time_offer.is_some(), "limitedTimeOffer"),
    ] {
        if is_set {
            let message = format!("{field} beside a carousel is not documented");
            found.add(&BESIDE, &place.field(field), message, "put it onto the cards, or leave it out");
        }
    }
}

fn check_cards(cards: &[CardSpec], place: &Place<'_>, found: &mut Findings) {
    let Some((first, others)) = cards.split_first() else { return };
    for (index, card) in others.iter().enumerate() {
        if let Some(difference) = difference(first, card) {
            let message = format!("{difference} than the first card");
            found.add(&SHAPE, &place.index(index + 1), message, "give all cards the shape of the first one");
        }
    }
    for (index, card) in cards.iter().enumerate() {
        let text = card.body.as_ref().and_then(|body| body.text.as_deref()).unwrap_or_default();
        let breaks = text.trim().matches('\n').count();
        if breaks > CARD_LINE_BREAKS {
            let place = place.index(index);
            let message = format!("{breaks} line breaks, at most {CARD_LINE_BREAKS}");
            found.add(&CARD_LINES, &place.field("body").field("text"), message, "join some lines");
        }
    }
}

fn difference(first: &CardSpec, card: &CardSpec) -> Option<&'static str> {
    if card.header.format != first.header.format {
        Some("another header format")
    } else if card.body.is_some() != first.body.is_some() {
        Some("another choice between body and none")
    } else if !same_types(card, first) {
        Some("other buttons")
    } else {
        None
    }
}

fn same_types(one: &CardSpec, other: &CardSpec) -> bool {
    let types =
        |card: &'_ CardSpec| card.buttons.iter().flatten().map(|button| button.r#type).collect::<Vec<_>>();
    types(one) == types(other)
}

fn check_offer(parts: &ComponentsSpec, place: &Place<'_>, found: &mut Findings) {
    let Some(offer) = &parts.limited_time_offer else { return };
    let has = |kind| parts.buttons.iter().flatten().any(|button| button.r#type == kind);
    if offer.has_expiration == Some(true) && !has(ButtonType::CopyCode) {
        let message = "an offer that expires has no COPY_CODE button, which Meta requires";
        let help = "add {type: COPY_CODE, couponCode: …} to buttons, or remove hasExpiration";
        found.add(&OFFER_COPY_CODE, &place.field("limitedTimeOffer"), message, help);
    }
    if !has(ButtonType::Url) {
        let message = "an offer without a URL button is not documented";
        found.add(
            &OFFER_URL,
            &place.field("limitedTimeOffer"),
            message,
            "add the page of the offer to buttons",
        );
    }
}
