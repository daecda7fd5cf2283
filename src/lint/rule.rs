//! A rule: its name, its words, and how much each provider minds.

use crate::api::rules;

/// How bad it is to break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Documents disagree about it, or quality suffers.
    Warning,
    /// The provider, or waops, certainly refuses it.
    Error,
}

/// Who holds the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProviderKind {
    /// Alibaba Cloud Chat App Message Service.
    Alibaba,
    /// Meta's WhatsApp Business Platform.
    Meta,
}

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// Holds whoever the provider is.
    Both,
    /// Holds on Alibaba only.
    Alibaba,
    /// Holds on Meta only.
    Meta,
}

/// Who finds a manifest that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Checked {
    /// The reader: bytes, YAML, files.
    Reading,
    /// The schema of the kind: fields, types, bounds.
    Schema,
    /// A CEL rule of the CRD, and lint in the same words.
    Cel,
    /// A CEL rule that compares an object with its former self: the API server and `waops plan` only.
    Transition,
    /// Lint alone.
    Lint,
}

/// A rule that manifests follow.
#[derive(Debug)]
pub struct Rule {
    /// Stable id, in kebab-case.
    pub id: &'static str,
    /// How bad it is on Alibaba; none where it does not hold there.
    pub alibaba: Option<Severity>,
    /// How bad it is on Meta; none where it does not hold there.
    pub meta: Option<Severity>,
    /// Who finds it.
    pub checked: Checked,
    /// The rule in one line.
    pub title: &'static str,
    /// Why, what the provider does, how to mend it: the page of `waops explain`.
    pub explanation: &'static str,
    /// The vendor's document; empty for what waops asks for by itself.
    pub link: &'static str,
}

impl Rule {
    /// How bad it is for an object whose provider is known, or not. None: the rule does not hold there.
    ///
    /// While the provider is not known, nothing is an error that one of the two would take.
    pub fn severity_on(&self, provider: Option<ProviderKind>) -> Option<Severity> {
        match provider {
            Some(ProviderKind::Alibaba) => self.alibaba,
            Some(ProviderKind::Meta) => self.meta,
            None => match (self.alibaba, self.meta) {
                (Some(alibaba), Some(meta)) => Some(alibaba.min(meta)),
                (one, other) => one.or(other).map(|severity| severity.min(Severity::Warning)),
            },
        }
    }

    /// The worst that it can be.
    pub fn severity(&self) -> Severity {
        self.alibaba.max(self.meta).unwrap_or(Severity::Info)
    }

    /// Whose rule it is.
    pub fn provider(&self) -> Provider {
        match (self.alibaba, self.meta) {
            (Some(_), None) => Provider::Alibaba,
            (None, Some(_)) => Provider::Meta,
            _ => Provider::Both,
        }
    }

    /// Whether the API server enforces it by a CEL rule of the CRD.
    pub fn is_cel(&self) -> bool {
        matches!(self.checked, Checked::Cel | Checked::Transition)
    }
}

/// A rule that lint alone checks, with how bad it is on Alibaba and on Meta.
pub(super) const fn lint(
    id: &'static str,
    (alibaba, meta): (Option<Severity>, Option<Severity>),
    link: &'static str,
    title: &'static str,
    explanation: &'static str,
) -> Rule {
    Rule { id, alibaba, meta, checked: Checked::Lint, title, explanation, link }
}

/// A rule of the CRDs; its title is the message the API server gives. An id that the CRDs do not know
/// does not compile.
pub(super) const fn crd(id: &'static str, link: &'static str, explanation: &'static str) -> Rule {
    let rule = crd_rule(id);
    let checked = if has_old_self(rule.expression) { Checked::Transition } else { Checked::Cel };
    let (alibaba, meta) = BOTH_REFUSE;
    Rule { id, alibaba, meta, checked, title: rule.message, explanation, link }
}

/// An error wherever it is.
pub(super) const BOTH_REFUSE: (Option<Severity>, Option<Severity>) =
    (Some(Severity::Error), Some(Severity::Error));
/// A warning wherever it is.
pub(super) const BOTH_WARN: (Option<Severity>, Option<Severity>) =
    (Some(Severity::Warning), Some(Severity::Warning));
/// Worth knowing wherever it is.
pub(super) const BOTH_INFORM: (Option<Severity>, Option<Severity>) =
    (Some(Severity::Info), Some(Severity::Info));
/// An error on Alibaba; Meta does not mind.
pub(super) const ALIBABA_REFUSES: (Option<Severity>, Option<Severity>) = (Some(Severity::Error), None);
/// A warning on Alibaba; Meta does not mind.
pub(super) const ALIBABA_WARNS: (Option<Severity>, Option<Severity>) = (Some(Severity::Warning), None);
/// Worth knowing on Alibaba.
pub(super) const ALIBABA_INFORMS: (Option<Severity>, Option<Severity>) = (Some(Severity::Info), None);
/// An error on Meta; Alibaba does not mind.
pub(super) const META_REFUSES: (Option<Severity>, Option<Severity>) = (None, Some(Severity::Error));
/// A warning on Meta; Alibaba does not mind.
pub(super) const META_WARNS: (Option<Severity>, Option<Severity>) = (None, Some(Severity::Warning));
/// Meta's documents refuse it; Alibaba's say nothing, but Alibaba submits to Meta.
pub(super) const META_REFUSES_ALIBABA_WARNS: (Option<Severity>, Option<Severity>) =
    (Some(Severity::Warning), Some(Severity::Error));
/// Alibaba's documents refuse it; on Meta it is at best text that nobody meant.
pub(super) const ALIBABA_REFUSES_META_WARNS: (Option<Severity>, Option<Severity>) =
    (Some(Severity::Error), Some(Severity::Warning));

const fn crd_rule(id: &str) -> &'static rules::CelRule {
    let mut index = 0;
    while index < rules::ALL.len() {
        if equal(rules::ALL[index].id.as_bytes(), id.as_bytes()) {
            return &rules::ALL[index];
        }
        index += 1;
    }
    #[allow(clippy::panic)] // while compiling, never at run time
    {
        panic!("the CRDs have no rule with this id")
    }
}

const fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && starts_with(one, 0, other)
}

const fn has_old_self(expression: &str) -> bool {
    let mut index = 0;
    while index < expression.len() {
        if starts_with(expression.as_bytes(), index, b"oldSelf") {
            return true;
        }
        index += 1;
    }
    false
}

const fn starts_with(text: &[u8], start: usize, prefix: &[u8]) -> bool {
    let mut index = 0;
    while index < prefix.len() {
        if start + index >= text.len() || text[start + index] != prefix[index] {
            return false;
        }
        index += 1;
    }
    true
}
