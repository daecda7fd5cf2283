//! What manifests must satisfy together.

use super::finding::Finding;
use super::rule::ProviderKind;
use crate::api::{Kind, WhatsAppAccountSpec, WhatsAppQrCodeSpec, WhatsAppTemplateSpec};

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
    kind: Kind,
    namespace: Option<Box<str>>,
    name: Box<str>,
}

/// Keeps of a manifest what rules across manifests need.
pub fn summary(namespace: Option<&str>, name: &str, spec: Spec<'_>) -> Summary {
    let kind = match spec {
        Spec::Account(_) => Kind::Account,
        Spec::QrCode(_) => Kind::QrCode,
        Spec::Template(_) => Kind::Template,
    };
    Summary { kind, namespace: namespace.map(Into::into), name: name.into() }
}

/// The provider of each manifest, as far as the set tells.
pub fn providers(summaries: &[Summary]) -> Vec<Option<ProviderKind>> {
    let _ = summaries.first().map(|one| (one.kind, &one.namespace, &one.name));
    vec![None; summaries.len()]
}

/// Everything that is wrong between manifests: which one is to blame, and why.
pub fn set(summaries: &[Summary]) -> Vec<(usize, Finding)> {
    let _ = summaries;
    Vec::new()
}

rules! {}
