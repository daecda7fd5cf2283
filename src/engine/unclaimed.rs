//! What is at a provider, and no object's.

use std::collections::BTreeSet;

use super::entry::{Entry, Mark};
use super::object::Spec;
use super::remote::Remote;
use super::sight::owners;
use super::world::World;
use crate::api::{Intent, Operation, ReviewState};
use crate::provider::inventory::Snapshot;
use crate::qr_code::Code;
use crate::{qr_code, template};

/// How many codes and templates no object claims, as far as the lists show that were made for objects. None where there is
/// no list, and while one is under way: after a start there are several, and a part of them is no answer.
pub(super) fn unclaimed(world: &World, remote: &Remote, installation: &str) -> Option<usize> {
    let identity = remote.identity();
    let (codes, templates) = (remote.all_codes(), remote.templates());
    let is_listed = templates.listed().is_some() || codes.iter().any(|(_, codes)| codes.listed().is_some());
    if !is_listed || templates.is_under_way() || codes.iter().any(|(_, codes)| codes.is_under_way()) {
        return None;
    }
    let replaced: BTreeSet<&str> = codes
        .iter()
        .flat_map(|(phone, codes)| replaced(world, identity, phone, &codes.with(Snapshot::listed)))
        .collect();
    let is_loose_code = |code: &qr_code::Observed| {
        let code_name = code.code.as_str();
        if replaced.contains(code_name) || owners(world, installation, identity, code_name).next().is_some() {
            return false;
        }
        let hash = qr_code::content_hash(&code.message);
        !is_awaited(world, identity, Mark::text(&hash), |intent| intent.text_hash == hash)
    };
    let is_loose_template = |template: &template::Observed| {
        let mut owners = owners(world, installation, identity, &template.id);
        if template.state == ReviewState::Deleting || owners.any(|(_, entry)| speaks(entry, template)) {
            return false;
        }
        let mark = Mark::template(&template.name, &template.language);
        !is_awaited(world, identity, mark, |intent| intent.operation == Operation::Create)
    };
    let loose_codes = codes.iter().map(|(_, codes)| codes.with(|known| known.find(is_loose_code).count()));
    Some(loose_codes.sum::<usize>() + templates.with(|known| known.find(is_loose_template).count()))
}

/// The codes of a phone number that a change has replaced since they were listed: what has come in their place no list has
/// shown yet.
fn replaced<'a>(world: &'a World, identity: &str, phone: &str, shown: &BTreeSet<Code>) -> Vec<&'a str> {
    let is_shown = |code: &str| Code::parse(code).is_none_or(|code| shown.contains(&code));
    let mut replaced = Vec::new();
    for entry in world.claimed_at(identity, Some(phone)) {
        let Spec::QrCode(_, status) = &entry.object.spec else { continue };
        let now = entry.claim().and_then(|claim| claim.code.as_deref());
        if !status.previous_codes.is_empty() && now.is_some_and(|now| !is_shown(now)) {
            replaced.extend(status.previous_codes.iter().map(|previous| previous.code.as_str()));
        }
    }
    replaced
}

/// Whether it may be the outcome of a call of which nobody knows the end yet.
fn is_awaited(world: &World, identity: &str, mark: Mark, is_it: impl Fn(&Intent) -> bool) -> bool {
    let claims = world.with(mark).filter_map(|(_, entry)| entry.claim());
    claims.filter(|claim| claim.identity == identity).any(|claim| claim.intent.as_deref().is_some_and(&is_it))
}

/// Whether an object is about a template in its language: all languages of a name may share an id.
fn speaks(entry: &Entry, template: &template::Observed) -> bool {
    match &entry.object.spec {
        Spec::Template(spec, _) => template::same_language(&spec.language, &template.language),
        _ => true,
    }
}
