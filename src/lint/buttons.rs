//! What buttons must satisfy, one by one and in a row.

use std::collections::HashMap;

use super::finding::{Findings, quote};
use super::media::Url;
use super::qr_code::phone_detail;
use super::rule::{
    ALIBABA_REFUSES, ALIBABA_WARNS, BOTH_REFUSE, BOTH_WARN, META_REFUSES, META_REFUSES_ALIBABA_WARNS, lint,
};
use super::{links, walk};
use crate::api::{ButtonSpec, ButtonType, Category, ComponentsSpec, FlowAction};
use crate::manifest::Place;

rules! {
    INTERLEAVED = lint(
        "buttons-interleaved",
        BOTH_REFUSE,
        links::META_COMPONENTS,
        "quick replies stand together, before or after all other buttons",
        "Providers refuse quick replies that are mixed among other buttons: put all of them first or all of them \
         last.",
    );
    MIXED = lint(
        "buttons-mixed",
        ALIBABA_WARNS,
        links::ALIBABA_CREATE_TEMPLATE,
        "on Alibaba quick replies go with no URL or PHONE_NUMBER button",
        "Alibaba's documents disagree: an older page says that quick replies cannot be combined with URL and \
         PHONE_NUMBER buttons, a newer one that they can if they stand together. Meta takes them.",
    );
    SAME_TEXT = lint(
        "buttons-same-text",
        BOTH_WARN,
        links::META_COMPONENTS,
        "no two buttons show the same text",
        "Meta's console refuses it, and neither customers nor your own answers can tell the buttons apart.",
    );
    FLOW_SCREEN = lint(
        "button-flow-screen-missing",
        ALIBABA_REFUSES,
        links::ALIBABA_CREATE_TEMPLATE,
        "on Alibaba flowAction: NAVIGATE goes with a navigateScreen",
        "Alibaba's document requires NavigateScreen with NAVIGATE. Meta starts with the first screen of the Flow \
         where none is named.",
    );
    URL_FORM = lint(
        "button-url-form",
        BOTH_WARN,
        links::META_COMPONENTS,
        "the url of a button starts with https:// and names a host",
        "A button opens a page in a browser. Other schemes (mailto:, tel:, apps) and addresses without a host are \
         undocumented and probably refused; http works but is open to everybody on the way.",
    );
    URL_WHATSAPP = lint(
        "button-url-whatsapp",
        BOTH_WARN,
        links::META_OVERVIEW,
        "a button does not link to WhatsApp",
        "Meta's console refuses links to wa.me and whatsapp.com, since the customer is already there.",
    );
    URL_SHORTENED = lint(
        "button-url-shortened",
        BOTH_WARN,
        links::META_OVERVIEW,
        "a button links to the page itself, not to a shortener",
        "Meta's console refuses links of shorteners such as bit.ly, since they hide where the customer goes.",
    );
    PHONE_NATIONAL = lint(
        "button-phone-national",
        BOTH_WARN,
        links::META_COMPONENTS,
        "the number of a button starts with + and a country code",
        "A number without its country code reaches nobody, or somebody else, when the customer is abroad.",
    );
    COUPON_LENGTH = lint(
        "coupon-length",
        META_REFUSES,
        links::META_COMPONENTS,
        "on Meta a coupon code has at most 20 characters",
        "Meta refuses longer ones. Alibaba's document names no bound.",
    );
    COUPON_LONG = lint(
        "coupon-long",
        BOTH_WARN,
        links::META_OFFER,
        "a coupon code has at most 15 characters",
        "Meta's documents disagree: 15 characters on the pages of coupons and limited-time offers, 20 on that of \
         components.",
    );
    COUPON_MISSING = lint(
        "coupon-missing",
        META_REFUSES_ALIBABA_WARNS,
        links::META_COMPONENTS,
        "a COPY_CODE button has a couponCode",
        "Outside of AUTHENTICATION the button copies a coupon, and Meta wants an example of it. Alibaba's documents \
         do not ask for one, but Alibaba submits to Meta.",
    );
}

