//! The closed list of states that conditions, events and people speak of.

mod pages;

use schemars::JsonSchema;
use serde::Serialize;

pub use pages::Page;

/// Where an object stands. Each has a page in docs/reference/conditions.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The code is live as written.
    Live,
    /// The template is approved as written.
    Approved,
    /// The template is submitted, which is all that `readyWhen` asks for.
    Submitted,
    /// Something is about to be made.
    Creating,
    /// Something is about to be changed.
    Updating,
    /// Something is about to be deleted.
    Deleting,
    /// Something that exists is taken over.
    Adopting,
    /// The provider looks at the template.
    InReview,
    /// More must be known first.
    Observing,
    /// A list lacks what the object owns; a second one decides whether it is gone.
    Missing,
    /// Nobody knows yet what became of a call; it is found out.
    Resolving,
    /// A call failed and is made again.
    Retrying,
    /// The provider asks to wait, or a human there must act.
    ProviderSaysWait,
    /// The name of a deleted template is locked.
    NameLocked,
    /// The edits that the provider allows are used up for now.
    EditsUsedUp,
    /// Too many deletions came at once; the account says how many are meant.
    DeletionHeld,
    /// The object is held still.
    Suspended,
    /// The account is not there.
    AccountMissing,
    /// The account does not allow this namespace.
    AccountNotAllowed,
    /// The account cannot be called.
    AccountNotReady,
    /// The account's lists are too empty to be true.
    AccountSuspicious,
    /// The claim is about another account, phone or template.
    AccountChanged,
    /// A change has a price, and nobody approved it.
    ApprovalNeeded,
    /// The policies forbid the change.
    UpdatesNever,
    /// Somebody else changed it, and the policies leave it so.
    Drifted,
    /// Something fits that exists already, and nobody decided whether it is this.
    AdoptionNeeded,
    /// What is to be taken over is not there, or is not what was said.
    AdoptionImpossible,
    /// Several could be the outcome of a call.
    Ambiguous,
    /// Another object has this text, this code or this template.
    Taken,
    /// The claim is a copy of another object's.
    Copied,
    /// The claim is another installation's.
    ClaimedElsewhere,
    /// The claim cannot be read.
    ClaimUnreadable,
    /// The provider refuses this content for good.
    Refused,
    /// The provider cannot make this change.
    ProviderForbids,
    /// The review refused the template.
    Rejected,
    /// The provider paused the template.
    Paused,
    /// The provider disabled the template.
    Disabled,
    /// The provider archived the template.
    Archived,
    /// The manifest cannot be understood.
    Invalid,
    /// It was let go.
    Released,
    /// It waits for a delete that cannot be made; the message says what is needed.
    DeletionBlocked,
    /// The ConfigMap of `spec.output` cannot be written. It stands in its own condition, never in Ready.
    OutputBlocked,
}

/// What a state means to whoever waits for an object, in the words of kstatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Progress {
    /// It is as written.
    Ready,
    /// It will get there by itself.
    Reconciling,
    /// It needs somebody.
    Stalled,
    /// Somebody holds it still and knows that: what was said of it last stands.
    Held,
}

impl Reason {
    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }

    /// What it means to whoever waits.
    pub fn progress(self) -> Progress {
        match self {
            Self::Live | Self::Approved | Self::Submitted => Progress::Ready,
            Self::Creating
            | Self::Updating
            | Self::Deleting
            | Self::Adopting
            | Self::InReview
            | Self::Observing
            | Self::Missing
            | Self::Resolving
            | Self::Retrying
            | Self::ProviderSaysWait
            | Self::NameLocked
            | Self::EditsUsedUp
            | Self::AccountNotReady
            | Self::AccountMissing
            | Self::Released => Progress::Reconciling,
            Self::Suspended => Progress::Held,
            _ => Progress::Stalled,
        }
    }

    /// Whether the provider has what the manifest says; none where nobody knows.
    pub fn delivered(self) -> Option<bool> {
        match self {
            Self::Live
            | Self::Approved
            | Self::Submitted
            | Self::InReview
            | Self::Rejected
            | Self::Paused
            | Self::Disabled
            | Self::Archived => Some(true),
            Self::Observing
            | Self::Missing
            | Self::Resolving
            | Self::Suspended
            | Self::AccountMissing
            | Self::AccountNotAllowed
            | Self::AccountNotReady
            | Self::AccountSuspicious => None,
            _ => Some(false),
        }
    }

    /// The condition that speaks of it besides Ready, where there is one.
    pub fn condition(self) -> Option<&'static str> {
        match self {
            Self::ApprovalNeeded
            | Self::UpdatesNever
            | Self::ProviderForbids
            | Self::AdoptionNeeded
            | Self::AdoptionImpossible
            | Self::Ambiguous => Some("ChangeBlocked"),
            Self::Drifted => Some("Drifted"),
            Self::Taken | Self::Copied | Self::ClaimedElsewhere | Self::AccountChanged => Some("Conflict"),
            Self::DeletionHeld | Self::DeletionBlocked => Some("DeletionBlocked"),
            _ => None,
        }
    }
}
