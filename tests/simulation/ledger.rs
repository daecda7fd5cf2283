//! What people said and what was written down, so that each call can be held against it before it goes out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use waops::api::{Adoption, Claim, Deletion, Drift, Name, Operation, Update};
use waops::clock;
use waops::engine::object::{Object, Spec};
use waops::plan::facts::{Cause, Key};
use waops::plan::policy;
use waops::provider::capabilities::{META, Quota};
use waops::qr_code::content_hash;
use waops::simulator::Provider as Face;

use super::forms::{Form, live_forms, place, places};
use super::judge::{Live, live_codes};
use super::people::message;
use super::stage::{HERE, Stage};
use super::wire::{What, Write};

/// Everything that is known of a story besides the store and the providers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) violations: Vec<String>,
    /// Codes and template names that somebody else made.
    pub(crate) foreign: BTreeSet<String>,
    /// Codes that a manifest names to be taken over.
    pub(crate) told: BTreeSet<String>,
    /// Every intent that was ever written, by UID, number and deadline; whether a call was made under it.
    intents: BTreeMap<(Name, i64, String), (Claim, bool)>,
    /// What people said about each object, by its UID.
    said: BTreeMap<Name, Said>,
    /// Every code that a written claim has named as its object's own, and since when.
    named: BTreeMap<String, Timestamp>,
    /// When a provider listed no codes, from then till then.
    pub(crate) eclipsed: Option<(Face, Timestamp, Timestamp)>,
    /// Codes that may live without an owner, since somebody let them go.
    pub(crate) loose: BTreeSet<String>,
    /// The same for whatever carries this text and was made until then.
    loose_texts: BTreeMap<String, Timestamp>,
    /// When each code was last let go, or a person took away what its owner knew of it.
    pub(crate) let_go: BTreeMap<String, Timestamp>,
    /// When somebody deleted an object that names this code, and nothing of ours hears of it.
    left_behind: BTreeMap<String, Timestamp>,
    /// The same for templates of this name.
    pub(crate) loose_names: BTreeSet<String>,
    /// Templates of which nobody knows for certain how many of our edits count: somebody else decides about them, or what knew
    /// it has let it go.
    pub(crate) unsettled: BTreeSet<String>,
    /// The approvals that each object has used, as far as that was written down while no call was open.
    spent: BTreeMap<Name, Vec<String>>,
    /// The accounts that ever said that claims of another installation are ours.
    pub(crate) takes_over: BTreeSet<Key>,
    /// When somebody last wrote an account: what was planned before may be written after.
    pub(crate) accounts_changed: Option<Timestamp>,
    /// When one of ours last wrote anything.
    pub(crate) written: Option<Timestamp>,
    pub(crate) figures: Figures,
    /// What was refused for good, by object.
    refused: BTreeMap<Name, String>,
    /// How often a provider moved templates to another category, and how many of those each object answered with another try.
    moves: usize,
    tried_for: BTreeMap<String, usize>,
    /// When the wall clock jumped, and how far.
    jumps: Vec<(Timestamp, SignedDuration)>,
    /// What was deleted in each window of an account's; one that is tried again is still one.
    deletions: BTreeMap<(String, String), BTreeSet<String>>,
    /// Who came to no rest, and when.
    pub(crate) restless: BTreeMap<String, Timestamp>,
    /// Whether everything had its time to settle.
    pub(crate) calm: bool,
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Calls that change something.
    pub(crate) calls: u64,
    /// Calls that do not.
    pub(crate) reads: u64,
    pub(crate) store_writes: u64,
    pub(crate) throttled: u64,
}

/// What people said about one object, at any time so far.
#[derive(Clone, Debug, Default)]
struct Said {
    deleted: bool,
    automatic: bool,
    correct: bool,
    takes_by_text: bool,
    makes_anyway: bool,
    duplicates: bool,
    deletes_adopted: bool,
    approved: BTreeSet<(String, String)>,
    texts: BTreeSet<String>,
    /// The text of the manifest, and since when.
    text: Option<(String, Timestamp)>,
    /// Of templates.
    names: BTreeSet<String>,
    languages: BTreeSet<String>,
}

