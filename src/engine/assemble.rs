//! Putting everything together that is known of an object and of what surrounds it.

use std::sync::Arc;

use jiff::Timestamp;

use super::account_status::deletion_grant;
use super::doors::{Access, drift_interval, same_identity};
use super::driver::Driver;
use super::entry::{Desired, Entry, Mark};
use super::gather::{AccountFacts, Common, Facts, PeerFacts, QrFacts, TemplateFacts, peers};
use super::hindrance::Hindered;
use super::object::{AccountObject, Object, Spec};
use super::remote::Remote;
use super::sight::{intent_text, open_intents, see_codes, see_template};
use super::store::Store;
use super::world::World;
use crate::api::{Adoption, Claim, ReadyWhen};
use crate::clock;
use crate::plan::claim::{Holder, Standing, standing};
use crate::plan::deletions;
use crate::plan::facts::{Key, Presence, Times};
use crate::plan::policy::{self, Resolved};
use crate::provider::budget::Lane;
use crate::provider::capabilities::{ALIBABA, META};
use crate::provider::face::Account as _;
use crate::provider::session::Identity;
use crate::{qr_code, template};

impl<S: Store> Driver<S> {
    /// Everything that decides about an object; none where it is not there.
    pub(super) async fn gather(&self, key: &Key, lane: Lane) -> Result<Option<Facts>, Hindered> {
        self.gather_as(key, lane, None).await
    }

    /// The same as it would be with this claim, for those who look ahead.
    pub(super) async fn gather_as(
        &self,
        key: &Key,
        lane: Lane,
        supposed: Option<&Arc<Claim>>,
    ) -> Result<Option<Facts>, Hindered> {
        let steady = self.steady_since();
        let Some(entry) = self.world().get(key).cloned() else { return Ok(None) };
        let access = self.access(&entry.object).await?;
        let Some(entry) = self.with_cause(key, entry).await? else { return Ok(None) };
        let remote = match &access {
            Access::Open(remote) => Some(remote.clone()),
            _ => None,
        };
        let desired = Desired::of(&entry.object);
        let phone = match (&remote, &desired) {
            (Some(remote), Desired::QrCode(desired)) => self.phone(&entry, remote, desired, lane).await?,
            (None, _) => entry.claimed_phone(),
            _ => None,
        };
        self.reread_claims(&entry, remote.as_ref(), phone.as_deref()).await?;
        let account = self.world().account_of(&entry.object).cloned();
        if let Some(remote) = &remote {
            self.believe(remote, account.as_deref());
        }
        let world = self.world();
        let before = entry.object;
        let Some(entry) = world.get(key).cloned() else { return Ok(None) };
        let is_same = before.spec_part() == entry.object.spec_part();
        let desired = if is_same { desired } else { Desired::of(&entry.object) };
        let mut common = self.common(&world, key, entry, &access, steady);
        if let Some(claim) = supposed {
            common.standing = Standing::Ours { claim: claim.clone(), complete: true };
        }
        let remote = remote.as_ref();
        Ok(Some(match desired {
            Desired::QrCode(desired) => {
                Facts::QrCode(Box::new(self.qr_facts(&world, common, desired, phone, remote)))
            }
            Desired::Template(desired) => {
                Facts::Template(Box::new(self.template_facts(&world, common, desired, remote)))
            }
        }))
    }

    /// The policies that hold for an object, where it is known.
    pub fn policies(&self, key: &Key) -> Option<Resolved> {
        let world = self.world();
        let object = &world.get(key)?.object;
        Some(self.resolved(world.account_of(object).map(|account| &**account), object))
    }

    fn resolved(&self, account: Option<&AccountObject>, object: &Object) -> Resolved {
        let of_account = account.and_then(|account| account.spec.policies.as_ref());
        let mut policies = policy::resolve(of_account, object.policies());
        if self.settings.adopts && policies.adoption == Adoption::Ask {
            policies.adoption = Adoption::IfIdentical;
        }
        policies
    }

