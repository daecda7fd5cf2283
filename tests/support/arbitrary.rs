//! Any template that a manifest can want.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use waops::api::{Category, FlowAction, ParameterFormat, SubCategory};
use waops::template::{
    Body, Button, Card, Desired, Footer, Header, Media, MediaFormat, Offer, OneTap, Piece, SupportedApp, Text,
};

/// Any template, of any category.
pub(crate) fn desired() -> impl Strategy<Value = Desired> {
    prop_oneof![1 => authentication(), 3 => plain()].prop_flat_map(with_settings)
}

fn with_settings(parts: Desired) -> impl Strategy<Value = Desired> {
    let format = prop_oneof![Just(ParameterFormat::Named), Just(ParameterFormat::Positional)];
    let sub = of(prop_oneof![Just(SubCategory::OrderStatus), Just(SubCategory::RichOrderStatus)]);
    let settings = (of(30..900_i32), of(any::<bool>()), of("[0-9]{4,8}"), of(any::<bool>()));
    (Just(parts), format, sub, settings, "[ -~é]{1,12}").prop_map(
        |(mut desired, format, sub, settings, sample)| {
            desired.parameter_format = format;
            desired.sub_category = sub.filter(|_| desired.category == Category::Utility);
            (
                desired.ttl_seconds,
                desired.category_change_paused,
                desired.product_set_id,
                desired.link_tracking_opted_out,
            ) = settings;
            desired.examples = variables(&desired).into_iter().map(|name| (name, sample.clone())).collect();
            desired
        },
    )
}

fn variables(desired: &Desired) -> Vec<String> {
    let mut texts: Vec<&Text> = Vec::new();
    if let Some(Header::Text(text)) = &desired.header {
        texts.push(text);
    }
    if let Body::Text(text) = &desired.body {
        texts.push(text);
    }
    texts.extend(desired.cards.iter().filter_map(|card| card.body.as_ref()));
    let buttons = desired.cards.iter().flat_map(|card| &card.buttons).chain(&desired.buttons);
    texts.extend(buttons.filter_map(|button| match button {
        Button::Url { url, .. } => Some(url),
        Button::CopyCode { coupon_code, .. } => coupon_code.as_ref(),
        _ => None,
    }));
    texts.into_iter().flat_map(|text| text.variables().map(str::to_owned)).collect()
}

fn empty(category: Category, body: Body) -> Desired {
    Desired {
        name: "any".into(),
        language: "en_US".into(),
        category,
        sub_category: None,
        parameter_format: ParameterFormat::Named,
        header: None,
        body,
        footer: None,
        buttons: Vec::new(),
        cards: Vec::new(),
        offer: None,
        call_permission_request: false,
        examples: BTreeMap::new(),
        ttl_seconds: None,
        category_change_paused: None,
        allow_category_change: None,
        product_set_id: None,
        link_tracking_opted_out: None,
    }
}

fn authentication() -> impl Strategy<Value = Desired> {
    let button = prop_oneof![
        of(label()).prop_map(|text| Button::CopyCode { text, coupon_code: None }),
        tap().prop_map(Button::OneTap),
        (tap(), of(any::<bool>())).prop_map(|(tap, terms_accepted)| Button::ZeroTap { tap, terms_accepted }),
    ];
    (of(any::<bool>()), of(1..90_i32), button).prop_map(|(add_security_recommendation, minutes, button)| {
        Desired {
            footer: minutes.map(Footer::CodeExpiration),
            buttons: vec![button],
            ..empty(Category::Authentication, Body::Code { add_security_recommendation })
        }
    })
}

fn tap() -> impl Strategy<Value = OneTap> {
    let app = ("[a-z]{3,6}[.][a-z]{3,6}", "[A-Za-z0-9+/]{11}");
    let app = app.prop_map(|(package_name, signature_hash)| SupportedApp { package_name, signature_hash });
    (of(label()), of(label()), vec(app, 1..4)).prop_map(|(text, autofill_text, apps)| OneTap {
        text,
        autofill_text,
        apps,
    })
}