/// Takes note of what every manifest says now.
pub(crate) fn listen(stage: &Stage) {
    let (accounts, objects) = stage.store.all();
    let mut ledger = stage.ledger();
    let says_so = accounts.iter().filter(|account| account.take_over.is_some());
    ledger.takes_over.extend(says_so.map(|account| account.key.clone()));
    for object in objects {
        let account = object.account().and_then(|(namespace, name)| {
            accounts.iter().find(|account| *account.key.namespace == *namespace && *account.key.name == *name)
        });
        let policies =
            policy::resolve(account.and_then(|account| account.spec.policies.as_ref()), object.policies());
        if let Spec::QrCode(spec, _) = &object.spec {
            ledger.told.extend(spec.adopt.as_ref().map(|adopt| adopt.code.clone()));
        }
        let said = ledger.said.entry(object.meta.uid.clone()).or_default();
        if let Some(deleting) = object.meta.deleting {
            said.deleted |= deleting.cause == Cause::Person
                || (deleting.cause == Cause::Namespace && policies.deletes_by_itself);
        }
        said.automatic |= policies.update == Update::Automatic;
        said.correct |= policies.drift == Drift::Correct;
        said.takes_by_text |= matches!(policies.adoption, Adoption::IfIdentical | Adoption::Always);
        said.makes_anyway |= policies.adoption == Adoption::Never;
        said.deletes_adopted |= policies.deletion(true) == Deletion::Delete;
        if let Spec::Template(spec, _) = &object.spec {
            said.names.insert(spec.name.clone());
            said.languages.insert(spec.language.clone());
        }
        if let Spec::QrCode(spec, _) = &object.spec {
            said.duplicates |= spec.duplicates.is_some();
            let hash = content_hash(&spec.prefilled_message);
            said.texts.insert(hash.clone());
            if said.text.as_ref().is_none_or(|(text, _)| *text != hash) {
                said.text = Some((hash, clock::timestamp()));
            }
            let line = spec.approve.as_deref().and_then(|line| line.split_once('@'));
            said.approved.extend(line.map(|(code, hash)| (code.to_owned(), hash.to_owned())));
        }
    }
}

/// Somebody else gives a code a text that one of ours is just being made for: nobody can tell the two apart
/// (claims.md, "What remains").
pub(crate) fn muddle(stage: &Stage, code: &str, text: &str) {
    let is_being_made = stage.store.all().1.iter().any(|object| {
        let claim = claim_of(object);
        // The manifest may have gone on since the call.
        let intent = claim.as_ref().and_then(|claim| claim.intent.as_ref());
        intent.is_some_and(|intent| intent.text_hash == content_hash(text))
            || (wants(object, text)
                && claim.is_none_or(|claim| claim.code.is_none() || claim.intent.is_some()))
    });
    if is_being_made {
        let mut ledger = stage.ledger();
        ledger.told.insert(code.to_owned());
        ledger.loosen_text(content_hash(text));
    }
}

impl Ledger {
    /// An object was written, with what it claims.
    pub(crate) fn names(&mut self, object: &Object) {
        let own = claims_of(object).into_iter().filter(|claim| claim.uid == object.meta.uid);
        for code in own.filter_map(|claim| claim.code) {
            self.named.entry(code).or_insert_with(clock::timestamp);
        }
        if let Some(claim) = claim_of(object).filter(|claim| claim.intent.is_none()) {
            self.spent.insert(object.meta.uid.clone(), claim.spent);
        }
    }

    /// Whether lists that lack a code may make us forget it: one that nobody has named, or that was let go, is not missed.
    pub(crate) fn may_be_missed(&self, code: &str) -> bool {
        let was_let_go = self.let_go.contains_key(code) || self.left_behind.contains_key(code);
        was_let_go || !self.named.contains_key(code)
    }

    /// An object's claim was written.
    pub(crate) fn wrote(&mut self, claim: &Claim) {
        if let Some(intent) = &claim.intent {
            // An object that lost its memory counts from one again.
            let key = (claim.uid.clone(), claim.n, intent.deadline.0.to_string());
            self.intents.entry(key).or_insert_with(|| (claim.clone(), false));
        }
    }
}

