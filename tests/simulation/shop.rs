//! The store as a process sees it over a bad line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waops::api::{Claim, Deletion, Kind, Operation, WhatsAppAccountStatus};
use waops::clock;
use waops::engine::object::{AccountObject, Object, Spec, Status};
use waops::engine::store::{Hold, Store, StoreError};
use waops::plan::facts::{Cause, Deleting, Key};
use waops::plan::policy;
use waops::qr_code::content_hash;
use waops::simulator::{Fault, FaultRule, Provider as Face};
use waops::store::memory::Memory;

use super::cast::{self, account_key};
use super::forms::{Form, live_forms, places};
use super::judge::{Live, live_codes};
use super::ledger::{ELSEWHERE, claim_of, claims_of, short};
use super::life::Life;
use super::stage::{BEGIN, Stage};

/// So long a write can be on its way.
const SLOW: jiff::SignedDuration = jiff::SignedDuration::from_secs(75);
/// Nobody gives up waiting for an heir so soon.
const AT_ONCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// The store of one process.
#[derive(Clone)]
pub(crate) struct Shop {
    stage: Arc<Stage>,
    life: Arc<Life>,
    who: &'static str,
    /// The version of each object that the process was told last, by a read or by the answer to a write.
    told: Arc<Mutex<BTreeMap<Key, String>>>,
}

/// What becomes of a write on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    Conflicts,
    LostBefore,
    LostAfter,
    Late,
}

/// A write that owns what it writes, so that it can arrive when nobody waits for it any more.
#[derive(Clone, Debug)]
enum Writing {
    Hold(Key, String, Option<Box<Claim>>),
    Report(Key, String, Box<Status>),
    Account(Key, String, Box<WhatsAppAccountStatus>),
    HoldAccount(Key, String, bool),
}

/// What a write came to.
enum Written {
    Object(Option<Box<Object>>),
    Account(Option<Box<AccountObject>>),
}

impl Shop {
    pub(crate) fn new(stage: Arc<Stage>, life: Arc<Life>, who: &'static str) -> Self {
        Self { stage, life, who, told: Arc::default() }
    }

    fn memory(&self) -> &Memory {
        &self.stage.store
    }

    /// Tells the process how things stand with an object.
    fn tell(&self, key: &Key, object: Option<&Object>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match object {
            Some(object) => told.insert(key.clone(), object.meta.version.clone()),
            None => told.remove(key),
        };
    }

