//! Rules of templates: languages, texts, media, buttons, codes, carousels and offers.

use waops::lint::template;

use crate::table::{self, Case};

pub(crate) const BASE: &str = "
accountRef: {name: shop}
name: order_shipped
language: en
category: UTILITY
components: {body: {text: 'Hi {{name}}, your order is on its way.'}}
examples: {name: Ana}
";

pub(crate) const CASES: &[Case] = &[
    // Languages
    (
        "template-language-form",
        "spec.language",
        "{language: en-US}",
        "{language: en_US}",
        "a dash is for web pages",
    ),
    (
        "template-name",
        "spec.name",
        "{name: Order-Shipped}",
        "{name: 1_order}",
        "both refuse it; a digit in front lives in production",
    ),
    (
        "template-ttl",
        "spec.messageSendTtlSeconds",
        "{messageSendTtlSeconds: 20}",
        "{messageSendTtlSeconds: 30}",
        "the bound",
    ),
    ("language-unknown", "spec.language", "{language: en_XX}", "{language: en_GB}", "neither lists it"),
    (
        "language-unknown",
        "spec.language",
        "{language: pt}",
        "{language: pt_BR}",
        "no Portuguese without a region",
    ),
    (
        "language-alibaba",
        "spec.language",
        "{language: ar_EG}",
        "{language: ar}",
        "Alibaba's table lags behind",
    ),
    (
        "button-phone-e164",
        "spec.components.buttons[0].phoneNumber",
        "{components: {buttons: [{type: PHONE_NUMBER, text: A, phoneNumber: '030 901820'}]}}",
        "{components: {buttons: [{type: PHONE_NUMBER, text: A, phoneNumber: '+4930901820'}]}}",
        "a blank",
    ),
    ("variable-name", "spec.examples.1", "{examples: {'1': Ana}}", "{}", "a number is no name"),
    // Texts
    (
        "text-whitespace",
        "spec.components.body.text",
        "{components: {body: {text: \"Hi {{name}},\\tyour order is on its way.\"}}}",
        "{}",
        "a tab",
    ),
    (
        "text-whitespace",
        "spec.components.body.text",
        "{components: {body: {text: \"Hi {{name}},     your order is on its way.\"}}}",
        "{components: {body: {text: \"Hi {{name}},    your order is on its way.\"}}}",
        "five blanks, four are fine",
    ),
    (
        "text-whitespace",
        "spec.components.body.text",
        "{components: {body: {text: \"Hi {{name}},\\n\\n\\nyour order is on its way.\"}}}",
        "{components: {body: {text: \"Hi {{name}},\\r\\n\\r\\nyour order is on its way.\"}}}",
        "three line breaks, two make a paragraph",
    ),
    (
        "text-edges",
        "spec.components.body.text",
        "components: {body: {text: \"Hi {{name}}, your order is on its way.\\n\"}}",
        "{}",
        "a block ends in a line break",
    ),
    (
        "text-line-break",
        "spec.components.footer.text",
        "{components: {footer: {text: \"One\\nTwo\"}}}",
        "{components: {footer: {text: One Two}}}",
        "a footer is one line",
    ),
    (
        "header-signs",
        "spec.components.header.text",
        "{components: {header: {format: TEXT, text: 'Your *order* 🎉'}}}",
        "{components: {header: {format: TEXT, text: 'Your order_1'}}}",
        "a header is bold by itself",
    ),
    // Media
    (
        "media-url-form",
        "spec.components.header.url",
        "{components: {header: {format: IMAGE, url: 'file:///tmp/a.png'}}}",
        "{components: {header: {format: IMAGE, url: 'https://x.example/a.png'}}}",
        "nobody sees the files of your machine",
    ),
    (
        "media-url-private",
        "spec.components.header.url",
        "{components: {header: {format: IMAGE, url: 'https://minio.media.svc/a.png'}}}",
        "{components: {header: {format: IMAGE, url: 'https://media.shop.example/a.png'}}}",
        "a host of the cluster",
    ),
    (
        "media-url-http",
        "spec.components.header.url",
        "{components: {header: {format: IMAGE, url: 'http://x.example/a.png'}}}",
        "{components: {header: {format: IMAGE, url: 'https://x.example/a.png'}}}",
        "anybody on the way can replace it",
    ),
    (
        "media-extension",
        "spec.components.header.url",
        "{components: {header: {format: IMAGE, url: 'https://x.example/a.webp?v=1'}}}",
        "{components: {header: {format: IMAGE, url: 'https://x.example/a.php?f=a.webp'}}}",
        "WebP is for stickers; a script may make anything",
    ),
    (
        "media-extension",
        "spec.components.header.url",
        "{components: {header: {format: DOCUMENT, url: 'https://x.example/a.PNG'}}}",
        "{components: {header: {format: DOCUMENT, url: 'https://x.example/a.PDF'}}}",
        "a picture is no document",
    ),
    // Buttons
    (
        "buttons-interleaved",
        "spec.components.buttons",
        "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: CATALOG}, {type: QUICK_REPLY, text: B}]}}",
        "{components: {buttons: [{type: CATALOG}, {type: QUICK_REPLY, text: A}, {type: QUICK_REPLY, text: B}]}}",
        "quick replies stand together",
    ),
    (
        "buttons-interleaved",
        "spec.components.buttons",
        "{components: {buttons: [{type: CATALOG}, {type: QUICK_REPLY, text: A}, {type: FLOW, text: B, flowId: '1'}]}}",
        "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: CATALOG}, {type: FLOW, text: B, flowId: '1'}]}}",
        "at one end",
    ),
    (
        "buttons-mixed",
        "spec.components.buttons",
        "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: URL, text: B, url: 'https://x.example'}]}}",
        "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: CATALOG}]}}",
        "Alibaba's documents disagree",
    ),
    (
        "buttons-same-text",
        "spec.components.buttons[1].text",
        "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: QUICK_REPLY, text: A}]}}",
        "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: QUICK_REPLY, text: B}]}}",
        "nobody can tell them apart",
    ),
    (
        "button-flow-screen-missing",
        "spec.components.buttons[0]",
        "{components: {buttons: [{type: FLOW, text: A, flowId: '1', flowAction: NAVIGATE}]}}",
        "{components: {buttons: [{type: FLOW, text: A, flowId: '1', flowAction: DATA_EXCHANGE}]}}",
        "Alibaba requires it with NAVIGATE alone",
    ),
    (
        "button-url-form",
        "spec.components.buttons[0].url",
        "{components: {buttons: [{type: URL, text: A, url: 'tel:+4930901820'}]}}",
        "{components: {buttons: [{type: URL, text: A, url: 'https://x.example/{{name}}'}]}}",
        "a page, nothing else",
    ),
    (
        "button-url-whatsapp",
        "spec.components.buttons[0].url",
        "{components: {buttons: [{type: URL, text: A, url: 'https://api.whatsapp.com/send'}]}}",
        "{components: {buttons: [{type: URL, text: A, url: 'https://notwa.me/send'}]}}",
        "the customer is there already",
    ),
    (
        "button-url-shortened",
        "spec.components.buttons[0].url",
        "{components: {buttons: [{type: URL, text: A, url: 'https://bit.ly/x'}]}}",
        "{components: {buttons: [{type: URL, text: A, url: 'https://rabbit.ly/x'}]}}",
        "it hides where it leads",
    ),
    (
        "button-phone-national",
        "spec.components.buttons[0].phoneNumber",
        "{components: {buttons: [{type: PHONE_NUMBER, text: A, phoneNumber: '030901820'}]}}",
        "{components: {buttons: [{type: PHONE_NUMBER, text: A, phoneNumber: '4930901820'}]}}",
        "no country code",
    ),
    (
        "coupon-length",
        "spec.components.buttons[0].couponCode",
        "{components: {buttons: [{type: COPY_CODE, couponCode: A12345678901234567890}]}}",
        "{components: {buttons: [{type: COPY_CODE, couponCode: A1234567890123456789}]}}",
        "21 characters",
    ),
    (
        "coupon-long",
        "spec.components.buttons[0].couponCode",
        "{components: {buttons: [{type: COPY_CODE, couponCode: A123456789012345}]}}",
        "{components: {buttons: [{type: COPY_CODE, couponCode: '{{a_long_name_of_one}}'}]}}",
        "16 characters; the name of a variable has no such bound",
    ),
    (
        "coupon-missing",
        "spec.components.buttons[0]",
        "{components: {buttons: [{type: COPY_CODE}]}}",
        "{category: AUTHENTICATION, examples: null, components: {body: {text: null}, buttons: [{type: COPY_CODE}]}}",
        "Meta wants an example; a one-time code has none",
    ),
    (
        "media-url-variable",
        "spec.components.header.url",
        "{components: {header: {format: IMAGE, url: 'https://x.example/{{name}}.png'}}}",
        "{components: {header: {format: IMAGE, url: 'https://x.example/{name}.png'}}}",
        "the url is the sample",
    ),
    (
        "text-blank",
        "spec.components.footer.text",
        "{components: {footer: {text: \" \\u200b\\ufeff\"}}}",
        "{components: {footer: {text: '.'}}}",
        "nothing to see",
    ),
    (
        "text-control",
        "spec.components.body.text",
        "{components: {body: {text: \"Hi {{name}}, your order \\x07 is on its way.\"}}}",
        "{components: {body: {text: \"Hi {{name}},\\r\\n\\tyour order is on its way.\"}}}",
        "a bell",
    ),
    (
        "text-escape",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{name}},\\nyour order is on its way.'}}}",
        "{components: {body: {text: \"Hi {{name}},\\nyour order is on its way.\"}}}",
        "single quotes keep the backslash",
    ),
    (
        "variable-single-brace",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{name}}, your order {id} is on its way.'}}}",
        "{components: {body: {text: 'Hi {{name}}, {your order} is on its way, 50% shipped.'}}}",
        "words in braces are words",
    ),
    (
        "variable-single-brace",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{name}}, your order %1$s is on its way.'}}}",
        "{components: {body: {text: 'Hi {{name}}, your order is 20%sure.'}}}",
        "the notation of printf",
    ),
    // One-time codes
    (
        "otp-text",
        "spec.components.buttons[0]",
        "{category: AUTHENTICATION, examples: null, components: {body: {text: null}, buttons: [{type: COPY_CODE}]}}",
        "{category: AUTHENTICATION, examples: null, components: {body: {text: null}, buttons: [{type: COPY_CODE, text: Copy}]}}",
        "Alibaba requires it",
    ),
    (
        "otp-autofill-text",
        "spec.components.buttons[0]",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, text: Copy}]}}",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, text: Copy, autofillText: Fill}]}}",
        "Alibaba requires it",
    ),
    (
        "otp-one-app",
        "spec.components.buttons[0].supportedApps",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: a.b, signatureHash: K8a/AINcGX7}, {packageName: a.c, signatureHash: K8a/AINcGX7}]}]}}",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: a.b, signatureHash: K8a/AINcGX7}]}]}}",
        "the older form has room for one",
    ),
    (
        "otp-zero-tap-alibaba",
        "spec.components.buttons[0].type",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ZERO_TAP}]}}",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP}]}}",
        "one page says both",
    ),
    (
        "otp-zero-tap-terms",
        "spec.components.buttons[0]",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ZERO_TAP, zeroTapTermsAccepted: false}]}}",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ZERO_TAP, zeroTapTermsAccepted: true}]}}",
        "Meta wants the confirmation",
    ),
    (
        "otp-signature-hash",
        "spec.components.buttons[0].supportedApps[0].signatureHash",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: a.b, signatureHash: K8a%2FAINcGX7}]}]}}",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: a.b, signatureHash: K8a/AINcGX7}]}]}}",
        "percent-encoded it has 13",
    ),
    (
        "otp-package-name",
        "spec.components.buttons[0].supportedApps[0].packageName",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: shop, signatureHash: K8a/AINcGX7}]}]}}",
        "{category: AUTHENTICATION, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: com.shop_1, signatureHash: K8a/AINcGX7}]}]}}",
        "Android wants two parts",
    ),
    // Carousels and offers
    (
        "carousel-shape",
        "spec.components.carousel.cards[1]",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: IMAGE, url: 'https://x.example/1.png'}}, {header: {format: VIDEO, url: 'https://x.example/2.mp4'}}]}}}",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: IMAGE, url: 'https://x.example/1.png'}}, {header: {format: IMAGE, url: 'https://x.example/2.png'}}]}}}",
        "another header format",
    ),
    (
        "carousel-shape",
        "spec.components.carousel.cards[1]",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}, body: {text: A}}, {header: {format: PRODUCT}}]}}}",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}, body: {text: A}}, {header: {format: PRODUCT}, body: {text: B}}]}}}",
        "a body on one card only",
    ),
    (
        "carousel-shape",
        "spec.components.carousel.cards[1]",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}, buttons: [{type: SPM}]}, {header: {format: PRODUCT}, buttons: [{type: QUICK_REPLY, text: A}]}]}}}",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}, buttons: [{type: SPM}]}, {header: {format: PRODUCT}, buttons: [{type: SPM, text: A}]}]}}}",
        "other buttons; their words may differ",
    ),
    (
        "carousel-beside",
        "spec.components.footer",
        "{category: MARKETING, components: {footer: {text: A}, carousel: {cards: [{header: {format: PRODUCT}}, {header: {format: PRODUCT}}]}}}",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}}, {header: {format: PRODUCT}}]}}}",
        "only a body is documented",
    ),
    (
        "card-lines",
        "spec.components.carousel.cards[0].body.text",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}, body: {text: \"a\\nb\\nc\\nd\"}}]}}}",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}, body: {text: \"a\\nb\\nc\"}}]}}}",
        "room for three lines",
    ),
    (
        "offer-copy-code",
        "spec.components.limitedTimeOffer",
        "{category: MARKETING, components: {limitedTimeOffer: {text: Ends soon, hasExpiration: true}}}",
        "{category: MARKETING, components: {limitedTimeOffer: {text: Ends soon}}}",
        "the countdown ends a code",
    ),
    (
        "offer-url",
        "spec.components.limitedTimeOffer",
        "{category: MARKETING, components: {limitedTimeOffer: {text: Ends soon}, buttons: [{type: COPY_CODE, couponCode: A}]}}",
        "{category: MARKETING, components: {limitedTimeOffer: {text: Ends soon}, buttons: [{type: URL, text: A, url: 'https://x.example'}]}}",
        "undocumented without",
    ),
    (
        "marketing-opt-out",
        "spec.components",
        "{category: MARKETING}",
        "{category: MARKETING, components: {footer: {text: Reply STOP to unsubscribe}}}",
        "customers want a way out",
    ),
];