/// Holds a write against what was written and said before; none of this may be learnt from the engine.
pub(crate) fn judge(stage: &Stage, write: &Write) {
    let mut ledger = stage.ledger();
    ledger.figures.calls += 1;
    let Some((uid, claim)) = ledger.mandate(write) else {
        drop(ledger);
        stage.broken(
            "a call without a written intent that is open, unused and in time (claims 1 to 3)",
            || format!("{write:?}"),
        );
        return;
    };
    let said = ledger.said.get(&uid).cloned().unwrap_or_default();
    let content = content_of(&claim);
    let is_delete = matches!(write.what, What::DeleteCode | What::DeleteTemplate);
    if ledger.refused.get(&uid).is_some_and(|refused| *refused != content) {
        ledger.refused.remove(&uid);
    }
    let again = !is_delete && ledger.refused.contains_key(&uid) && !ledger.may_try(&uid, write);
    drop(ledger);
    if again {
        stage
            .broken("no call after a terminal error without a change", || format!("{write:?} for {claim:?}"));
    }
    if claim.installation != HERE {
        stage.broken("what another installation claims is left alone (claim 14)", || {
            format!("{write:?} for {claim:?}")
        });
    }
    match write.what {
        What::CreateCode => second(stage, write, &uid, &said),
        What::EditTemplate => overdrawn(stage, write, &claim),
        _ => {}
    }
    let ledger = stage.ledger();
    let Some(name) = &write.name else { return };
    let is_named = |known: &BTreeSet<String>| match &write.language {
        _ if !write.what.is_template() => known.contains(name),
        Some(language) => known.contains(&place(name, language)),
        None => known.iter().any(|known| known.split_once('/').is_some_and(|(id, _)| id == name)),
    };
    let is_foreign = is_named(&ledger.foreign);
    let was_told = is_named(&ledger.told) || said.takes_by_text;
    drop(ledger);
    if is_foreign && !was_told {
        stage.broken("what is not ours is left alone (promise 2)", || format!("{write:?} for {claim:?}"));
    }
    let line_for = |hash: &str| {
        said.approved.iter().any(|(code, begin)| code == name && hash.starts_with(begin.as_str()))
    };
    match write.what {
        What::DeleteCode if claim.code.as_deref() != Some(name) => {
            // One that another replaced: it dies under the approval of the change.
            stage.count("branch superseded");
            if !said.automatic && !said.approved.iter().any(|(code, _)| code == name) {
                stage.broken("a printed code dies only when the manifest says so (promise 3)", || {
                    format!("{write:?} replaced, for {claim:?}")
                });
            }
        }
        What::DeleteCode | What::DeleteTemplate => {
            if let Some(heir) = disinherits(stage, name, &uid) {
                stage.broken("a rename keeps the printed code (claim 7)", || {
                    format!("{write:?} while {heir} waits")
                });
            }
            counted(stage, &claim, write);
            if !said.deleted {
                stage.broken("only what a person deleted is deleted (claims 17, 18)", || {
                    format!("{write:?} for {claim:?}")
                });
            }
            if claim.adopted && !said.deletes_adopted {
                stage.broken("what was adopted is kept by default (claim 17)", || format!("{write:?}"));
            }
        }
        What::UpdateCode if write.rotates => {
            let hash = write.text.as_deref().map(content_hash).unwrap_or_default();
            let is_drift = claim.content_hash.as_ref() == Some(&hash);
            if !said.automatic && (is_drift || !line_for(&hash)) {
                stage.broken("a rotating update needs its approval (claim 10)", || {
                    format!("{write:?} for {claim:?}")
                });
            }
            let line = format!("{name}@{hash}");
            let is_spent = stage.ledger().spent.get(&uid).is_some_and(|spent| spent.contains(&line));
            if !said.automatic && is_spent {
                stage.broken("an approval works once (claim 10)", || format!("{write:?} for {claim:?}"));
            }
            if !said.texts.contains(&hash) {
                stage.broken("what is delivered is what the manifest says", || format!("{write:?}"));
            }
        }
        _ => {}
    }
}

