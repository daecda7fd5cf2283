//! What a store holds.

use std::sync::Arc;

use jiff::Timestamp;

use super::words::Words;
use crate::api::{
    AccountReference, Claim, Condition, Kind, Name, Policies, WhatsAppAccountSpec, WhatsAppAccountStatus,
    WhatsAppQrCodeSpec, WhatsAppQrCodeStatus, WhatsAppTemplateSpec, WhatsAppTemplateStatus,
};
use crate::plan::claim::Written;
use crate::plan::facts::{Deleting, Key};

/// What a store knows of any object.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Who it is: another object under the same name has another.
    pub uid: Name,
    /// What a write names, so that it fails if somebody else wrote meanwhile.
    pub version: String,
    /// Counts the changes of its spec.
    pub generation: i64,
    /// When it was made.
    pub created: Timestamp,
    /// Set when it is to go.
    pub deleting: Option<Deleting>,
    /// Whether our finalizer holds it.
    pub held: bool,
    /// `waops.dev/reconcile-at`: a new value asks for a look now.
    pub asked: Option<String>,
}

/// A QR code or a template of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it is known by.
    pub key: Key,
    /// What the store knows of it.
    pub meta: Meta,
    /// What a person wrote, and what we said about it. One that cannot be read is [`Spec::Garbled`].
    pub spec: Spec,
    /// The claim in the annotation.
    pub annotation: Written,
}

/// What a person wrote, with the status beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum Spec {
    /// A QR code.
    QrCode(Box<WhatsAppQrCodeSpec>, Box<WhatsAppQrCodeStatus>),
    /// A template.
    Template(Box<WhatsAppTemplateSpec>, Box<WhatsAppTemplateStatus>),
    /// It does not have the shape of its kind. Its claim still counts (claims.md 5).
    Garbled(Garbled),
}

/// What is left of an object whose spec does not have the shape of its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Garbled {
    /// What is wrong, in one sentence.
    pub why: String,
    /// What we said about it, the claim in it included: it can be read, and written, where the spec cannot.
    pub status: Status,
}

/// What a person wrote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpecPart<'a> {
    /// A QR code.
    QrCode(&'a WhatsAppQrCodeSpec),
    /// A template.
    Template(&'a WhatsAppTemplateSpec),
    /// It does not have the shape of its kind.
    Garbled(&'a str),
}

/// What we said about an object, as it has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StatusPart<'a> {
    /// Of a QR code.
    QrCode(&'a WhatsAppQrCodeStatus),
    /// Of a template.
    Template(&'a WhatsAppTemplateStatus),
}

/// A status to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Of a QR code.
    QrCode(Box<WhatsAppQrCodeStatus>),
    /// Of a template.
    Template(Box<WhatsAppTemplateStatus>),
}

impl Object {
    /// The account it refers to: namespace and name.
    pub fn account(&self) -> Option<(String, String)> {
        self.account_name().map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
    }

    /// The same, borrowed.
    pub fn account_name(&self) -> Option<(&str, &str)> {
        let reference = self.account_ref()?;
        Some((reference.namespace.as_deref().unwrap_or(&self.key.namespace), &reference.name))
    }

    /// The reference as it was written.
    pub fn account_ref(&self) -> Option<&AccountReference> {
        match &self.spec {
            Spec::QrCode(spec, _) => Some(&spec.account_ref),
            Spec::Template(spec, _) => Some(&spec.account_ref),
            Spec::Garbled(_) => None,
        }
    }

    /// Its own policies.
    pub fn policies(&self) -> Option<&Policies> {
        match &self.spec {
            Spec::QrCode(spec, _) => spec.policies.as_ref(),
            Spec::Template(spec, _) => spec.policies.as_ref(),
            Spec::Garbled(_) => None,
        }
    }

    /// Whether it is held still.
    pub fn suspended(&self) -> bool {
        match &self.spec {
            Spec::QrCode(spec, _) => spec.suspend == Some(true),
            Spec::Template(spec, _) => spec.suspend == Some(true),
            Spec::Garbled(_) => false,
        }
    }

    /// What a person wrote, without what we said about it.
    pub fn spec_part(&self) -> SpecPart<'_> {
        match &self.spec {
            Spec::QrCode(spec, _) => SpecPart::QrCode(spec),
            Spec::Template(spec, _) => SpecPart::Template(spec),
            Spec::Garbled(garbled) => SpecPart::Garbled(&garbled.why),
        }
    }

    /// What we said about it, without what a person wrote.
    pub fn status_part(&self) -> StatusPart<'_> {
        match &self.spec {
            Spec::QrCode(_, status) => StatusPart::QrCode(status),
            Spec::Template(_, status) => StatusPart::Template(status),
            Spec::Garbled(garbled) => garbled.status.part(),
        }
    }

    /// The same, to be written elsewhere.
    pub fn status(&self) -> Status {
        match self.status_part() {
            StatusPart::QrCode(status) => Status::QrCode(Box::new(status.clone())),
            StatusPart::Template(status) => Status::Template(Box::new(status.clone())),
        }
    }

    /// What stands in the conditions of its status.
    pub fn conditions(&self) -> &[Condition] {
        self.status_part().conditions()
    }

    /// Whether its status has a condition of this type.
    pub fn says(&self, condition: &str) -> bool {
        self.conditions().iter().any(|said| said.type_ == condition)
    }

    /// The claim in the status, borrowed.
    pub(super) fn claim_in_status(&self) -> Option<&Arc<Claim>> {
        self.status_part().claim()
    }

    /// Gives back what it takes for nothing: room for conditions that there are not, words that it has in common with
    /// others, and a second copy of its claim, where annotation and status say the same, as they mostly do.
    pub(super) fn compact(&mut self, words: &mut Words) {
        let uid = &self.meta.uid;
        let (conditions, claim) = match &mut self.spec {
            Spec::QrCode(_, status) => (&mut status.conditions, &mut status.claim),
            Spec::Template(_, status) => (&mut status.conditions, &mut status.claim),
            Spec::Garbled(garbled) => match &mut garbled.status {
                Status::QrCode(status) => (&mut status.conditions, &mut status.claim),
                Status::Template(status) => (&mut status.conditions, &mut status.claim),
            },
        };
        conditions.shrink_to_fit();
        conditions.iter_mut().flat_map(Condition::words_mut).for_each(|word| words.share(word));
        let mut share = |claim: &mut Arc<Claim>| {
            // One that somebody else has, too, is shared already.
            if let Some(claim) = Arc::get_mut(claim) {
                claim.uid.share(uid);
                claim.words_mut().for_each(|word| words.share(word));
            }
        };
        claim.iter_mut().for_each(&mut share);
        if let Written::Says(annotation) = &mut self.annotation {
            share(annotation);
            if claim.as_ref() == Some(annotation) {
                *claim = Some(annotation.clone());
            }
        }
    }

    /// Whether a call was begun of which nobody has written down the end.
    pub fn has_open_call(&self) -> bool {
        let said = match &self.annotation {
            Written::Says(claim) => Some(claim),
            _ => None,
        };
        let claims = said.into_iter().chain(self.claim_in_status());
        claims
            .max_by_key(|claim| (claim.n, claim.intent.is_none()))
            .is_some_and(|claim| claim.intent.is_some())
    }

    /// The claim in the status.
    pub fn status_claim(&self) -> Written {
        let claim = self.claim_in_status();
        claim.map_or(Written::Missing, |claim| Written::Says(claim.clone()))
    }
}

