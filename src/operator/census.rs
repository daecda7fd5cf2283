//! What is known of the objects without asking, and how many there are of what: for Events and for numbers.

use std::collections::BTreeMap;

use crate::api::{Condition, Kind, Name, ReviewState, WhatsAppTemplateStatus};
use crate::engine::object::{AccountObject, Object, Spec};
use crate::engine::share::divided_by;
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::status::CONDITIONS;

/// What is known of an object without asking. There is one for each, so it is kept small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Who it is.
    pub(super) uid: Name,
    /// Why it is ready, or is not, as its status says.
    reason: Option<Box<str>>,
    /// Which of [`CONDITIONS`] are true of it.
    holds: [bool; CONDITIONS.len()],
    /// What the review says of a template.
    review: Option<ReviewState>,
    /// The category that was asked for, and the other one that the provider chose.
    category: Option<Box<(&'static str, String)>>,
    /// The ConfigMap that its results are to stand in.
    pub(super) config_map: Option<Box<str>>,
    /// Whether its spec cannot be read, so that nobody knows what it wants.
    pub(super) is_garbled: bool,
    /// The account that it refers to, where it is none itself.
    pub(super) account: Option<Key>,
    /// The name by which it is given to one of several processes, where it is an account.
    pub(super) divided_by: Option<Box<str>>,
}

impl Known {
    /// `share` gives a name of an account that is kept already.
    pub(super) fn of_object(object: &Object, share: impl FnOnce(Key) -> Key) -> Self {
        let mut known = Self::of(&object.meta.uid, object.conditions());
        let account = object.account_name();
        known.account = account.map(|(namespace, name)| share(AccountObject::key_of(namespace, name)));
        match &object.spec {
            Spec::Template(spec, status) => {
                let WhatsAppTemplateStatus { review, category, .. } = &**status;
                let asked = spec.category.as_str();
                let other = category.clone().filter(|theirs| !theirs.eq_ignore_ascii_case(asked));
                known.review = review.as_ref().map(|review| review.state);
                known.category = other.map(|theirs| Box::new((asked, theirs)));
            }
            Spec::QrCode(spec, _) => {
                known.config_map = spec.output.as_ref().map(|output| output.config_map_name.as_str().into());
            }
            Spec::Garbled(_) => {
                known.reason = Some(Reason::Invalid.name().into());
                known.is_garbled = true;
            }
        }
        known
    }

    pub(super) fn of_account(account: &AccountObject) -> Self {
        let divided_by = Some(divided_by(&account.key, Some(account)).into());
        Self { divided_by, ..Self::of(&account.meta.uid, &account.status.conditions) }
    }

    fn of(uid: &Name, conditions: &[Condition]) -> Self {
        let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
        let is_true =
            |name| conditions.iter().any(|condition| condition.type_ == name && condition.status == "True");
        Self {
            uid: uid.clone(),
            reason: ready.map(|ready| ready.reason.as_str().into()),
            holds: CONDITIONS.map(|(name, ..)| is_true(name)),
            review: None,
            category: None,
            config_map: None,
            is_garbled: false,
            account: None,
            divided_by: None,
        }
    }
}

/// How many objects there are of what.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Census {
    /// By kind and the reason of the Ready condition.
    pub(super) reasons: BTreeMap<(Kind, String), usize>,
    /// By kind and condition, of which one object may have several.
    pub(super) conditions: BTreeMap<(Kind, &'static str), usize>,
    /// Templates by what the review says.
    pub(super) reviews: BTreeMap<String, usize>,
    /// Templates by the category that was asked for and the other one that they have.
    pub(super) categories: BTreeMap<(&'static str, String), usize>,
}

impl Census {
    pub(super) fn of<'a>(known: impl IntoIterator<Item = (&'a Key, &'a Known)>) -> Self {
        let mut census = Self::default();
        for (key, known) in known {
            let reason = known.reason.as_deref().unwrap_or("Unknown");
            *census.reasons.entry((key.kind, reason.to_owned())).or_default() += 1;
            for ((condition, ..), _) in CONDITIONS.iter().zip(known.holds).filter(|(_, holds)| *holds) {
                *census.conditions.entry((key.kind, condition)).or_default() += 1;
            }
            if let Some(review) = known.review {
                // As it stands in the status.
                *census.reviews.entry(format!("{review:?}")).or_default() += 1;
            }
            if let Some(category) = &known.category {
                *census.categories.entry((**category).clone()).or_default() += 1;
            }
        }
        census
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::api::WhatsAppQrCodeStatus;
    use crate::engine::object::{Garbled, Meta, Status};
    use crate::plan::claim::Written;

    #[test]
    fn of_what_cannot_be_read_nobody_knows_which_config_map_it_wants() {
        let meta = Meta {
            uid: "u".into(),
            version: "7".into(),
            generation: 2,
            created: Timestamp::UNIX_EPOCH,
            deleting: None,
            held: true,
            asked: None,
        };
        let status = Status::QrCode(Box::<WhatsAppQrCodeStatus>::default());
        let spec = Spec::Garbled(Garbled { why: "another shape".into(), status });
        let (key, annotation) = (Key::new(Kind::QrCode, "shop", "poster"), Written::Missing);
        let known = Known::of_object(&Object { key, meta, spec, annotation }, |account| account);
        assert_eq!((known.is_garbled, known.config_map), (true, None));
    }

    #[test]
    fn a_condition_counts_where_it_is_true() {
        let condition = |type_: &str, status: &str| {
            Condition {
            type_: type_.into(),
            status: status.into(),
            reason: "ApprovalNeeded".into(),
            ..serde_json::from_value(serde_json::json!({
                "type": "", "status": "", "reason": "", "message": "", "lastTransitionTime": "2026-05-01T10:00:00Z",
            }))
            .unwrap()
        }
        };
        let all =
            [condition("Ready", "False"), condition("ChangeBlocked", "True"), condition("Foreign", "True")];
        let mut known = Known::of(&"1".into(), &all);
        known.review = Some(ReviewState::Rejected);
        known.category = Some(Box::new(("UTILITY", "MARKETING".into())));
        let key = Key::new(Kind::Template, "shop", "poster");
        let census = Census::of([(&key, &known)]);
        assert_eq!(census.reasons, BTreeMap::from([((Kind::Template, "ApprovalNeeded".to_owned()), 1)]));
        assert_eq!(census.conditions, BTreeMap::from([((Kind::Template, "ChangeBlocked"), 1)]));
        assert_eq!(census.reviews, BTreeMap::from([("Rejected".to_owned(), 1)]));
        assert_eq!(census.categories, BTreeMap::from([(("UTILITY", "MARKETING".to_owned()), 1)]));
    }
}
