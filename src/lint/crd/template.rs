//! Rules of the CRD of `WhatsAppTemplate` that speak of the template as a whole.

use crate::lint::links;
use crate::lint::rule::{Rule, crd};

pub(in crate::lint) static RULES: &[&Rule] = &[
    &crd(
        "template-name",
        links::META_MANAGEMENT,
        "Both providers take lower-case letters, digits and _ in the name of a template and refuse everything \
         else. The name of the Kubernetes object (metadata.name) is another one and may have dashes.",
    ),
    &crd(
        "template-name-immutable",
        links::META_MANAGEMENT,
        "The name is what senders use and what the provider keeps the template under; neither provider renames. \
         A deleted name stays locked for 30 days on Meta, so a new name is the only way.",
    ),
    &crd(
        "template-language-form",
        links::META_LANGUAGES,
        "Languages are written as both providers write them: two or three lower-case letters and, for a region, \
         _ and its code. A dash, as in en-US, is the form of web pages and is refused.",
    ),
    &crd(
        "template-language-immutable",
        links::META_LANGUAGES,
        "Name and language together are the identity of a template at both providers, so a change of language \
         would be another template.",
    ),
    &crd(
        "template-ttl",
        links::META_TTL,
        "The time to live bounds how long the provider tries to deliver; the range depends on the category and \
         values outside of it are refused. A code that arrives after a day is worse than none; an offer may wait \
         for weeks.",
    ),
    &crd(
        "variable-name",
        links::META_COMPONENTS,
        "The names in examples are the names of the {{variables}}. Both providers get them on the wire, so they \
         consist of letters, digits and _ and start with a letter.",
    ),
    &crd(
        "template-sub-category",
        links::META_MANAGEMENT,
        "Sub-categories are about orders, which Meta files under UTILITY, and it refuses them elsewhere.",
    ),
    &crd(
        "auth-header",
        links::META_AUTHENTICATION,
        "Both providers write the text of one-time code messages themselves and allow no header, media or links, \
         so that nobody can dress up a fraud as a login.",
    ),
    &crd(
        "auth-body-text",
        links::META_AUTHENTICATION,
        "The provider writes the body around the code, translated into every language. Set \
         addSecurityRecommendation for the advice not to share the code.",
    ),
    &crd(
        "auth-footer-text",
        links::META_AUTHENTICATION,
        "The provider writes the footer; codeExpirationMinutes makes it say after how many minutes the code \
         expires.",
    ),
    &crd(
        "auth-one-button",
        links::META_AUTHENTICATION,
        "Meta takes exactly one one-time password button, and so does Alibaba: COPY_CODE copies the code, \
         ONE_TAP fills it into an Android app, ZERO_TAP hands it over in silence.",
    ),
    &crd(
        "auth-plain",
        links::META_AUTHENTICATION,
        "The provider writes one-time code messages itself, so carousel, limited-time offer and call permission \
         request have no place in them.",
    ),
    &crd(
        "auth-only-fields",
        links::META_AUTHENTICATION,
        "These fields fill in the text that the provider writes for one-time codes; in other categories the text \
         is yours and the provider refuses them.",
    ),
    &crd(
        "auth-only-buttons",
        links::META_AUTHENTICATION,
        "These buttons hand a one-time code to an app, and a code is sent by AUTHENTICATION templates alone.",
    ),
    &crd(
        "auth-coupon",
        links::META_AUTHENTICATION,
        "In AUTHENTICATION the button copies the code that the message is sent with; a coupon belongs to \
         MARKETING.",
    ),
    &crd(
        "carousel-marketing",
        links::META_CAROUSEL,
        "Both providers take carousels in MARKETING templates only.",
    ),
    &crd(
        "offer-marketing",
        links::META_OFFER,
        "Both providers take limited-time offers in MARKETING templates only.",
    ),
    &crd(
        "button-opt-out-marketing",
        links::ALIBABA_TEMPLATE,
        "Alibaba stops MARKETING messages for customers who tap this button; in other categories there is \
         nothing to stop.",
    ),
];
