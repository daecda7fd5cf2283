//! What people do: in Git, with kubectl, and in the consoles of the providers.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use waops::api::{
    Adoption, Claim, Deletion, Drift, Kind, Policies, Update, WhatsAppAccountSpec, WhatsAppQrCodeStatus,
    WhatsAppTemplateStatus,
};
use waops::clock::{self, Virtual};
use waops::engine::object::{Object, Spec, Status};
use waops::plan::claim::Written;
use waops::plan::facts::{Cause, Key};
use waops::qr_code::content_hash;
use waops::simulator::{Change, Event, Provider as Face};
use waops::store::memory::{Declared, Wanted};

use super::cast::{
    self, ACCOUNTS, Credentials, GUEST, HOME, LANGUAGES, TEXTS, account_key, account_spec, apply,
    apply_account, body, qr_spec, set_secret, template_name, template_spec,
};
use super::forms::{Form, live_forms};
use super::judge::live_codes;
use super::ledger::{ELSEWHERE, claim_of, claims_of, excuse, listen, muddle, short};
use super::shop;
use super::stage::{About, Stage};

const NAMES: [&str; 24] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "w", "x",
    "y", "z", "zz",
];
/// So many of them are used where there is no crowd.
const HOUSEHOLD: usize = 9;
const TEMPLATES: [&str; 3] = ["t", "u", "v"];
/// A story mixes so many objects at least.
const FEWEST: usize = 5;
/// So often names are tried until there are so many.
const TRIES: usize = 50;
/// So many digits of a hash an approval has.
const DIGITS: usize = 8;

/// What the manifests said that a deed changed; nothing where there was none.
type Commit = Vec<(Key, Option<Wanted>)>;

/// Everybody who touches the manifests or the providers.
pub(crate) struct People {
    stage: Arc<Stage>,
    backups: Vec<Arc<Object>>,
    commits: Vec<Commit>,
    drift: &'static str,
    foreign: u64,
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Apply,
    Edit,
    Decide,
    Delete,
    Collateral,
    Rename,
    Copy,
    Backup,
    Restore,
    Strip,
    Suspend,
    Policy,
    Account,
    Secret,
    Garble,
    Foreign,
    Review,
    Jump,
    Outage,
    Eclipse,
    Move,
    Sweep,
    Revert,
}

const DEEDS: &[(u64, Deed)] = &[
    (20, Deed::Apply),
    (18, Deed::Edit),
    (22, Deed::Decide),
    (10, Deed::Delete),
    (2, Deed::Collateral),
    (8, Deed::Rename),
    (4, Deed::Copy),
    (5, Deed::Backup),
    (5, Deed::Restore),
    (6, Deed::Strip),
    (4, Deed::Suspend),
    (6, Deed::Policy),
    (4, Deed::Account),
    (4, Deed::Secret),
    (2, Deed::Garble),
    (12, Deed::Foreign),
    (6, Deed::Review),
    (2, Deed::Jump),
    (3, Deed::Outage),
    (2, Deed::Eclipse),
    (1, Deed::Move),
    (1, Deed::Sweep),
];

/// What they do in a story about heirs.
const HEIRS: &[(u64, Deed)] = &[
    (8, Deed::Apply),
    (16, Deed::Edit),
    (6, Deed::Decide),
    (14, Deed::Delete),
    (2, Deed::Collateral),
    (40, Deed::Rename),
    (3, Deed::Copy),
    (4, Deed::Backup),
    (16, Deed::Restore),
    (6, Deed::Strip),
    (2, Deed::Suspend),
    (2, Deed::Policy),
    (2, Deed::Garble),
    (4, Deed::Foreign),
    (1, Deed::Jump),
    (3, Deed::Outage),
    (4, Deed::Eclipse),
    (1, Deed::Sweep),
    (14, Deed::Revert),
];

/// What they do in a story about texts.
const WORDS: &[(u64, Deed)] = &[
    (4, Deed::Apply),
    (40, Deed::Edit),
    (14, Deed::Decide),
    (4, Deed::Delete),
    (6, Deed::Backup),
    (6, Deed::Restore),
    (2, Deed::Strip),
    (3, Deed::Suspend),
    (4, Deed::Foreign),
    (3, Deed::Review),
    (1, Deed::Jump),
    (2, Deed::Outage),
    (20, Deed::Revert),
];

