//! What a `WhatsAppTemplate` must satisfy.

use super::crd::{self, Detail};
use super::finding::{Finding, Findings};
use crate::api::WhatsAppTemplateSpec;
use crate::template;

/// Everything that is wrong with a template, or might be.
pub fn template(spec: &WhatsAppTemplateSpec) -> Vec<Finding> {
    let violations = template::parse(spec).err().unwrap_or_default();
    let found = Findings(crd::findings(violations, |id| detail(spec, id)).collect());
    found.0
}

fn detail(spec: &WhatsAppTemplateSpec, id: &str) -> Detail {
    match id {
        "template-name" => Detail::of(&spec.name, ""),
        _ => Detail::default(),
    }
}
