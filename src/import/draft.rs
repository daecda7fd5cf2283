//! What a manifest says of one object that exists, or why it cannot.
//!
//! A draft is written, read again, linted and compared with what the provider said, by the code that will plan it. So what
//! is handed out is valid, and taken over without a difference.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::api::{
    AccountPolicies, AccountReference, AdoptCode, Adoption, Category, Duplicates, EnforcedPolicy,
    ImageFormat, ImageSpec, Kind, ParameterFormat, Policies, WhatsAppQrCodeSpec, WhatsAppTemplateSpec,
};
use crate::check;
use crate::lint::{ProviderKind, Severity};
use crate::manifest::{Path, Segment};
use crate::plan::policy;
use crate::qr_code::Phone;
use crate::render::manifest;
use crate::template::content::is_left_to_the_provider;
use crate::template::{Said, parse};

/// A field after another is given up until the rest can be written; more than a template has.
const ROUNDS: usize = 32;
/// So many reasons are told.
const REASONS: usize = 3;

/// Where manifests belong.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The account they refer to.
    pub account: AccountReference,
    /// Their namespace; none for the one of the folder.
    pub namespace: Option<String>,
    /// The provider of the account.
    pub provider: Option<ProviderKind>,
    /// What the account says about its objects.
    pub policies: Option<AccountPolicies>,
}

/// A QR code that exists, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code; none where it is only asked for.
    pub code: Option<String>,
    /// Its phone number.
    pub phone: Phone,
    /// The message that stands ready.
    pub message: String,
    /// How its image is drawn, where the provider keeps that.
    pub format: Option<ImageFormat>,
    /// Whether another code on the same number has the same message.
    pub twin: bool,
}

/// A manifest to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The whole of it.
    pub text: String,
}

/// The manifest of a QR code. With a code it takes that one over.
pub fn code(code: &Code, name: &str, setting: &Setting) -> Result<Draft, String> {
    let (phone_number, phone_number_id) = match &code.phone {
        Phone::Number(number) => (Some(format!("+{number}")), None),
        Phone::Id(id) => (None, Some(id.clone())),
    };
    let never = code.code.is_some() && adoption(setting) == Adoption::Never;
    let spec = WhatsAppQrCodeSpec {
        account_ref: setting.account.clone(),
        phone_number,
        phone_number_id,
        prefilled_message: code.message.clone(),
        image: code
            .format
            .filter(|format| *format != ImageFormat::default())
            .map(|format| ImageSpec { format }),
        adopt: code.code.clone().map(|code| AdoptCode { code }),
        approve: None,
        duplicates: code.twin.then_some(Duplicates::Allow),
        output: None,
        policies: (never && !is_enforced(setting)).then(|| adopting(Adoption::Ask)),
        suspend: None,
    };
    let text = manifest::yaml(Kind::QrCode, name, setting.namespace.as_deref(), &spec, &[]);
    let errors = errors(&text, &spec, setting)?;
    if errors.is_empty() {
        Ok(Draft { kind: Kind::QrCode, name: name.to_owned(), text })
    } else {
        Err(told(&errors))
    }
}

/// The manifest of a template. One that exists is taken over where it is identical, which it is.
pub fn template(said: &Said, name: &str, setting: &Setting) -> Result<Draft, String> {
    let mut remarks = Vec::new();
    let mut spec = fields(said, setting)?;
    let names = samples(said, &mut spec, &mut remarks);
    if let Some(made_up) = names {
        remarks.insert(0, made_up);
    }
    media(&mut spec, said, &mut remarks);
    for _ in 0..ROUNDS {
        let text = manifest::yaml(Kind::Template, name, setting.namespace.as_deref(), &spec, &remarks);
        let errors = errors(&text, &spec, setting)?;
        if errors.is_empty() {
            let typed: WhatsAppTemplateSpec =
                serde_json::from_value(Json::Object(spec)).map_err(|error| error.to_string())?;
            said_in_full(&typed, said)?;
            // Typed, the fields come in the order of the reference.
            let text = manifest::yaml(Kind::Template, name, setting.namespace.as_deref(), &typed, &remarks);
            return Ok(Draft { kind: Kind::Template, name: name.to_owned(), text });
        }
        let given_up = errors.iter().filter(|(path, _)| give_up(&mut spec, path, &mut remarks)).count();
        if given_up < errors.len() {
            return Err(told(&errors));
        }
    }
    Err("it breaks too many rules; `waops validate` refuses it".to_owned())
}