impl People {
    /// Makes the accounts and the first objects.
    pub(crate) fn new(stage: &Arc<Stage>) -> Self {
        let drift = *stage.people.pick(&["5m", "5m", "5m", "10m"]).unwrap_or(&"10m");
        let mut people =
            Self { stage: stage.clone(), backups: Vec::new(), commits: Vec::new(), drift, foreign: 0 };
        for account in ACCOUNTS {
            set_secret(stage, account, Credentials::First);
            apply_account(stage, account, account_spec(account, drift), None);
        }
        let crowd = if stage.is_crowd { 14 } else { 0 };
        for _ in 0..4 + crowd + stage.people.below(4) {
            people.make();
        }
        let templates = if stage.about == About::Texts { TEMPLATES.len() } else { 1 };
        for _ in 0..templates {
            people.make_template();
        }
        // A name that is taken makes nothing.
        for _ in 0..TRIES {
            if stage.store.all().1.len() < FEWEST {
                people.make();
            }
        }
        for _ in 0..stage.people.below(3) {
            people.foreign();
        }
        // What a story begins with nobody takes back.
        people.commits.clear();
        listen(stage);
        people
    }

    /// Within this time everything is looked at, whatever was said of it.
    pub(crate) fn looked_at(&self) -> Duration {
        Duration::from_secs(60 * if self.drift == "5m" { 8 } else { 15 })
    }

    /// One deed of somebody.
    pub(crate) fn act(&mut self, wall: &Virtual) {
        let deed = self.stage.people.weighed(match self.stage.about {
            About::Anything => DEEDS,
            About::Heirs => HEIRS,
            About::Texts => WORDS,
        });
        self.stage.count(format!("deed {deed:?}"));
        match deed {
            Deed::Apply => {
                if self.stage.people.permille(250) {
                    self.make_template();
                } else {
                    self.make();
                }
            }
            Deed::Edit => self.edit(),
            Deed::Decide => self.decide(),
            Deed::Delete => self.delete(Cause::Person),
            Deed::Collateral => {
                let cause = *self
                    .stage
                    .people
                    .pick(&[Cause::Namespace, Cause::Definition, Cause::Leaving])
                    .unwrap_or(&Cause::Leaving);
                self.delete(cause);
            }
            Deed::Rename => self.rename(),
            Deed::Copy => self.copy(),
            Deed::Backup => self.backup(),
            Deed::Restore => self.restore(),
            Deed::Strip => self.strip(),
            Deed::Suspend => self.suspend(),
            Deed::Policy => self.policy(),
            Deed::Account => self.account(),
            Deed::Secret => self.secret(),
            Deed::Garble => self.garble(),
            Deed::Foreign => self.foreign(),
            Deed::Review => self.review(),
            Deed::Jump => self.jump(wall),
            Deed::Outage => shop::outage(&self.stage),
            Deed::Eclipse => shop::eclipse(&self.stage),
            Deed::Move => self.relocate(),
            Deed::Sweep => self.sweep(),
            Deed::Revert => self.revert(),
        }
        listen(&self.stage);
    }

    fn say(&self, what: impl FnOnce() -> String) {
        self.stage.say("people", what);
    }

    /// Any object; where people often think better of what they did, it is one of those that they did it to.
    fn any(&self) -> Option<Arc<Object>> {
        if self.stage.about != About::Anything && self.stage.people.permille(500) {
            let last = self.commits.last().into_iter().flatten();
            let again: Vec<_> = last.filter_map(|(key, _)| self.stage.store.object(key)).collect();
            if let Some(object) = self.stage.people.pick(&again) {
                return Some(object.clone());
            }
        }
        let (_, objects) = self.stage.store.all();
        self.stage.people.pick(&objects).cloned()
    }

    /// Notes what these manifests say before they are changed together.
    fn commit(&mut self, keys: &[&Key]) {
        let said = |key: &Key| self.stage.store.object(key).map(|object| wanted(&object));
        let commit = keys.iter().map(|key| ((*key).clone(), said(key))).collect();
        self.commits.push(commit);
    }

    fn free(&self, kind: Kind) -> Option<Key> {
        let names: &[&str] = if kind == Kind::Template {
            &TEMPLATES
        } else if self.stage.is_crowd {
            &NAMES
        } else {
            &NAMES[..HOUSEHOLD]
        };
        let namespace = if self.stage.people.permille(200) && kind == Kind::QrCode { GUEST } else { HOME };
        let name = self.stage.people.pick(names)?;
        let key = Key::new(kind, namespace, *name);
        self.stage.store.object(&key).is_none().then_some(key)
    }

    fn make(&mut self) {
        let Some(key) = self.free(Kind::QrCode) else { return };
        let mut spec = qr_spec(&self.stage.people, &key.namespace);
        if self.stage.is_crowd && self.stage.people.permille(900) {
            spec.prefilled_message = format!("Table {}", key.name);
            "meta".clone_into(&mut spec.account_ref.name);
        }
        // Where a change needs an approval.
        if self.stage.about == About::Texts && self.stage.people.permille(500) {
            "ali".clone_into(&mut spec.account_ref.name);
        }
        self.say(|| format!("apply {} {spec:?}", short(&key)));
        self.commit(&[&key]);
        apply(&self.stage, key, Wanted::QrCode(Box::new(spec)));
    }

