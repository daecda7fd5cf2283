//! Making one call, so that no crash and no lost answer leaves a riddle (claims.md 1 to 5).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::driver::{Driver, read};
use super::gather::{Facts, QrFacts, TemplateFacts};
use super::happening::Happening;
use super::hindrance::Hindered;
use super::object::{Object, Spec};
use super::remote::Remote;
use super::store::{Hold, Store};
use crate::api::{Claim, Kind};
use crate::clock;
use crate::plan::claim::Done;
use crate::plan::facts::Key;
use crate::plan::step::{Call, Step};
use crate::provider::attempt::Mandate;
use crate::provider::budget::{Lane, Permit};
use crate::provider::error::{Class, Effect, Error};
use crate::provider::face::{Account as _, Attachments, Change, Deleted, QrCodes as _, Templates as _};
use crate::provider::inventory::{Act, Outcome, Reach, TemplateKey};
use crate::provider::record::Asker;
use crate::qr_code::Code;
use crate::template;

/// So old a list may be when the permit comes that it was made before.
const YOUNG: Duration = Duration::from_secs(30);

impl<S: Store> Driver<S> {
    /// Lock, permit, what the provider must be sent before, a list that started after the plan said so, the plan once more,
    /// the intent, the call. Where the list takes longer than the permit, it goes first.
    pub(super) async fn call(
        &self,
        facts: &Facts,
        call: &Call,
        _: &Claim,
        lane: Lane,
    ) -> Result<(), Hindered> {
        let key = &facts.common().key;
        let Some(remote) = self.doors.remote_of(&facts.common().entry.object) else {
            return Err(Hindered::Stale);
        };
        let (place, what) = lock_name(facts);
        let _lock = remote.lock(&place, &what).await;
        let asked = tokio::time::Instant::now();
        let makes_another = match (facts, call) {
            (_, Call::Create) => true,
            (Facts::QrCode(_), Call::Update(_)) => !remote.provider().capabilities().update_keeps_code,
            _ => false,
        };
        // A permit that is held while pages come is one that no other create has.
        let lists_first = makes_another && self.world().lists_first(&facts.common().entry.object);
        if lists_first {
            self.refresh(&remote, facts, asked, lane).await?;
        }
        let waits = tokio::time::Instant::now();
        let permit = remote.provider().permit(change(facts, call), lane).await;
        let Some(object) = self.world().get(key).map(|entry| entry.object.clone()) else { return Ok(()) };
        // Only now: a sample may keep for less long than the permit takes to come.
        let attachments = prepared(&remote, &object, call, lane).await?;
        // An intent says that nothing was there (claims.md 13).
        if lists_first && waits.elapsed() > YOUNG {
            self.refresh(&remote, facts, tokio::time::Instant::now() - YOUNG, lane).await?;
        } else if makes_another && !lists_first {
            self.refresh(&remote, facts, asked, lane).await?;
        }
        // What was learnt while waiting may have changed the mind.
        let Some(facts) = self.gather(key, lane).await? else { return Ok(()) };
        let plan = facts.plan();
        let Step::Call { call: again, claim } = &plan.step else { return Ok(()) };
        // What was sent before belongs to the manifest as it was then.
        let is_rewritten = || object.spec_part() != facts.common().entry.object.spec_part();
        if again != call || (key.kind == Kind::Template && is_rewritten()) {
            return Ok(());
        }
        if matches!(call, Call::Delete(_)) {
            self.count_deletion(key).await?;
        }
        self.calls.begin(key).await;
        let claim = with_all_known_before(&facts, claim);
        self.hold(key, &facts, Hold::Claim(&claim)).await?;
        let done = match &facts {
            Facts::QrCode(facts) => self.call_code(&remote, facts, call, &claim, permit).await,
            Facts::Template(facts) => {
                self.call_template(&remote, facts, call, &claim, permit, &attachments).await
            }
        };
        self.learn(key, call, &claim, &done, &facts);
        Ok(())
    }

    /// A list that started after the plan said that something is to be made (claims.md 1), be it by a change: what was there
    /// before cannot be what came of the call.
    async fn refresh(
        &self,
        remote: &Remote,
        facts: &Facts,
        asked: tokio::time::Instant,
        lane: Lane,
    ) -> Result<(), Hindered> {
        match facts {
            Facts::QrCode(facts) => {
                if let Some(phone) = &facts.phone {
                    remote.codes(phone).fresh(asked, Reach::Newest, lane).await?;
                }
            }
            Facts::Template(_) => remote.templates().fresh(asked, Reach::Whole, lane).await?,
        }
        Ok(())
    }