    fn common(&self, world: &World, key: &Key, entry: Entry, access: &Access, steady: Timestamp) -> Common {
        let object = entry.object.clone();
        let account_key =
            object.account_name().map(|(namespace, name)| AccountObject::key_of(namespace, name));
        let account = account_key.as_ref().and_then(|key| world.account(key));
        let policies = self.resolved(account.map(|account| &**account), &object);
        let take_over = account.and_then(|account| account.take_over.clone());
        let name = key.object();
        let holder = Holder {
            installation: self.store.installation(),
            uid: &object.meta.uid,
            object: &name,
            take_over: take_over.as_deref(),
        };
        let alive =
            |uid: &str| world.with(Mark::uid(uid)).map(|(key, _)| key.clone()).find(|other| other != key);
        let standing = standing(&entry.copies(), holder, alive);
        let suspended =
            object.suspended() || account.is_some_and(|account| account.spec.suspend == Some(true));
        let now = clock::seconds();
        let drift = drift_interval(world.account_of(&object).map(|account| &**account));
        // Less than nothing within the second of asking, since `now` has whole seconds: still no older list counts.
        let asked = entry.asked_at.as_ref().map(|asked| now.duration_since(asked.wall()));
        Common {
            key: key.clone(),
            installation: self.store.installation().to_owned(),
            account_name: account_key.map(|key| key.object()).unwrap_or_default(),
            standing,
            suspended,
            policies,
            account: account_facts(world, &object, access, take_over, now),
            peers: Vec::new(),
            listed: None,
            times: Times {
                now,
                settle: self.settings.settle,
                drift: asked.map_or(drift, |asked| asked.min(drift)),
                call: self.settings.call,
                steady,
            },
            entry,
        }
    }

    fn qr_facts(
        &self,
        world: &World,
        mut common: Common,
        desired: Result<Box<qr_code::Desired>, String>,
        phone: Option<String>,
        remote: Option<&Remote>,
    ) -> QrFacts {
        let wanted = common.entry.wanted();
        let claim = common.standing.shared().cloned();
        let mut marks: Vec<Mark> = wanted.into_iter().collect();
        let about = common.standing.about();
        let owned = about.and_then(|claim| claim.code.clone());
        marks.extend(owned.as_deref().map(Mark::owned));
        marks.extend(intent_text(claim.as_deref()).map(|hash| Mark::text(&hash)));
        let me = common.entry.object.clone();
        let identity = remote.map(|remote| remote.identity().to_owned());
        let same_place = |entry: &Entry, claim: Option<&Claim>| {
            if owns_same(about, claim) {
                return true;
            }
            let same_account = match (claim, &identity) {
                (Some(claim), Some(identity)) => claim.identity == *identity,
                _ => same_identity(world, &entry.object, &me),
            };
            if !same_account {
                return false;
            }
            if let Some(theirs) = claim.and_then(|claim| claim.phone.as_deref()) {
                return Some(theirs) == phone.as_deref();
            }
            let theirs = entry.phone();
            match theirs.as_ref().and_then(|theirs| remote?.known_line(theirs)) {
                Some(line) => Some(line) == phone,
                // Nobody may have asked the provider yet what it calls the number; the same words mean the same one.
                None => desired.as_ref().is_ok_and(|desired| theirs.as_ref() == Some(&desired.phone)),
            }
        };
        let with =
            |marks: &[Mark]| peers(world, &common.key, marks, wanted, self.store.installation(), same_place);
        let mut all = with(&marks);
        // Whoever has inherited what one of them leaves may want another text.
        let left: Vec<Mark> = all.iter().filter_map(PeerFacts::leaves).map(Mark::owned).collect();
        if !left.is_empty() {
            marks.extend(left);
            all = with(&marks);
        }
        common.peers = all;
        let open_intents = open_intents(&common, claim.as_deref());
        let mut facts = QrFacts {
            common,
            desired,
            phone,
            own: Presence::Unknown,
            adopt: Presence::Unknown,
            adopt_owner: None,
            same_text: Vec::new(),
            outcome: Vec::new(),
            similar: Vec::new(),
            late: Vec::new(),
            alike: Vec::new(),
            older_intents: 0,
            open_intents,
        };
        if let (Some(remote), Some(phone)) = (remote, facts.phone.clone()) {
            see_codes(world, &mut facts, claim.as_deref(), remote, &phone);
        }
        facts
    }