    fn make_template(&mut self) {
        let Some(key) = self.free(Kind::Template) else { return };
        let spec = template_spec(&self.stage.people, &self.stage.whims, &key.name);
        self.say(|| format!("apply {} {spec:?}", short(&key)));
        self.commit(&[&key]);
        apply(&self.stage, key, Wanted::Template(Box::new(spec)));
    }

    fn edit(&mut self) {
        let Some(object) = self.any() else { return };
        let text = self.text();
        let body = body(&self.stage.people);
        let duplicates = self.stage.people.permille(100);
        let wanted = match object.spec.clone() {
            Spec::QrCode(mut spec, _) => {
                spec.prefilled_message = text;
                if duplicates {
                    spec.duplicates = Some(waops::api::Duplicates::Allow);
                }
                // Whoever has read a plan approves it in the same commit.
                if self.stage.about == About::Texts && self.stage.people.permille(600) {
                    let code = claim_of(&object).and_then(|claim| claim.code);
                    let hash = content_hash(&spec.prefilled_message);
                    spec.approve = code.map(|code| format!("{code}@{}", &hash[..DIGITS]));
                }
                Wanted::QrCode(spec)
            }
            Spec::Template(mut spec, _) => {
                match spec.category_change_paused {
                    // Alone it changes without a review.
                    Some(paused) if self.stage.whims.permille(500) => {
                        spec.category_change_paused = Some(!paused);
                    }
                    _ => spec.components.body.text = Some(body),
                }
                Wanted::Template(spec)
            }
            Spec::Garbled(_) => return,
        };
        self.say(|| format!("edit {} {wanted:?}", short(&object.key)));
        self.commit(&[&object.key]);
        apply(&self.stage, object.key.clone(), wanted);
    }

    /// What somebody writes; in a story about heirs often what another manifest said a moment ago.
    fn text(&self) -> String {
        let text = (*self.stage.people.pick(&TEXTS).unwrap_or(&"Hi")).to_owned();
        if self.stage.about != About::Heirs || self.stage.people.permille(600) {
            return text;
        }
        let said = self.commits.last().into_iter().flatten().find_map(|(_, before)| match before {
            Some(Wanted::QrCode(spec)) => Some(spec.prefilled_message.clone()),
            _ => None,
        });
        said.unwrap_or(text)
    }

    /// `git revert`, of one of the last commits: what it changed says again what it said before.
    fn revert(&mut self) {
        let most = if self.stage.about == About::Heirs { 2 } else { 8 };
        let back = usize::try_from(self.stage.people.below(most)).unwrap_or_default();
        let Some(mut commit) = self.commits.iter().rev().nth(back).cloned() else { return };
        if self.stage.people.permille(500) {
            commit.reverse();
        }
        self.say(|| format!("revert to {commit:?}"));
        for (key, before) in commit {
            match (before, self.stage.store.object(&key)) {
                (Some(wanted), _) => {
                    apply(&self.stage, key, wanted);
                }
                (None, Some(object)) => self.gone(&object, Cause::Person),
                (None, None) => {}
            }
        }
    }

    /// Takes one of the lines that a status prints, as people do: by copying it.
    fn decide(&mut self) {
        let (_, objects) = self.stage.store.all();
        let said: Vec<(Arc<Object>, String)> = objects
            .iter()
            .filter_map(|object| Some((object.clone(), message(object)?)))
            .filter(|(_, message)| LINES.iter().any(|line| message.contains(line)))
            .collect();
        // What another installation claims is rare, and nobody leaves it for long.
        let elsewhere: Vec<_> = said.iter().filter(|(_, message)| message.contains(TAKE_OVER)).collect();
        let chosen = match self.stage.whims.pick(&elsewhere) {
            Some(chosen) => Some(*chosen),
            None => self.stage.people.pick(&said),
        };
        let Some((object, message)) = chosen.cloned() else { return };
        let mut lines = lines_in(&message);
        lines.retain(|line| !line.starts_with(ABSENCE) || self.is_gone(&message));
        let Some(line) = self.stage.people.pick(&lines).cloned() else { return };
        self.say(|| format!("decide about {} with {line}", short(&object.key)));
        self.stage.count(format!("line {}", line.split(':').next().unwrap_or_default()));
        self.commit(&[&object.key]);
        self.take(&object, &line);
    }

