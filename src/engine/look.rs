//! Finding out what must be known first.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::doors::drift_interval;
use super::driver::{Driver, read};
use super::entry::{Entry, Read};
use super::gather::{Common, Facts, QrFacts, TemplateFacts};
use super::hindrance::Hindered;
use super::remote::Remote;
use super::store::Store;
use crate::api::{ImageFormat, Kind};
use crate::clock::{self, Stamp};
use crate::engine::object::Spec;
use crate::plan::facts::{Cause, Key, Presence};
use crate::plan::step::Look;
use crate::provider::budget::Lane;
use crate::provider::error::{Class, Error, Verdict};
use crate::provider::face::{Account as _, QrCodes as _, Templates as _, Which};
use crate::provider::inventory::{Reach, TemplateKey};
use crate::qr_code::{self, Code};

impl<S: Store> Driver<S> {
    /// Learns what the plan asked for.
    pub(super) async fn look(&self, facts: &Facts, look: &Look, lane: Lane) -> Result<(), Hindered> {
        let key = &facts.common().key;
        let Some(remote) = self.doors.remote_of(&facts.common().entry.object) else {
            return Err(Hindered::Stale);
        };
        let has_listed = match (facts, look) {
            (_, Look::Second { missed, .. }) => {
                let n = facts.common().standing.ours().map_or(0, |claim| claim.n);
                self.world_mut().remember(key, |entry| entry.memory.missed = Some((n, *missed)));
                return Ok(());
            }
            (Facts::QrCode(facts), Look::List(since)) => {
                let Some(phone) = &facts.phone else { return Err(Hindered::Stale) };
                let codes = remote.codes(phone);
                let since = since_known(&facts.common, &facts.own, *since, codes.listed());
                // Whoever starts a list does this for all who wait for it.
                let leads = !codes.is_under_way();
                if leads {
                    self.expect_codes(&remote, phone);
                    codes.agree_for(self.agreement(&remote));
                }
                codes.fresh(since, Reach::Whole, lane).await?;
                complete(codes.listed(), since)?;
                leads
            }
            (Facts::QrCode(facts), Look::Exact(_)) => {
                self.read_code(facts, &remote, lane).await?;
                false
            }
            (Facts::Template(facts), Look::List(since)) => {
                let templates = remote.templates();
                let since = since_known(&facts.common, &facts.own, *since, templates.listed());
                let leads = !templates.is_under_way();
                if leads {
                    self.expect_templates(&remote);
                    templates.agree_for(self.agreement(&remote));
                }
                templates.fresh(since, Reach::Whole, lane).await?;
                complete(templates.listed(), since)?;
                leads
            }
            (Facts::Template(facts), Look::Exact(_)) => {
                self.read_template(key, facts, &remote, lane).await?;
                false
            }
        };
        self.looked(key);
        if has_listed {
            // They say how much of it is nobody's.
            self.wake(self.doors.open_at(remote.identity()));
        }
        Ok(())
    }

    /// What claims say exists, and no list was asked about yet, counts as known for the next: one that is too empty is
    /// not believed after a restart, nor of what another process has made meanwhile (claims.md 9).
    pub(super) fn expect_codes(&self, remote: &Remote, phone: &str) {
        let codes = remote.codes(phone);
        let listed = codes.listed();
        let world = self.world();
        let code = |entry: &Entry| Code::parse(entry.claim()?.code.as_deref()?);
        let claimed = world.claimed_at(remote.identity(), Some(phone));
        let claimed: Vec<Code> = claimed.filter(|entry| entry.owns_since(listed)).filter_map(code).collect();
        drop(world);
        codes.expect_keys(claimed);
    }

    /// The same for templates.
    fn expect_templates(&self, remote: &Remote) {
        let templates = remote.templates();
        let listed = templates.listed();
        let world = self.world();
        let key = |entry: &Entry| {
            let Spec::Template(spec, _) = &entry.object.spec else { return None };
            Some(TemplateKey::new(entry.claim()?.template_id.as_deref()?, &spec.language))
        };
        let claimed = world.claimed_at(remote.identity(), None);
        let claimed: Vec<TemplateKey> =
            claimed.filter(|entry| entry.owns_since(listed)).filter_map(key).collect();
        drop(world);
        templates.expect_keys(claimed);
    }

