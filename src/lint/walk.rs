//! Every text and every row of buttons of a template, with its place.

use crate::api::{ButtonSpec, ComponentsSpec, HeaderSpec};
use crate::manifest::Place;

/// What a text is for, which decides what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Header,
    Body,
    CardBody,
    Footer,
    /// On a button.
    Label,
    Offer,
    Url,
    Coupon,
}

impl Role {
    /// Whether customers read it as running text.
    pub(super) fn is_body(self) -> bool {
        matches!(self, Role::Body | Role::CardBody)
    }

    /// Whether it becomes text on the wire without variables.
    pub(super) fn is_fixed(self) -> bool {
        matches!(self, Role::Footer | Role::Label | Role::Offer)
    }
}

/// Whether a text is longer than any schema allows, which the schema says already: 2,000 characters of a url,
/// each of at most four bytes, are the most.
pub(super) fn is_overlong(text: &str) -> bool {
    text.len() > 8_000
}

/// Visits every text, from top to bottom.
pub(super) fn texts(
    parts: &ComponentsSpec,
    place: &Place<'_>,
    mut visit: impl FnMut(Role, &str, &Place<'_>),
) {
    headers(parts, place, |header, place| {
        if let Some(text) = &header.text {
            visit(Role::Header, text, &place.field("text"));
        }
    });
    if let Some(text) = &parts.body.text {
        visit(Role::Body, text, &place.field("body").field("text"));
    }
    if let Some(text) = parts.footer.as_ref().and_then(|footer| footer.text.as_deref()) {
        visit(Role::Footer, text, &place.field("footer").field("text"));
    }
    if let Some(offer) = &parts.limited_time_offer {
        visit(Role::Offer, &offer.text, &place.field("limitedTimeOffer").field("text"));
    }
    let carousel = place.field("carousel");
    let cards = carousel.field("cards");
    for (index, card) in parts.carousel.iter().flat_map(|carousel| &carousel.cards).enumerate() {
        if let Some(text) = card.body.as_ref().and_then(|body| body.text.as_deref()) {
            visit(Role::CardBody, text, &cards.index(index).field("body").field("text"));
        }
    }
    button_rows(parts, place, |buttons, place| {
        for (index, button) in buttons.iter().enumerate() {
            let place = place.index(index);
            let mut visit = |role, text: &Option<String>, field| {
                if let Some(text) = text {
                    visit(role, text, &place.field(field));
                }
            };
            visit(Role::Label, &button.text, "text");
            visit(Role::Label, &button.autofill_text, "autofillText");
            visit(Role::Url, &button.url, "url");
            visit(Role::Coupon, &button.coupon_code, "couponCode");
        }
    });
}

/// Visits the header of the template and those of its cards.
pub(super) fn headers(
    parts: &ComponentsSpec,
    place: &Place<'_>,
    mut visit: impl FnMut(&HeaderSpec, &Place<'_>),
) {
    if let Some(header) = &parts.header {
        visit(header, &place.field("header"));
    }
    let carousel = place.field("carousel");
    let cards = carousel.field("cards");
    for (index, card) in parts.carousel.iter().flat_map(|carousel| &carousel.cards).enumerate() {
        visit(&card.header, &cards.index(index).field("header"));
    }
}

/// Visits the buttons of the template and those of its cards, row by row.
pub(super) fn button_rows(
    parts: &ComponentsSpec,
    place: &Place<'_>,
    mut visit: impl FnMut(&[ButtonSpec], &Place<'_>),
) {
    if let Some(buttons) = &parts.buttons {
        visit(buttons, &place.field("buttons"));
    }
    let carousel = place.field("carousel");
    let cards = carousel.field("cards");
    for (index, card) in parts.carousel.iter().flat_map(|carousel| &carousel.cards).enumerate() {
        if let Some(buttons) = &card.buttons {
            visit(buttons, &cards.index(index).field("buttons"));
        }
    }
}