impl Status {
    /// Of an object of this kind, before anything was said about it.
    pub fn blank(kind: Kind) -> Self {
        if kind == Kind::Template { Self::Template(Box::default()) } else { Self::QrCode(Box::default()) }
    }

    /// The same, borrowed.
    pub fn part(&self) -> StatusPart<'_> {
        match self {
            Self::QrCode(status) => StatusPart::QrCode(status),
            Self::Template(status) => StatusPart::Template(status),
        }
    }

    /// The claim in it.
    pub fn claim(&self) -> Option<&Arc<Claim>> {
        self.part().claim()
    }

    /// What stands in its conditions.
    pub fn conditions(&self) -> &[Condition] {
        self.part().conditions()
    }

    /// Why the object is ready, or is not.
    pub fn reason(&self) -> Option<&str> {
        self.part().reason()
    }
}

impl<'a> StatusPart<'a> {
    /// The claim in it.
    pub fn claim(self) -> Option<&'a Arc<Claim>> {
        match self {
            Self::QrCode(status) => status.claim.as_ref(),
            Self::Template(status) => status.claim.as_ref(),
        }
    }

    /// What stands in its conditions.
    pub fn conditions(self) -> &'a [Condition] {
        match self {
            Self::QrCode(status) => &status.conditions,
            Self::Template(status) => &status.conditions,
        }
    }

    /// The generation that it was said of.
    pub fn observed_generation(self) -> Option<i64> {
        match self {
            Self::QrCode(status) => status.observed_generation,
            Self::Template(status) => status.observed_generation,
        }
    }

    /// Why the object is ready, or is not.
    pub fn reason(self) -> Option<&'a str> {
        let ready = self.conditions().iter().find(|condition| condition.type_ == "Ready");
        ready.map(|condition| condition.reason.as_str())
    }
}

/// An account, as a store holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountObject {
    /// What it is known by; its kind is [`Kind::Account`].
    pub key: Key,
    /// What the store knows of it.
    pub meta: Meta,
    /// What a person wrote.
    pub spec: WhatsAppAccountSpec,
    /// What we said about it.
    pub status: WhatsAppAccountStatus,
    /// `waops.dev/take-over`: the installation whose claims are to be taken over.
    pub take_over: Option<String>,
    /// `waops.dev/confirm-absence`: which great loss a person confirms (claims.md 9).
    pub confirm_absence: Option<String>,
    /// What is wrong with its spec, where that does not have the shape of its kind; it names no provider then.
    pub garbled: Option<String>,
}

impl AccountObject {
    /// The key of an account.
    pub fn key_of(namespace: &str, name: &str) -> Key {
        Key::new(Kind::Account, namespace, name)
    }

    /// Whether no limit of an hour counts the templates that are made: a right to make one mostly comes within seconds then.
    pub fn makes_templates_by_the_second(&self) -> bool {
        let limits = self.spec.limits.unwrap_or_default();
        let own = limits.requests_per_hour.or(limits.template_creations_per_hour);
        self.spec.alibaba.is_some() && own.is_none()
    }
}