    /// Whether nothing is so with an object that the process was not told.
    fn knows(&self, object: &Object) -> bool {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&object.key) == Some(&object.meta.version)
    }

    async fn travel(&self) -> Result<(), StoreError> {
        self.life.moment().await;
        let slow = self.stage.weather().slow;
        if self.stage.disk.permille(slow) {
            // Now and then longer than a call may take.
            let very = self.stage.disk.permille(10);
            if very {
                self.stage.count("store slower than a call");
            }
            let delay = if very { (30_000, 70_000) } else { (1, 3_000) };
            tokio::time::sleep(self.stage.disk.millis(delay.0, delay.1)).await;
        } else {
            tokio::task::yield_now().await;
        }
        if self.stage.outage() {
            self.stage.count("store outage");
            return Err(StoreError::Unavailable("the store is away".to_owned()));
        }
        Ok(())
    }

    fn fate(&self) -> Fate {
        let weather = *self.stage.weather();
        let disk = &self.stage.disk;
        let fate = if disk.permille(weather.conflicts) {
            Fate::Conflicts
        } else if disk.permille(weather.lost) {
            if disk.permille(500) { Fate::LostBefore } else { Fate::LostAfter }
        } else if disk.permille(weather.late) {
            Fate::Late
        } else {
            return Fate::Arrives;
        };
        self.stage.count(format!("store {fate:?}"));
        fate
    }

    async fn write(&self, writing: Writing) -> Result<Written, StoreError> {
        if !self.life.is_over() {
            self.judge(&writing);
        }
        self.travel().await?;
        let lost = || Err(StoreError::Unavailable("the answer of the store was lost".to_owned()));
        let result = match self.fate() {
            Fate::Arrives => {
                let result = self.arrive(&writing).await;
                if let (Writing::Hold(key, ..) | Writing::Report(key, ..), Ok(Written::Object(now))) =
                    (&writing, &result)
                {
                    self.tell(key, now.as_deref());
                }
                result
            }
            Fate::Conflicts => Err(StoreError::Conflict),
            Fate::LostBefore => lost(),
            Fate::LostAfter => {
                let _ = self.arrive(&writing).await;
                lost()
            }
            Fate::Late => {
                let (shop, writing, delay) =
                    (self.clone(), writing.clone(), self.stage.disk.millis(1, 20_000));
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    let _ = shop.arrive(&writing).await;
                });
                lost()
            }
        };
        self.stage.say(self.who, || format!("write {} {}", said(&writing), outcome(&result)));
        self.life.moment().await;
        result
    }

    async fn arrive(&self, writing: &Writing) -> Result<Written, StoreError> {
        let memory = self.memory();
        match writing {
            Writing::Hold(key, _, None) if self.stage.is_snatched(key) => Ok(Written::Object(None)),
            Writing::Hold(key, ..) | Writing::Report(key, ..) if self.stage.is_snatched(key) => {
                Err(StoreError::Gone)
            }
            Writing::Hold(key, version, claim) => {
                let was = memory.object(key);
                let hold = claim.as_ref().map_or(Hold::Nothing, |claim| Hold::Claim(claim));
                let now = memory.hold(key, version, hold).await?;
                match (claim, &was) {
                    (Some(claim), was) => {
                        if let Some(was) = was {
                            self.give_up(was, claim);
                            self.choose(was, claim);
                            // What it has counted nobody knows any more.
                            if let Some(before) = claim_of(was).filter(|_| claim.template_id.is_none()) {
                                self.stage.ledger().unsettled.extend(places(was, &before));
                            }
                        }
                        self.stage.ledger().wrote(claim);
                    }
                    (None, Some(was)) => self.let_go(was),
                    (None, None) => {}
                }
                if let Some(now) = &now {
                    self.stage.ledger().names(now);
                }
                let changed = now.as_ref().is_none_or(|now| now.meta.version != *version);
                self.wrote(changed);
                Ok(Written::Object(now.map(Box::new)))
            }
            Writing::Report(key, version, status) => {
                let now = memory.report(key, version, status).await?;
                self.stage.ledger().names(&now);
                if now.meta.version == *version {
                    self.stage.count("a status written again as it was");
                }
                self.wrote(now.meta.version != *version);
                Ok(Written::Object(Some(Box::new(now))))
            }
            Writing::Account(key, version, status) => {
                let now = memory.report_account(key, version, status).await?;
                self.wrote(now.meta.version != *version);
                Ok(Written::Account(Some(Box::new(now))))
            }
            Writing::HoldAccount(key, version, held) => {
                let now = memory.hold_account(key, version, *held).await?;
                self.wrote(true);
                Ok(Written::Account(now.map(Box::new)))
            }
        }
    }

    fn wrote(&self, changed: bool) {
        if changed {
            let mut ledger = self.stage.ledger();
            ledger.figures.store_writes += 1;
            ledger.written = Some(clock::timestamp());
        }
    }

    /// Holds a claim that goes out against what its process was told, as long as that is how things stand: it may know more
    /// than it was told, and never less.
    fn judge(&self, writing: &Writing) {
        let Writing::Hold(key, version, claim) = writing else { return };
        let Some(was) = self.memory().object(key).filter(|was| was.meta.version == *version) else { return };
        if let Some(claim) = claim {
            self.take(&was, claim);
            self.take_over(&was, claim);
            self.believe(&was, claim);
        } else {
            self.leave(&was);
            self.forget(&was);
        }
    }

    /// It comes to what it did not have, and not by a call: does another living one have that?
    fn take(&self, was: &Object, claim: &Claim) {
        let before = claim_of(was).unwrap_or_default();
        let Some(code) = claim.code.as_ref().filter(|code| before.code.as_ref() != Some(*code)) else {
            return;
        };
        if before.intent.is_some() || claim.intent.is_some() {
            return;
        }
        let (_, objects) = self.memory().all();
        let owner = objects.iter().find(|other| {
            other.meta.uid != was.meta.uid
                && other.meta.deleting.is_none()
                && claim_of(other).and_then(|claim| claim.code).as_ref() == Some(code)
                && self.knows(other)
        });
        if let Some(owner) = owner {
            self.stage.broken("what one object has, no other takes (claim 7)", || {
                format!("{} takes {code} of {}", short(&was.key), short(&owner.key))
            });
        }
    }

    /// A claim becomes ours that another installation made: does the account say so?
    fn take_over(&self, was: &Object, claim: &Claim) {
        let theirs = claims_of(was);
        let is_elsewhere =
            |theirs: &Claim| theirs.installation == ELSEWHERE && theirs.object == was.key.object();
        let Some((_, account)) = was.account() else { return };
        if theirs.is_empty()
            || !theirs.iter().all(is_elsewhere)
            || claim.installation == ELSEWHERE
            || self.stage.ledger().takes_over.contains(&account_key(&account))
        {
            return;
        }
        self.stage.broken("what another installation claims is left alone (claim 14)", || {
            format!("{} takes over {theirs:?}", short(&was.key))
        });
    }

    /// It claims something, and all that its copies say another object has said, under another name: nothing comes of that,
    /// and while that one lives, nothing is claimed at all (claim 15). Whoever has no claim of their own counts from one.
    fn believe(&self, was: &Object, claim: &Claim) {
        let theirs = claims_of(was);
        let name = was.key.object();
        let is_copied = |theirs: &Claim| theirs.uid != was.meta.uid && theirs.object != name;
        if claim.uid != was.meta.uid || theirs.is_empty() || !theirs.iter().all(is_copied) {
            return;
        }
        let (_, objects) = self.memory().all();
        let original = objects.iter().find(|other| {
            theirs.iter().any(|theirs| theirs.uid == other.meta.uid)
                && self.knows(other)
                && self.stage.ledger().noticed(other.meta.created)
        });
        if let Some(original) = original {
            self.stage.broken("a copy of what lives is ignored (claim 15)", || {
                format!("{} claims {claim:?} beside {}", short(&was.key), short(&original.key))
            });
        } else if claim.n > 1 {
            self.stage.broken("what a claim says counts for its own object alone (claim 15)", || {
                format!("{} goes on with {theirs:?}: {claim:?}", short(&was.key))
            });
        }
        self.stage.count("branch a copy claims something itself");
    }

    /// It is let go, and what it has is left to others: does one of them keep it? What stands in one place is lost with one
    /// stroke, and who goes as well keeps it only to delete it (claim 7).
    fn leave(&self, was: &Object) {
        let Some((claim, deleting)) = claim_of(was).zip(was.meta.deleting) else { return };
        let Some(code) = &claim.code else { return };
        let has = |claim: &Claim| claim.code.as_ref() == Some(code);
        let keeps = |heir: &Object| {
            let intent = claim_of(heir).and_then(|claim| claim.intent);
            let deletes = intent.is_some_and(|intent| intent.operation == Operation::Delete);
            let claims = claims_of(heir);
            if heir.meta.deleting.is_some() { deletes } else { claims.len() > 1 && claims.iter().all(has) }
        };
        let (_, objects) = self.memory().all();
        let is_heir = |other: &&Arc<Object>| {
            other.meta.uid != was.meta.uid && claim_of(other).is_some_and(|claim| has(&claim))
        };
        let heirs: Vec<&Arc<Object>> = objects.iter().filter(is_heir).collect();
        let is_left = !heirs.is_empty() && heirs.iter().all(|heir| self.knows(heir) && !keeps(heir));
        if is_left
            && self.stage.ledger().is_within(deleting.since, AT_ONCE)
            && self.is_to_be_deleted(was, &claim)
        {
            let heirs: Vec<String> = heirs.iter().map(|heir| short(&heir.key)).collect();
            self.stage.broken("what is left to an heir is certain to be kept (claim 7)", || {
                format!("{} leaves {code} to {heirs:?}", short(&was.key))
            });
        }
    }

    /// It is let go although nobody has written down what became of the call that makes its template: is that left there,
    /// which was to be deleted with it (claim 19)?
    fn forget(&self, was: &Object) {
        let Some(claim) = claim_of(was).filter(|claim| claim.template_id.is_none()) else { return };
        let makes = claim.intent.as_ref().is_some_and(|intent| intent.operation == Operation::Create);
        let (Spec::Template(spec, _), Some((_, account))) = (&was.spec, was.account()) else { return };
        // Whoever starts has read what accounts said at first.
        let changed = self.stage.ledger().accounts_changed.filter(|changed| *changed != BEGIN);
        let is_heard = changed.is_none_or(|changed| self.stage.ledger().noticed(changed));
        if !makes || !is_heard || !self.is_meant_to_go(was, &claim) {
            return;
        }
        let (_, objects) = self.memory().all();
        let is_other = |other: &&Arc<Object>| other.key.kind == Kind::Template && other.key != was.key;
        let others: Vec<&Arc<Object>> = objects.iter().filter(is_other).collect();
        // What another one wants, or has, may be that one's.
        let is_shared = |form: &Form| {
            others.iter().any(|other| {
                let wants = match &other.spec {
                    Spec::Template(theirs, _) => theirs.name == form.name,
                    _ => true,
                };
                wants || claims_of(other).iter().any(|claim| places(other, claim).contains(&form.place()))
            })
        };
        // A list that says it is whole and is not, twice, is beyond what anybody can notice; only Meta's do.
        let partial = self.stage.counts().contains_key("rule PartialList");
        let is_made = |form: &&Form| {
            form.face == cast::face(&account)
                && (&form.name, &form.language) == (&spec.name, &spec.language)
                && (!partial || form.face != Face::Meta)
                && !form.is_going()
                && !form.differs(spec)
                && !is_shared(form)
        };
        let forms = live_forms(&self.stage);
        let ledger = self.stage.ledger();
        let left = forms.iter().filter(is_made).find(|form| ledger.made_for_certain(form));
        drop(ledger);
        if let Some(left) = left {
            self.stage.broken("a delete waits for what an open call has made (claim 19)", || {
                format!("{} was let go while {left:?} is there: {claim:?}", short(&was.key))
            });
        }
    }

    /// Whether a person wants the code of an object, which lives, to be deleted with it, and everybody has heard of that.
    fn is_to_be_deleted(&self, was: &Object, claim: &Claim) -> bool {
        let now = clock::timestamp();
        let changed = self.stage.ledger().accounts_changed;
        let is_heard = changed.is_none_or(|changed| now.duration_since(changed) >= SLOW);
        is_heard
            && self.is_meant_to_go(was, claim)
            && live_codes(&self.stage).iter().any(|live| Some(&live.code) == claim.code.as_ref())
    }

    /// Whether a person wants what an object has to be deleted with it, and its account is there for it.
    fn is_meant_to_go(&self, was: &Object, claim: &Claim) -> bool {
        let (accounts, _) = self.memory().all();
        let account = was.account().and_then(|(namespace, name)| {
            accounts.iter().find(|account| *account.key.namespace == *namespace && *account.key.name == *name)
        });
        let policies =
            policy::resolve(account.and_then(|account| account.spec.policies.as_ref()), was.policies());
        let by_person = was.meta.deleting.is_some_and(|deleting| deleting.cause == Cause::Person);
        let allowed = account.is_some_and(|account| {
            account.key.namespace == was.key.namespace
                || account.spec.allowed_namespaces.as_ref().is_some_and(|allowed| {
                    allowed.names.iter().flatten().any(|name| **name == *was.key.namespace)
                })
        });
        by_person && allowed && policies.deletion(claim.adopted) == Deletion::Delete
    }

    /// An object writes that it has its code no more: is it gone, or another's?
    fn give_up(&self, was: &Object, claim: &Claim) {
        let Some(code) = claim_of(was).and_then(|before| before.code) else { return };
        if claim.code.is_some() || claim.intent.is_some() || claim.uid != was.meta.uid {
            return;
        }
        let is_old = |since| self.stage.ledger().noticed(since);
        // A list that says it is whole and is not, twice, is beyond what anybody can notice; only Meta's do.
        let partial = self.stage.counts().contains_key("rule PartialList");
        let is_live = live_codes(&self.stage)
            .iter()
            .any(|live| live.code == code && is_old(live.since) && (!partial || live.face != Face::Meta));
        let (_, objects) = self.stage.store.all();
        let has = |claim: &Claim| claim.code.as_ref() == Some(&code);
        let others = objects.iter().filter(|other| other.key != was.key);
        if is_live && !others.into_iter().any(|other| claims_of(other).iter().any(has)) {
            self.stage.broken("a code that lives is not called gone (claim 9)", || {
                format!("{} gives up {code}: {claim:?}", short(&was.key))
            });
        }
    }

    /// It takes one of the codes that its unclear call can have made: can that be, and were as many calls made as there
    /// are codes?
    fn choose(&self, was: &Object, claim: &Claim) {
        let Some(before) = claim_of(was) else { return };
        let (Some(intent), Some(code)) = (&before.intent, &claim.code) else { return };
        let adopted = match &was.spec {
            Spec::QrCode(spec, _) => spec.adopt.as_ref().map(|adopt| &adopt.code),
            _ => None,
        };
        if intent.operation != Operation::Create || claim.intent.is_some() || adopted == Some(code) {
            return;
        }
        let (_, objects) = self.stage.store.all();
        let live = live_codes(&self.stage);
        let ledger = self.stage.ledger();
        // Whoever made the call on an empty list cannot tell what was there before.
        let seen = || live.iter().filter(|live| !ledger.was_eclipsed(live.face, intent.deadline.0));
        let is_strange = ledger.is_strange(code) && seen().any(|live| live.code == *code);
        let others = || objects.iter().filter(|object| object.key != was.key);
        let has = |other: &Object, code: &str| {
            claims_of(other).iter().any(|claim| claim.code.as_deref() == Some(code))
        };
        let names = |code: &str| others().any(|other| has(other, code));
        // What one that goes leaves behind is inherited, whatever became of the call.
        let stays = |other: &&Arc<Object>| other.meta.deleting.is_none();
        let is_anothers = ledger.was_named(code) && others().filter(stays).any(|other| has(other, code));
        let calls = others().filter_map(|other| claim_of(other)).filter(|theirs| {
            theirs.phone == before.phone
                && theirs.intent.as_ref().is_some_and(|call| {
                    call.operation == Operation::Create && call.text_hash == intent.text_hash
                })
        });
        let is_candidate = |live: &&Live| {
            before.phone.as_deref() == Some(live.phone.as_str())
                && content_hash(&live.text) == intent.text_hash
                && !intent.same_text.contains(&live.code)
                && ledger.was_shown(live)
                && !names(&live.code)
        };
        let candidates: Vec<&Live> = seen().filter(is_candidate).collect();
        let are_too_many = candidates.len() > calls.count() + 1;
        drop(ledger);
        let broken = [
            (is_strange, "what somebody else made is not the outcome of a call (promise 2)"),
            (is_anothers, "what another object has is not the outcome of a call (claim 5)"),
            (are_too_many, "of more codes than calls none is chosen (claim 5)"),
        ];
        for (_, promise) in broken.into_iter().filter(|(is_broken, _)| *is_broken) {
            self.stage.broken(promise, || format!("{} takes {code} of {candidates:?}", short(&was.key)));
        }
    }

    /// Nobody looks after what this object had any more: was that right?
    fn let_go(&self, was: &Object) {
        let Some(claim) = claim_of(was) else { return };
        let now = clock::timestamp();
        // An heir that had it when this was decided may have gone since, and is judged by itself.
        let mut heir_let_go = false;
        {
            let mut ledger = self.stage.ledger();
            if let Some(code) = &claim.code {
                let before = ledger.let_go.insert(code.clone(), now);
                heir_let_go = before.is_some_and(|before| now.duration_since(before) < SLOW);
            }
            ledger.loose.extend(claim.code.clone());
            ledger.loose.extend(places(was, &claim));
            if let Some(intent) = &claim.intent {
                ledger.loose.extend(intent.from.clone());
                ledger.loosen_text(intent.text_hash.clone());
            }
            if claim.intent.is_some() || !claim.abandoned.is_empty() {
                ledger.loosen_names(&was.meta.uid);
            }
        }
        let Some(code) = &claim.code else { return };
        let (_, objects) = self.memory().all();
        let mut others = objects.iter().filter(|other| other.meta.uid != was.meta.uid);
        let is_kept = others.any(|other| claim_of(other).and_then(|claim| claim.code).as_ref() == Some(code));
        if !is_kept && !heir_let_go && self.is_to_be_deleted(was, &claim) {
            self.stage.broken("a delete by a person deletes (claim 17)", || {
                format!("{} was let go while {code} lives: {claim:?}", short(&was.key))
            });
        }
    }
}