    /// Whoever says that something is gone has looked: nothing that is named is there, and lists tell the truth.
    fn is_gone(&self, message: &str) -> bool {
        let lies = |rule: &String| rule.starts_with("rule Eclipse") || rule == "rule PartialList";
        let is_true = !self.stage.counts().keys().any(lies);
        is_true
            && live_codes(&self.stage).iter().all(|live| !message.contains(&live.code))
            && live_forms(&self.stage).iter().all(|form| !message.contains(&form.id))
    }

    fn take(&self, object: &Object, line: &str) {
        if line.starts_with("waops.dev/") {
            let Some((_, account)) = object.account() else { return };
            let Some(spec) = self.account_spec(&account) else { return };
            return apply_account(&self.stage, &account, spec, Some(line));
        }
        if let Some(up_to) = line.strip_prefix("confirmDeletions: {upTo: ") {
            let Some((_, account)) = object.account() else { return };
            let Some(mut spec) = self.account_spec(&account) else { return };
            spec.confirm_deletions = serde_json::from_value(
                json!({"upTo": up_to.trim_end_matches('}').parse::<i32>().unwrap_or(1)}),
            )
            .ok();
            return apply_account(&self.stage, &account, spec, None);
        }
        let wanted = match object.spec.clone() {
            Spec::QrCode(mut spec, _) => {
                if let Some(approval) = line.strip_prefix("approve: ") {
                    spec.approve = Some(approval.to_owned());
                } else if let Some(code) = line.strip_prefix("adopt: {code: ") {
                    spec.adopt = serde_json::from_value(json!({"code": code.trim_end_matches('}')})).ok();
                    // The others that it could have been are nobody's.
                    let mut ledger = self.stage.ledger();
                    ledger.loosen_text(content_hash(&spec.prefilled_message));
                    let intents = claims_of(object).into_iter().filter_map(|claim| claim.intent);
                    intents.for_each(|intent| ledger.loosen_text(intent.text_hash));
                } else {
                    spec.policies = Some(with_policy(spec.policies, line));
                }
                Wanted::QrCode(spec)
            }
            Spec::Template(mut spec, _) => {
                spec.policies = Some(with_policy(spec.policies, line));
                Wanted::Template(spec)
            }
            Spec::Garbled(_) => return,
        };
        apply(&self.stage, object.key.clone(), wanted);
    }

    fn account_spec(&self, name: &str) -> Option<WhatsAppAccountSpec> {
        self.stage.store.account(&account_key(name)).map(|account| account.spec.clone())
    }

    fn delete(&mut self, cause: Cause) {
        let Some(object) = self.any() else { return };
        self.say(|| format!("delete {} because of {cause:?}", short(&object.key)));
        self.commit(&[&object.key]);
        self.gone(&object, cause);
    }

    /// A folder is deleted, or a whole release: many at once, where there are many.
    fn sweep(&mut self) {
        let (_, objects) = self.stage.store.all();
        self.say(|| format!("delete all {}", objects.len()));
        for object in objects.iter().filter(|_| self.stage.people.permille(900)) {
            self.gone(object, Cause::Person);
        }
    }

    fn gone(&self, object: &Object, cause: Cause) {
        if !object.meta.held {
            // Nothing of ours hears of it.
            excuse(&self.stage, object);
        }
        let is_being_made = |claim: Claim| claim.template_id.is_none() && claim.intent.is_some();
        if object.key.kind == Kind::Template && claim_of(object).is_some_and(is_being_made) {
            self.stage.count("branch a template goes that is being made");
        }
        self.stage.ledger().leaves_behind(object);
        self.stage.delete(object, cause);
    }

    /// A file is renamed in Git: what applies and prunes does so in any order.
    fn rename(&mut self) {
        let Some(object) = self.any() else { return };
        let Some(key) = self.free(object.key.kind) else { return };
        if key.namespace != object.key.namespace {
            return;
        }
        let wanted = wanted(&object);
        if matches!(wanted, Wanted::Garbled(_)) {
            return;
        }
        let first = self.stage.people.permille(500);
        let mut new = vec![key];
        if self.stage.about == About::Heirs {
            self.backups.insert(0, object.clone());
            // What goes on under two names has two heirs, and of two processes each may hear of another one first.
            let another = self.free(object.key.kind).filter(|_| self.stage.people.permille(300));
            new.extend(another.filter(|key| key.namespace == object.key.namespace));
            new.dedup();
        }
        let named: Vec<String> = new.iter().map(short).collect();
        self.say(|| format!("rename {} to {named:?}, new first: {first}", short(&object.key)));
        let keys: Vec<&Key> = std::iter::once(&object.key).chain(&new).collect();
        self.commit(&keys);
        if !first {
            self.gone(&object, Cause::Person);
        }
        for key in new {
            apply(&self.stage, key, wanted.clone());
        }
        if first {
            self.gone(&object, Cause::Person);
        }
    }