/// An edit goes out although the provider has made as many of ours as it allows: each was counted before it went out, and
/// neither a lost answer nor a crash takes that back (claim 12).
fn overdrawn(stage: &Stage, write: &Write, claim: &Claim) {
    let is_it = |form: &Form| form.face == Face::Meta && write.name.as_ref() == Some(&form.id);
    let Some(form) = live_forms(stage).into_iter().find(is_it).filter(Form::is_approved) else { return };
    let now = clock::timestamp();
    let is_used_up = |quota: &Quota| {
        let within = SignedDuration::try_from(quota.within).unwrap_or(SignedDuration::MAX);
        let made = form.edits.iter().filter(|made| now.duration_since(**made) < within);
        made.count() >= quota.times as usize
    };
    let place = form.place();
    let (_, objects) = stage.store.all();
    let has = |object: &Object| claim_of(object).is_some_and(|claim| places(object, &claim).contains(&place));
    // Of two that have it, neither knows what the other one did.
    let has_one = objects.iter().filter(|object| has(object)).count() == 1;
    let ledger = stage.ledger();
    let is_settled = ledger.is_settled(&form);
    drop(ledger);
    if has_one && is_settled && META.approved_edits.iter().any(is_used_up) {
        stage.broken("an edit is counted before it is made (claim 12)", || {
            format!("{write:?} after {:?}, for {claim:?}", form.edits)
        });
    }
}

/// Of a few dozen objects ten may go within one window, and more once a person says so (claim 20).
const FEW: u64 = 10;

/// A deletion counts in the window that its account has written down.
fn counted(stage: &Stage, claim: &Claim, write: &Write) {
    let (accounts, _) = stage.store.all();
    let Some(account) = accounts.iter().find(|account| claim.account == account.key.object()) else { return };
    let Some(window) = &account.status.deletion_window else {
        return stage.broken("a deletion is counted before it is made (claim 20)", || format!("{write:?}"));
    };
    let confirmed = account.spec.confirm_deletions.map_or(0, |confirmed| confirmed.up_to);
    let most = FEW.max(u64::try_from(confirmed).unwrap_or_default());
    let mut ledger = stage.ledger();
    let window = (claim.account.to_string(), window.started_at.0.to_string());
    let deleted = ledger.deletions.entry(window).or_default();
    deleted.extend(write.name.clone());
    let count = deleted.len() as u64;
    drop(ledger);
    if count > most {
        stage.broken("many deletions at once are confirmed (claim 20)", || {
            format!("{count} within one window, {write:?}")
        });
    }
}

/// A decision is written by then, where the store is there.
const DECIDED: SignedDuration = SignedDuration::from_secs(30);
/// A list that lags, and a decision that waits for the store, are over by then.
const SHOWN: SignedDuration = SignedDuration::from_secs(140);
/// So long everybody had to notice a code or an object.
const NOTICED: SignedDuration = SignedDuration::from_mins(3);

/// A code is about to be made: is there one already that it should have been (claims 6 and 7)?
fn second(stage: &Stage, write: &Write, uid: &str, said: &Said) {
    let (_, objects) = stage.store.all();
    let same =
        |live: &Live| Some(&live.phone) == write.phone.as_ref() && Some(&live.text) == write.text.as_ref();
    let (left_behind, let_go, everybody_said) = {
        let ledger = stage.ledger();
        (ledger.left_behind.clone(), ledger.let_go.clone(), ledger.said.clone())
    };
    // A manifest may say it again while this call is on its way.
    let for_long = |object: &Object| {
        let since = everybody_said.get(&object.meta.uid).and_then(|said| said.text.as_ref());
        since.is_none_or(|(_, since)| stage.ledger().noticed(*since))
    };
    for live in live_codes(stage).into_iter().filter(same) {
        let left = left_behind.get(&live.code).into_iter().chain(let_go.get(&live.code));
        let news = left.fold(live.since, |news, left| news.max(*left));
        let is_muddled = stage.ledger().told.contains(&live.code);
        let is_hidden = stage.may_have_hidden(&live);
        if is_hidden || is_muddled || !stage.ledger().noticed(news) {
            continue;
        }
        let has = |claim: &Claim| claim.code.as_ref() == Some(&live.code);
        let owner = objects.iter().find(|object| claim_of(object).as_ref().is_some_and(has));
        // One that was replaced is its owner's until it is deleted.
        let replaced = |claim: &Claim| claim.intent.as_ref().and_then(|intent| intent.from.clone());
        let names = |claim: &Claim| has(claim) || replaced(claim).as_ref() == Some(&live.code);
        let is_named = objects.iter().any(|object| claims_of(object).iter().any(names));
        match owner {
            None if !is_named && !said.makes_anyway && !said.takes_by_text => {
                stage.broken("a code with this text that nobody has is asked about (claim 6)", || {
                    format!("{write:?} beside {live:?}")
                });
            }
            Some(owner)
                if !said.duplicates
                    && owner.meta.uid != uid
                    && owner.meta.deleting.is_none()
                    && stage.ledger().noticed(owner.meta.created)
                    && for_long(owner)
                    && wants(owner, &live.text) =>
            {
                stage.broken("one text has one object (claim 7)", || {
                    format!("{write:?} beside {live:?} of {}", short(&owner.key))
                });
            }
            _ => {}
        }
    }
}