    /// How long lists must agree before a great loss is believed: the longest interval of the accounts that share
    /// them (claims.md 9).
    fn agreement(&self, remote: &Remote) -> Duration {
        let open = self.doors.open_at(remote.identity());
        let world = self.world();
        let interval = |key| drift_interval(world.account(key).map(|account| &**account));
        let longest = open.iter().map(interval).max().unwrap_or_else(|| drift_interval(None));
        Duration::try_from(longest).unwrap_or_default()
    }

    /// How urgent an object is.
    pub(super) fn lane(&self, key: &Key) -> Lane {
        let world = self.world();
        let Some(entry) = world.get(key) else { return Lane::DriftPass };
        let claim = entry.claim();
        let (generation, waits) = match &entry.object.spec {
            Spec::QrCode(_, status) => (status.observed_generation, false),
            Spec::Template(_, status) => {
                let pending = status
                    .review
                    .as_ref()
                    .is_some_and(|review| review.state == crate::api::ReviewState::Pending);
                (status.observed_generation, pending)
            }
            Spec::Garbled(_) => (None, false),
        };
        if claim.is_some_and(|claim| claim.intent.is_some()) {
            Lane::Recovery
        } else if entry.object.meta.deleting.is_some() {
            Lane::Delete
        } else if generation != Some(entry.object.meta.generation)
            || claim.is_none_or(|claim| claim.code.is_none() && claim.template_id.is_none())
        {
            Lane::UserEdit
        } else if waits {
            Lane::ReviewPoll
        } else {
            Lane::DriftPass
        }
    }

    /// Why an object goes is asked once it does.
    pub(super) async fn with_cause(&self, key: &Key, entry: Entry) -> Result<Option<Entry>, Hindered> {
        let Some(deleting) = entry.object.meta.deleting.filter(|deleting| deleting.cause == Cause::Person)
        else {
            return Ok(Some(entry));
        };
        let cause = self.store.cause(key, deleting).await?;
        if cause == deleting.cause {
            return Ok(Some(entry));
        }
        let mut object = (*entry.object).clone();
        object.meta.deleting = Some(crate::plan::facts::Deleting { cause, ..deleting });
        Ok(self.world_mut().restate(key, |entry| {
            entry.object = Arc::new(object);
            entry.clone()
        }))
    }

    /// What the provider's calls name the phone number by.
    pub(super) async fn phone(
        &self,
        entry: &Entry,
        remote: &Remote,
        desired: &Result<Box<qr_code::Desired>, String>,
        lane: Lane,
    ) -> Result<Option<String>, Hindered> {
        let claimed = entry.claimed_phone();
        // As with any look: a call that failed does not keep it back.
        let held_back = entry
            .memory
            .trouble
            .as_ref()
            .is_some_and(|trouble| trouble.hash.is_none() && trouble.not_before > clock::seconds());
        let Ok(desired) = desired else { return Ok(claimed) };
        if let Some(known) = remote.known_line(&desired.phone) {
            return Ok(Some(known));
        }
        if held_back || entry.object.meta.deleting.is_some() {
            return Ok(claimed);
        }
        // One asks for all who wait: after a start that is everybody.
        let _turn = remote.lock(NUMBERS, &format!("{:?}", desired.phone)).await;
        if let Some(known) = remote.known_line(&desired.phone) {
            return Ok(Some(known));
        }
        let found = remote.provider().resolve(&desired.phone, read(lane)).await?;
        if claimed.is_none() {
            found.usable()?;
        }
        remote.remember_line(&desired.phone, &found.key);
        Ok(Some(found.key))
    }

    /// Before the outcome of an unclear call is believed, all claims are read, uncached and after the list
    /// (claims.md 5).
    pub(super) async fn reread_claims(
        &self,
        entry: &Entry,
        remote: Option<&Remote>,
        phone: Option<&str>,
    ) -> Result<(), Hindered> {
        let Some(intent) = entry.claim().and_then(|claim| claim.intent.as_ref()) else { return Ok(()) };
        let now = clock::timestamp();
        if now < intent.deadline.0 + self.settings.settle {
            return Ok(());
        }
        let listed = match (entry.object.key.kind, remote, phone) {
            (Kind::QrCode, Some(remote), Some(phone)) => remote.codes(phone).listed(),
            (_, Some(remote), _) => remote.templates().listed(),
            _ => None,
        };
        let Some(listed) = listed else { return Ok(()) };
        Ok(self.reread(listed.running()).await?)
    }