    /// `kubectl get -o yaml`, another name, `kubectl apply`: the annotation comes along.
    fn copy(&mut self) {
        let Some(object) = self.any() else { return };
        let Some(key) = self.free(object.key.kind) else { return };
        let mut wanted = wanted(&object);
        match &mut wanted {
            Wanted::QrCode(spec) if spec.account_ref.namespace.is_none() && *key.namespace != *HOME => {
                spec.account_ref.namespace = Some(HOME.to_owned());
            }
            Wanted::Garbled(_) => return,
            _ => {}
        }
        self.say(|| format!("copy {} to {}", short(&object.key), short(&key)));
        self.commit(&[&key]);
        let claim = Some(object.annotation.clone());
        let declared = Declared { key, wanted, asked: None, take_over: None, confirm_absence: None, claim };
        self.stage.store.apply(declared, clock::timestamp());
    }

    fn backup(&mut self) {
        let (_, objects) = self.stage.store.all();
        self.backups.extend(objects);
        self.backups.reverse();
        self.backups.truncate(40);
    }

    /// A backup comes back where the object is gone, with or without its status, perhaps from another installation.
    fn restore(&mut self) {
        let is_lost = |backup: &&Arc<Object>| {
            backup.meta.deleting.is_none() && self.stage.store.object(&backup.key).is_none()
        };
        let lost: Vec<&Arc<Object>> = self.backups.iter().filter(is_lost).collect();
        let Some(backup) = self.stage.people.pick(&lost) else { return };
        let mut object = Object::clone(backup);
        let bare = self.stage.people.permille(400);
        if bare {
            without_status(&mut object);
        }
        let elsewhere = self.stage.people.permille(150);
        if elsewhere && let Written::Says(claim) = &mut object.annotation {
            without_status_of(&mut object.spec);
            Arc::make_mut(claim).installation = ELSEWHERE.into();
        }
        object.meta.held = self.stage.people.permille(800);
        self.say(|| format!("restore {} status gone: {bare}, elsewhere: {elsewhere}", short(&object.key)));
        self.commit(&[&object.key]);
        // What was made after the backup is known to nobody, and cannot be told from what a call of then made.
        excuse(&self.stage, &object);
        for intent in claims_of(&object).into_iter().filter_map(|claim| claim.intent) {
            let alike = live_codes(&self.stage).into_iter();
            let alike = alike.filter(|live| content_hash(&live.text) == intent.text_hash);
            self.stage.ledger().told.extend(alike.map(|live| live.code));
        }
        self.stage.store.restore(&object, clock::timestamp());
    }

    fn strip(&mut self) {
        let Some(object) = self.any() else { return };
        let what = self.stage.people.below(5);
        self.say(|| {
            format!(
                "strip {} of {}",
                short(&object.key),
                ["its annotation", "its status", "both", "its finalizer", "its annotation's sense"]
                    [usize::try_from(what).unwrap_or_default()]
            )
        });
        self.stage.store.interfere(&object.key, |object| match what {
            0 => object.annotation = Written::Missing,
            1 => without_status(object),
            2 => {
                object.annotation = Written::Missing;
                without_status(object);
            }
            3 => object.meta.held = false,
            _ => object.annotation = Written::Garbled,
        });
        // What no copy knows any more may live on; one that is left is enough.
        let left = self.stage.store.object(&object.key).and_then(|left| claim_of(&left));
        if left != claim_of(&object) {
            excuse(&self.stage, &object);
        }
    }

    fn suspend(&mut self) {
        let on = self.stage.people.permille(500).then_some(true);
        if self.stage.people.permille(300) {
            let Some(name) = self.stage.people.pick(&ACCOUNTS) else { return };
            let Some(mut spec) = self.account_spec(name) else { return };
            spec.suspend = on;
            self.say(|| format!("suspend account {name}: {on:?}"));
            return apply_account(&self.stage, name, spec, None);
        }
        let Some(object) = self.any() else { return };
        self.say(|| format!("suspend {}: {on:?}", short(&object.key)));
        set_suspend(&self.stage, &object, on);
    }

    fn policy(&mut self) {
        let Some(object) = self.any() else { return };
        let people = &self.stage.people;
        let line = [
            "policies: {update: Automatic}",
            "policies: {update: Guarded}",
            "policies: {update: Never}",
            "policies: {drift: Report}",
            "policies: {drift: Correct}",
            "policies: {deletion: Retain}",
            "policies: {deletion: Delete}",
            "policies: {adoption: Ask}",
            "policies: {adoption: IfIdentical}",
            "policies: {adoption: Never}",
        ];
        let Some(line) = people.pick(&line) else { return };
        self.say(|| format!("{} {line}", short(&object.key)));
        self.commit(&[&object.key]);
        self.take(&object, line);
    }

