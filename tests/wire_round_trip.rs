//! What goes out comes back: a template that a provider gives back with all its liberties differs in
//! nothing from the manifest, and no answer whatever brings a parser down.

// clippy.toml excuses the tests themselves; their helpers fail as loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/arbitrary.rs"]
mod arbitrary;
#[path = "support/read_form.rs"]
mod read_form;

use proptest::prelude::*;
use read_form::Liberties;
use serde_json::{Map, Value};
use waops::provider::{alibaba, meta};
use waops::template::{Difference, Text};

fn liberties() -> impl Strategy<Value = Liberties> {
    any::<[bool; 4]>().prop_map(|[codes_as_links, numbers, spelling, defaults]| Liberties {
        codes_as_links,
        numbers,
        spelling,
        defaults,
    })
}

/// JSON whose keys the parsers look for, and others.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é\n]{0,12}|HEADER|BODY|BUTTONS|CAROUSEL|URL|[{$(]{0,6}".prop_map(Value::from),
    ];
    let key = "data|Data|code|QrdlCode|id|name|language|components|Components|type|Type|text|Text|buttons|Buttons\
        |cards|example|Example|paging|cursors|next|url|ListTemplate|TemplateCode|TemplateName|Language|[a-z]{1,3}";
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trap_45_alibaba_gives_back_what_it_got(desired in arbitrary::desired(), liberties in liberties()) {
        let answer = read_form::alibaba(&desired, liberties);
        let observed = alibaba::wire::template(&answer).unwrap();
        let differences = desired.content().differences(&observed.content.unwrap());
        prop_assert_eq!(differences, Vec::<Difference>::new(), "{}", answer);
    }

    #[test]
    fn trap_35_meta_gives_back_what_it_got(desired in arbitrary::desired(), liberties in liberties()) {
        let answer = read_form::meta(&desired, liberties);
        let observed = meta::wire::template(&answer).unwrap();
        let differences = desired.content().differences(&observed.content.unwrap());
        prop_assert_eq!(differences, Vec::<Difference>::new(), "{}", answer);
    }

    #[test]
    fn another_text_is_a_difference(desired in arbitrary::desired(), liberties in liberties()) {
        let waops::template::Body::Text(text) = &desired.body else { return Ok(()) };
        let mut changed = desired.clone();
        changed.body = waops::template::Body::Text(Text::parse(&format!("{text} more")));
        for observed in [
            alibaba::wire::template(&read_form::alibaba(&changed, liberties)).unwrap(),
            meta::wire::template(&read_form::meta(&changed, liberties)).unwrap(),
        ] {
            let differences = desired.content().differences(&observed.content.unwrap());
            let fields: Vec<_> = differences.iter().map(|difference| difference.field.as_str()).collect();
            prop_assert_eq!(fields, ["spec.components.body.text"]);
        }
        prop_assert_ne!(desired.content().hash(), changed.content().hash());
    }

    #[test]
    fn no_answer_brings_a_parser_down(answer in json()) {
        use alibaba::wire as a;
        use meta::wire as m;
        drop((a::accepted(&answer), a::template(&answer), a::template_page(&answer), a::envelope(&answer)));
        drop((a::qr_codes::written(&answer), a::qr_codes::listed(&answer)));
        drop((m::accepted(&answer), m::template(&answer), m::template_page(&answer), m::success(&answer)));
        drop((m::qr_codes::written(&answer), m::qr_codes::listed(&answer), m::phone_numbers::listed(&answer)));
        drop((m::media::session(&answer), m::media::offset(&answer), m::media::handle(&answer)));
        if let Ok(observed) = m::template(&answer) && let Some(content) = observed.content {
            prop_assert_eq!(content.differences(&content), Vec::<Difference>::new());
            prop_assert_eq!(content.has_hash(&content.hash()), Some(true));
        }
    }
}