fn wants(object: &Object, text: &str) -> bool {
    matches!(&object.spec, Spec::QrCode(spec, _) if spec.prefilled_message == text)
}

/// A code is about to be deleted while somebody waits for it: a file was renamed (claim 7).
fn disinherits(stage: &Stage, name: &str, uid: &str) -> Option<Key> {
    let (_, objects) = stage.store.all();
    let live = live_codes(stage).into_iter().find(|live| live.code == name)?;
    let owner = objects.iter().find(|object| object.meta.uid == uid)?;
    let hash = content_hash(&live.text);
    let another = objects.iter().filter(|object| object.meta.uid != uid).any(|object| {
        claim_of(object)
            .is_some_and(|claim| claim.content_hash.as_ref() == Some(&hash) || claim.intent.is_some())
    });
    if another {
        return None;
    }
    let heir = objects.iter().find(|object| {
        object.meta.uid != uid
            && object.meta.deleting.is_none()
            && stage.ledger().noticed(object.meta.created)
            && object.status().reason() == Some("Taken")
            && message(object).is_some_and(|message| message.starts_with(&owner.key.to_string()))
            && claims_of(object).is_empty()
            && object.account() == owner.account()
            && wants(object, &live.text)
            && wants(owner, &live.text)
    });
    heir.map(|heir| heir.key.clone())
}

impl Ledger {
    /// The written intent that a call is made under; it is used by this.
    fn mandate(&mut self, write: &Write) -> Option<(Name, Claim)> {
        let now = clock::timestamp();
        let hash = write.text.as_deref().map(content_hash);
        let fits = |claim: &Claim| {
            let Some(intent) = &claim.intent else { return false };
            let operation = match write.what {
                What::CreateCode | What::CreateTemplate => Operation::Create,
                What::DeleteCode | What::DeleteTemplate => Operation::Delete,
                What::UpdateCode | What::EditTemplate | What::SetTemplate => Operation::Update,
            };
            let is_text = match write.what {
                What::CreateCode | What::UpdateCode => Some(&intent.text_hash) == hash.as_ref(),
                _ => true,
            };
            intent.operation == operation
                && is_text
                && intent.deadline.0 >= now
                && write.phone.as_ref().is_none_or(|phone| claim.phone.as_deref() == Some(phone.as_str()))
                && write.name.as_ref().is_none_or(|name| {
                    intent.from.as_ref() == Some(name) || write.what == What::CreateTemplate
                })
        };
        let said = &self.said;
        let speaks = |uid: &Name| write.language.as_ref().is_none_or(|language| spoke(said, uid, language));
        let mut intents = self.intents.iter_mut();
        let ((uid, ..), entry) =
            intents.find(|((uid, ..), (claim, used))| !*used && fits(claim) && speaks(uid))?;
        entry.1 = true;
        Some((uid.clone(), entry.0.clone()))
    }
}

/// An installation that is not ours.
pub(crate) const ELSEWHERE: &str = "another-installation";
/// Calls under way are over by then, those that are carried out late included.
const OVER: SignedDuration = SignedDuration::from_mins(2);

