//! Rules of the CRD of `WhatsAppTemplate` that speak of its components and cards.

use crate::lint::links;
use crate::lint::rule::{Rule, crd};

pub(in crate::lint) static RULES: &[&Rule] = &[
    &crd(
        "body-text",
        links::META_COMPONENTS,
        "Every template has a body, and outside of AUTHENTICATION nobody but you can write it.",
    ),
    &crd(
        "footer-content",
        links::META_COMPONENTS,
        "An empty footer is refused by both providers. Remove it where there is nothing to say.",
    ),
    &crd(
        "offer-footer",
        links::META_OFFER,
        "WhatsApp shows no footer below a limited-time offer, and Meta refuses one.",
    ),
    &crd(
        "offer-header",
        links::META_OFFER,
        "Above a limited-time offer stands a picture, a video or nothing; other headers are refused.",
    ),
    &crd(
        "offer-body-length",
        links::META_OFFER,
        "The countdown takes room from the body, so it is bounded more tightly than the 1024 characters of other \
         templates. Characters count, not bytes, and {{variables}} count as they are written.",
    ),
    &crd(
        "buttons-phone-number",
        links::META_COMPONENTS,
        "Both providers refuse a second call button. Name other numbers in the text.",
    ),
    &crd(
        "buttons-url",
        links::META_COMPONENTS,
        "Both providers refuse a third URL button. Let one of them lead to a page with the other links.",
    ),
    &crd(
        "buttons-copy-code",
        links::META_COMPONENTS,
        "Meta refuses a second copy button, since a message has one code.",
    ),
    &crd(
        "header-text",
        links::META_COMPONENTS,
        "A text header is its text, and other headers show none: put words for a picture into the body.",
    ),
    &crd(
        "header-url",
        links::META_MEDIA,
        "The reviewer wants to see a sample of the media. waops uploads it to Meta and hands the address to \
         Alibaba, which fetches it. Pictures: JPEG or PNG up to 5 MB; videos: MP4 up to 16 MB; documents: PDF up \
         to 100 MB.",
    ),
    &crd(
        "header-document",
        links::ALIBABA_CREATE_TEMPLATE,
        "Only documents are shown with a name or a line about them; pictures and videos are shown as they are.",
    ),
    &crd(
        "header-product",
        links::META_CAROUSEL,
        "Products of the catalog are headers of carousel cards; a message as a whole shows them with an SPM, MPM \
         or CATALOG button.",
    ),
    &crd(
        "card-header",
        links::META_CAROUSEL,
        "Cards are pictures to swipe through, so each starts with a picture, a video or a product of the catalog.",
    ),
    &crd(
        "card-body",
        links::META_CAROUSEL,
        "A card has little room, so its text is bounded to 160 characters; the advice about codes belongs to \
         AUTHENTICATION. A card may do without a body, if all of them do.",
    ),
    &crd(
        "card-button",
        links::META_CAROUSEL,
        "Cards take a quick reply, a link or a call; every other button is for the message as a whole.",
    ),
];
