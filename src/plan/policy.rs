//! What account and object allow, resolved.

use std::fmt::Write as _;

use super::step::{Plan, Step};
use crate::api::{AccountPolicies, Adoption, Deletion, Drift, EnforcedPolicy, Policies, Update};

/// The policies that hold for one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What deleting the object does; `None` where nobody said so: it depends on whether it was adopted.
    deletion: Option<Deletion>,
    /// Whether the object itself says `deletion: Delete`: that alone lets a dying namespace delete (claims.md 18).
    pub deletes_by_itself: bool,
    /// What happens with a change that has a price.
    pub update: Update,
    /// What happens when somebody else changed it.
    pub drift: Drift,
    /// What happens with what exists already.
    pub adoption: Adoption,
    /// Of which the account's word counts alone, in the order of [`ALL`].
    enforced: [bool; ALL.len()],
}

const ALL: [(EnforcedPolicy, &str); 4] = [
    (EnforcedPolicy::Deletion, "deletion"),
    (EnforcedPolicy::Update, "update"),
    (EnforcedPolicy::Drift, "drift"),
    (EnforcedPolicy::Adoption, "adoption"),
];

impl Resolved {
    /// What deleting the object does.
    pub fn deletion(&self, adopted: bool) -> Deletion {
        let default = if adopted { Deletion::Retain } else { Deletion::Delete };
        self.deletion.unwrap_or(default)
    }

    /// The plan without lines that would change nothing at the object, since its account decides alone.
    pub fn within_reach(&self, mut plan: Plan, account: &str) -> Plan {
        let Step::Blocked { how } = &mut plan.step else { return plan };
        for ((_, name), _) in ALL.iter().zip(self.enforced).filter(|(_, enforced)| *enforced) {
            let line = format!("policies: {{{name}: ");
            for line in how.extract_if(.., |one| one.starts_with(&line)) {
                let _ = write!(
                    plan.message,
                    "; the account {account} enforces `{name}`, so `{line}` is for it to say"
                );
            }
        }
        plan
    }
}

/// What an object says wins over what its account says, unless the account enforces its own word (or the default,
/// where it says nothing).
pub fn resolve(account: Option<&AccountPolicies>, object: Option<&Policies>) -> Resolved {
    let object = object.copied().unwrap_or_default();
    let enforced = |policy| {
        account
            .and_then(|account| account.enforced.as_ref())
            .is_some_and(|enforced| enforced.contains(&policy))
    };
    let deletion_enforced = enforced(EnforcedPolicy::Deletion);
    Resolved {
        deletion: pick(deletion_enforced, account.and_then(|account| account.deletion), object.deletion),
        deletes_by_itself: !deletion_enforced && object.deletion == Some(Deletion::Delete),
        update: pick(
            enforced(EnforcedPolicy::Update),
            account.and_then(|account| account.update),
            object.update,
        )
        .unwrap_or_default(),
        drift: pick(enforced(EnforcedPolicy::Drift), account.and_then(|account| account.drift), object.drift)
            .unwrap_or_default(),
        adoption: pick(
            enforced(EnforcedPolicy::Adoption),
            account.and_then(|account| account.adoption),
            object.adoption,
        )
        .unwrap_or_default(),
        enforced: ALL.map(|(policy, _)| enforced(policy)),
    }
}

fn pick<T>(enforced: bool, account: Option<T>, object: Option<T>) -> Option<T> {
    if enforced { account } else { object.or(account) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::reason::Reason;

    #[test]
    fn the_nearer_word_wins_unless_the_account_enforces_its_own() {
        let account = |update, enforced: &[EnforcedPolicy]| AccountPolicies {
            update,
            enforced: Some(enforced.to_vec()),
            ..AccountPolicies::default()
        };
        let object = |update| Policies { update, ..Policies::default() };
        for (accounts, objects, enforced, want, reason) in [
            (None, None, false, Update::Guarded, "the default"),
            (Some(Update::Never), None, false, Update::Never, "inherited"),
            (Some(Update::Never), Some(Update::Automatic), false, Update::Automatic, "overridden"),
            (Some(Update::Never), Some(Update::Automatic), true, Update::Never, "enforced"),
            (None, Some(Update::Automatic), true, Update::Guarded, "an enforced default"),
        ] {
            let enforced = if enforced { &[EnforcedPolicy::Update][..] } else { &[] };
            let resolved = resolve(Some(&account(accounts, enforced)), Some(&object(objects)));
            assert_eq!(resolved.update, want, "{reason}");
        }
        assert_eq!(resolve(None, None).update, Update::Guarded, "no account");
    }

    #[test]
    fn a_line_that_would_change_nothing_is_not_offered() {
        let account = AccountPolicies {
            enforced: Some(vec![EnforcedPolicy::Update, EnforcedPolicy::Drift]),
            ..AccountPolicies::default()
        };
        let blocked = |lines: &[&str]| {
            let how = lines.iter().map(|line| (*line).to_owned()).collect();
            Plan::new(Step::Blocked { how }, Reason::ApprovalNeeded, "no")
        };
        let lines = ["approve: A@01234567", "policies: {update: Automatic}", "policies: {adoption: Never}"];
        let plan = resolve(Some(&account), None).within_reach(blocked(&lines), "shop/main");
        let said = "no; the account shop/main enforces `update`, so `policies: {update: Automatic}` is for it to say";
        assert_eq!(plan, Plan { message: said.to_owned(), ..blocked(&[lines[0], lines[2]]) });
        let plan = resolve(None, None).within_reach(blocked(&lines), "shop/main");
        assert_eq!(plan, blocked(&lines), "where nothing is enforced");
    }

    #[test]
    fn claim_17_what_was_adopted_is_kept_by_default() {
        let resolved = resolve(None, None);
        assert_eq!(resolved.deletion(false), Deletion::Delete);
        assert_eq!(resolved.deletion(true), Deletion::Retain);
        let said = Policies { deletion: Some(Deletion::Delete), ..Policies::default() };
        assert_eq!(resolve(None, Some(&said)).deletion(true), Deletion::Delete, "unless somebody says so");
    }

    #[test]
    fn claim_18_only_the_objects_own_word_deletes_with_its_namespace() {
        let delete = Some(Deletion::Delete);
        let account = AccountPolicies { deletion: delete, ..AccountPolicies::default() };
        assert!(!resolve(Some(&account), None).deletes_by_itself, "inherited");
        let object = Policies { deletion: delete, ..Policies::default() };
        assert!(resolve(Some(&account), Some(&object)).deletes_by_itself);
        let account = AccountPolicies { enforced: Some(vec![EnforcedPolicy::Deletion]), ..account };
        assert!(!resolve(Some(&account), Some(&object)).deletes_by_itself, "not its own to say");
    }
}
