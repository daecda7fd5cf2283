//! When an object rests: nothing more comes of waiting for it.

use std::time::Duration;

use crate::engine::object::{Object, Spec};
use crate::plan::reason::{Progress, Reason};

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// Everything is delivered; reviews go on by themselves.
    #[default]
    Submitted,
    /// Reviews are over, too.
    Approved,
}

/// How an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It will get further within reach.
    Moving,
    /// It is as written, as far as that is waited for.
    Done,
    /// It needs somebody.
    Stopped,
    /// It goes on by itself, later than anybody wants to wait.
    Later,
}

/// An account that cannot be called gets so long from the start: a restart of a proxy, not a wrong token.
const ACCOUNT: Duration = Duration::from_secs(15);
/// Who is looked at again within so long is worth waiting for.
const SOON: Duration = Duration::from_secs(120);

/// How an object stands. `due` is how long until it is looked at again, `elapsed` how long everything has taken.
///
/// | state | stands |
/// |---|---|
/// | as written | done |
/// | needs somebody | stopped |
/// | in review | done, or moving where approval is waited for |
/// | in review, with a change that is sent after it | later, or moving where approval is waited for |
/// | name locked, edits used up | later |
/// | account missing | stopped |
/// | account cannot be called | moving for a moment, then stopped |
/// | a call failed, the provider asks to wait | moving if it is tried again soon, else later |
/// | everything else | moving |
/// | done, and is to go | moving, or later: what was said of it is from before |
pub fn standing(object: &Object, until: Until, due: Option<Duration>, elapsed: Duration) -> Standing {
    let Some(reason) = reason(object) else { return Standing::Moving };
    let soon = due.is_some_and(|due| due <= SOON);
    let stands = match reason {
        Reason::InReview if until == Until::Submitted && owes(object) => Standing::Later,
        Reason::InReview if until == Until::Submitted => Standing::Done,
        Reason::NameLocked | Reason::EditsUsedUp => Standing::Later,
        Reason::AccountMissing => Standing::Stopped,
        Reason::AccountNotReady if elapsed > ACCOUNT => Standing::Stopped,
        Reason::Retrying | Reason::ProviderSaysWait | Reason::Observing if !soon => Standing::Later,
        _ => match reason.progress() {
            // Who holds an object still wants nothing of it.
            Progress::Ready | Progress::Held => Standing::Done,
            Progress::Stalled => Standing::Stopped,
            Progress::Reconciling => Standing::Moving,
        },
    };
    match stands {
        Standing::Done if object.meta.deleting.is_some() => {
            if due.is_some() && !soon {
                Standing::Later
            } else {
                Standing::Moving
            }
        }
        stands => stands,
    }
}

/// Whether the provider lacks something that the manifest says.
fn owes(object: &Object) -> bool {
    object.conditions().iter().any(|said| said.type_ == "Synced" && said.status == "False")
}

/// The state that its status speaks of; none where that is about an earlier manifest.
pub fn reason(object: &Object) -> Option<Reason> {
    if let Spec::Garbled(_) = object.spec {
        return Some(Reason::Invalid);
    }
    let status = object.status_part();
    let name = status.reason().filter(|_| status.observed_generation() == Some(object.meta.generation));
    let Some(name) = name else { return object.has_open_call().then_some(Reason::Resolving) };
    Reason::ALL.iter().copied().find(|reason| reason.name() == name)
}

/// What its status says of that state.
pub fn message(object: &Object) -> String {
    let conditions = match &object.spec {
        Spec::QrCode(_, status) => &status.conditions,
        Spec::Template(_, status) => &status.conditions,
        Spec::Garbled(garbled) => return garbled.why.clone(),
    };
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
    ready.map_or_else(|| begun(object).unwrap_or_default(), |ready| ready.message.to_string())
}