fn said(writing: &Writing) -> String {
    match writing {
        Writing::Hold(key, _, Some(claim)) => format!(
            "{} claim n={} code={} template={} intent={}",
            short(key),
            claim.n,
            claim.code.as_deref().unwrap_or("-"),
            claim.template_id.as_deref().unwrap_or("-"),
            claim.intent.as_ref().map_or_else(
                || "-".to_owned(),
                |intent| format!("{:?} {:?} {}", intent.operation, intent.from, intent.text_hash)
            )
        ),
        Writing::Hold(key, _, None) => format!("{} let go", short(key)),
        Writing::Report(key, _, status) => format!(
            "{} status {} claim n={}",
            short(key),
            status.reason().unwrap_or("-"),
            status.claim().map_or(0, |claim| claim.n)
        ),
        Writing::Account(key, ..) => format!("{} status", short(key)),
        Writing::HoldAccount(key, _, held) => format!("{} held={held}", short(key)),
    }
}

fn outcome(result: &Result<Written, StoreError>) -> String {
    match result {
        Ok(Written::Object(Some(object))) => format!("→ v{}", object.meta.version),
        Ok(Written::Object(None) | Written::Account(None)) => "→ gone".to_owned(),
        Ok(Written::Account(Some(account))) => format!("→ v{}", account.meta.version),
        Err(error) => format!("→ {error:?}"),
    }
}

