//! Rules across manifests.

use serde_json::Value;
use waops::lint::{ProviderKind, Spec, Summary, providers, set};

/// A case: the rule, the manifest and field to blame, manifests that break it, ones nearby that do not, and why.
type Case =
    (&'static str, (usize, &'static str), &'static [&'static str], &'static [&'static str], &'static str);

const META: &str =
    "{kind: A, name: shop, spec: {meta: {businessAccountId: '1', appId: '1', credentials: {ambient: {}}}}}";
const CODE: &str = "{kind: Q, name: poster, spec: {accountRef: {name: shop}, phoneNumber: '+4930901820', prefilledMessage: Hi}}";
const EN: &str = "{kind: T, name: order-en, spec: {accountRef: {name: shop}, name: order, language: en, category: UTILITY, components: {body: {text: 'Hi {{name}}, for {{when}} ok'}}}}";

pub(crate) const CASES: &[Case] = &[
    (
        "set-same-object",
        (2, "metadata.name"),
        &[META, CODE, CODE],
        &[
            META,
            CODE,
            "{kind: Q, namespace: b, name: poster, spec: {accountRef: {name: shop}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        "another namespace is another object",
    ),
    (
        "set-same-template",
        (2, "spec.name"),
        &[
            META,
            EN,
            "{kind: T, name: other, spec: {accountRef: {name: shop}, name: order, language: en, category: UTILITY, components: {body: {text: Hi}}}}",
        ],
        &[
            META,
            EN,
            "{kind: T, name: other, spec: {accountRef: {name: shop2}, name: order, language: en, category: UTILITY, components: {body: {text: Hi}}}}",
        ],
        "another account is another template",
    ),
    (
        "set-same-template",
        (3, "spec.name"),
        &[
            META,
            EN,
            "{kind: A, name: shop2, spec: {meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: T, name: other, spec: {accountRef: {name: shop2}, name: order, language: en, category: UTILITY, components: {body: {text: Hi}}}}",
        ],
        &[
            META,
            EN,
            "{kind: A, name: shop2, spec: {meta: {businessAccountId: '2', credentials: {ambient: {}}}}}",
            "{kind: T, name: other, spec: {accountRef: {name: shop2}, name: order, language: en, category: UTILITY, components: {body: {text: Hi}}}}",
        ],
        "two objects lead to one account of the provider",
    ),
    (
        "set-same-qr-code",
        (3, "spec.prefilledMessage"),
        &[
            "{kind: A, name: shop, spec: {alibaba: {custSpaceId: 'a', credentials: {ambient: {}}}}}",
            CODE,
            "{kind: A, name: shop2, spec: {alibaba: {custSpaceId: 'a', credentials: {ambient: {}}}}}",
            "{kind: Q, name: copy, spec: {accountRef: {name: shop2}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        &[
            "{kind: A, name: shop, spec: {alibaba: {credentials: {ambient: {}}}}}",
            CODE,
            "{kind: A, name: shop2, spec: {alibaba: {credentials: {ambient: {}}}}}",
            "{kind: Q, name: copy, spec: {accountRef: {name: shop2}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        "and so it is on Alibaba; without an id nobody can tell",
    ),
    (
        "set-same-qr-code",
        (2, "spec.prefilledMessage"),
        &[
            META,
            CODE,
            "{kind: Q, name: copy, spec: {accountRef: {name: shop}, phoneNumber: '4930901820', prefilledMessage: Hi}}",
        ],
        &[
            META,
            CODE,
            "{kind: Q, name: copy, spec: {accountRef: {name: shop}, phoneNumber: '4930901820', prefilledMessage: Hi, duplicates: Allow}}",
        ],
        "a + makes no other number; one that is meant is fine",
    ),
    (
        "set-language-variables",
        (2, "spec.components"),
        &[
            META,
            EN,
            "{kind: T, name: de, spec: {accountRef: {name: shop}, name: order, language: de, category: UTILITY, components: {body: {text: 'Hallo {{name}}, ok'}}}}",
        ],
        &[
            META,
            EN,
            "{kind: T, name: de, spec: {accountRef: {name: shop}, name: order, language: de, category: UTILITY, components: {body: {text: 'Am {{when}} für {{name}} ok'}}}}",
        ],
        "languages order their words as they like",
    ),
    (
        "set-language-variables",
        (1, "spec.components"),
        &[
            "{kind: T, name: en, spec: {accountRef: {name: shop}, parameterFormat: POSITIONAL, name: order, language: en, category: UTILITY, components: {body: {text: 'Hi {{name}}, for {{when}} ok'}}}}",
            "{kind: T, name: de, spec: {accountRef: {name: shop}, parameterFormat: POSITIONAL, name: order, language: de, category: UTILITY, components: {body: {text: 'Am {{when}} für {{name}} ok'}}}}",
        ],
        &[META, EN],
        "but numbers have an order",
    ),
    (
        "set-language-category",
        (2, "spec.category"),
        &[
            META,
            EN,
            "{kind: T, name: de, spec: {accountRef: {name: shop}, name: order, language: de, category: MARKETING, components: {body: {text: Hi}}}}",
        ],
        &[
            META,
            EN,
            "{kind: T, name: de, spec: {accountRef: {name: shop}, name: offer, language: de, category: MARKETING, components: {body: {text: Hi}}}}",
        ],
        "one name at two prices",
    ),
    (
        "set-account-missing",
        (0, "spec.accountRef.name"),
        &[
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        &[
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
            META,
        ],
        "a manifest without a namespace may be in any",
    ),
    (
        "set-account-missing",
        (1, "spec.accountRef.name"),
        &[
            "{kind: A, namespace: b, name: shop, spec: {meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        &[META, CODE],
        "it is in another namespace",
    ),
    (
        "set-account-namespace",
        (1, "spec.accountRef.namespace"),
        &[
            "{kind: A, namespace: b, name: shop, spec: {allowedNamespaces: {names: [c]}, meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop, namespace: b}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        &[
            "{kind: A, namespace: b, name: shop, spec: {allowedNamespaces: {names: [a]}, meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop, namespace: b}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        "only those that are named",
    ),
    (
        "set-account-namespace",
        (1, "spec.accountRef.namespace"),
        &[
            "{kind: A, namespace: b, name: shop, spec: {meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop, namespace: b}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        &[
            "{kind: A, namespace: b, name: shop, spec: {allowedNamespaces: {selector: {}}, meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: Q, namespace: a, name: poster, spec: {accountRef: {name: shop, namespace: b}, phoneNumber: '+4930901820', prefilledMessage: Hi}}",
        ],
        "nobody is named; what a selector says only a cluster knows",
    ),
    (
        "set-app-id",
        (0, "spec.meta"),
        &[
            "{kind: A, name: shop, spec: {meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: T, name: a, spec: {accountRef: {name: shop}, name: a, language: en, category: UTILITY, components: {header: {format: IMAGE, url: 'https://x.example/a.png'}, body: {text: Hi}}}}",
        ],
        &[
            "{kind: A, name: shop, spec: {meta: {businessAccountId: '1', credentials: {ambient: {}}}}}",
            "{kind: T, name: a, spec: {accountRef: {name: shop}, name: a, language: en, category: UTILITY, components: {header: {format: LOCATION}, body: {text: Hi}}}}",
        ],
        "media are uploaded to an app, places are not",
    ),
];

#[test]
fn every_rule_across_manifests_is_found() {
    for (rule, (index, path), wrong, right, reason) in CASES {
        let found = set(&summaries(wrong));
        let hit = found.iter().find(|between| between.finding.rule.id == *rule);
        let place = hit.map(|between| (between.manifest, between.finding.path.to_string()));
        assert_eq!(place, Some((*index, (*path).to_owned())), "{rule}: {reason}: {found:#?}");
        let found = set(&summaries(right));
        assert!(found.iter().all(|between| between.finding.rule.id != *rule), "{rule}: {reason}: {found:#?}");
    }
}

#[test]
fn a_manifest_has_the_provider_of_its_account() {
    let known = providers(&summaries(&[META, CODE, EN]));
    assert_eq!(known, [Some(ProviderKind::Meta); 3]);
    assert_eq!(providers(&summaries(&[CODE])), [None]);
}

fn summaries(manifests: &[&str]) -> Vec<Summary> {
    manifests.iter().map(|manifest| summary(manifest)).collect()
}

fn summary(manifest: &str) -> Summary {
    let manifest: Value = serde_yaml::from_str(manifest).unwrap();
    let namespace = manifest["namespace"].as_str();
    let name = manifest["name"].as_str().unwrap();
    let spec = manifest["spec"].clone();
    match manifest["kind"].as_str().unwrap() {
        "A" => Summary::new(namespace, name, Spec::Account(&serde_json::from_value(spec).unwrap())),
        "Q" => Summary::new(namespace, name, Spec::QrCode(&serde_json::from_value(spec).unwrap())),
        _ => Summary::new(namespace, name, Spec::Template(&serde_json::from_value(spec).unwrap())),
    }
}