#[test]
fn every_rule_of_templates_is_found() {
    table::check(BASE, template, CASES);
}

#[test]
fn a_finding_says_how_to_mend_it() {
    for (patch, rule, message, help) in [
        (
            "{language: en-US}",
            "template-language-form",
            "(here: \"en-US\")",
            "did you mean en_US (English (United States))?",
        ),
        (
            "{name: Order-Shipped}",
            "template-name",
            "(here: \"Order-Shipped\")",
            "did you mean \"order_shipped\"?",
        ),
        ("{messageSendTtlSeconds: 20}", "template-ttl", "(here: 20 for UTILITY)", "write 30 to 43200, or -1"),
        (
            "{components: {buttons: [{type: PHONE_NUMBER, text: A, phoneNumber: 0049 30 9}]}}",
            "button-phone-e164",
            "(here: \"0049 30 9\")",
            "did you mean \"+49309\"?",
        ),
        (
            "{components: {body: {text: 'Hi {{first name}}, it is here.'}}}",
            "variable-malformed",
            "\"{{first name}}\"",
            "did you mean {{first_name}}?",
        ),
        (
            "{examples: {nam: Ana, name: null}}",
            "variable-unused",
            "no text has {{nam}}",
            "did you mean name?",
        ),
        (
            "{components: {buttons: [{type: QUICK_REPLY, text: A, url: 'https://x.example'}]}}",
            "button-url",
            "(here: QUICK_REPLY with url)",
            "remove url, or write type: URL",
        ),
        (
            "{components: {buttons: [{type: URL, text: A}]}}",
            "button-url",
            "(here: URL without url)",
            "add url: https://shop.example/orders",
        ),
        (
            "{components: {carousel: {cards: [{header: {format: VIDEO}, buttons: [{type: URL, text: A, phoneNumber: '+493012345'}]}]}}}",
            "button-phone-number",
            "(here: URL with phoneNumber)",
            "remove phoneNumber, or write type: PHONE_NUMBER",
        ),
        (
            "{components: {carousel: {cards: [{header: {format: VIDEO}}]}}}",
            "header-url",
            "(here: VIDEO without url)",
            "add url: https://assets.example/samples/coat.jpg",
        ),
        (
            "{components: {buttons: [{type: FLOW, text: A, flowId: '1', flowAction: DATA_EXCHANGE, navigateScreen: A}]}}",
            "button-flow-screen",
            "navigateScreen goes with flowAction: NAVIGATE",
            "remove navigateScreen, or write flowAction: NAVIGATE",
        ),
        (
            "{components: {buttons: [{type: QUICK_REPLY, text: A, isOptOut: true}]}}",
            "button-opt-out-marketing",
            "(here: UTILITY)",
            "remove isOptOut, or write category: MARKETING",
        ),
        (
            "{components: {header: {format: IMAGE, url: 'https://x.example/a.jpg', caption: A}}}",
            "header-document",
            "(here: IMAGE with caption)",
            "remove caption, or write format: DOCUMENT",
        ),
    ] {
        let found = template(&table::spec(BASE, patch));
        let finding =
            found.iter().find(|f| f.rule.id == rule).unwrap_or_else(|| panic!("{rule}: {found:#?}"));
        assert!(finding.message.contains(message), "{rule}: {}", finding.message);
        assert_eq!(finding.help, help, "{rule}");
    }
}