fn fields(said: &Said, setting: &Setting) -> Result<Map<String, Json>, String> {
    let known = [Category::Utility, Category::Marketing, Category::Authentication];
    let category = known.into_iter().find(|category| category.as_str() == said.category);
    let category = category
        .ok_or_else(|| format!("its category {} is none that can be declared any more", said.category))?;
    let mut spec = said.content.spec();
    // Providers write the text of a code themselves, and may say nothing of how.
    let parts = spec.entry("components").or_insert_with(|| json!({}));
    if category == Category::Authentication && parts.get("body").is_none() {
        parts["body"] = json!({});
    }
    // A content of waops' own making has no other fields, so what is set here replaces nothing.
    spec.insert("accountRef".to_owned(), json!(setting.account));
    spec.insert("name".to_owned(), json!(said.name));
    spec.insert("language".to_owned(), json!(said.language.replace('-', "_")));
    spec.insert("category".to_owned(), json!(category));
    if let Some(allowed) = said.allow_category_change {
        spec.insert("allowCategoryChange".to_owned(), json!(allowed));
    }
    let takes_over = matches!(adoption(setting), Adoption::IfIdentical | Adoption::Always);
    if said.id.is_some() && !takes_over && !is_enforced(setting) {
        spec.insert("policies".to_owned(), json!(adopting(Adoption::IfIdentical)));
    }
    if setting.provider == Some(ProviderKind::Meta) {
        accept_terms(&mut spec);
        // Templates from before there were names do not say so.
        if said.content.has_numbers() {
            spec.insert("parameterFormat".to_owned(), json!(ParameterFormat::Positional));
        }
    }
    Ok(spec)
}

/// Meta has no zero-tap button whose owner did not accept its terms, and does not say so when it is asked.
fn accept_terms(spec: &mut Map<String, Json>) {
    let buttons =
        spec.get_mut("components").and_then(|parts| parts.get_mut("buttons")).and_then(Json::as_array_mut);
    for button in buttons.into_iter().flatten().filter(|button| button["type"] == "ZERO_TAP") {
        button["zeroTapTermsAccepted"] = json!(true);
    }
}

/// A sample for each variable and no other; what to say of names that are made up.
fn samples(said: &Said, spec: &mut Map<String, Json>, remarks: &mut Vec<String>) -> Option<String> {
    let variables = said.content.variables();
    let mut known = match spec.remove("examples") {
        Some(Json::Object(known)) => known,
        _ => Map::new(),
    };
    let mut missing = Vec::new();
    let mut samples = Map::new();
    for name in &variables {
        let sample =
            known.remove(*name).filter(|sample| sample.as_str().is_some_and(|text| !text.is_empty()));
        if sample.is_none() {
            missing.push(*name);
        }
        samples.insert((*name).to_owned(), sample.unwrap_or_else(|| json!(name)));
    }
    if !samples.is_empty() {
        spec.insert("examples".to_owned(), Json::Object(samples));
    }
    if !missing.is_empty() {
        remarks.push(format!(
            "The provider has no sample of {}; the name stands in for it.",
            missing.join(", ")
        ));
    }
    let made_up: Vec<&str> = said.content.made_up().into_iter().collect();
    (!made_up.is_empty()).then(|| {
        let (names, are) = if made_up.len() == 1 { ("name", "is") } else { ("names", "are") };
        format!(
            "The provider numbers its variables; the {names} {} {are} made up. Give them better ones before the first apply: later \
             it counts as a change of the text.",
            made_up.join(", ")
        )
    })
}

/// Samples of headers lie at addresses that do not last, or at none that anybody tells.
fn media(spec: &mut Map<String, Json>, said: &Said, remarks: &mut Vec<String>) {
    let mut copies = false;
    let mut missing = false;
    for header in headers(spec) {
        let Some(stand_in) = stand_in(&header["format"]) else { continue };
        if header["url"].as_str().is_none() {
            header["url"] = json!(stand_in);
            missing = true;
        } else {
            copies = said.id.is_some();
        }
    }
    if copies {
        remarks.push(
            "The url of a header is what the provider answers: mostly a copy of its own, which may not stay. It is read again \
             only when the text changes: put the address of your own file there together with the next change, since alone it \
             counts as one."
                .to_owned(),
        );
    }
    if missing {
        remarks.push(NO_SAMPLE.to_owned());
    }
}

const NO_SAMPLE: &str = "Nobody tells where the sample of a header lies, so its url leads nowhere. Put the address of your own \
                         file there before the text changes.";

fn stand_in(format: &Json) -> Option<&'static str> {
    match format.as_str() {
        Some("IMAGE") => Some("https://sample.invalid/picture.jpg"),
        Some("VIDEO") => Some("https://sample.invalid/film.mp4"),
        Some("DOCUMENT") => Some("https://sample.invalid/document.pdf"),
        _ => None,
    }
}

/// The header, and those of all cards.
fn headers(spec: &mut Map<String, Json>) -> Vec<&mut Json> {
    let mut found = Vec::new();
    let Some(Json::Object(parts)) = spec.get_mut("components") else { return found };
    for (name, part) in parts {
        match name.as_str() {
            "header" => found.push(part),
            "carousel" => {
                let cards = part.get_mut("cards").and_then(Json::as_array_mut).into_iter().flatten();
                found.extend(cards.filter_map(|card| card.get_mut("header")));
            }
            _ => {}
        }
    }
    found.retain(|header| header.is_object());
    found
}

