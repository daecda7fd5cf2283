//! Rules of variables and samples.

use waops::lint::template;

use crate::table::{self, Case};
use crate::template::BASE;

pub(crate) const CASES: &[Case] = &[
    (
        "variable-positional",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{1}}, your order is on its way.'}}}",
        "{}",
        "Alibaba refuses numbers",
    ),
    (
        "variable-alibaba-notation",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi $(name), your order is on its way.'}}}",
        "{components: {body: {text: 'Hi {{name}}, that is $(5) for your order.'}}}",
        "waops writes it by itself; a price is no variable",
    ),
    (
        "variable-malformed",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{first name}}, your order is on its way.'}}}",
        "{components: {body: {text: 'Hi {{ name }}, your order is on its way.'}}}",
        "no name has a blank inside",
    ),
    (
        "variable-malformed",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{name, your order is on its way.'}}}",
        "{components: {body: {text: 'Hi {name}, your order is on its way.'}}}",
        "never closed; one brace is a brace",
    ),
    (
        "variable-malformed",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi name}}, your order is on its way.'}}}",
        "{}",
        "never opened",
    ),
    (
        "variable-malformed",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{}}, your order is on its way.'}}}",
        "{}",
        "no name at all",
    ),
    (
        "variable-malformed",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{{name}}}, your order is on its way.'}}}",
        "{components: {body: {text: 'Hi { {{name}} }, your order is on its way.'}}}",
        "three braces",
    ),
    (
        "helm-template",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{ .Values.name }}, your order is on its way.'}}}",
        "{}",
        "nobody rendered the chart",
    ),
    (
        "variable-edge",
        "spec.components.body.text",
        "{components: {body: {text: '{{name}} has an order on its way.'}}}",
        "{components: {header: {format: TEXT, text: 'Order {{name}}'}}}",
        "at the start; headers may end in one",
    ),
    (
        "variable-edge",
        "spec.components.body.text",
        "{components: {body: {text: \"Your order is on its way, {{name}}\\n\"}}}",
        "{}",
        "at the end, blanks do not count",
    ),
    (
        "variable-edge-punctuation",
        "spec.components.body.text",
        "{components: {body: {text: 'Your order is on its way, {{name}}!'}}}",
        "{components: {body: {text: 'Your order is on its way, {{name}} 🎉'}}}",
        "punctuation seems not to count; an emoji does",
    ),
    (
        "variable-adjacent",
        "spec.components.body.text",
        "{examples: {a: A}, components: {body: {text: 'Hi {{a}} {{name}}, your order is really on its way.'}}}",
        "{examples: {a: A}, components: {body: {text: 'Hi {{a}}-{{name}}, your order is really on its way.'}}}",
        "nothing in between",
    ),
    (
        "variable-too-many",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{name}}, bye.'}}}",
        "{components: {body: {text: 'Hi {{name}}, good bye.'}}}",
        "three words for one variable",
    ),
    (
        "variable-too-many",
        "spec.components.body.text",
        "{components: {body: {text: '你{{name}}好'}}}",
        "{components: {body: {text: '你好{{name}}再见'}}}",
        "Chinese puts no blanks between words",
    ),
    (
        "variable-header",
        "spec.components.header.text",
        "{components: {header: {format: TEXT, text: '{{name}} and {{name}}'}}}",
        "{components: {header: {format: TEXT, text: 'For {{name}}'}}}",
        "one at most",
    ),
    (
        "variable-url",
        "spec.components.buttons[0].url",
        "{components: {buttons: [{type: URL, text: A, url: 'https://x.example/{{name}}/{{name}}'}]}}",
        "{components: {buttons: [{type: URL, text: A, url: 'https://x.example/{{name}}'}]}}",
        "one at most",
    ),
    (
        "variable-url-position",
        "spec.components.buttons[0].url",
        "{components: {buttons: [{type: URL, text: A, url: 'https://x.example/{{name}}/track'}]}}",
        "{components: {buttons: [{type: URL, text: A, url: 'https://x.example/track?id={{name}}'}]}}",
        "Meta appends the value",
    ),
    (
        "variable-fixed-text",
        "spec.components.footer.text",
        "{components: {footer: {text: 'For {{name}}'}}}",
        "{components: {footer: {text: For you}}}",
        "both refuse it",
    ),
    (
        "variable-fixed-text",
        "spec.components.buttons[0].text",
        "{components: {buttons: [{type: QUICK_REPLY, text: 'I am {{name}}'}]}}",
        "{components: {buttons: [{type: QUICK_REPLY, text: I am here}]}}",
        "both refuse it",
    ),
    (
        "variable-offer",
        "spec.components.limitedTimeOffer.text",
        "{category: MARKETING, components: {limitedTimeOffer: {text: 'For {{name}}'}}}",
        "{category: MARKETING, components: {limitedTimeOffer: {text: For you}}}",
        "an offer is fixed",
    ),
    (
        "variable-upper-case",
        "spec.components.body.text",
        "{examples: {Name: Ana, name: null}, components: {body: {text: 'Hi {{Name}}, your order is on its way.'}}}",
        "{parameterFormat: POSITIONAL, examples: {Name: Ana, name: null}, components: {body: {text: 'Hi {{Name}}, your order is on its way.'}}}",
        "with numbers the name never leaves",
    ),
    (
        "variable-long-name",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{a12345678901234567890123456789012}}, your order is on its way.'}}}",
        "{components: {body: {text: 'Hi {{a1234567890123456789012345678901}}, your order is on its way.'}}}",
        "33 characters, 32 are fine",
    ),
    (
        "variable-repeated",
        "spec.components.body.text",
        "{components: {body: {text: 'Hi {{name}}, dear {{name}}, your order is on its way.'}}}",
        "{components: {header: {format: TEXT, text: 'For {{name}}'}}}",
        "twice in one text",
    ),
    ("variable-unused", "spec.examples.nam", "{examples: {nam: Ana}}", "{}", "misspelt"),
    ("variable-no-sample", "spec.components.body.text", "{examples: null}", "{}", "Meta refuses it"),
    (
        "sample-empty",
        "spec.examples.name",
        "{examples: {name: ' '}}",
        "{examples: {name: '-'}}",
        "as good as none",
    ),
    (
        "sample-whitespace",
        "spec.examples.name",
        "{examples: {name: \"Ana\\nMaria\"}}",
        "{examples: {name: Ana Maria}}",
        "refused when a message is sent",
    ),
    (
        "sample-length",
        "spec.components.header.text",
        "{components: {header: {format: TEXT, text: 'For {{name}}'}}, examples: {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}",
        "{components: {header: {format: TEXT, text: 'For {{name}}'}}, examples: {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}",
        "61 characters, 60 fit",
    ),
];

#[test]
fn every_rule_of_variables_is_found() {
    table::check(BASE, template, CASES);
}
