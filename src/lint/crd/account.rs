//! Rules of the CRD of `WhatsAppAccount`.

use crate::lint::links;
use crate::lint::rule::{Rule, crd};

pub(in crate::lint) static RULES: &[&Rule] = &[
    &crd(
        "account-provider",
        links::NONE,
        "An account is one connection to one provider. With none there is nobody to talk to; with two it would \
         be open where an object goes. Make one WhatsAppAccount for each provider and let objects refer to the \
         one they belong to.",
    ),
    &crd(
        "account-provider-immutable",
        links::NONE,
        "Codes and templates exist at one provider and cannot move to another. If the provider of an account \
         changed, everything that refers to it would be made anew and printed codes would be orphaned.",
    ),
    &crd(
        "account-space-immutable",
        links::ALIBABA_CREATE_QR_CODE,
        "custSpaceId selects whose codes and templates a call sees. Under another space waops would find none \
         of its own and make all of them again.",
    ),
    &crd(
        "account-waba-immutable",
        links::META_MANAGEMENT,
        "The business account holds the templates and the phone numbers. Under another one waops would find \
         none of its own and make all of them again.",
    ),
    &crd(
        "account-region",
        links::ALIBABA_CREATE_TEMPLATE,
        "The region becomes part of a host name to which signed requests go, so only the form of a region is \
         taken. Leave the field out for ap-southeast-1, the only region that Alibaba documents.",
    ),
    &crd(
        "account-graph-version",
        links::META_MANAGEMENT,
        "The version becomes part of the address of every call. waops is written for v23.0 and newer; Meta \
         switches old versions off after two years. Leave the field out for the version waops is tested with.",
    ),
    &crd(
        "account-waba-id",
        links::META_MANAGEMENT,
        "Meta's ids are digits. Keep them in quotes: YAML reads bare digits as a number and loses leading zeros \
         and, beyond 2^53, digits. A name or an address of the business account is not its id.",
    ),
    &crd(
        "account-app-id",
        links::META_MEDIA,
        "Samples of media headers are uploaded to an app, which Meta knows by an id of digits. Keep it in \
         quotes, since YAML reads bare digits as a number.",
    ),
    &crd(
        "account-credentials",
        links::NONE,
        "Two sources would leave open whose permissions a call has. In a cluster use a Secret in the account's \
         namespace; ambient credentials (environment, RRSA) work only in namespaces that a flag of the operator \
         names, and in the command line.",
    ),
    &crd(
        "account-drift-interval",
        links::NONE,
        "The interval says how often everything is compared with the provider. Below one minute the quota \
         would go into looking; above a day a deleted code would stay unnoticed. Units are s, m and h.",
    ),
    &crd(
        "account-ref-immutable",
        links::NONE,
        "What exists at a provider belongs to one account for ever. An object that changed its account would \
         have to leave the old code or template behind, so make a second object and delete this one when the \
         new one is ready.",
    ),
];
