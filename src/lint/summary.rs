//! What the other manifests need to know of one: small, so that ten thousand of them fit anywhere.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::rule::ProviderKind;
use super::walk;
use crate::api::{
    AccountReference, Category, ComponentsSpec, Duplicates, HeaderFormat, Kind, ParameterFormat,
    WhatsAppAccountSpec, WhatsAppQrCodeSpec, WhatsAppTemplateSpec,
};
use crate::manifest::Place;
use crate::template::Text;

/// The typed spec of one manifest.
#[derive(Clone, Copy, Debug)]
pub enum Spec<'a> {
    /// A connection.
    Account(&'a WhatsAppAccountSpec),
    /// A code.
    QrCode(&'a WhatsAppQrCodeSpec),
    /// A template.
    Template(&'a WhatsAppTemplateSpec),
}

/// What the other manifests need to know of one.
#[derive(Clone, Debug)]
pub struct Summary {
    pub(super) object: ObjectKey,
    pub(super) facts: Facts,
}

/// Namespace, where it is known, and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ObjectKey {
    pub(super) namespace: Option<Box<str>>,
    pub(super) name: Box<str>,
}

#[derive(Clone, Debug)]
pub(super) enum Facts {
    Account(AccountFacts),
    QrCode(QrCodeFacts),
    Template(TemplateFacts),
}

#[derive(Clone, Debug)]
pub(super) struct AccountFacts {
    pub(super) provider: Option<ProviderKind>,
    /// What the provider knows the account by: several objects may lead to it.
    pub(super) identity: Option<Box<str>>,
    pub(super) has_app_id: bool,
    /// None where a selector decides, which only a cluster can.
    pub(super) allowed_namespaces: Option<Box<[Box<str>]>>,
}

#[derive(Clone, Debug)]
pub(super) struct QrCodeFacts {
    pub(super) account: ObjectKey,
    pub(super) phone: Box<str>,
    pub(super) message: Box<str>,
    pub(super) duplicates_allowed: bool,
}

/// Between the components in [`TemplateFacts::variables`].
pub(super) const SEPARATOR: &str = "; ";

#[derive(Clone, Debug)]
pub(super) struct TemplateFacts {
    pub(super) account: ObjectKey,
    pub(super) name: Box<str>,
    pub(super) language: Box<str>,
    pub(super) category: Category,
    /// The variables of each component, as a sender must know them:
    /// `header.text(order); body.text(name, when)`.
    pub(super) variables: Box<str>,
    pub(super) has_media: bool,
}

impl Summary {
    /// Keeps of a manifest what rules across manifests need.
    pub fn new(namespace: Option<&str>, name: &str, spec: Spec<'_>) -> Summary {
        let facts = match spec {
            Spec::Account(spec) => Facts::Account(AccountFacts::new(spec)),
            Spec::QrCode(spec) => Facts::QrCode(QrCodeFacts::new(namespace, spec)),
            Spec::Template(spec) => Facts::Template(TemplateFacts::new(namespace, spec)),
        };
        Summary { object: ObjectKey::new(namespace, name), facts }
    }

    pub(super) fn kind(&self) -> Kind {
        match self.facts {
            Facts::Account(_) => Kind::Account,
            Facts::QrCode(_) => Kind::QrCode,
            Facts::Template(_) => Kind::Template,
        }
    }

    /// The account that it refers to.
    pub(super) fn account(&self) -> Option<&ObjectKey> {
        match &self.facts {
            Facts::Account(_) => None,
            Facts::QrCode(code) => Some(&code.account),
            Facts::Template(template) => Some(&template.account),
        }
    }
}

impl ObjectKey {
    fn new(namespace: Option<&str>, name: &str) -> ObjectKey {
        ObjectKey { namespace: namespace.map(Into::into), name: name.into() }
    }

    fn of(reference: &AccountReference, own_namespace: Option<&str>) -> ObjectKey {
        ObjectKey::new(reference.namespace.as_deref().or(own_namespace), &reference.name)
    }
}

impl AccountFacts {
    fn new(spec: &WhatsAppAccountSpec) -> AccountFacts {
        let allowed = spec.allowed_namespaces.as_ref();
        let names = allowed.and_then(|allowed| allowed.names.as_deref()).unwrap_or_default();
        let has_selector = allowed.is_some_and(|allowed| allowed.selector.is_some());
        AccountFacts {
            provider: match (&spec.alibaba, &spec.meta) {
                (Some(_), None) => Some(ProviderKind::Alibaba),
                (None, Some(_)) => Some(ProviderKind::Meta),
                _ => None,
            },
            identity: match (&spec.alibaba, &spec.meta) {
                (Some(alibaba), None) => alibaba.cust_space_id.as_deref(),
                (None, Some(meta)) => meta.business_account_id.as_deref(),
                _ => None,
            }
            .map(Into::into),
            has_app_id: spec.meta.as_ref().is_some_and(|meta| meta.app_id.is_some()),
            allowed_namespaces: (!has_selector)
                .then(|| names.iter().map(|name| name.as_str().into()).collect()),
        }
    }
}

impl QrCodeFacts {
    fn new(namespace: Option<&str>, spec: &WhatsAppQrCodeSpec) -> QrCodeFacts {
        let number = spec.phone_number.as_deref().map(|number| number.trim_start_matches('+'));
        QrCodeFacts {
            account: ObjectKey::of(&spec.account_ref, namespace),
            phone: number.or(spec.phone_number_id.as_deref()).unwrap_or_default().into(),
            message: spec.prefilled_message.as_str().into(),
            duplicates_allowed: spec.duplicates == Some(Duplicates::Allow),
        }
    }
}

impl TemplateFacts {
    fn new(namespace: Option<&str>, spec: &WhatsAppTemplateSpec) -> TemplateFacts {
        let mut has_media = false;
        walk::headers(&spec.components, &Place::ROOT, |header, _| {
            let format = header.format;
            has_media |= matches!(format, HeaderFormat::Image | HeaderFormat::Video | HeaderFormat::Document);
        });
        TemplateFacts {
            account: ObjectKey::of(&spec.account_ref, namespace),
            name: spec.name.as_str().into(),
            language: spec.language.as_str().into(),
            category: spec.category,
            variables: variables(&spec.components, spec.parameter_format.unwrap_or_default()).into(),
            has_media,
        }
    }
}

/// Languages put their words in different order, which a sender of names need not care about; one of numbers
/// must.
fn variables(parts: &ComponentsSpec, format: ParameterFormat) -> String {
    let mut all = String::new();
    walk::texts(parts, &Place::ROOT, |role, source, place| {
        if role.is_fixed() || !source.contains("{{") {
            return;
        }
        let text = Text::parse(source);
        let mut seen = BTreeSet::new();
        let mut names: Vec<&str> = text.variables().filter(|name| seen.insert(*name)).collect();
        if format == ParameterFormat::Named {
            names.sort_unstable();
        }
        if !names.is_empty() {
            let separator = if all.is_empty() { "" } else { SEPARATOR };
            // Writing to a string cannot fail.
            let _ = write!(all, "{separator}{}({})", place.path(), names.join(", "));
        }
    });
    all
}