    fn account(&mut self) {
        let Some(name) = self.stage.people.pick(&ACCOUNTS) else { return };
        let key = account_key(name);
        if self.stage.store.account(&key).is_none() || self.stage.people.permille(500) {
            let mut spec = account_spec(name, self.drift);
            if self.stage.people.permille(300) {
                spec.allowed_namespaces = None;
            }
            if self.stage.people.permille(200) {
                spec.policies = serde_json::from_value(json!({"update": "Automatic"})).ok();
            }
            self.say(|| format!("apply account {name}"));
            apply_account(&self.stage, name, spec, None);
        } else {
            self.say(|| format!("delete account {name}"));
            self.stage.store.delete(&key, Cause::Person, clock::timestamp());
        }
    }

    fn secret(&mut self) {
        let Some(name) = self.stage.people.pick(&ACCOUNTS) else { return };
        let all = [
            Credentials::First,
            Credentials::Second,
            Credentials::Second,
            Credentials::Wrong,
            Credentials::Missing,
        ];
        let which = *self.stage.people.pick(&all).unwrap_or(&Credentials::Second);
        self.say(|| format!("secret of {name}: {which:?}"));
        set_secret(&self.stage, name, which);
    }

    fn garble(&mut self) {
        let Some(object) = self.any() else { return };
        let wanted = match (&object.spec, object.key.kind) {
            (Spec::Garbled(_), Kind::QrCode) => {
                Wanted::QrCode(Box::new(qr_spec(&self.stage.people, &object.key.namespace)))
            }
            (Spec::Garbled(_), _) => {
                let spec = template_spec(&self.stage.people, &self.stage.whims, &object.key.name);
                Wanted::Template(Box::new(spec))
            }
            _ => Wanted::Garbled("it has no account".to_owned()),
        };
        self.say(|| format!("garble {} or back", short(&object.key)));
        apply(&self.stage, object.key.clone(), wanted);
    }

    /// A colleague in the provider's console.
    fn foreign(&mut self) {
        let people = &self.stage.people;
        let now = clock::timestamp();
        let provider = if people.permille(500) { Face::Meta } else { Face::Alibaba };
        let [phone, _] = cast::phones(provider);
        let lives = live_codes(&self.stage);
        let change = match people.below(6) {
            0 | 1 => {
                self.foreign += 1;
                let code = format!("FOREIGN{:07}", self.foreign);
                let text = *people.pick(&TEXTS).unwrap_or(&"Hi");
                let text = match people.below(6) {
                    0 => text.to_uppercase(),
                    1 | 2 => format!("{text}, says a colleague"),
                    _ => text.to_owned(),
                };
                self.stage.ledger().foreign.insert(code.clone());
                muddle(&self.stage, &code, &text);
                Change::AddCode { provider, phone: phone.to_owned(), message: text, code: Some(code) }
            }
            2 => {
                let Some(live) = people.pick(&lives).cloned() else { return };
                let text = if people.permille(500) {
                    "Changed by a colleague"
                } else {
                    *people.pick(&TEXTS).unwrap_or(&"Hi")
                };
                // Nobody can tell any more what it was made for.
                let mut ledger = self.stage.ledger();
                ledger.loose.insert(live.code.clone());
                ledger.has_news(live.code.clone());
                drop(ledger);
                muddle(&self.stage, &live.code, text);
                Change::EditCode {
                    provider: live.face,
                    phone: live.phone,
                    code: live.code,
                    message: text.to_owned(),
                }
            }
            3 => {
                let Some(live) = people.pick(&lives).cloned() else { return };
                if people.permille(50) {
                    Change::DeleteCode { provider: live.face, phone: live.phone, code: None }
                } else {
                    Change::DeleteCode { provider: live.face, phone: live.phone, code: Some(live.code) }
                }
            }
            kind => {
                let name = template_name(people.pick(&TEMPLATES).unwrap_or(&"t"));
                let (space, language) = (cast::space(provider).to_owned(), Some(LANGUAGES[0].to_owned()));
                let is_there = live_forms(&self.stage).iter().any(|form| is_theirs(form, provider, &name));
                if !is_there {
                    return self.foreign_template(provider, space, &name);
                }
                if kind == 4 {
                    Change::DeleteTemplate { provider, space, name, language }
                } else if provider == Face::Meta {
                    self.unsettle(provider, &name);
                    let components = vec![json!({"type": "BODY", "text": "Somebody else wrote this."})];
                    Change::EditTemplate { provider, space, name, language, components }
                } else {
                    return;
                }
            }
        };
        self.say(|| format!("foreign {change:?}"));
        self.stage.inside.simulator().change(&change, now);
    }