impl Store for Shop {
    fn installation(&self) -> &str {
        self.memory().installation()
    }

    async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
        self.travel().await?;
        if self.stage.is_snatched(key) {
            self.tell(key, None);
            // The watch may be faster than this answer.
            pause(self.stage.disk.millis(1, 3_000)).await;
            return Ok(None);
        }
        let object = self.memory().read(key).await?;
        self.tell(key, object.as_ref());
        Ok(object)
    }

    async fn objects(&self) -> Result<Vec<Object>, StoreError> {
        self.travel().await?;
        let mut objects = self.memory().objects().await?;
        objects.retain(|object| !self.stage.is_snatched(&object.key));
        Ok(objects)
    }

    async fn accounts(&self) -> Result<Vec<AccountObject>, StoreError> {
        self.travel().await?;
        self.memory().accounts().await
    }

    async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
        let claim = match hold {
            Hold::Claim(claim) => Some(Box::new(claim.clone())),
            Hold::Nothing => None,
        };
        match self.write(Writing::Hold(key.clone(), version.to_owned(), claim)).await? {
            Written::Object(object) => Ok(object.map(|object| *object)),
            Written::Account(_) => Err(StoreError::Gone),
        }
    }

    async fn report(&self, key: &Key, version: &str, status: &Status) -> Result<Object, StoreError> {
        match self.write(Writing::Report(key.clone(), version.to_owned(), Box::new(status.clone()))).await? {
            Written::Object(Some(object)) => Ok(*object),
            _ => Err(StoreError::Gone),
        }
    }

    async fn report_account(
        &self,
        key: &Key,
        version: &str,
        status: &WhatsAppAccountStatus,
    ) -> Result<AccountObject, StoreError> {
        let writing = Writing::Account(key.clone(), version.to_owned(), Box::new(status.clone()));
        match self.write(writing).await? {
            Written::Account(Some(account)) => Ok(*account),
            _ => Err(StoreError::Gone),
        }
    }

    async fn hold_account(
        &self,
        key: &Key,
        version: &str,
        held: bool,
    ) -> Result<Option<AccountObject>, StoreError> {
        match self.write(Writing::HoldAccount(key.clone(), version.to_owned(), held)).await? {
            Written::Account(account) => Ok(account.map(|account| *account)),
            Written::Object(_) => Err(StoreError::Gone),
        }
    }

    async fn cause(&self, key: &Key, deleting: Deleting) -> Result<Cause, StoreError> {
        self.travel().await?;
        self.memory().cause(key, deleting).await
    }

    async fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, StoreError> {
        self.travel().await?;
        self.memory().secret(namespace, name).await
    }

    async fn labels(&self, namespace: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        self.travel().await?;
        self.memory().labels(namespace).await
    }
}