    fn template_facts(
        &self,
        world: &World,
        common: Common,
        desired: Result<Box<template::Desired>, String>,
        remote: Option<&Remote>,
    ) -> TemplateFacts {
        let ready_when = match &common.entry.object.spec {
            Spec::Template(spec, _) => spec.ready_when.unwrap_or_default(),
            _ => ReadyWhen::default(),
        };
        let mut facts = TemplateFacts { common, desired, ready_when, own: Presence::Unknown, read: None };
        if let Some(remote) = remote {
            see_template(&mut facts, remote);
        }
        let common = &facts.common;
        // What it has may be wanted by another object, also where nobody can understand its own manifest (claims.md 7).
        let named = facts.named();
        let wanted = common.entry.wanted();
        let wanted = wanted.or_else(|| named.map(|(name, language)| Mark::template(name, language)));
        let mut marks: Vec<Mark> = wanted.into_iter().collect();
        // Who has what is there may have a manifest that nobody can read.
        let about = common.standing.about();
        let claimed = about.and_then(|claim| claim.template_id.as_deref());
        let there = facts.own.as_ref().here().map(|template| template.id.as_str());
        marks.extend(claimed.into_iter().chain(there).map(Mark::owned));
        let me = common.entry.object.clone();
        let identity = remote.map(|remote| remote.identity().to_owned());
        let same_place = |entry: &Entry, claim: Option<&Claim>| {
            let same_account = match (claim, &identity) {
                (Some(claim), Some(identity)) => claim.identity == *identity,
                _ => same_identity(world, &entry.object, &me),
            };
            // Alibaba has one id for all languages of a name.
            let other_language = matches!((&entry.object.spec, &me.spec),
                (Spec::Template(theirs, _), Spec::Template(mine, _)) if !template::same_language(&theirs.language, &mine.language));
            (same_account || owns_same(about, claim)) && !other_language
        };
        facts.common.peers = peers(world, &common.key, &marks, wanted, self.store.installation(), same_place);
        facts
    }
}

/// Whether an object has the very thing, wherever the manifests point by now.
fn owns_same(mine: Option<&Claim>, theirs: Option<&Claim>) -> bool {
    matches!((mine, theirs), (Some(mine), Some(theirs)) if mine.owns_same(theirs))
}

fn account_facts(
    world: &World,
    object: &Object,
    access: &Access,
    take_over: Option<String>,
    now: Timestamp,
) -> AccountFacts {
    let (identity, capabilities, ready) = match access {
        Access::Missing { seen } => return AccountFacts::Missing { seen: *seen },
        Access::NotAllowed => return AccountFacts::NotAllowed,
        Access::NotReady(account, why) => {
            let identity = Identity::of(&account.spec, &account.key.object());
            let capabilities = if account.spec.alibaba.is_some() { &ALIBABA } else { &META };
            (
                identity.map(|identity| identity.to_string()).unwrap_or_default(),
                capabilities,
                Err(why.clone()),
            )
        }
        Access::Open(remote) => (remote.identity().to_owned(), remote.provider().capabilities(), Ok(())),
    };
    let deletions = match object.meta.deleting {
        Some(_) => deletion_grant(world, object, now),
        None => deletions::Grant::Granted,
    };
    AccountFacts::Here { identity, ready, capabilities, take_over, deletions, suspicious: None }
}