    /// A colleague makes a template by hand, perhaps with the very words.
    fn foreign_template(&self, provider: Face, space: String, name: &str) {
        let words = if self.stage.people.permille(500) {
            body(&self.stage.people)
        } else {
            "Somebody else wrote this.".to_owned()
        };
        let component = if provider == Face::Meta {
            json!({"type": "BODY", "text": words, "example": {"body_text_named_params": [
                {"param_name": "name", "example": "Ana"}]}})
        } else {
            json!({"Type": "BODY", "Text": words.replace("{{name}}", "$(name)")})
        };
        let (language, category) = (LANGUAGES[0].to_owned(), "UTILITY".to_owned());
        let change = Change::AddTemplate {
            provider,
            space,
            name: name.to_owned(),
            language,
            category,
            components: vec![component],
        };
        self.say(|| format!("foreign {change:?}"));
        self.stage.inside.simulator().change(&change, clock::timestamp());
        let ids = live_forms(&self.stage).into_iter().filter(|form| is_theirs(form, provider, name));
        let ids: Vec<String> = ids.map(|form| form.place()).collect();
        self.stage.ledger().foreign.extend(ids.iter().cloned());
        // Made while a call of ours is under way, or before one by less than lists lag, it cannot be told from what that made.
        let is_being_made = |object: &Object| {
            matches!(&object.spec, Spec::Template(spec, _) if spec.name == name && spec.language == LANGUAGES[0])
                && (claim_of(object).is_some_and(|claim| claim.intent.is_some())
                    || clock::timestamp().duration_since(object.meta.created) < LAGS)
        };
        if self.stage.store.all().1.iter().any(|object| is_being_made(object)) {
            self.stage.ledger().told.extend(ids);
        }
    }

    fn review(&mut self) {
        let people = &self.stage.people;
        let events = [
            Event::Approve,
            Event::Reject { reason: "INVALID_FORMAT".to_owned() },
            Event::Pause,
            Event::Unpause,
            Event::Disable,
            Event::Archive,
            Event::Appeal,
            Event::Suspend,
            Event::Recategorise { category: "MARKETING".to_owned() },
            Event::Quality { score: "RED".to_owned() },
        ];
        let Some(event) = people.pick(&events).cloned() else { return };
        let provider = if people.permille(500) { Face::Meta } else { Face::Alibaba };
        let name = template_name(people.pick(&TEMPLATES).unwrap_or(&"t"));
        self.unsettle(provider, &name);
        let space = cast::space(provider).to_owned();
        let change = Change::Decide { provider, space, name, language: None, event };
        self.say(|| format!("review {change:?}"));
        if matches!(change, Change::Decide { event: Event::Recategorise { .. }, .. }) {
            self.stage.ledger().recategorised();
        }
        self.stage.inside.simulator().change(&change, clock::timestamp());
    }

    /// From now on nobody knows for certain how many edits of ours count: whether one does follows from the state that a
    /// template is in, and whether one was made from what it says.
    fn unsettle(&self, provider: Face, name: &str) {
        let forms = live_forms(&self.stage).into_iter();
        let forms = forms.filter(|form| form.face == provider && form.name == name);
        let places: Vec<String> = forms.map(|form| form.place()).collect();
        self.stage.ledger().unsettled.extend(places);
    }

    fn jump(&mut self, wall: &Virtual) {
        let people = &self.stage.people;
        let seconds = if people.permille(300) {
            -people.below(40).cast_signed()
        } else {
            people.below(1200).cast_signed()
        };
        self.say(|| format!("the clock jumps by {seconds} s"));
        let by = SignedDuration::from_secs(seconds);
        self.stage.ledger().jumps(by);
        wall.jump(by);
    }

    /// An object is pointed at another account, which no admission stopped.
    fn relocate(&mut self) {
        let Some(object) = self.any() else { return };
        let Spec::QrCode(mut spec, _) = object.spec.clone() else { return };
        let Some(name) = self.stage.people.pick(&ACCOUNTS) else { return };
        (*name).clone_into(&mut spec.account_ref.name);
        self.say(|| format!("move {} to {name}", short(&object.key)));
        apply(&self.stage, object.key.clone(), Wanted::QrCode(spec));
    }

    /// What keeps a cluster as Git says applies an account again that was going when everybody left.
    pub(crate) fn keep_accounts(&mut self) {
        for name in ACCOUNTS {
            if self.account_spec(name).is_none() {
                apply_account(&self.stage, name, account_spec(name, self.drift), None);
            }
        }
        listen(&self.stage);
    }

