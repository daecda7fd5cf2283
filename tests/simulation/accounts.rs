//! What must hold of accounts once everything rests: by then all of them have credentials that work.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use waops::api::{AccountCounts, Claim, Kind, Name};
use waops::engine::object::{AccountObject, Object, Spec};
use waops::qr_code::content_hash;
use waops::simulator::Provider as Face;

use super::cast::{face, identity, phones};
use super::forms::{Form, live_forms};
use super::judge::Live;
use super::ledger::{claim_of, claims_of, short};
use super::stage::{HERE, Stage};

/// An account is looked at more often than that.
const LOOKED_AT: SignedDuration = SignedDuration::from_mins(1);

/// Everything that must hold of accounts at the end.
pub(crate) fn judge(stage: &Stage, accounts: &[Arc<AccountObject>], objects: &[Arc<Object>], live: &[Live]) {
    // What changed a moment ago may be counted in a moment.
    if !stage.ledger().is_still(LOOKED_AT) {
        return;
    }
    let forms = live_forms(stage);
    for account in accounts {
        of_account(stage, account, objects);
        let face = face(&account.key.name);
        let shelf = Shelf { face, objects, live, forms: &forms };
        let said = account.status.unclaimed.and_then(|said| usize::try_from(said).ok()).unwrap_or_default();
        let (least, most) = (shelf.certainly_loose(), shelf.perhaps_loose());
        if said < least || most.is_some_and(|most| said > most) {
            stage.broken("an account says how much is nobody's", || {
                format!("{} says {said}: at least {least}, at most {most:?}", short(&account.key))
            });
        }
    }
}

fn of_account(stage: &Stage, account: &AccountObject, objects: &[Arc<Object>]) {
    let status = &account.status;
    let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
    let ready = ready.map(|ready| (ready.status.as_str(), ready.reason.as_str()));
    // Lists that lack too much stay in doubt where nobody lists any more.
    let is_ready = matches!(ready, Some(("True", "Connected") | ("False", "AccountSuspicious")));
    let is_about = status.observed_generation == Some(account.meta.generation)
        && status.identity == Some(identity(face(&account.key.name)));
    if !is_ready || !is_about {
        stage.broken("an account whose credentials work is ready", || {
            format!("{} {status:?}", short(&account.key))
        });
    }
    let count = |kind: Kind| {
        let refers = |object: &&Arc<Object>| {
            let named = object.account_name();
            object.key.kind == kind && named == Some((&*account.key.namespace, &*account.key.name))
        };
        i64::try_from(objects.iter().filter(refers).count()).unwrap_or(i64::MAX)
    };
    let counts = AccountCounts { qr_codes: count(Kind::QrCode), templates: count(Kind::Template) };
    if status.counts != Some(counts) {
        stage.broken("an account says how many objects it has", || {
            format!("{} says {:?}, and has {counts:?}", short(&account.key), status.counts)
        });
    }
}

/// What is at a provider, and who may have it.
struct Shelf<'a> {
    face: Face,
    objects: &'a [Arc<Object>],
    live: &'a [Live],
    forms: &'a [Form],
}

impl Shelf<'_> {
    fn codes(&self) -> impl Iterator<Item = &Live> {
        self.live.iter().filter(|code| code.face == self.face)
    }

    fn templates(&self) -> impl Iterator<Item = &Form> {
        self.forms.iter().filter(|form| form.face == self.face && !form.is_going())
    }

    /// Every claim that any copy makes.
    fn claims(&self) -> impl Iterator<Item = (&Object, Claim)> {
        let claims = |object| claims_of(object).into_iter().map(move |claim| (object, claim));
        self.objects.iter().map(|object| &**object).flat_map(claims)
    }

    /// Those who have what they want, and so look at it again and again: a list that they look at is as good as new.
    fn lookers(&self, reason: &str) -> impl Iterator<Item = Claim> {
        let at = identity(self.face);
        let looks = move |object: &&Arc<Object>| {
            object.meta.deleting.is_none() && object.status().reason() == Some(reason)
        };
        let claims = self.objects.iter().filter(looks).filter_map(|object| claim_of(object));
        claims.filter(move |claim| *claim.identity == *at)
    }

    fn looked_at(&self) -> BTreeSet<Name> {
        self.lookers("Live").filter_map(|claim| claim.phone).collect()
    }

    fn templates_are_looked_at(&self) -> bool {
        self.lookers("Approved").next().is_some()
    }

    /// What lists as good as new show and no copy of any claim names, nor may have made.
    fn certainly_loose(&self) -> usize {
        let names = |name: &str| self.claims().any(|(_, claim)| claim.own().any(|own| own == name));
        let open = || self.claims().filter_map(|(_, claim)| claim.intent);
        let (looked_at, has_open) = (self.looked_at(), open().next().is_some());
        let is_loose = |code: &&Live| {
            let hash = content_hash(&code.text);
            looked_at.contains(code.phone.as_str())
                && !names(&code.code)
                && open().all(|intent| intent.text_hash != hash)
        };
        let codes = self.codes().filter(is_loose).count();
        let is_sure = !has_open && self.templates_are_looked_at();
        let templates = self.templates().filter(|form| is_sure && !names(&form.id)).count();
        codes + templates
    }

    /// What no object of ours has as its own; nothing where a list may be old, which shows what is gone.
    fn perhaps_loose(&self) -> Option<usize> {
        let looked_at = self.looked_at();
        let are_new = phones(self.face).iter().all(|phone| looked_at.contains(*phone));
        if !are_new || !self.templates_are_looked_at() {
            return None;
        }
        let is_own =
            |object: &Object, claim: &Claim| claim.uid == object.meta.uid && claim.installation == HERE;
        let has_code = |name: &str| {
            self.claims().any(|(object, claim)| is_own(object, &claim) && claim.own().any(|own| own == name))
        };
        let has_form = |form: &Form| {
            self.claims().any(|(object, claim)| {
                let speaks = match &object.spec {
                    Spec::Template(spec, _) => spec.language == form.language,
                    _ => true,
                };
                speaks && is_own(object, &claim) && claim.own().any(|own| own == form.id)
            })
        };
        let codes = self.codes().filter(|code| !has_code(&code.code)).count();
        Some(codes + self.templates().filter(|form| !has_form(form)).count())
    }
}
