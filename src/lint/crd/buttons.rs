//! Rules of the CRD of `WhatsAppTemplate` that speak of a single button.

use crate::lint::links;
use crate::lint::rule::{Rule, crd};

pub(in crate::lint) static RULES: &[&Rule] = &[
    &crd(
        "button-text",
        links::META_COMPONENTS,
        "This type of button shows your own words, up to 25 characters. Buttons such as COPY_CODE or CATALOG \
         have words of the provider and may do without.",
    ),
    &crd(
        "button-url",
        links::META_COMPONENTS,
        "A URL button opens its url; a url on another button would open nothing.",
    ),
    &crd(
        "button-phone-number",
        links::META_COMPONENTS,
        "A PHONE_NUMBER button calls its phoneNumber; on another button it would call nobody.",
    ),
    &crd(
        "button-phone-e164",
        links::META_COMPONENTS,
        "The phone dials what stands here, wherever the customer is: + and country code and number, without \
         blanks, in quotes since YAML reads bare digits as a number.",
    ),
    &crd(
        "button-flow-id",
        links::META_COMPONENTS,
        "A FLOW button opens the Flow with this id; other buttons open none.",
    ),
    &crd(
        "button-flow-fields",
        links::META_COMPONENTS,
        "They say how a Flow starts, and other buttons start none.",
    ),
    &crd(
        "button-flow-screen",
        links::META_COMPONENTS,
        "With NAVIGATE the Flow starts on the screen named here; with DATA_EXCHANGE its endpoint is asked for \
         the first screen, so a name here would be ignored or refused.",
    ),
    &crd(
        "button-apps",
        links::META_AUTHENTICATION,
        "WhatsApp hands a one-time code only to apps that are named with package and signature hash, one to five \
         of them. Other buttons hand over nothing.",
    ),
    &crd(
        "button-autofill",
        links::META_AUTHENTICATION,
        "autofillText stands on the button that fills a one-time code into an app; other buttons fill in nothing.",
    ),
    &crd(
        "button-zero-tap-terms",
        links::META_AUTHENTICATION,
        "Meta wants a confirmation of its terms for codes that are handed over without a tap; other buttons have \
         no such terms.",
    ),
    &crd(
        "button-coupon",
        links::META_COMPONENTS,
        "A coupon is what a COPY_CODE button copies; other buttons copy nothing.",
    ),
    &crd(
        "button-coupon-form",
        links::ALIBABA_CREATE_TEMPLATE,
        "Alibaba documents letters and digits, or a variable; Meta shows the same. Blanks, dashes and umlauts are \
         refused.",
    ),
    &crd(
        "button-opt-out",
        links::ALIBABA_CREATE_TEMPLATE,
        "The way to unsubscribe is an answer of the customer, so it is a QUICK_REPLY.",
    ),
    &crd(
        "button-ttl",
        links::META_COMPONENTS,
        "It says how long the offer to call stands, and only VOICE_CALL offers one.",
    ),
];