impl Ledger {
    /// An object goes whose claim is not its own, or that nothing holds: what it names is nobody's, as soon as that is
    /// noticed.
    pub(crate) fn leaves_behind(&mut self, object: &Object) {
        let is_left = |claim: &Claim| {
            !object.meta.held || claim.uid != object.meta.uid || claim.installation == ELSEWHERE
        };
        let named = claims_of(object).into_iter().filter(is_left).filter_map(|claim| claim.code);
        let now = clock::timestamp();
        self.left_behind.extend(named.map(|code| (code, now)));
    }

    /// A code says something else than it did, which nobody can have noticed yet.
    pub(crate) fn has_news(&mut self, code: String) {
        self.left_behind.insert(code, clock::timestamp());
    }

    /// What carries this text already, or soon, may live without an owner.
    pub(crate) fn loosen_text(&mut self, hash: String) {
        self.loose_texts.insert(hash, clock::timestamp() + OVER);
    }

    /// Whether a code with this text that was made then may live without an owner.
    pub(crate) fn is_loose_text(&self, hash: &str, since: Timestamp) -> bool {
        self.loose_texts.get(hash).is_some_and(|until| since <= *until)
    }

    /// Whether an object ever wanted a template of this name: one that cannot be read any more still does.
    pub(crate) fn wanted_name(&self, uid: &str, name: &str) -> bool {
        self.said.get(uid).is_some_and(|said| said.names.contains(name))
    }

    /// Whether an object ever was about a template in this language.
    pub(crate) fn spoke(&self, uid: &str, language: &str) -> bool {
        spoke(&self.said, uid, language)
    }

    /// Whether nobody else has decided about a template, and nobody of ours has ever let it go.
    fn is_settled(&self, form: &Form) -> bool {
        let place = form.place();
        !self.unsettled.contains(&place)
            && !self.loose.contains(&place)
            && !self.loose_names.contains(&form.name)
    }

    /// Whether a template that only one object can have made is its own beyond doubt.
    pub(crate) fn made_for_certain(&self, form: &Form) -> bool {
        self.is_settled(form) && !self.foreign.contains(&form.place())
    }

    /// Templates that an object may be making may live without it.
    pub(crate) fn loosen_names(&mut self, uid: &str) {
        let names = self.said.get(uid).map(|said| said.names.clone()).unwrap_or_default();
        self.loose_names.extend(names);
    }

    /// A call was refused for good, and is not made again before something changes.
    pub(crate) fn refuse(&mut self, uid: &str) {
        let newest = self.intents.iter().filter(|((owner, ..), (_, used))| owner == uid && *used);
        let newest = newest.max_by_key(|((_, n, _), _)| *n).map(|(_, (claim, _))| content_of(claim));
        if let Some(content) = newest {
            self.refused.insert(uid.into(), content);
        }
    }

    /// A provider moves templates to another category.
    pub(crate) fn recategorised(&mut self) {
        self.moves += 1;
    }

    /// What was refused in one category may be sent in another, once somebody has noticed.
    fn may_try(&mut self, uid: &str, write: &Write) -> bool {
        let tried_for = self.tried_for.entry(uid.to_owned()).or_default();
        write.what.is_template() && std::mem::replace(tried_for, self.moves) < self.moves
    }

    /// The wall clock is about to jump.
    pub(crate) fn jumps(&mut self, by: SignedDuration) {
        self.jumps.push((clock::timestamp(), by));
    }

    /// Whether somebody else made a code, and none of ours was told to take it, or could take it for its own.
    pub(crate) fn is_strange(&self, code: &str) -> bool {
        self.foreign.contains(code) && !self.told.contains(code)
    }

    /// Whether a call that had to go out until then may have been decided on an empty list.
    pub(crate) fn was_eclipsed(&self, face: Face, deadline: Timestamp) -> bool {
        self.eclipsed.is_some_and(|(eclipsed, from, until)| {
            eclipsed == face && (from..=until + OVER).contains(&deadline)
        })
    }

