//! From provider JSON to manifests and back, for `waops convert`: files alone, nobody is called.
//!
//! ```text
//! JSON, form, YAML ─source─▶ Thing ─import::draft─▶ manifest ─┬─▶ YAML
//!                             └────── a manifest ────────────┴─target─▶ JSON
//! ```
//!
//! - [`source`]: what a text is, and what is in it.
//! - [`target`]: the body that a create would have.

pub mod source;
pub mod target;

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{AccountReference, Kind};
use crate::check::{self, Manifest};
use crate::import::draft::{self, Code, Draft, Setting};
use crate::import::names::{Wish, choose};
use crate::lint::{ProviderKind, Severity};
use crate::qr_code::Phone;
use crate::store::folder::Refused;
use source::{Found, Thing};

/// What manifests of provider JSON need that the JSON does not say.
#[derive(Clone, Debug, Default)]
pub struct Missing {
    /// The account they refer to.
    pub account: Option<String>,
    /// The phone number of QR codes whose JSON names none.
    pub phone: Option<String>,
}

/// Leaves out what was found before: pages overlap, and an answer may lie beside the list that has it, too.
pub fn once<'a>(lists: impl Iterator<Item = &'a mut Vec<Found>>) {
    let mut known: BTreeMap<String, Vec<Thing>> = BTreeMap::new();
    for list in lists {
        list.retain(|Found { thing, .. }| {
            let Some(identity) = identity(thing) else { return true };
            let alike = known.entry(identity).or_default();
            let is_new = !alike.contains(thing);
            if is_new {
                alike.push(thing.clone());
            }
            is_new
        });
    }
}

/// Manifests of everything that was found; those that are some already stay as they are and are not among them.
pub fn manifests(found: &[Found], missing: &Missing) -> Result<Vec<Draft>, String> {
    let mut wishes = Vec::new();
    let mut things = Vec::new();
    let mut texts: BTreeMap<(&Option<String>, &str), usize> = BTreeMap::new();
    for Found { thing, place } in found {
        wishes.push(match thing {
            Thing::Template(said, _) => Wish::template(&said.name, &said.language),
            Thing::Code { code, phone, message, .. } => {
                *texts.entry((phone, message)).or_default() += 1;
                // One that is only asked for is known by its place among the others.
                let place = (things.len() + 1).to_string();
                Wish::code(code.as_ref().unwrap_or(&place), message)
            }
            Thing::Manifest(_) => continue,
        });
        things.push((thing, place));
    }
    let Some((_, first)) = things.first() else { return Ok(Vec::new()) };
    let account = missing.account.as_ref().ok_or_else(|| {
        format!("{first}: nothing says to which WhatsAppAccount this belongs; name it with --account")
    })?;
    let names = choose(&wishes, &BTreeSet::new());
    let drafts = things.into_iter().zip(names).map(|((thing, place), name)| {
        let twin =
            matches!(thing, Thing::Code { phone, message, .. } if texts.get(&(phone, message)) > Some(&1));
        draft(thing, &name, account, missing.phone.as_deref(), twin).map_err(|why| format!("{place}: {why}"))
    });
    drafts.collect()
}

/// What a thing that exists is known by; none for what is only asked for.
fn identity(thing: &Thing) -> Option<String> {
    match thing {
        Thing::Template(said, _) => {
            said.id.as_ref().map(|id| format!("{id} {} {}", said.name, said.language))
        }
        Thing::Code { code, phone, .. } => {
            code.as_ref().map(|code| format!("{code} {}", phone.as_deref().unwrap_or_default()))
        }
        Thing::Manifest(_) => None,
    }
}

fn draft(thing: &Thing, name: &str, account: &str, phone: Option<&str>, twin: bool) -> Result<Draft, String> {
    let setting = |from| {
        let (namespace, name) =
            account.split_once('/').map_or((None, account), |(one, other)| (Some(one), other));
        let account = AccountReference { name: name.to_owned(), namespace: namespace.map(str::to_owned) };
        Setting { account, namespace: None, provider: Some(from), policies: None }
    };
    match thing {
        Thing::Template(said, from) => draft::template(said, name, &setting(*from)),
        Thing::Code { code, phone: own, message, format, from } => {
            let named = || phone.map(|phone| Phone::Number(phone.trim_start_matches('+').to_owned()));
            let phone = own.clone().map(Phone::Number).or_else(named);
            let phone = phone
                .ok_or("nothing says which phone number the QR code belongs to; name it with --phone")?;
            let (code, message) = (code.clone(), message.clone());
            draft::code(&Code { code, phone, message, format: *format, twin }, name, &setting(*from))
        }
        Thing::Manifest(_) => Err("it is a manifest already".to_owned()),
    }
}

/// The manifests in a text, as a provider takes them; those that it would refuse are refused as a whole, with places.
pub fn checked(name: &str, text: &str, provider: Option<ProviderKind>) -> Result<Vec<Manifest>, Refused> {
    let (report, manifests) = check::text(name, text, provider);
    if report.count(Severity::Error) > 0 {
        return Err(Refused::Findings(Box::new(report)));
    }
    let ours = |manifest: &Manifest| manifest.json["kind"].as_str().and_then(Kind::from_name).is_some();
    Ok(manifests.into_iter().filter(ours).collect())
}