/// What is said of a call whose end nobody has written down.
fn begun(object: &Object) -> Option<String> {
    let text = "a call was begun; the next apply finds out what became of it before it makes anything";
    object.has_open_call().then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::api::{Condition, Kind};
    use crate::engine::object::Meta;
    use crate::plan::claim::Written;
    use crate::plan::facts::{Cause, Deleting, Key};

    fn object(reason: Reason) -> Object {
        let ready = Condition {
            type_: "Ready".into(),
            status: "False".into(),
            reason: reason.name().into(),
            message: "a sentence".into(),
            observed_generation: Some(3),
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        };
        let spec = serde_json::json!({
            "accountRef": {"name": "shop"}, "name": "it", "language": "en", "category": "UTILITY",
            "components": {"body": {"text": "Hi"}},
        });
        let spec = serde_json::from_value(spec).unwrap();
        let status = crate::api::WhatsAppTemplateStatus {
            observed_generation: Some(3),
            conditions: vec![ready],
            ..Default::default()
        };
        Object {
            key: Key::new(Kind::Template, "shop", "it"),
            meta: Meta {
                uid: "1".into(),
                version: "1".to_owned(),
                generation: 3,
                created: Timestamp::UNIX_EPOCH,
                deleting: None,
                held: true,
                asked: None,
            },
            spec: Spec::Template(Box::new(spec), Box::new(status)),
            annotation: Written::Missing,
        }
    }

    #[test]
    fn waiting_ends_when_nothing_more_comes_of_it() {
        use Standing::{Done, Later, Moving, Stopped};
        use Until::{Approved, Submitted};
        let (start, soon, late) =
            (Duration::ZERO, Some(Duration::from_secs(30)), Some(Duration::from_secs(600)));
        let after = Duration::from_secs(16);
        for (reason, until, due, elapsed, want, why) in [
            (Reason::Live, Submitted, late, after, Done, "as written"),
            (Reason::InReview, Submitted, soon, after, Done, "a review can take a day"),
            (Reason::InReview, Approved, late, after, Moving, "somebody wants to wait for it"),
            (Reason::Submitted, Approved, late, after, Done, "the manifest itself says what ready means"),
            (Reason::Rejected, Approved, None, after, Stopped, "nothing but another text helps"),
            (Reason::ApprovalNeeded, Submitted, late, after, Stopped, "a person must decide"),
            (Reason::NameLocked, Submitted, soon, after, Later, "a month"),
            (Reason::EditsUsedUp, Submitted, soon, after, Later, "a day"),
            (Reason::AccountNotReady, Submitted, soon, start, Moving, "a proxy starts"),
            (Reason::AccountNotReady, Submitted, soon, after, Stopped, "a token is wrong"),
            (Reason::AccountMissing, Submitted, soon, start, Stopped, "nobody brings it"),
            (Reason::Retrying, Submitted, soon, after, Moving, "it is tried again in a moment"),
            (Reason::ProviderSaysWait, Submitted, soon, after, Moving, "throttled"),
            (Reason::ProviderSaysWait, Submitted, late, after, Later, "a human there must act"),
            (Reason::Resolving, Submitted, late, after, Moving, "an outcome is never left open"),
            (Reason::Deleting, Submitted, None, after, Moving, "it is under way"),
            (Reason::Suspended, Submitted, None, after, Done, "nobody wants anything of it"),
        ] {
            assert_eq!(standing(&object(reason), until, due, elapsed), want, "{reason:?}: {why}");
        }
    }

    #[test]
    fn a_change_that_is_sent_after_a_review_is_not_done() {
        let mut object = object(Reason::InReview);
        let Spec::Template(_, status) = &mut object.spec else { panic!("a template") };
        let mut synced = status.conditions[0].clone();
        (synced.type_, synced.status) = ("Synced".into(), "True".into());
        status.conditions.push(synced);
        assert_eq!(standing(&object, Until::Submitted, None, Duration::ZERO), Standing::Done);
        let Spec::Template(_, status) = &mut object.spec else { panic!("a template") };
        status.conditions[1].status = "False".into();
        assert_eq!(standing(&object, Until::Submitted, None, Duration::ZERO), Standing::Later);
        assert_eq!(standing(&object, Until::Approved, None, Duration::ZERO), Standing::Moving);
    }

    #[test]
    fn what_is_to_go_is_not_done_while_it_is_there() {
        let mut object = object(Reason::Live);
        object.meta.deleting = Some(Deleting { since: Timestamp::UNIX_EPOCH, cause: Cause::Person });
        for (due, want) in
            [(None, Standing::Moving), (Some(10), Standing::Moving), (Some(600), Standing::Later)]
        {
            let due = due.map(Duration::from_secs);
            assert_eq!(standing(&object, Until::Submitted, due, Duration::ZERO), want, "{due:?}");
        }
    }

    #[test]
    fn what_was_said_of_an_earlier_manifest_does_not_count() {
        let mut object = object(Reason::Live);
        object.meta.generation = 4;
        assert_eq!(standing(&object, Until::Submitted, None, Duration::ZERO), Standing::Moving);
    }
}
