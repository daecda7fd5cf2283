//! Rules of what only one provider has.

use waops::lint::template;

use crate::table::{self, Case};
use crate::template::BASE;

pub(crate) const CASES: &[Case] = &[
    (
        "meta-only-header",
        "spec.components.header.format",
        "{components: {header: {format: LOCATION}}}",
        "{components: {header: {format: TEXT, text: Order}}}",
        "Alibaba's list has none",
    ),
    (
        "meta-only-header",
        "spec.components.carousel.cards[0].header.format",
        "{category: MARKETING, components: {carousel: {cards: [{header: {format: PRODUCT}}]}}}",
        "{}",
        "on a card too",
    ),
    (
        "meta-only-button",
        "spec.components.buttons[0].type",
        "{components: {buttons: [{type: VOICE_CALL}]}}",
        "{components: {buttons: [{type: CATALOG}]}}",
        "Alibaba's list has none",
    ),
    (
        "meta-only-call-permission",
        "spec.components.callPermissionRequest",
        "{components: {callPermissionRequest: true}}",
        "{components: {callPermissionRequest: false}}",
        "Alibaba has no such component",
    ),
    ("meta-only-field", "spec.parameterFormat", "{parameterFormat: NAMED}", "{}", "no effect on Alibaba"),
    ("meta-only-field", "spec.subCategory", "{subCategory: ORDER_STATUS}", "{}", "no effect on Alibaba"),
    (
        "meta-only-field",
        "spec.ctaUrlLinkTrackingOptedOut",
        "{ctaUrlLinkTrackingOptedOut: true}",
        "{}",
        "no effect on Alibaba",
    ),
    (
        "alibaba-only-field",
        "spec.categoryChangePaused",
        "{categoryChangePaused: true}",
        "{productSetId: '1'}",
        "no effect on Meta; product sets are known to both",
    ),
    (
        "alibaba-only-field",
        "spec.components.header.caption",
        "{components: {header: {format: DOCUMENT, url: 'https://x.example/a.pdf', caption: A}}}",
        "{components: {header: {format: DOCUMENT, url: 'https://x.example/a.pdf', fileName: a.pdf}}}",
        "Meta's wire has none",
    ),
    (
        "alibaba-only-field",
        "spec.components.buttons[0].isOptOut",
        "{category: MARKETING, components: {buttons: [{type: QUICK_REPLY, text: A, isOptOut: true}]}}",
        "{category: MARKETING, components: {buttons: [{type: QUICK_REPLY, text: A}]}}",
        "Meta's wire has none",
    ),
    (
        "allow-category-change-deprecated",
        "spec.allowCategoryChange",
        "{allowCategoryChange: true}",
        "{}",
        "nobody heeds it",
    ),
    (
        "ttl-alibaba-forever",
        "spec.messageSendTtlSeconds",
        "{messageSendTtlSeconds: -1}",
        "{messageSendTtlSeconds: 30}",
        "Meta's way of saying 30 days",
    ),
    (
        "ttl-alibaba-marketing",
        "spec.messageSendTtlSeconds",
        "{category: MARKETING, messageSendTtlSeconds: 43200}",
        "{messageSendTtlSeconds: 43200}",
        "undocumented there",
    ),
    (
        "ttl-alibaba-allow-list",
        "spec.messageSendTtlSeconds",
        "{messageSendTtlSeconds: 60}",
        "{}",
        "staff must allow it",
    ),
];

#[test]
fn every_difference_of_the_providers_is_found() {
    table::check(BASE, template, CASES);
}
