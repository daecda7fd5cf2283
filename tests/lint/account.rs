//! Rules of accounts.

use waops::lint::account;

use crate::table::{self, Case};

const BASE: &str = "alibaba: {custSpaceId: cams-kei123, credentials: {secretRef: {name: shop}}}";

pub(crate) const CASES: &[Case] = &[
    ("account-provider", "spec", "{alibaba: null}", "{}", "nobody to talk to"),
    (
        "account-provider",
        "spec",
        "{meta: {businessAccountId: '1', credentials: {ambient: {}}}}",
        "{alibaba: null, meta: {businessAccountId: '1', credentials: {ambient: {}}}}",
        "two are one too many",
    ),
    (
        "account-region",
        "spec.alibaba.region",
        "{alibaba: {region: evil.example/x}}",
        "{alibaba: {region: ap-southeast-1}}",
        "a region becomes part of a host name",
    ),
    (
        "account-region",
        "spec.alibaba.region",
        "{alibaba: {region: ap}}",
        "{alibaba: {region: us-west-1}}",
        "too short",
    ),
    (
        "account-graph-version",
        "spec.meta.graphVersion",
        "{alibaba: null, meta: {graphVersion: v22.0, credentials: {ambient: {}}}}",
        "{alibaba: null, meta: {graphVersion: v23.0, credentials: {ambient: {}}}}",
        "too old",
    ),
    (
        "account-graph-version",
        "spec.meta.graphVersion",
        "{alibaba: null, meta: {graphVersion: v+5.0, credentials: {ambient: {}}}}",
        "{alibaba: null, meta: {graphVersion: v99.0, credentials: {ambient: {}}}}",
        "digits only",
    ),
    (
        "account-waba-id",
        "spec.meta.businessAccountId",
        "{alibaba: null, meta: {businessAccountId: my shop, credentials: {ambient: {}}}}",
        "{alibaba: null, meta: {businessAccountId: '102290129340398', credentials: {ambient: {}}}}",
        "a name is no id",
    ),
    (
        "account-app-id",
        "spec.meta.appId",
        "{alibaba: null, meta: {appId: app, credentials: {ambient: {}}}}",
        "{alibaba: null, meta: {appId: '68447', credentials: {ambient: {}}}}",
        "a name is no id",
    ),
    (
        "account-credentials",
        "spec.alibaba.credentials",
        "{alibaba: {credentials: {ambient: {}}}}",
        "{alibaba: {credentials: {secretRef: null, ambient: {}}}}",
        "two sources",
    ),
    (
        "account-credentials",
        "spec.meta.credentials",
        "{alibaba: null, meta: {credentials: {}}}",
        "{alibaba: null, meta: {credentials: {secretRef: {name: shop}}}}",
        "no source",
    ),
    (
        "account-drift-interval",
        "spec.driftCheckInterval",
        "{driftCheckInterval: 30s}",
        "{driftCheckInterval: 60s}",
        "a minute at least",
    ),
    (
        "account-drift-interval",
        "spec.driftCheckInterval",
        "{driftCheckInterval: 25h}",
        "{driftCheckInterval: 24h}",
        "a day at most",
    ),
    (
        "account-drift-interval",
        "spec.driftCheckInterval",
        "{driftCheckInterval: soon}",
        "{driftCheckInterval: 1h30m}",
        "no duration",
    ),
    (
        "account-region-undocumented",
        "spec.alibaba.region",
        "{alibaba: {region: us-west-1}}",
        "{alibaba: {region: ap-southeast-1}}",
        "documents name one region",
    ),
    (
        "account-signature-v1",
        "spec.alibaba.signature",
        "{alibaba: {signature: V1}}",
        "{alibaba: {signature: V3}}",
        "V1 signs in addresses",
    ),
    (
        "account-waba-missing",
        "spec.meta",
        "{alibaba: null, meta: {credentials: {ambient: {}}}}",
        "{alibaba: null, meta: {businessAccountId: '1', credentials: {ambient: {}}}}",
        "templates belong to the WABA",
    ),
    (
        "account-ambient",
        "spec.alibaba.credentials.ambient",
        "{alibaba: {credentials: {secretRef: null, ambient: {}}}}",
        "{}",
        "a flag of the operator decides",
    ),
    (
        "account-enforced-unset",
        "spec.policies.enforced[1]",
        "{policies: {update: Never, enforced: [update, deletion]}}",
        "{policies: {update: Never, deletion: Retain, enforced: [update, deletion]}}",
        "a default is enforced",
    ),
    (
        "account-drift-short",
        "spec.driftCheckInterval",
        "{driftCheckInterval: 4m59s}",
        "{driftCheckInterval: 5m}",
        "looking costs quota",
    ),
];

#[test]
fn every_rule_of_accounts_is_found() {
    table::check(BASE, account, CASES);
}
