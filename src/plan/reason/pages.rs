//! The page of each state: its name, what it means and what to do.

use super::Reason;

/// What people read of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The word that stands in conditions.
    pub name: &'static str,
    /// The state in a few words.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

macro_rules! pages {
    ($($reason:ident: $title:literal, $meaning:literal, $action:literal;)*) => {
        impl Reason {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$reason,)*];

            /// Its page.
            pub fn page(self) -> Page {
                let (name, title, meaning, action) = match self {
                    $(Self::$reason => (stringify!($reason), $title, $meaning, $action),)*
                };
                Page { name, title, meaning, action }
            }

            /// The word that stands in conditions.
            pub fn name(self) -> &'static str {
                self.page().name
            }
        }
    };
}

pages! {
    Live:
        "the code works",
        "The code exists at the provider and opens a chat with the message of the manifest.",
        "Nothing.";
    Approved:
        "the template can be sent",
        "The provider approved the template as the manifest has it.",
        "Nothing.";
    Submitted:
        "the template is submitted",
        "The provider has the template as written, which is all that `readyWhen: Submitted` asks for. Its \
         review may still go on.",
        "Nothing. Look at `status.review` before you send it.";
    Creating:
        "it is being made",
        "The provider does not have it yet; the call that makes it comes next.",
        "Wait.";
    Updating:
        "it is being changed",
        "The provider has another content than the manifest; the call that changes it comes next.",
        "Wait.";
    Deleting:
        "it is being deleted",
        "The object is to go, and what it owns at the provider goes first.",
        "Wait.";
    Adopting:
        "it is being taken over",
        "Something that exists at the provider is taken over as this object's, as the manifest says. Nothing \
         changes at the provider by that.",
        "Wait.";
    InReview:
        "the provider reviews it",
        "The provider looks at the template. It takes minutes to a day and cannot be hurried.",
        "Wait. If a pipeline must not wait for the review, set `readyWhen: Submitted`.";
    Observing:
        "waops is looking",
        "waops has to read the provider's list, or this object there, before it may decide.",
        "Wait. If it stays so for minutes, look at the account's conditions.";
    Missing:
        "missing at the provider; a second look decides",
        "The provider's list lacks what the object owns, or has a template that cannot be read. Lists lag behind now and then, \
         so a second one, a minute later, has to lack it, too. Then it is gone: it is made again, or, if the object is to go \
         anyway, that is done.",
        "Wait a minute. If somebody deleted it at the provider by mistake, a code cannot be brought back: another one is made.";
    Resolving:
        "the outcome of a call is unknown",
        "A call was interrupted, or its answer was lost. waops waits until it can no longer take effect, \
         looks at what the provider has, and goes on from there. It never sends the call again blindly.",
        "Wait: it takes a minute or two.";
    Retrying:
        "a call failed and is made again",
        "The provider or the network failed in a way that passes. The call is made again, each time after a \
         longer pause.",
        "Wait. If it stays so, the message has the provider's words and request id.";
    ProviderSaysWait:
        "the provider asks to wait",
        "The provider asks for patience, or somebody there must act: a limit that is used up, or a permission \
         that is not granted yet.",
        "Do what the message says. waops tries again by itself, rarely.";
    NameLocked:
        "the name is locked",
        "A template of this name was deleted, and the provider keeps the name locked for a while (30 days at \
         Meta). waops tries it again, soon at first and then once a day, since it may be free earlier.",
        "Wait until the day in the message at the latest, or declare the template under another name.";
    EditsUsedUp:
        "no edit is left for now",
        "The provider allows few edits of an approved template, and they are used up. `status.edits` counts \
         them and says when the next is possible.",
        "Wait until the time in the message; the edit is made then. If it is urgent, declare the text under \
         another name.";
    DeletionHeld:
        "too many deletions at once",
        "More objects of this account were deleted within minutes than a person usually means, so their \
         deletions are held. What they own still works.",
        "If all of them are meant, set `confirmDeletions: {upTo: N}` on the account until they are gone: as long as it \
         stands there, as many go at once unasked. If not, apply the manifests again. In a cluster that alone takes no \
         deletion back: set `policies: {deletion: Retain}` on the account before, so that what they own stays; what is \
         made anew then asks whether to take it over.";
    Suspended:
        "it is held still",
        "`suspend: true` stands on the object or its account: nothing is called and nothing changes. `Ready` stays what \
         it was, unless the manifest wants what was never delivered.",
        "Remove `suspend` when it is to go on.";
    AccountMissing:
        "its account does not exist",
        "There is no WhatsAppAccount of the name in `accountRef`, or it is in a namespace that the operator does not look \
         after.",
        "Create the account, or add its namespace to `watchNamespaces`, as the message says. Or correct `accountRef`: it is \
         immutable, so that means a new object.";
    AccountNotAllowed:
        "its account does not allow this namespace",
        "The account is in another namespace and does not name this one in `spec.allowedNamespaces`.",
        "Ask the owner of the account to allow this namespace.";
    AccountNotReady:
        "its account cannot be called",
        "The account lacks something: credentials, a subscription, a permission. Nothing is called for its \
         objects until it is Ready.",
        "Look at the conditions of the account; they say what is missing.";
    AccountSuspicious:
        "the provider's lists are too empty to be true",
        "Many objects, or all of them, were suddenly absent from the provider's list. waops does not believe \
         it at once: to make them anew would kill what is printed.",
        "Look into the provider's console. If they are really gone, put the line in the message on the account: \
         `waops.dev/confirm-absence: \"<digits>\"`, or `waops apply --confirm-absence <digits>`. It confirms this very \
         loss and no other. Lists that agree for the account's `driftCheckInterval` are believed as well. If they are \
         not gone, check the account's credentials.";
    AccountChanged:
        "account, phone number or template is another one than before",
        "What the object owns belongs to another account, business or phone number than the manifest names \
         now, or is a template of another name or language. waops does not touch either.",
        "Take the change back. To move to another account, or to another name, make a new object and delete \
         this one once it is no longer needed.";
    ApprovalNeeded:
        "a change waits for your approval",
        "The change in the manifest would end something that works, such as a printed code. `update: Guarded` \
         stops before that.",
        "If that is meant, add the line in the message to the manifest. If not, take the change back.";
    UpdatesNever:
        "the policies forbid the change",
        "`update: Never` holds for the object, and the provider has another content than the manifest.",
        "Take the change back, or set `policies.update` to another value.";
    Drifted:
        "somebody else changed it",
        "The provider has another content than the one that waops delivered, and the policies leave it so: `drift: Report`, \
         `update: Never`, or `update: Guarded` where changing it back would kill what is printed.",
        "Take the provider's content into the manifest, or change the policy in the message to bring the manifest's back.";
    AdoptionNeeded:
        "something fits that exists already",
        "The provider already has a code with this text, or a template of this name, and waops does not know \
         it. It may be this object's, from before a restore or a reinstallation, that of another installation, such \
         as an operator beside a CI job, or somebody else's.",
        "Add one of the lines in the message: one takes it over, the other, for QR codes, makes another.";
    AdoptionImpossible:
        "what is to be taken over does not fit",
        "What the manifest takes over is not at the provider, or is not what the manifest says.",
        "Correct `adopt`, the text or the policies, as the message says.";
    Ambiguous:
        "several could be the outcome of a call",
        "After a call without an answer the provider has more new codes than waops can tell apart. It chooses \
         none and makes none.",
        "Look at the codes in the message. Take the right one over with `adopt`, and delete the others at the \
         provider.";
    Taken:
        "another object has it",
        "Another object has this text on this phone number, this code or this template. The older one goes \
         first.",
        "Delete one of the two: what it has goes over to the other, and nothing happens at the provider. Or change its text. \
         If a second code with the same text is meant, set `duplicates: Allow`.";
    Copied:
        "it is a copy of another object",
        "The object carries the claim of another one that lives, as after `kubectl get -o yaml`, a new name \
         and `kubectl apply`.",
        "Remove the annotation `waops.dev/claim` from the copy, or delete the copy. Nothing is deleted at the \
         provider by that.";
    ClaimedElsewhere:
        "another installation of waops owns it",
        "The object comes from another cluster or another state file, whose waops may still look after it. \
         Nothing is written, and deleting the object deletes nothing at the provider.",
        "If the other installation is gone, confirm on the account: `waops.dev/take-over: <installation id>`.";
    ClaimUnreadable:
        "what it owns cannot be read",
        "The claim was edited by hand, or was written by a newer waops.",
        "Bring the annotation `waops.dev/claim` back from a backup, or install the newer waops. If both are \
         lost, remove the annotation: what exists is then found by its text.";
    Refused:
        "the provider refuses this content",
        "The provider refuses the content for good. It is not sent again until it changes.",
        "Correct the manifest, as the message says.";
    ProviderForbids:
        "the provider cannot make this change",
        "There is no call for this change at this provider, or not in the state in which the object is.",
        "Do what the message says: often the new content needs a new name.";
    Rejected:
        "the review refused the template",
        "The provider's review refused the template. `status.review.reason` has its words.",
        "Correct the template; it is then reviewed again.";
    Paused:
        "the provider paused the template",
        "Customers complained or ignored it, so that the provider stopped sending it for a while.",
        "Improve the text or send it to fewer people. It goes on by itself, or once it is corrected.";
    Disabled:
        "the provider disabled the template",
        "Customers complained too often. It can no longer be sent, and does not come back.",
        "Declare a better text under another name and delete this one.";
    Archived:
        "the provider archived the template",
        "Nobody sent it for a year, so that the provider put it away and deletes it later.",
        "Send it once it is taken out of the archive, or delete the object if nobody needs it.";
    Invalid:
        "the manifest cannot be understood",
        "The manifest breaks a rule, so that waops does not know what is wanted. What exists at the provider \
         stays as it is.",
        "Correct it; `waops validate` shows the line and `waops explain` the rule.";
    Released:
        "it was let go",
        "waops no longer looks after what this object had, and it stays at the provider.",
        "Nothing.";
    DeletionBlocked:
        "the deletion waits for something",
        "The object is to go, but what it owns cannot be deleted at the provider now.",
        "Do what the message says. To leave it at the provider, set `policies.deletion: Retain`.";
    OutputBlocked:
        "its ConfigMap cannot be looked after",
        "A ConfigMap of the name in `spec.output` is not this object's, so it is left as it is; or the API \
         server refuses to write, to watch or to delete it. The code is not concerned, and `Ready` does not speak \
         of it.",
        "Name another ConfigMap in `spec.output`, or delete the one that is in the way; where a right is \
         missing, the message names it.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::reason::Progress;

    #[test]
    fn every_state_has_a_page_of_its_own() {
        let mut names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len(), "ALL names one twice");
        for reason in Reason::ALL {
            let page = reason.page();
            assert_eq!(page.name, format!("{reason:?}"));
            assert!(page.title.chars().count() <= 60 && !page.title.ends_with('.'), "{page:?}");
            assert!(page.meaning.ends_with('.') && page.action.ends_with('.'), "{page:?}");
        }
    }

    #[test]
    fn who_needs_somebody_is_told_what_to_do() {
        for reason in Reason::ALL.iter().filter(|reason| reason.progress() == Progress::Stalled) {
            let action = reason.page().action;
            assert!(!["Nothing.", "Wait."].contains(&action), "{reason:?}: {action}");
        }
    }
}
