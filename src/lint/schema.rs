//! Rules of the schemas of the kinds: fields, types and bounds. The walk along the schema checks them;
//! here are their pages.

#![allow(missing_docs)] // the titles say it

use super::links;
use super::rule::{BOTH_REFUSE, Checked, Rule};

const fn schema(id: &'static str, title: &'static str, explanation: &'static str) -> Rule {
    let (alibaba, meta) = BOTH_REFUSE;
    Rule { id, alibaba, meta, checked: Checked::Schema, title, explanation, link: links::NONE }
}

rules! {
    pub MANIFEST_VERSION = schema(
        "manifest-version",
        "the version of the group is one that waops serves",
        "The group waops.dev has the version v1alpha1. Another one may come from a newer waops: update this one, \
         or correct apiVersion.",
    );
    pub MANIFEST_KIND = schema(
        "manifest-kind",
        "the kind is one of the group",
        "The group waops.dev has the kinds WhatsAppAccount, WhatsAppQrCode and WhatsAppTemplate. Kinds of other \
         groups are left alone.",
    );
    pub MANIFEST_EMPTY = schema(
        "manifest-empty",
        "a file that is named holds a manifest",
        "The file was named on the command line, but nothing in it is of the group waops.dev. A check that checks \
         nothing must not look green.",
    );
    pub MANIFEST_NAME = schema(
        "manifest-name",
        "metadata.name is a name that Kubernetes takes",
        "The name of an object consists of lower-case letters, digits, - and ., up to 253, with a letter or digit \
         at both ends. It is not the name of the template: that is spec.name.",
    );
    pub MANIFEST_NAMESPACE = schema(
        "manifest-namespace",
        "metadata.namespace is a name that Kubernetes takes",
        "The name of a namespace consists of lower-case letters, digits and -, up to 63, with a letter or digit at both \
         ends. Dots, which names of other objects may have, are refused.",
    );
    pub MANIFEST_LABEL = schema(
        "manifest-label",
        "labels have names and values that Kubernetes takes",
        "Labels select objects, so both their names and their values are short words: up to 63 letters, digits, -, _ and \
         ., with a letter or digit at both ends; a name may have a domain and a / in front. Sentences belong into \
         annotations.",
    );
    pub MANIFEST_ANNOTATION = schema(
        "manifest-annotation",
        "annotations have names that Kubernetes takes and fit into 256 KiB",
        "The value of an annotation is free, its name is not: up to 63 letters, digits, -, _ and ., with a letter or \
         digit at both ends, and perhaps a domain and a / in front.",
    );
    pub STRING_UNQUOTED = schema(
        "string-unquoted",
        "a text that looks like a number or a yes is in quotes",
        "YAML reads bare 0049…, 1e5, yes or null as something else than text, and leading zeros are lost before \
         anybody can object. Put the value in quotes.",
    );
    pub HELM_TEMPLATE = schema(
        "helm-template",
        "a manifest is rendered before it is checked",
        "The file still holds expressions of a Helm chart, such as {{ .Values.name }}. Check what the chart makes \
         of it: helm template … | waops validate -f -. Inside a chart a variable of a template is written \
         {{`{{name}}`}}, which Helm renders to {{name}}; `<no value>` and `%!s(` are what Helm leaves of a value that \
         was not there or is of another type.",
    );
    pub SCHEMA_TYPE = schema(
        "schema-type",
        "a field has the type of its schema",
        "The API server refuses a value of another type. Usual reasons: a list where a mapping belongs, a number \
         in quotes, or an indentation that moved a field.",
    );
    pub SCHEMA_REQUIRED = schema(
        "schema-required",
        "required fields are there",
        "The API server refuses an object without this field.",
    );
    pub SCHEMA_UNKNOWN_FIELD = schema(
        "schema-unknown-field",
        "fields are those of the schema",
        "The kind has no such field. The API server drops it in silence or refuses it, so what it was meant to \
         say would be lost. Mostly it is a slip of the pen or of the indentation.",
    );
    pub SCHEMA_ENUM = schema(
        "schema-enum",
        "a word is one of those that the field takes",
        "The field takes a closed list of words, written exactly as listed, upper and lower case included.",
    );
    pub SCHEMA_LENGTH = schema(
        "schema-length",
        "a text is neither too short nor too long",
        "The bound is the provider's. Characters count, not bytes, and {{variables}} count as they are written.",
    );
    pub SCHEMA_RANGE = schema(
        "schema-range",
        "a number lies within its bounds",
        "The bound is the provider's or keeps waops from harm.",
    );
    pub SCHEMA_COUNT = schema(
        "schema-count",
        "a list or mapping has neither too few nor too many items",
        "The bound is the provider's or keeps the API server from harm.",
    );
}
