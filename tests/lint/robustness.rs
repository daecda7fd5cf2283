//! Whatever people write, lint answers, and briefly.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use waops::api::{WhatsAppQrCodeSpec, WhatsAppTemplateSpec};
use waops::lint::{Spec, Summary, qr_code, set, template};

use crate::table;
use crate::template::BASE;

/// Texts made of what rules look for.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[{}$()]{1,4}",
        "\\{\\{[ a-zA-Z0-9._-]{0,4}\\}\\}",
        "\\$\\([a-z]{0,2}\\)",
        "[ \t\r\n]{1,6}",
        "(https?|file)://[a-z.:@\\[\\]/?#]{0,8}",
        "\\PC{0,4}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn template_of(texts: &[String]) -> WhatsAppTemplateSpec {
    let mut spec: WhatsAppTemplateSpec = table::spec(
        BASE,
        "{category: MARKETING, components: {
            header: {format: TEXT, text: A, url: A}, footer: {text: A}, limitedTimeOffer: {text: A},
            buttons: [{type: URL, text: A, url: A, couponCode: A, phoneNumber: A}, {type: QUICK_REPLY, text: A}],
            carousel: {cards: [{header: {format: IMAGE, url: A}, body: {text: A}, buttons: [{type: URL, phoneNumber: A}]}]}}}",
    );
    let mut texts = texts.iter().cycle().cloned();
    let mut next = || texts.next().unwrap_or_default();
    spec.name = next();
    spec.language = next();
    spec.examples = Some([(next(), next())].into());
    let parts = &mut spec.components;
    parts.body.text = Some(next());
    if let Some(header) = &mut parts.header {
        (header.text, header.url) = (Some(next()), Some(next()));
    }
    for button in parts.buttons.iter_mut().flatten() {
        (button.text, button.url) = (Some(next()), Some(next()));
        (button.coupon_code, button.phone_number) = (Some(next()), Some(next()));
    }
    for card in parts.carousel.iter_mut().flat_map(|carousel| &mut carousel.cards) {
        card.header.url = Some(next());
        card.body.get_or_insert_default().text = Some(next());
        for button in card.buttons.iter_mut().flatten() {
            button.phone_number = Some(next());
        }
    }
    spec
}

/// As large as no schema allows, so that only lint itself bounds the work.
fn large(many: usize) -> [WhatsAppTemplateSpec; 2] {
    let variables: Vec<String> = (0..many).map(|n| format!("a {{{{v{n}}}}}")).collect();
    let mut spec: WhatsAppTemplateSpec = table::spec(BASE, "{}");
    spec.components.body.text = Some(variables.join(" "));
    spec.examples = Some((0..many).map(|n| (format!("w{n}"), "A".to_owned())).collect());
    let mut open: WhatsAppTemplateSpec = table::spec(BASE, "{}");
    open.components.body.text = Some("{{".repeat(many));
    open.language = "e".repeat(50 * many);
    [spec, open]
}

/// The shortest of a few times, since a machine may be busy with something else.
fn time(specs: &[WhatsAppTemplateSpec]) -> Duration {
    let times = (0..3).map(|_| {
        let start = Instant::now();
        for spec in specs {
            template(spec);
        }
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

#[test]
fn time_grows_with_size_and_not_with_its_square() {
    let (small, large) = (time(&large(12_000)), time(&large(96_000)));
    // Eight times the size: the square of it would take 64 times as long.
    assert!(large < 25 * small, "{small:?}, {large:?}");
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(texts in prop::collection::vec(text(), 1..12)) {
        let spec = template_of(&texts);
        for finding in template(&spec) {
            prop_assert!(finding.message.chars().count() < 300 && finding.help.chars().count() < 200, "{finding:?}");
            let is_shown = |text: &str| !text.contains(|c: char| c.is_control());
            prop_assert!(is_shown(&finding.message) && is_shown(&finding.help), "{finding:?}");
        }
        set(&[Summary::new(None, "a", Spec::Template(&spec)), Summary::new(None, "b", Spec::Template(&spec))]);
        let mut code: WhatsAppQrCodeSpec = table::spec("{accountRef: {name: a}, phoneNumber: '1', prefilledMessage: a}", "{}");
        code.phone_number = texts.first().cloned();
        code.prefilled_message = texts.concat();
        qr_code(&code);
    }
}