    async fn read_code(&self, facts: &QrFacts, remote: &Remote, lane: Lane) -> Result<(), Hindered> {
        let Some(phone) = &facts.phone else { return Err(Hindered::Stale) };
        let claim = facts.common.standing.ours();
        let own = claim.and_then(|claim| {
            claim.intent.as_ref().and_then(|intent| intent.from.clone()).or_else(|| claim.code.clone())
        });
        let adopt = facts.desired.as_ref().ok().and_then(|desired| desired.adopt.clone());
        let unlisted = |presence: &Presence<qr_code::Observed>| !matches!(presence, Presence::Here(_));
        let own = own.filter(|_| unlisted(&facts.own));
        let adopt = adopt.filter(|_| unlisted(&facts.adopt));
        for code in own.iter().chain(&adopt).filter_map(|code| Code::parse(code)) {
            let format =
                facts.desired.as_ref().map_or_else(|_| ImageFormat::default(), |wanted| wanted.image_format);
            let read = remote.provider().find_code(phone, &code, format, read(lane));
            remote.codes(phone).exact(code.clone(), read).await?;
        }
        Ok(())
    }

    async fn read_template(
        &self,
        key: &Key,
        facts: &TemplateFacts,
        remote: &Remote,
        lane: Lane,
    ) -> Result<(), Hindered> {
        let Some((name, language)) = facts.named() else { return Err(Hindered::Stale) };
        let id = facts
            .own
            .as_ref()
            .here()
            .map(|known| known.id.clone())
            .or_else(|| facts.common.standing.ours().and_then(|claim| claim.template_id.clone()));
        let which = Which { id: id.as_deref(), name, language };
        let started = Stamp::now();
        let read = remote.provider().read_template(which, read(lane));
        let found = match &id {
            Some(id) => {
                let mut found = None;
                let key = TemplateKey::new(id, language);
                let same = async {
                    found = read.await?;
                    // Found by its name under another id, it is another template.
                    Ok(found.clone().filter(|known| known.id == *id))
                };
                remote.templates().exact(key, same).await?;
                found
            }
            None => read.await?,
        };
        let read = Arc::new(Read { at: started, found });
        self.world_mut().remember(key, |entry| entry.read = Some(read));
        Ok(())
    }
}

/// Where those wait who ask for a number; no number has this name.
const NUMBERS: &str = "numbers";

/// Where nobody knows whether what it owns is there, a list from before it was owned would not tell; and after the wall
/// clock was set, the running one alone may think that the last list is new enough.
fn since_known<T>(common: &Common, own: &Presence<T>, since: Timestamp, listed: Option<Stamp>) -> Instant {
    let owned = common.entry.owned.as_ref().filter(|_| matches!(own, Presence::Unknown));
    let owned = owned.map(|(_, known)| *known);
    let old = listed.filter(|listed| listed.wall() < since);
    let after = old.map(|listed| listed.running() + Duration::from_nanos(1));
    [owned, after].into_iter().flatten().fold(moment(since), Instant::max)
}

/// A list that lacks pages is as good as none: it is made again, later.
fn complete(listed: Option<Stamp>, since: Instant) -> Result<(), Hindered> {
    if listed.is_some_and(|listed| listed.running() >= since) {
        return Ok(());
    }
    Err(Hindered::Provider(Error::new("List", "List.Incomplete", INCOMPLETE)))
}

const INCOMPLETE: Verdict =
    Verdict::refused(Class::Transient, "the provider's list came in part only; waops lists again");

/// The moment on the running clock that a time of day was; now, where it is still to come.
fn moment(time: Timestamp) -> Instant {
    let now = Instant::now();
    let age = clock::timestamp().duration_since(time);
    Duration::try_from(age).ok().and_then(|age| now.checked_sub(age)).unwrap_or(now)
}