    /// What became of the call, remembered until it is written.
    fn learn(&self, key: &Key, call: &Call, claim: &Claim, done: &Result<Done, Error>, facts: &Facts) {
        let now = clock::seconds();
        let hash = claim.intent.as_ref().map(|intent| intent.text_hash.clone());
        let settled = match done {
            Ok(done) => Some(claim.settled(done.clone(), now)),
            Err(error) if error.effect == Effect::Unclear => None,
            Err(error) if error.class == Class::Terminal && !matches!(call, Call::Delete(_)) => {
                let sent = hash.clone().unwrap_or_default();
                let refused = Done::Refused { hash: facts.sent(sent), why: error.to_string() };
                Some(claim.settled(refused, now))
            }
            Err(_) => Some(claim.settled(Done::Nothing, now)),
        };
        let may_differ = done.as_ref().map_or_else(|error| error.effect != Effect::None, |_| true);
        self.world_mut().restate(key, |entry| {
            entry.result = settled.clone().map(Arc::new);
            // What was read before says nothing of what the call left there.
            if may_differ {
                entry.read = None;
            }
        });
        let outcome = match done {
            Ok(Done::Code(name) | Done::Template(name)) => Ok(name.as_str()),
            Ok(_) => Ok(""),
            Err(error) => Err(error),
        };
        self.witness.tell(key, &Happening::Called { call, outcome });
        match done {
            Ok(_) => self.calm(key),
            Err(error) => {
                let lock = facts.common().account.capabilities().and_then(|can| can.name_lock);
                self.trouble(key, error, hash.as_deref(), lock);
            }
        }
    }

    async fn call_code(
        &self,
        remote: &Remote,
        facts: &QrFacts,
        call: &Call,
        claim: &Claim,
        permit: Permit,
    ) -> Result<Done, Error> {
        let (Some(phone), Some(intent)) = (facts.phone.as_deref().or(claim.phone.as_deref()), &claim.intent)
        else {
            return Ok(Done::Nothing);
        };
        let asker = asker(&facts.common);
        let before =
            facts.own.as_ref().here().map(|code| json!({"code": code.code.as_str(), "text": code.message}));
        let mandate = Mandate {
            permit,
            deadline: self.deadline(intent.deadline.0),
            asker: &asker,
            before: before.as_ref(),
        };
        let codes = remote.codes(phone);
        let provider = remote.provider();
        let named = |name: &str| Code::parse(name);
        match (call, &facts.desired) {
            (Call::Create, Ok(desired)) => {
                let writing = codes.writing(Act::Create);
                let made = provider.create_code(phone, &desired.message, desired.image_format, mandate).await;
                match made {
                    Ok(mut made) => {
                        // The answer may echo another text; what was asked for is what is there (trap 13).
                        made.message.clone_from(&desired.message);
                        let code = made.code.clone();
                        writing.finish(Outcome::Exists(code.clone(), made));
                        Ok(Done::Code(code.to_string()))
                    }
                    Err(error) => {
                        writing.finish(ended(&error));
                        Err(error)
                    }
                }
            }
            (Call::Update(name), Ok(desired)) => {
                let Some(code) = named(name) else { return Ok(Done::Nothing) };
                let writing = codes.writing(Act::Update(code.clone()));
                let made =
                    provider.update_code(phone, &code, &desired.message, desired.image_format, mandate).await;
                match made {
                    Ok(mut made) => {
                        made.message.clone_from(&desired.message);
                        let now = made.code.clone();
                        writing.finish(Outcome::Exists(now.clone(), made));
                        Ok(Done::Code(now.to_string()))
                    }
                    Err(error) => {
                        writing.finish(ended(&error));
                        Err(error)
                    }
                }
            }
            (Call::Delete(name), _) => {
                let Some(code) = named(name) else { return Ok(Done::Nothing) };
                let writing = codes.writing(Act::Delete(code.clone()));
                match provider.delete_code(phone, &code, mandate).await {
                    Ok(Deleted::Now | Deleted::Before) => {
                        writing.finish(Outcome::Gone(code));
                        Ok(Done::Deleted)
                    }
                    Err(error) => {
                        writing.finish(ended(&error));
                        Err(error)
                    }
                }
            }
            _ => Ok(Done::Nothing),
        }
    }

