//! What lives in production (providers.md, part F) is never an error, and what was refused is found.

use waops::api::WhatsAppTemplateSpec;
use waops::lint::{Finding, ProviderKind, Severity, template};

use crate::table;
use crate::template::BASE;

fn found(patch: &str) -> Vec<Finding> {
    template(&table::spec::<WhatsAppTemplateSpec>(BASE, patch))
}

#[test]
fn what_was_accepted_is_no_error_on_meta() {
    for (patch, reason) in [
        (
            "{examples: {a: A}, components: {body: {text: 'Hi {{a}} {{name}}, your order is on its way.'}}}",
            "adjacent variables",
        ),
        (
            "{examples: {a: A, b: B, c: C}, components: {body: {text: 'Dear {{name}}, your table at {{a}} is booked on {{b}} at {{c}}. We look forward to seeing you there soon, good bye.'}}}",
            "4 variables in about 125 characters",
        ),
        ("{components: {body: {text: 'Your order is on its way, {{name}}. '}}}", "an end in {{x}}. of 2023"),
        (
            "{components: {body: {text: 'Your order is on its way, *{{name}}.*'}}}",
            "an end in {{1}}.* of 2024",
        ),
        ("{name: 2026_sale}", "a name that starts with a digit"),
        (
            "{components: {buttons: [{type: FLOW, text: Go, flowId: '1', flowAction: NAVIGATE}]}}",
            "FLOW without navigate_screen",
        ),
        (
            "{category: AUTHENTICATION, examples: null, components: {body: {text: null}, buttons: [{type: ONE_TAP, supportedApps: [{packageName: a.b, signatureHash: K8a%2FAINcGX7}]}]}}",
            "ONE_TAP with one app, without texts, with an encoded hash",
        ),
        (
            "{examples: {name: 'https://elsewhere.example/x'}, components: {buttons: [{type: URL, text: A, url: 'https://x.example/{{name}}'}]}}",
            "a full url as the sample of a url variable",
        ),
        ("{components: {header: {format: LOCATION}}}", "LOCATION without a sample"),
        ("{components: {callPermissionRequest: true}}", "a call permission request"),
        (
            "{category: MARKETING, components: {buttons: [{type: COPY_CODE, couponCode: A1}]}}",
            "COPY_CODE without a text",
        ),
        ("{allowCategoryChange: true}", "allow_category_change is still sent"),
        (
            "{components: {buttons: [{type: QUICK_REPLY, text: A}, {type: URL, text: B, url: 'https://x.example'}]}}",
            "quick replies before links",
        ),
    ] {
        let found = found(patch);
        let errors: Vec<_> = found
            .iter()
            .filter(|f| f.rule.severity_on(Some(ProviderKind::Meta)) == Some(Severity::Error))
            .collect();
        assert!(errors.is_empty(), "{reason}: {errors:#?}");
    }
}

#[test]
fn what_was_refused_is_found() {
    for (patch, rule, reason) in [
        (
            "{examples: {a: A, b: B, c: C}, components: {body: {text: 'Dear {{a}}, your stay {{b}} until {{c}} is booked at {{name}}'}}}",
            "variable-too-many",
            "4 variables in about 80 characters, 2388293",
        ),
        (
            "{components: {body: {text: 'O seu pedido chega às {{name}}!'}}}",
            "variable-edge-punctuation",
            "an end in às {{4}}! of 2026",
        ),
    ] {
        assert!(found(patch).iter().any(|finding| finding.rule.id == rule), "{reason}");
    }
}