/// Leaves a field to the provider that a manifest cannot have as it is; whether it may be left.
fn give_up(spec: &mut Map<String, Json>, path: &Path, remarks: &mut Vec<String>) -> bool {
    let is = |segment: &Segment, name: &str| matches!(segment, Segment::Field(field) if **field == *name);
    let [_, above @ .., Segment::Field(field)] = path.segments() else { return false };
    let parent = above.iter().try_fold(Parent::Root(spec), Parent::step);
    let Some(parent) = parent.and_then(Parent::fields) else { return false };
    let format = parent.get("format").cloned().unwrap_or_default();
    if above.last().is_some_and(|last| is(last, "header")) && **field == *"url" {
        let Some(stand_in) = stand_in(&format).filter(|stand_in| parent.get("url") != Some(&json!(stand_in)))
        else {
            return false;
        };
        parent.insert("url".to_owned(), json!(stand_in));
        if !remarks.iter().any(|remark| remark == NO_SAMPLE) {
            remarks.push(NO_SAMPLE.to_owned());
        }
        return true;
    }
    if !is_left_to_the_provider(path) {
        return false;
    }
    match parent.remove(&**field) {
        Some(value) => {
            remarks.push(format!("{path} is left to the provider: a manifest cannot have its {value}."));
            true
        }
        // Another rule had it left out in this round.
        None => true,
    }
}

/// A place in a spec.
enum Parent<'a> {
    Root(&'a mut Map<String, Json>),
    Below(&'a mut Json),
}

impl<'a> Parent<'a> {
    fn step(self, segment: &Segment) -> Option<Self> {
        let below = match (self, segment) {
            (Self::Root(fields), Segment::Field(name)) => fields.get_mut(&**name),
            (Self::Below(json), Segment::Field(name)) => json.get_mut(&**name),
            (Self::Below(json), Segment::Index(index)) => json.get_mut(*index),
            (Self::Root(_), Segment::Index(_)) => None,
        };
        below.map(Self::Below)
    }

    fn fields(self) -> Option<&'a mut Map<String, Json>> {
        match self {
            Self::Root(fields) => Some(fields),
            Self::Below(json) => json.as_object_mut(),
        }
    }
}

/// What `waops validate` refuses in a text, and that it says what it should.
fn errors<S: Serialize>(text: &str, spec: &S, setting: &Setting) -> Result<Vec<(Path, String)>, String> {
    let (report, manifests) = check::text("", text, setting.provider);
    let errors = report.findings.into_iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<(Path, String)> = errors.map(|finding| (finding.path, finding.message)).collect();
    let meant = serde_json::to_value(spec).map_err(|error| error.to_string())?;
    match &manifests[..] {
        _ if !errors.is_empty() => Ok(errors),
        [one] if one.json["spec"] == meant => Ok(errors),
        _ => Err("it has characters that YAML cannot hold".to_owned()),
    }
}

/// Whether the manifest says everything that the provider does.
fn said_in_full(spec: &WhatsAppTemplateSpec, said: &Said) -> Result<(), String> {
    let desired = parse(spec).map_err(|broken| {
        let rules: Vec<&str> = broken.iter().map(|violation| violation.rule).collect();
        format!("it breaks {}", rules.join(", "))
    })?;
    let differences = desired.content().differences(&said.content);
    let lost: Vec<(Path, String)> = differences
        .into_iter()
        .map(|it| {
            let theirs = it.theirs.unwrap_or_else(|| "nothing".to_owned());
            (Path::root(), format!("{}: a manifest cannot say {theirs:?}", it.field))
        })
        .collect();
    if lost.is_empty() { Ok(()) } else { Err(told(&lost)) }
}

fn told(errors: &[(Path, String)]) -> String {
    let one = |(path, message): &(Path, String)| match path.segments() {
        [] => message.clone(),
        _ => format!("{path}: {message}"),
    };
    let mut told: Vec<String> = errors.iter().take(REASONS).map(one).collect();
    if errors.len() > REASONS {
        told.push(format!("and {} more", errors.len() - REASONS));
    }
    told.join("; ")
}

/// What the account says about things that exist already.
fn adoption(setting: &Setting) -> Adoption {
    policy::resolve(setting.policies.as_ref(), None).adoption
}

/// Whether no object may say otherwise.
pub fn is_enforced(setting: &Setting) -> bool {
    let enforced = setting.policies.as_ref().and_then(|policies| policies.enforced.as_ref());
    enforced.is_some_and(|enforced| enforced.contains(&EnforcedPolicy::Adoption))
}

/// Whether the account keeps its objects from taking anything of this kind over.
pub fn forbids(setting: &Setting, kind: Kind) -> bool {
    is_enforced(setting)
        && match kind {
            Kind::QrCode => adoption(setting) == Adoption::Never,
            _ => matches!(adoption(setting), Adoption::Never | Adoption::Ask),
        }
}

fn adopting(adoption: Adoption) -> Policies {
    Policies { adoption: Some(adoption), ..Policies::default() }
}
