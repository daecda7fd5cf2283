//! What is at a provider, and no object's.

use super::entry::{Entry, Mark};
use super::object::Spec;
use super::remote::Remote;
use super::sight::owners;
use super::world::World;
use crate::api::{Intent, Operation, ReviewState};
use crate::provider::inventory::Inventory;
use crate::{qr_code, template};

/// How many codes and templates no object claims, as far as the lists show that were made for objects. None where there is
/// no list, and while one is under way: after a start there are several, and a part of them is no answer.
pub(super) fn unclaimed(world: &World, remote: &Remote, installation: &str) -> Option<usize> {
    let identity = remote.identity();
    let (codes, templates) = (remote.all_codes(), remote.templates());
    let is_listed = templates.listed().is_some() || codes.iter().any(|codes| codes.listed().is_some());
    if !is_listed || templates.is_under_way() || codes.iter().any(Inventory::is_under_way) {
        return None;
    }
    let is_loose_code = |code: &qr_code::Observed| {
        if owners(world, installation, identity, code.code.as_str()).next().is_some() {
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
    let codes: usize = codes.iter().map(|codes| codes.with(|known| known.find(is_loose_code).count())).sum();
    Some(codes + templates.with(|known| known.find(is_loose_template).count()))
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
