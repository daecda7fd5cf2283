//! Which accounts a process serves where several share the work. Pure.
//!
//! The work is divided by who an account is at its provider: same-text locks, inventories and budgets live in one
//! process, so everything of an identity, from every namespace, must be in one.

use sha2::{Digest as _, Sha256};

use super::object::{AccountObject, Object};
use crate::plan::facts::Key;
use crate::provider::session::Identity;

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which part, from 0 on.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Share {
    /// Everything.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// Whether this part serves an account.
    pub(super) fn serves_account(self, key: &Key, account: Option<&AccountObject>) -> bool {
        self.of <= 1 || self.serves(&divided_by(key, account))
    }

    /// Whether this part serves an object, by its account.
    pub(super) fn serves_object<'a>(
        self,
        object: &Object,
        account: impl FnOnce(&Key) -> Option<&'a AccountObject>,
    ) -> bool {
        if self.of <= 1 {
            return true;
        }
        match object.account() {
            Some((namespace, name)) => {
                let key = AccountObject::key_of(&namespace, &name);
                let account = account(&key);
                self.serves_account(&key, account)
            }
            None => self.serves(&object.key.object()),
        }
    }

    /// Whether this part serves what is divided by this name.
    pub fn serves(self, name: &str) -> bool {
        if self.of <= 1 {
            return true;
        }
        let hash = Sha256::digest(name.as_bytes());
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.index)
    }
}

/// The name by which an account is given to a part: who it is at its provider. One that is missing has its own name, so
/// that somebody says that it is missing.
pub fn divided_by(key: &Key, account: Option<&AccountObject>) -> String {
    let name = key.object();
    let identity = account.and_then(|account| Identity::of(&account.spec, &name));
    identity.map_or(name, |identity| identity.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(key: &Key, business: &str) -> AccountObject {
        let spec = serde_json::json!({"meta": {"businessAccountId": business, "credentials": {}}});
        let meta = super::super::object::Meta {
            uid: "".into(),
            version: String::new(),
            generation: 1,
            created: jiff::Timestamp::UNIX_EPOCH,
            deleting: None,
            held: false,
            asked: None,
        };
        AccountObject {
            key: key.clone(),
            meta,
            spec: serde_json::from_value(spec).unwrap(),
            status: crate::api::WhatsAppAccountStatus::default(),
            take_over: None,
            confirm_absence: None,
            garbled: None,
        }
    }

    #[test]
    fn every_account_is_served_by_exactly_one_part_whatever_their_number() {
        for of in [1, 2, 3, 7, 64] {
            let mut served = vec![0; of as usize];
            for number in 0..1000 {
                let key = AccountObject::key_of("shop", &format!("account-{number}"));
                let account = account(&key, &number.to_string());
                let by: Vec<u32> = (0..of)
                    .filter(|index| Share { index: *index, of }.serves_account(&key, Some(&account)))
                    .collect();
                assert_eq!(by.len(), 1, "account {number} of {of} parts");
                served[by[0] as usize] += 1;
            }
            let most = served.iter().max().unwrap();
            assert!(*most <= 1000 / of * 2 + 10, "one part has {most} of 1000 in {of}");
        }
    }

    #[test]
    fn two_objects_that_point_at_one_identity_are_served_together() {
        let (one, other) = (AccountObject::key_of("shop", "main"), AccountObject::key_of("sales", "backup"));
        for of in 2..20 {
            for index in 0..of {
                let share = Share { index, of };
                assert_eq!(
                    share.serves_account(&one, Some(&account(&one, "102290129340398"))),
                    share.serves_account(&other, Some(&account(&other, "102290129340398"))),
                );
            }
        }
    }
}