/// How long the store stays away.
pub(crate) fn outage(stage: &Stage) {
    let length = jiff::SignedDuration::try_from(stage.people.millis(1_000, 90_000)).unwrap_or_default();
    stage.weather().outage = Some(clock::timestamp() + length);
    stage.say("world", || format!("the store is away for {length:?}"));
}

/// The lists of a provider are empty, once in a story and for less time than they would have to agree (claim 9): to whoever
/// does not look in between, two times are one long one.
pub(crate) fn eclipse(stage: &Stage) {
    let face = if stage.people.permille(500) { Face::Meta } else { Face::Alibaba };
    let length = stage.people.millis(60_000, 240_000);
    if stage.weather().eclipse.is_some() {
        return;
    }
    stage.weather().eclipse = Some((face, Instant::now() + length));
    stage.ledger().eclipsed = Some((face, clock::timestamp(), clock::timestamp() + length));
    stage.count(format!("rule Eclipse {face:?}"));
    // What stands before a provider in trouble may refuse to delete as well: together that looks like a code that is gone.
    let refused = u32::try_from(stage.whims.below(6)).unwrap_or_default();
    let deletes = if face == Face::Meta { "DELETE *" } else { "Delete*" };
    let rule = FaultRule::every(deletes, Fault::ProxyHtml { status: 403 });
    stage.inside.simulator().inject(FaultRule { provider: Some(face), times: Some(refused), ..rule });
    stage.say("world", || format!("{face:?} lists no codes for {length:?}, and refuses {refused} deletions"));
}

/// A pause that lets everything else go on.
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