    async fn call_template(
        &self,
        remote: &Remote,
        facts: &TemplateFacts,
        call: &Call,
        claim: &Claim,
        permit: Permit,
        attachments: &Attachments,
    ) -> Result<Done, Error> {
        let Some(intent) = &claim.intent else { return Ok(Done::Nothing) };
        let asker = asker(&facts.common);
        let known = facts.own.as_ref().here();
        let before = known.map(|known| json!({"id": known.id, "state": format!("{:?}", known.state)}));
        let mandate = Mandate {
            permit,
            deadline: self.deadline(intent.deadline.0),
            asker: &asker,
            before: before.as_ref(),
        };
        let templates = remote.templates();
        let provider = remote.provider();
        let key = known.map(TemplateKey::from);
        let act = match (call, &key) {
            (Call::Create, _) | (_, None) => Act::Create,
            (Call::Delete(_), Some(key)) => Act::Delete(key.clone()),
            (_, Some(key)) => Act::Update(key.clone()),
        };
        let writing = templates.writing(act);
        let done = match (call, &facts.desired, known) {
            (Call::Create, Ok(desired), _) => {
                let made = provider.create_template(desired, attachments, mandate).await;
                made.map(|made| (Some(accepted(desired, made, known)), None))
            }
            (Call::Update(_), Ok(desired), Some(known)) => {
                let made = provider.edit_template(known, desired, attachments, mandate).await;
                made.map(|made| (Some(accepted(desired, made, Some(known))), None))
            }
            (Call::Set(_), Ok(desired), Some(known)) => {
                let paused = desired.category_change_paused.unwrap_or_default();
                let done = provider.set_category_change_paused(known, paused, mandate).await;
                let now = template::Observed { content: Some(desired.content()), ..known.clone() };
                done.map(|()| (Some(now), None))
            }
            (Call::Revive(_), _, Some(known)) => {
                let done = if known.state == crate::api::ReviewState::Archived {
                    provider.unarchive_template(known, mandate).await
                } else {
                    provider.unpause_template(known, mandate).await
                };
                done.map(|()| (Some(known.clone()), None))
            }
            (Call::Delete(_), _, Some(known)) => {
                provider.delete_template(known, mandate).await.map(|_| (None, key))
            }
            _ => {
                writing.finish(Outcome::Refused);
                return Ok(Done::Nothing);
            }
        };
        match done {
            Ok((Some(now), _)) => {
                let id = now.id.clone();
                writing.finish(Outcome::Exists(TemplateKey::from(&now), now));
                Ok(Done::Template(id))
            }
            Ok((None, key)) => {
                writing.finish(key.map_or(Outcome::Refused, Outcome::Gone));
                Ok(Done::Deleted)
            }
            Err(error) => {
                writing.finish(ended(&error));
                Err(error)
            }
        }
    }
}

/// What the provider must be sent before a call about this manifest.
async fn prepared(remote: &Remote, object: &Object, call: &Call, lane: Lane) -> Result<Attachments, Error> {
    match (&object.spec, call) {
        (Spec::Template(spec, _), Call::Create | Call::Update(_)) => match template::parse(spec) {
            Ok(desired) => remote.provider().prepare(&desired, read(lane)).await,
            Err(_) => Ok(Attachments::default()),
        },
        _ => Ok(Attachments::default()),
    }
}

/// The name under which objects that could make the same thing wait for each other.
fn lock_name(facts: &Facts) -> (String, String) {
    match facts {
        Facts::QrCode(facts) => {
            let text = facts.desired.as_ref().map_or("", |desired| desired.message.as_str());
            (facts.phone.clone().unwrap_or_default(), text.to_owned())
        }
        Facts::Template(facts) => match &facts.desired {
            Ok(desired) => (desired.name.clone(), desired.language.clone()),
            Err(_) => (String::new(), facts.common.key.to_string()),
        },
    }
}

fn change(facts: &Facts, call: &Call) -> Change {
    match (facts, call) {
        (Facts::QrCode(_), Call::Create) => Change::CreateCode,
        (Facts::QrCode(_), Call::Delete(_)) => Change::DeleteCode,
        (Facts::QrCode(_), _) => Change::UpdateCode,
        (Facts::Template(_), Call::Create) => Change::CreateTemplate,
        (Facts::Template(_), Call::Update(_)) => Change::EditTemplate,
        (Facts::Template(_), Call::Set(_)) => Change::SetTemplate,
        (Facts::Template(_), Call::Delete(_)) => Change::DeleteTemplate,
        (Facts::Template(facts), Call::Revive(_)) => {
            let archived = facts
                .own
                .as_ref()
                .here()
                .is_some_and(|known| known.state == crate::api::ReviewState::Archived);
            if archived { Change::UnarchiveTemplate } else { Change::UnpauseTemplate }
        }
    }
}

/// The intent with every code that carries this text already, whoever claims it: none of them can be what the call
/// makes, even if its owner lets it go meanwhile.
fn with_all_known_before(facts: &Facts, claim: &Claim) -> Claim {
    let mut claim = claim.clone();
    if let (Facts::QrCode(facts), Some(intent)) = (facts, &mut claim.intent) {
        intent.same_text.clone_from(&facts.alike);
    }
    claim
}

fn asker(common: &super::gather::Common) -> Asker {
    Asker { object: common.key.to_string(), generation: common.entry.object.meta.generation }
}

fn ended<K, E>(error: &Error) -> Outcome<K, E> {
    if error.effect == Effect::Unclear { Outcome::Unclear } else { Outcome::Refused }
}

/// The template as it must be there now, until a list says it better.
fn accepted(
    desired: &template::Desired,
    made: template::Accepted,
    known: Option<&template::Observed>,
) -> template::Observed {
    template::Observed {
        id: made.id,
        name: desired.name.clone(),
        language: desired.language.clone(),
        category: made.category.unwrap_or_else(|| desired.category.as_str().to_owned()),
        previous_category: None,
        correct_category: None,
        state: made.state.unwrap_or(crate::api::ReviewState::Pending),
        reason: None,
        quality: known.and_then(|known| known.quality.clone()),
        content: Some(desired.content()),
    }
}