pub(super) fn check(category: Category, parts: &ComponentsSpec, place: &Place<'_>, found: &mut Findings) {
    if let Some(buttons) = &parts.buttons {
        check_order(buttons, &place.field("buttons"), found);
    }
    walk::button_rows(parts, place, |buttons, place| {
        check_texts(buttons, place, found);
        for (index, button) in buttons.iter().enumerate() {
            check_button(button, &place.index(index), found);
            let copies = category != Category::Authentication && button.r#type == ButtonType::CopyCode;
            if copies && button.coupon_code.is_none() {
                let help = "add couponCode: an example, such as SPRING25";
                found.add(&COUPON_MISSING, &place.index(index), "the button has no code to copy", help);
            }
        }
    });
}

fn check_order(buttons: &[ButtonSpec], place: &Place<'_>, found: &mut Findings) {
    let is_reply = |button: &ButtonSpec| button.r#type == ButtonType::QuickReply;
    let changes = buttons.windows(2).filter(|pair| is_reply(&pair[0]) != is_reply(&pair[1])).count();
    if changes > 1 {
        let message = "quick replies stand among other buttons";
        found.add(&INTERLEAVED, place, message, "move all quick replies to the start or to the end");
    }
    let calls = |button: &ButtonSpec| matches!(button.r#type, ButtonType::Url | ButtonType::PhoneNumber);
    if buttons.iter().any(is_reply) && buttons.iter().any(calls) {
        let message = "quick replies beside URL or PHONE_NUMBER buttons may be refused by Alibaba";
        found.add(&MIXED, place, message, "keep one of the two kinds for Alibaba");
    }
}

fn check_texts(buttons: &[ButtonSpec], place: &Place<'_>, found: &mut Findings) {
    let mut seen = HashMap::new();
    for (index, button) in buttons.iter().enumerate() {
        let Some(text) = button.text.as_deref() else { continue };
        let earlier = *seen.entry(text).or_insert(index);
        if earlier != index {
            let message = format!("{} stands on button {} too", quote(text), earlier + 1);
            found.add(
                &SAME_TEXT,
                &place.index(index).field("text"),
                message,
                "give each button words of its own",
            );
        }
    }
}

fn check_button(button: &ButtonSpec, place: &Place<'_>, found: &mut Findings) {
    if button.flow_action == Some(FlowAction::Navigate) && button.navigate_screen.is_none() {
        let message = "Alibaba requires navigateScreen with NAVIGATE";
        found.add(&FLOW_SCREEN, place, message, "add navigateScreen: the id of the Flow's first screen");
    }
    if let Some(url) = button.url.as_deref() {
        check_url(url, &place.field("url"), found);
    }
    if let Some(number) = button.phone_number.as_deref().filter(|number| number.starts_with('0')) {
        let message = format!("{} has no country code", quote(number));
        found.add(&PHONE_NATIONAL, &place.field("phoneNumber"), message, phone_detail(number).help);
    }
    if let Some(code) = button.coupon_code.as_deref().filter(|code| !code.starts_with("{{")) {
        check_coupon(code.chars().count(), &place.field("couponCode"), found);
    }
}

fn check_coupon(length: usize, place: &Place<'_>, found: &mut Findings) {
    if length > 20 {
        let message = format!("{length} characters; Meta takes at most 20");
        found.add(&COUPON_LENGTH, place, message, "shorten the code");
    }
    if length > 15 {
        let message = format!("{length} characters; 15 are safe");
        found.add(&COUPON_LONG, place, message, "shorten the code");
    }
}

fn check_url(source: &str, place: &Place<'_>, found: &mut Findings) {
    let Some(url) = Url::parse(source).filter(|url| url.is_encrypted) else {
        let message = format!("{} does not start with https:// and a host", quote(source));
        found.add(&URL_FORM, place, message, "for example https://shop.example/orders/{{order_id}}");
        return;
    };
    if is_within(url.host, &["wa.me", "whatsapp.com"]) {
        let message = format!("{} leads to WhatsApp", quote(source));
        found.add(&URL_WHATSAPP, place, message, "use a QUICK_REPLY, or link to a page of yours");
    }
    if is_within(
        url.host,
        &["bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "cutt.ly", "rebrand.ly"],
    ) {
        let message = format!("{} hides where it leads", quote(source));
        found.add(&URL_SHORTENED, place, message, "link to the page itself");
    }
}

fn is_within(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        let above = host.len().checked_sub(domain.len()).and_then(|start| host.split_at_checked(start));
        above.is_some_and(|(sub, end)| {
            end.eq_ignore_ascii_case(domain) && (sub.is_empty() || sub.ends_with('.'))
        })
    })
}
