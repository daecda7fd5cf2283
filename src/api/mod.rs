//! What users write: the three kinds, their components and their conditions.
//!
//! These types are the contract: the CRDs, the editor schemas, `kubectl explain` and the reference
//! are generated from them, and every manifest is checked against them. They hold what a person
//! typed, flat and optional as in the vendors' own documents; [`crate::qr_code`] and
//! [`crate::template`] turn them into types that cannot hold nonsense.

mod account;
mod claim;
mod common;
mod components;
mod condition;
mod crd;
pub mod duration;
mod name;
mod print;
mod qr_code;
pub mod rules;
mod template;

pub use account::{
    AccountCounts, AccountLimits, AccountPolicies, AlibabaAccount, AllowedNamespaces, ConfirmDeletions,
    Credentials, DeletionWindow, EmptyObject, EnforcedPolicy, MetaAccount, SecretReference, SignatureVersion,
    WhatsAppAccount, WhatsAppAccountSpec, WhatsAppAccountStatus,
};
pub use claim::{
    Abandoned, CLAIM_ANNOTATION, CONFIRM_ABSENCE_ANNOTATION, Claim, FINALIZER, Intent, Operation,
    RECONCILE_ANNOTATION, Refused, TAKE_OVER_ANNOTATION,
};
pub use common::{AccountReference, Adoption, Deletion, Drift, Policies, Update};
pub use components::{
    BodySpec, ButtonSpec, ButtonType, CardSpec, CarouselSpec, ComponentsSpec, FlowAction, FooterSpec,
    HeaderFormat, HeaderSpec, LimitedTimeOfferSpec, SupportedAppSpec,
};
pub use condition::Condition;
pub use crd::{all as crds, editor_schema};
pub use name::Name;
pub use print::yaml;
pub use qr_code::{
    AdoptCode, Duplicates, ImageFormat, ImageSpec, OutputSpec, PreviousCode, WhatsAppQrCode,
    WhatsAppQrCodeSpec, WhatsAppQrCodeStatus,
};
pub use template::{
    Category, ParameterFormat, ReadyWhen, ReviewState, ReviewStatus, SubCategory, TemplateEdits,
    WhatsAppTemplate, WhatsAppTemplateSpec, WhatsAppTemplateStatus,
};

/// The API group of all kinds.
pub const GROUP: &str = "waops.dev";
/// The version that is served and stored.
pub const VERSION: &str = "v1alpha1";
/// The oldest Kubernetes that waops works on; the charts' `kubeVersion` follows it.
pub const MINIMUM_KUBERNETES: &str = "1.33";

/// The three kinds, in the order in which they depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// [`WhatsAppAccount`]
    Account,
    /// [`WhatsAppQrCode`]
    QrCode,
    /// [`WhatsAppTemplate`]
    Template,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Account, Kind::QrCode, Kind::Template];

    /// The name that stands in a manifest's `kind`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Account => "WhatsAppAccount",
            Kind::QrCode => "WhatsAppQrCode",
            Kind::Template => "WhatsAppTemplate",
        }
    }

    /// The short name, as kubectl takes it.
    pub fn short_name(self) -> &'static str {
        match self {
            Kind::Account => "waacc",
            Kind::QrCode => "waqr",
            Kind::Template => "watpl",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