    /// Whether whoever decides now must know whose code this is.
    pub(crate) fn was_named(&self, code: &str) -> bool {
        self.named.get(code).is_some_and(|since| self.is_older(*since, DECIDED))
    }

    /// Whether a code has been so for long enough that whoever decides now must have seen it.
    pub(crate) fn was_shown(&self, live: &Live) -> bool {
        let news = self.left_behind.get(&live.code).into_iter().chain(self.let_go.get(&live.code));
        self.is_older(news.fold(live.since, |news, left| news.max(*left)), SHOWN)
    }

    /// Whether everybody had the time to notice what is so since then.
    pub(crate) fn noticed(&self, since: Timestamp) -> bool {
        self.is_older(since, NOTICED)
    }

    /// Whether that is certainly not longer ago: the wall clock has not jumped since.
    pub(crate) fn is_within(&self, since: Timestamp, age: SignedDuration) -> bool {
        let has_jumped = self.jumps.iter().any(|(at, _)| *at >= since);
        !has_jumped && clock::timestamp().duration_since(since) < age
    }

    /// Whether nobody of ours has written anything for so long.
    pub(crate) fn is_still(&self, age: SignedDuration) -> bool {
        self.written.is_none_or(|written| self.is_older(written, age))
    }

    /// Whether that was so long ago, however the wall clock jumped.
    fn is_older(&self, since: Timestamp, age: SignedDuration) -> bool {
        let jumped = self.jumps.iter().filter(|(at, _)| *at >= since);
        let jumped = jumped.fold(SignedDuration::ZERO, |all, (_, by)| all + *by);
        clock::timestamp().duration_since(since) - jumped > age
    }
}

fn spoke(said: &BTreeMap<Name, Said>, uid: &str, language: &str) -> bool {
    said.get(uid).is_some_and(|said| said.languages.contains(language))
}

fn content_of(claim: &Claim) -> String {
    claim
        .intent
        .as_ref()
        .map(|intent| format!("{:?} {}", intent.operation, intent.text_hash))
        .unwrap_or_default()
}

/// Whatever an object claims or wants may live on without it: somebody took its memory away.
pub(crate) fn excuse(stage: &Stage, object: &Object) {
    let forms = live_forms(stage);
    let mut ledger = stage.ledger();
    ledger.refused.remove(&object.meta.uid);
    ledger.spent.remove(&object.meta.uid);
    // It counts its calls from one again, perhaps within the same second.
    ledger.intents.retain(|(uid, ..), _| *uid != object.meta.uid);
    for claim in claims_of(object) {
        ledger.loose.extend(places(object, &claim));
        ledger.let_go.extend(claim.code.iter().map(|code| (code.clone(), clock::timestamp())));
        ledger.loose.extend(claim.code);
        claim.content_hash.into_iter().for_each(|hash| ledger.loosen_text(hash));
        if let Some(intent) = claim.intent {
            ledger.loose.extend(intent.from);
            ledger.loosen_text(intent.text_hash);
            ledger.loosen_names(&object.meta.uid);
        }
    }
    match &object.spec {
        Spec::QrCode(spec, _) => ledger.loosen_text(content_hash(&spec.prefilled_message)),
        Spec::Template(spec, _) => {
            let named = forms.into_iter().filter(|form| form.name == spec.name);
            ledger.loose.extend(named.map(|form| form.place()));
        }
        Spec::Garbled(_) => {}
    }
}

pub(crate) fn claims_of(object: &Object) -> Vec<Claim> {
    use waops::plan::claim::Written;
    [object.annotation.clone(), object.status_claim()]
        .into_iter()
        .filter_map(|written| match written {
            Written::Says(claim) => Some(Claim::clone(&claim)),
            _ => None,
        })
        .collect()
}

/// The claim that counts of an object.
pub(crate) fn claim_of(object: &Object) -> Option<Claim> {
    let ours = claims_of(object).into_iter().filter(|claim| claim.uid == object.meta.uid);
    ours.max_by_key(|claim| (claim.n, claim.intent.is_none()))
}

/// How an object is named in a story.
pub(crate) fn short(key: &Key) -> String {
    format!("{:?}/{}", key.kind, key.name)
}
