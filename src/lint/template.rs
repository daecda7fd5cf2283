//! What a `WhatsAppTemplate` must satisfy.

use super::crd::{self, Detail};
use super::finding::{Finding, Findings, quote};
use super::{buttons, language, marketing, media, one_provider, one_time_code, text, variables};
use crate::api::WhatsAppTemplateSpec;
use crate::manifest::Place;
use crate::template::{self, is_variable_name};

/// Everything that is wrong with a template, or might be.
pub fn template(spec: &WhatsAppTemplateSpec) -> Vec<Finding> {
    let violations = template::parse(spec).err().unwrap_or_default();
    let mut found = Findings(crd::findings(violations, |id| detail(spec, id)).collect());
    let root = Place::ROOT;
    let place = root.field("spec");
    let components = place.field("components");
    language::check(&spec.language, &place.field("language"), &mut found);
    one_provider::check(spec, &place, &mut found);
    text::check(&spec.components, &components, &mut found);
    variables::check(spec, &place, &mut found);
    media::check(&spec.components, &components, &mut found);
    buttons::check(&spec.components, &components, &mut found);
    one_time_code::check(spec, &place, &mut found);
    marketing::check(spec, &place, &mut found);
    found.0
}

fn detail(spec: &WhatsAppTemplateSpec, id: &str) -> Detail {
    match id {
        "template-name" => {
            let name = template_name(&spec.name);
            Detail::of(&spec.name, if name.is_empty() { name } else { format!("did you mean {name}?") })
        }
        "template-language-form" => Detail::of(&spec.language, language::did_you_mean(&spec.language)),
        "template-ttl" => Detail {
            value: spec.message_send_ttl_seconds.map(|ttl| format!("{ttl} for {}", spec.category.as_str())),
            help: String::new(),
        },
        "variable-name" => {
            let names = spec.examples.iter().flatten().map(|(name, _)| name);
            let broken: Vec<String> =
                names.filter(|name| !is_variable_name(name)).take(3).map(|name| quote(name)).collect();
            Detail { value: Some(broken.join(", ")), help: String::new() }
        }
        "offer-body-length" => Detail {
            value: spec.components.body.text.as_ref().map(|text| text.chars().count().to_string()),
            help: String::new(),
        },
        _ => Detail::default(),
    }
}

/// The name that was probably meant: lower case, and `_` for what no name has.
fn template_name(name: &str) -> String {
    let characters =
        name.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let name: String = characters.collect();
    if name.chars().all(|c| c == '_') { String::new() } else { name }
}