    /// Everybody puts right what was put wrong on purpose, and leaves.
    pub(crate) fn leave(&mut self) {
        for name in ACCOUNTS {
            set_secret(&self.stage, name, Credentials::Second);
            let mut spec = account_spec(name, self.drift);
            spec.confirm_deletions = serde_json::from_value(json!({"upTo": 1000})).ok();
            if let Some(known) = self.account_spec(name) {
                spec.policies = known.policies;
            }
            apply_account(&self.stage, name, spec, None);
        }
        let (_, objects) = self.stage.store.all();
        for object in objects {
            set_suspend(&self.stage, &object, None);
        }
        listen(&self.stage);
    }
}

/// What its manifest says.
fn wanted(object: &Object) -> Wanted {
    match object.spec.clone() {
        Spec::QrCode(spec, _) => Wanted::QrCode(spec),
        Spec::Template(spec, _) => Wanted::Template(spec),
        Spec::Garbled(garbled) => Wanted::Garbled(garbled.why),
    }
}

fn set_suspend(stage: &Stage, object: &Object, on: Option<bool>) {
    let wanted = match object.spec.clone() {
        Spec::QrCode(mut spec, _) => {
            spec.suspend = on;
            Wanted::QrCode(spec)
        }
        Spec::Template(mut spec, _) => {
            spec.suspend = on;
            Wanted::Template(spec)
        }
        Spec::Garbled(_) => return,
    };
    apply(stage, object.key.clone(), wanted);
}

fn without_status(object: &mut Object) {
    without_status_of(&mut object.spec);
}

fn without_status_of(spec: &mut Spec) {
    match spec {
        Spec::QrCode(_, status) => **status = WhatsAppQrCodeStatus::default(),
        Spec::Template(_, status) => **status = WhatsAppTemplateStatus::default(),
        Spec::Garbled(garbled) => {
            garbled.status = match garbled.status {
                Status::QrCode(_) => Status::QrCode(Box::default()),
                Status::Template(_) => Status::Template(Box::default()),
            };
        }
    }
}

/// Says that the claims of another installation are ours.
const TAKE_OVER: &str = "waops.dev/take-over: ";
/// Says that what lists lack is gone.
const ABSENCE: &str = "waops.dev/confirm-absence: ";
const LINES: [&str; 6] =
    ["approve: ", "adopt: {code: ", "policies: {", "confirmDeletions: {upTo: ", TAKE_OVER, ABSENCE];

/// The lines to be pasted in a message.
fn lines_in(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in LINES {
        for (at, _) in message.match_indices(start) {
            let rest = &message[at..];
            let end = if start.ends_with(": ") && !start.contains('{') {
                rest[start.len()..]
                    .find([' ', ';', ',', '|', '`', '\n'])
                    .map_or(rest.len(), |end| end + start.len())
            } else {
                rest.find('}').map_or(rest.len(), |end| end + 1)
            };
            found.push(rest[..end].trim_end_matches('.').to_owned());
        }
    }
    found
}

/// What Ready says.
pub(crate) fn message(object: &Object) -> Option<String> {
    let ready = object.conditions().iter().find(|condition| condition.type_ == "Ready");
    ready.map(|ready| ready.message.to_string())
}

fn with_policy(policies: Option<Policies>, line: &str) -> Policies {
    let mut policies = policies.unwrap_or_default();
    match line.trim_start_matches("policies: {").trim_end_matches('}') {
        "update: Automatic" => policies.update = Some(Update::Automatic),
        "update: Guarded" => policies.update = Some(Update::Guarded),
        "update: Never" => policies.update = Some(Update::Never),
        "drift: Report" => policies.drift = Some(Drift::Report),
        "drift: Correct" => policies.drift = Some(Drift::Correct),
        "deletion: Retain" => policies.deletion = Some(Deletion::Retain),
        "deletion: Delete" => policies.deletion = Some(Deletion::Delete),
        "adoption: Ask" => policies.adoption = Some(Adoption::Ask),
        "adoption: IfIdentical" => policies.adoption = Some(Adoption::IfIdentical),
        "adoption: Never" => policies.adoption = Some(Adoption::Never),
        "adoption: Always" => policies.adoption = Some(Adoption::Always),
        _ => {}
    }
    policies
}

/// So long a list may lag behind.
const LAGS: SignedDuration = SignedDuration::from_mins(1);

/// Whether a colleague may have made it.
fn is_theirs(form: &Form, provider: Face, name: &str) -> bool {
    form.face == provider && form.name == name && form.language == LANGUAGES[0]
}