fn plain() -> impl Strategy<Value = Desired> {
    let category = prop_oneof![Just(Category::Utility), Just(Category::Marketing)];
    let offer =
        (label(), of(any::<bool>())).prop_map(|(text, has_expiration)| Offer { text, has_expiration });
    let parts = (of(header()), text(), of(literal()), vec(button(), 0..4), vec(card(), 0..3), of(offer));
    (category, parts, any::<bool>()).prop_map(|(category, parts, call_permission_request)| {
        let (header, body, footer, buttons, cards, offer) = parts;
        Desired {
            header,
            footer: footer.map(Footer::Text),
            buttons,
            cards,
            offer,
            call_permission_request,
            ..empty(category, Body::Text(body))
        }
    })
}

fn header() -> impl Strategy<Value = Header> {
    let documents = (of("[a-z]{1,8}[.]pdf"), of(literal()));
    prop_oneof![
        text().prop_map(Header::Text),
        Just(Header::Location),
        media().prop_map(Header::Media),
        (sample_url(), documents).prop_map(|(url, (file_name, caption))| {
            Header::Media(Media { format: MediaFormat::Document, url: Some(url), file_name, caption })
        }),
    ]
}

fn media() -> impl Strategy<Value = Media> {
    let format = prop_oneof![Just(MediaFormat::Image), Just(MediaFormat::Video)];
    (format, sample_url()).prop_map(|(format, url)| Media {
        format,
        url: Some(url),
        file_name: None,
        caption: None,
    })
}

fn sample_url() -> impl Strategy<Value = String> {
    "https://media[.]example/[a-z]{1,8}"
}

fn card() -> impl Strategy<Value = Card> {
    let product = Just(Media { format: MediaFormat::Product, url: None, file_name: None, caption: None });
    (prop_oneof![media(), product], of(text()), vec(button(), 0..2))
        .prop_map(|(header, body, buttons)| Card { header, body, buttons })
}

fn button() -> impl Strategy<Value = Button> {
    let coupon =
        prop_oneof!["[A-Z0-9]{4,8}".prop_map(|code| Text::parse(&code)), Just(Text::parse("{{coupon}}"))];
    let action = of(prop_oneof![Just(FlowAction::Navigate), Just(FlowAction::DataExchange)]);
    let flow = (label(), "[0-9]{6,12}", action, of("[A-Z]{3,8}"));
    prop_oneof![
        (label(), "[+]?[1-9][0-9]{6,12}")
            .prop_map(|(text, phone_number)| Button::PhoneNumber { text, phone_number }),
        (label(), link()).prop_map(|(text, url)| Button::Url { text, url }),
        (label(), of(any::<bool>())).prop_map(|(text, is_opt_out)| Button::QuickReply { text, is_opt_out }),
        (of(label()), of(coupon)).prop_map(|(text, coupon_code)| Button::CopyCode { text, coupon_code }),
        flow.prop_map(|(text, flow_id, action, navigate_screen)| Button::Flow {
            text,
            flow_id,
            action,
            navigate_screen
        }),
        (of(label()), of(1440..43_200_i32))
            .prop_map(|(text, ttl_minutes)| Button::VoiceCall { text, ttl_minutes }),
        of(label()).prop_map(|text| Button::Catalog { text }),
        of(label()).prop_map(|text| Button::Mpm { text }),
        of(label()).prop_map(|text| Button::Spm { text }),
        of(label()).prop_map(|text| Button::OrderDetails { text }),
        of(label()).prop_map(|text| Button::RequestContactInfo { text }),
    ]
}

fn link() -> impl Strategy<Value = Text> {
    ("https://[a-z]{1,6}[.]example/[a-z/?=]{0,8}", of(name())).prop_map(|(base, name)| {
        Text::from_pieces([Piece::Literal(base)].into_iter().chain(name.map(Piece::Variable)))
    })
}

fn text() -> impl Strategy<Value = Text> {
    let piece = prop_oneof![literal().prop_map(Piece::Literal), name().prop_map(Piece::Variable)];
    (literal(), vec(piece, 0..6))
        .prop_map(|(first, pieces)| Text::from_pieces([Piece::Literal(first)].into_iter().chain(pieces)))
}

/// Few names, so that some come twice.
fn name() -> impl Strategy<Value = String> {
    "[a-c]|order_[0-9]"
}

/// What people write, except what a provider would take for a variable: lint asks about that.
fn literal() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 .,!'*\"\\\\/&%+~äé你👋\n-]{1,16}"
}

fn label() -> impl Strategy<Value = String> {
    "[A-Za-zé][A-Za-zé0-9 ]{0,11}[a-z]"
}
