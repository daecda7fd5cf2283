//! What a `WhatsAppTemplate` must satisfy.

use super::crd::{self, Detail, fields};
use super::finding::{Finding, Findings, quote};
use super::qr_code::phone_detail;
use super::{buttons, language, marketing, media, one_provider, one_time_code, text, variables};
use crate::api::rules::Violation;
use crate::api::{ButtonSpec, CardSpec, Category, ComponentsSpec, HeaderSpec, WhatsAppTemplateSpec};
use crate::manifest::{Path, Place, Segment};
use crate::template;

/// Everything that is wrong with a template, or might be.
pub fn template(spec: &WhatsAppTemplateSpec) -> Vec<Finding> {
    let violations = template::parse(spec).err().unwrap_or_default();
    let mut found = Findings(crd::findings(violations, |broken| detail(spec, broken)).collect());
    let root = Place::ROOT;
    let place = root.field("spec");
    let components = place.field("components");
    language::check(&spec.language, &place.field("language"), &mut found);
    one_provider::check(spec, &place, &mut found);
    text::check(&spec.components, &components, &mut found);
    variables::check(spec, &place, &mut found);
    media::check(&spec.components, &components, &mut found);
    buttons::check(spec.category, &spec.components, &components, &mut found);
    one_time_code::check(spec, &place, &mut found);
    marketing::check(spec, &place, &mut found);
    found.0
}

fn detail(spec: &WhatsAppTemplateSpec, broken: &Violation) -> Detail {
    let parts = &spec.components;
    match broken.rule {
        "template-name" => {
            let name = template_name(&spec.name);
            Detail::of(
                &spec.name,
                name.map_or(String::new(), |name| format!("did you mean {}?", quote(&name))),
            )
        }
        "template-language-form" => Detail::of(&spec.language, language::did_you_mean(&spec.language)),
        "template-ttl" => {
            let ttl = spec.message_send_ttl_seconds;
            let value = ttl.map(|ttl| format!("{ttl} for {}", spec.category.as_str()));
            let help = match spec.category {
                Category::Authentication => "write 30 to 900, or -1",
                Category::Utility => "write 30 to 43200, or -1",
                Category::Marketing => "write 43200 to 2592000",
            };
            Detail { value, help: help.to_owned() }
        }
        "variable-name" => Detail::value(last_field(&broken.path).map(quote)),
        "offer-body-length" => Detail::value(parts.body.text.as_deref().map(characters)),
        "card-body" => {
            let card = card_at(parts, &broken.path);
            let text = card.and_then(|card| card.body.as_ref()).and_then(|body| body.text.as_deref());
            Detail::value(text.map(characters))
        }
        "button-phone-e164" => button_at(parts, &broken.path)
            .and_then(|button| button.phone_number.as_deref())
            .map_or_else(Detail::default, phone_detail),
        "button-coupon-form" => {
            let code = button_at(parts, &broken.path).and_then(|button| button.coupon_code.as_deref());
            Detail::value(code.map(quote))
        }
        "button-flow-screen" => {
            Detail { value: None, help: "remove navigateScreen, or write flowAction: NAVIGATE".to_owned() }
        }
        "button-opt-out-marketing" => Detail {
            value: Some(spec.category.as_str().to_owned()),
            help: "remove isOptOut, or write category: MARKETING".to_owned(),
        },
        rule if rule.starts_with("button-") => {
            field_of(button_at(parts, &broken.path), &broken.path, fields::button)
        }
        "header-text" | "header-url" | "header-document" => {
            field_of(header_at(parts, &broken.path), &broken.path, fields::header)
        }
        _ => Detail::default(),
    }
}

/// What to do about the field that a path names, in the button or header that it leads to.
fn field_of<T>(holder: Option<&T>, path: &Path, detail: impl Fn(&T, &str) -> Detail) -> Detail {
    holder.zip(last_field(path)).map_or_else(Detail::default, |(holder, field)| detail(holder, field))
}

fn characters(text: &str) -> String {
    format!("{} characters", text.chars().count())
}

fn last_field(path: &Path) -> Option<&str> {
    match path.segments().last()? {
        Segment::Field(name) => Some(name),
        Segment::Index(_) => None,
    }
}

fn card_at<'a>(parts: &'a ComponentsSpec, path: &Path) -> Option<&'a CardSpec> {
    parts.carousel.as_ref()?.cards.get(*indices(path).first()?)
}

fn button_at<'a>(parts: &'a ComponentsSpec, path: &Path) -> Option<&'a ButtonSpec> {
    match *indices(path).as_slice() {
        [button] => parts.buttons.as_ref()?.get(button),
        [_, button] => card_at(parts, path)?.buttons.as_ref()?.get(button),
        _ => None,
    }
}

fn header_at<'a>(parts: &'a ComponentsSpec, path: &Path) -> Option<&'a HeaderSpec> {
    match card_at(parts, path) {
        Some(card) => Some(&card.header),
        None => parts.header.as_ref(),
    }
}

/// The only lists on the way to a field are cards and buttons.
fn indices(path: &Path) -> Vec<usize> {
    let index = |segment: &Segment| match segment {
        Segment::Index(index) => Some(*index),
        Segment::Field(_) => None,
    };
    path.segments().iter().filter_map(index).collect()
}

/// The name that was probably meant: lower case, and `_` for what no name has.
fn template_name(name: &str) -> Option<String> {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = name.trim().chars().map(fits).collect();
    (!name.chars().all(|c| c == '_')).then_some(name)
}
