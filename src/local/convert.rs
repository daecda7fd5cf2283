//! A conversion of files.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::convert::{Missing, checked, manifests, once, source, target};
use crate::import::folder::{self, Put};
use crate::lint::ProviderKind;
use crate::manifest::{self, Origin, Refusal};
use crate::store::folder::Refused;

/// What to convert.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Files, folders and `-`; standard input without any.
    pub paths: Vec<PathBuf>,
    /// The provider whose JSON is wanted; manifests without one.
    pub to: Option<ProviderKind>,
    /// The account of manifests.
    pub account: Option<String>,
    /// The phone number of QR codes whose JSON names none.
    pub phone: Option<String>,
    /// Where manifests go; standard output without it.
    pub out: Option<PathBuf>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// For standard output.
    pub text: String,
    /// For standard error.
    pub notes: Vec<String>,
}

/// Converts. Nothing is written unless everything could be read.
pub fn run(wanted: &Wanted) -> Result<Converted, Refused> {
    if wanted.to.is_some() && wanted.out.is_some() {
        return Err(Refused::Wrong("--out is for manifests; JSON goes to standard output".to_owned()));
    }
    let paths = if wanted.paths.is_empty() { vec![PathBuf::from("-")] } else { wanted.paths.clone() };
    let (mut texts, mut notes, mut beside) = (Vec::new(), Vec::new(), None);
    for found in manifest::sources(&paths) {
        let refused = |path: String, fault: &manifest::Fault| {
            Refused::Wrong(format!("{path}: {}; {}", fault.message, fault.help))
        };
        let source = found.map_err(|Refusal { path, fault }| refused(path.display().to_string(), &fault))?;
        let name = match &source.origin {
            Origin::Stdin => "standard input".to_owned(),
            Origin::File(path) => path.display().to_string(),
        };
        if is_kustomization(&source.origin) {
            // Who names it wants something of it.
            if matches!(&source.origin, Origin::File(path) if paths.contains(path)) {
                notes.push(nothing_in(&name));
            }
            beside.get_or_insert(name);
            continue;
        }
        let text = source.read().map_err(|fault| refused(name.clone(), &fault))?;
        texts.push((name, text));
    }
    if texts.is_empty() {
        let none = || "there is no .yaml, .yml or .json in it; name the files themselves".to_owned();
        return Err(Refused::Wrong(beside.map_or_else(none, |name| nothing_in(&name))));
    }
    let mut found = Vec::new();
    for (name, text) in &texts {
        found.push((name, text, source::read(name, text).map_err(Refused::Wrong)?));
    }
    if let Some((name, ..)) = found.first()
        && found.iter().all(|(.., things)| things.is_empty())
    {
        return Err(Refused::Wrong(nothing_in(name)));
    }
    once(found.iter_mut().map(|(.., things)| things));
    let missing = Missing { account: wanted.account.clone(), phone: wanted.phone.clone() };
    let mut converted = match wanted.to {
        None => to_manifests(&found, &missing, wanted.out.as_deref()),
        Some(provider) => to_json(&found, missing, provider),
    }?;
    converted.notes.append(&mut notes);
    // In several files the next page is likely to be the next file.
    if let Some((name, _)) = texts.last().filter(|(_, text)| source::goes_on(text)) {
        converted.notes.push(format!(
            "{name}: this is one page of a longer list, and what comes after it is missing: add the answer of `paging.next`, \
             or let `waops import` read all of it"
        ));
    }
    Ok(converted)
}

fn nothing_in(name: &str) -> String {
    format!("{name}: there is nothing in it to convert")
}

/// What stands beside manifests and says nothing of what it is.
fn is_kustomization(origin: &Origin) -> bool {
    let Origin::File(path) = origin else { return false };
    let name = path.file_name().and_then(OsStr::to_str);
    matches!(name, Some("kustomization.yaml" | "kustomization.yml"))
}

type Read<'a> = (&'a String, &'a String, Vec<source::Found>);

fn to_manifests(
    found: &[Read<'_>],
    missing: &Missing,
    out: Option<&std::path::Path>,
) -> Result<Converted, Refused> {
    let things: Vec<source::Found> = found.iter().flat_map(|(_, _, things)| things.clone()).collect();
    let drafts = manifests(&things, missing).map_err(Refused::Wrong)?;
    if drafts.is_empty() {
        return Err(Refused::Wrong(
            "these are manifests already; --to meta or --to alibaba makes JSON of them".to_owned(),
        ));
    }
    let mut converted = Converted::default();
    let ours = things.iter().filter(|thing| matches!(thing.thing, source::Thing::Manifest(_))).count();
    if ours > 0 {
        converted.notes.push(format!("{ours} manifests among it are left as they are"));
    }
    let Some(out) = out else {
        converted.text = drafts.iter().map(|draft| draft.text.as_str()).collect::<Vec<_>>().join("---\n");
        return Ok(converted);
    };
    let in_the_way: Vec<String> = drafts
        .iter()
        .filter_map(|draft| match folder::put(out, draft) {
            Ok(Put::Written(path)) => {
                let _ = writeln!(converted.text, "{}", path.display());
                None
            }
            Ok(Put::InTheWay(path)) => Some(format!("{} is there and says something else", path.display())),
            Err(why) => Some(why),
        })
        .collect();
    if in_the_way.is_empty() { Ok(converted) } else { Err(Refused::Wrong(in_the_way.join("\n"))) }
}

fn to_json(found: &[Read<'_>], missing: Missing, provider: ProviderKind) -> Result<Converted, Refused> {
    // One provider's words become the other's by way of a manifest, which need not belong to anybody.
    let missing = Missing { account: missing.account.or_else(|| Some("any".to_owned())), ..missing };
    let mut bodies = Vec::new();
    for (name, text, things) in found {
        let ours = |thing: &source::Found| matches!(thing.thing, source::Thing::Manifest(_));
        let own = if things.iter().any(ours) { checked(name, text, Some(provider))? } else { Vec::new() };
        let drafts = manifests(things, &missing).map_err(Refused::Wrong)?;
        let mut all = own;
        for draft in drafts {
            all.extend(checked(name, &draft.text, Some(provider))?);
        }
        for manifest in all {
            bodies.extend(target::body(&manifest, provider).map_err(Refused::Wrong)?);
        }
    }
    let mut notes = Vec::new();
    if provider == ProviderKind::Meta && bodies.iter().any(target::has_samples) {
        let note = "header_handle has the address of a sample, where Meta wants the handle of its upload";
        notes.push(note.to_owned());
    }
    let json = match <[Json; 1]>::try_from(bodies) {
        Ok([one]) => one,
        Err(bodies) if bodies.is_empty() => {
            return Err(Refused::Wrong("there is no QR code and no template in it".to_owned()));
        }
        Err(bodies) => Json::Array(bodies),
    };
    let text = serde_json::to_string_pretty(&json).map_err(|error| Refused::Wrong(error.to_string()))?;
    Ok(Converted { text: format!("{text}\n"), notes })
}
