//! Whatever a provider says and however: a manifest says it all, or there is none.

use proptest::prelude::*;
use serde::Deserialize as _;
use serde_json::{Value, json};
use waops::api::{AccountReference, Category, WhatsAppTemplateSpec};
use waops::convert::source;
use waops::import::draft::{self, Code, Setting};
use waops::lint::ProviderKind;
use waops::provider::{alibaba, meta};
use waops::qr_code::Phone;
use waops::template::{Button, Desired, Said, parse};

use crate::arbitrary;
use crate::read_form::{self, Liberties};

fn setting(provider: ProviderKind) -> Setting {
    let account = AccountReference { name: "shop".to_owned(), namespace: None };
    Setting { account, namespace: None, provider: Some(provider), policies: None }
}

/// The spec as another reader of YAML sees it.
fn spec(text: &str) -> Value {
    Value::deserialize(serde_yaml::Deserializer::from_str(text)).unwrap()["spec"].clone()
}

/// What a manifest says of a template that was read back; none where it has none.
fn again(desired: &Desired, provider: ProviderKind, liberties: Liberties) -> Option<(Desired, Said)> {
    let observed = match provider {
        ProviderKind::Alibaba => alibaba::wire::template(&read_form::alibaba(desired, liberties)),
        ProviderKind::Meta => meta::wire::template(&read_form::meta(desired, liberties)),
    };
    let said = Said::of(observed.unwrap()).unwrap();
    let draft = draft::template(&said, "it", &setting(provider)).ok()?;
    assert_eq!(
        draft::template(&said, "it", &setting(provider)).as_ref(),
        Ok(&draft),
        "the same bytes each time"
    );
    let spec: WhatsAppTemplateSpec = serde_json::from_value(spec(&draft.text)).unwrap();
    Some((parse(&spec).unwrap(), said))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_template_is_said_in_full_or_left_out(
        desired in arbitrary::desired(),
        flags in any::<[bool; 4]>(),
        is_meta in any::<bool>(),
    ) {
        let [codes_as_links, numbers, spelling, defaults] = flags;
        let liberties = Liberties { codes_as_links, numbers, spelling, defaults };
        let provider = if is_meta { ProviderKind::Meta } else { ProviderKind::Alibaba };
        let again = again(&desired, provider, liberties);
        // One-time codes have no text of anybody's, and Meta tells their apps unless the button became a link.
        // What Meta would never have taken without its terms is nobody's.
        let refused = |button: &Button| matches!(button, Button::ZeroTap { terms_accepted: Some(false), .. });
        let is_plain = desired.category == Category::Authentication
            && is_meta
            && !codes_as_links
            && !desired.buttons.iter().any(refused);
        prop_assert!(again.is_some() || !is_plain, "{:?} is left out", desired);
        if let Some((again, said)) = again {
            prop_assert_eq!(again.content().differences(&said.content), Vec::new());
            prop_assert_eq!((&again.name, &again.language), (&desired.name, &desired.language));
        }
    }

    #[test]
    fn a_message_comes_out_as_it_went_in(message in "\\PC{1,140}|[a-zA-Z]{1,3}|[-+0-9_.:xeo~]{1,6}|[ \\t\\n#:'\"|>-]{1,8}[a-z]?") {
        let code = Code {
            code: Some("ANED2T5QRU7HG1".to_owned()),
            phone: Phone::Number("4930901820".to_owned()),
            message: message.clone(),
            format: None,
            twin: false,
        };
        if let Ok(draft) = draft::code(&code, "it", &setting(ProviderKind::Meta)) {
            let read = spec(&draft.text);
            prop_assert_eq!(read["prefilledMessage"].as_str(), Some(&*message), "{}", draft.text);
        } else {
            // What looks as if no chart had rendered it is refused in a manifest (`helm-template`), so none can say it.
            let unrendered = message.contains("{{");
            let cannot_be = message.trim().is_empty() || message.chars().count() > 140 || unrendered;
            prop_assert!(cannot_be, "{:?} is left out", message);
        }
    }

    #[test]
    fn no_text_brings_a_conversion_down(text in "\\PC{0,40}|[\\[{\"a-zA-Z:,=&%}\\] \\n-]{0,60}", known in any::<bool>()) {
        let text = if known { format!("{{\"Components\": \"{}\", \"name\": {text}}}", text.escape_default()) } else { text };
        drop(source::read("it", &text));
    }
}

#[test]
fn examples_with_every_liberty_are_not_left_out() {
    for (provider, name) in [(ProviderKind::Meta, "meta"), (ProviderKind::Alibaba, "alibaba")] {
        for (file, desired) in crate::desired::templates(name) {
            for numbers in [false, true] {
                let liberties = Liberties { numbers, codes_as_links: false, spelling: true, defaults: true };
                let (again, said) =
                    again(&desired, provider, liberties).unwrap_or_else(|| panic!("{file} is left out"));
                assert_eq!(again.content().differences(&said.content), [], "{file}");
                assert_eq!(desired.content().differences(&said.content), [], "{file}");
            }
        }
    }
}

#[test]
fn what_a_manifest_cannot_have_as_it_is_gets_a_remark() {
    let link = "https://www.whatsapp.com/otp/code/?otp_type=ZERO_TAP&cta_display_name=Autofill&\
                package_name=com.example.shop&signature_hash=K8a%2FAINcGX7&code=otp{{1}}";
    for (name, category, ttl, components, words, reason) in [
        (
            "short",
            "UTILITY",
            json!(5),
            json!([{"type": "BODY", "text": "Your parcel is here."}]),
            &["# spec.messageSendTtlSeconds is left to the provider: a manifest cannot have its 5."][..],
            "a lifetime out of bounds",
        ),
        (
            "picture",
            "MARKETING",
            json!(null),
            json!([
                {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://cdn.example/{{1}}.jpg"]}},
                {"type": "BODY", "text": "Spring is here."},
            ]),
            &["# Nobody tells where the sample of a header lies", "url: https://sample.invalid/picture.jpg"],
            "an address that is none",
        ),
        (
            "code",
            "AUTHENTICATION",
            json!(null),
            json!([
                {"type": "BODY", "text": "*{{1}}* is your code."},
                {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Copy code", "url": link, "example": [link]}]},
            ]),
            &[
                "body: {}",
                "type: ZERO_TAP",
                "autofillText: Autofill",
                "packageName: com.example.shop",
                "signatureHash: K8a/AINcGX7",
                "zeroTapTermsAccepted: true",
            ],
            "a button of codes that became a link",
        ),
    ] {
        let answer = json!({"id": "1", "name": name, "language": "en-US", "status": "APPROVED", "category": category,
            "message_send_ttl_seconds": ttl, "components": components});
        let said = Said::of(meta::wire::template(&answer).unwrap()).unwrap();
        let draft = draft::template(&said, "it", &setting(ProviderKind::Meta)).unwrap();
        for word in words.iter().chain(&["language: en_US", "adoption: IfIdentical"]) {
            assert!(draft.text.contains(word), "{reason}: {word}:\n{}", draft.text);
        }
        assert!(!draft.text.contains("\n  messageSendTtlSeconds"), "{}", draft.text);
    }
}
