//! A document held against the schema of its kind: the same that the API server has, so that the same
//! mistakes are found, and all of them at once.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::fit::{Misfit, fit};
use super::shape::Shape;
use crate::api::{self, Kind};
use crate::manifest::Node;

/// The schema of one kind, ready to be held against documents.
#[derive(Debug)]
pub struct Schema(Shape);

static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| {
    let mut crds = api::crds().into_iter().map(|crd| {
        let mut schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
        schema["properties"]["metadata"] = metadata();
        // Known by the time a schema is chosen, and written by waops: nothing to check.
        for field in ["apiVersion", "kind", "status"] {
            schema["properties"][field] = Json::Bool(true);
        }
        schema["required"] = serde_json::json!(["metadata", "spec"]);
        Schema(Shape::compile(&schema))
    });
    [(); 3].map(|()| crds.next().unwrap_or(Schema(Shape::Any)))
});

/// What a person writes in `metadata`, and what the server adds.
fn metadata() -> Json {
    let text = serde_json::json!({ "type": "string" });
    let texts = serde_json::json!({ "type": "object", "additionalProperties": text });
    let mut fields = serde_json::Map::new();
    for name in ["name", "generateName", "namespace", "uid", "resourceVersion", "selfLink"] {
        fields.insert(name.into(), text.clone());
    }
    for name in ["labels", "annotations"] {
        fields.insert(name.into(), texts.clone());
    }
    for name in [
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "finalizers",
        "generation",
        "managedFields",
        "ownerReferences",
    ] {
        fields.insert(name.into(), Json::Bool(true));
    }
    serde_json::json!({ "type": "object", "properties": fields })
}

impl Schema {
    /// The schema of a kind.
    pub fn of(kind: Kind) -> &'static Schema {
        &SCHEMAS[kind as usize]
    }

    /// What in a document does not fit, as far as anybody wants to read.
    pub fn check(&self, document: &Node) -> Vec<Misfit> {
        fit(&self.0, document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint;
    use crate::manifest::{RULES, documents};

    fn misfits(spec: &str) -> Vec<(&'static str, String, String)> {
        let text = format!("metadata: {{name: x}}\nspec:\n{spec}");
        let root = documents(&text).next().unwrap().unwrap().root;
        let misfits = Schema::of(Kind::Template).check(&root).into_iter();
        misfits.map(|misfit| (misfit.rule, misfit.path.to_string(), misfit.help)).collect()
    }

    #[test]
    fn helps_name_what_was_probably_meant() {
        let base = "  accountRef: {name: shop}\n  name: x\n  language: en\n  category: UTILITY\n";
        for (components, rule, path, help) in [
            ("{body: {txt: x}}", "schema-unknown-field", "spec.components.body.txt", "did you mean text?"),
            (
                "{body: {text: Small, but fine}}",
                "schema-unknown-field",
                "spec.components.body[\"but fine\"]",
                "a comma ends a text in braces: put the whole text in quotes",
            ),
            (
                "{body: {text: yes}}",
                "string-unquoted",
                "spec.components.body.text",
                "put it in quotes: \"yes\"",
            ),
            (
                "{body: {text: 2026-01-01}, footer: {}}",
                "",
                "",
                "a date stays the text it is, and a null field is none",
            ),
            (
                "{body: {text: x}, buttons: []}",
                "schema-count",
                "spec.components.buttons",
                "add one, or remove the field",
            ),
            (
                "{body: {text: x}, footer: {codeExpirationMinutes: \"5\"}}",
                "schema-type",
                "spec.components.footer.codeExpirationMinutes",
                "write a whole number, without quotes",
            ),
        ] {
            let found = misfits(&format!("{base}  components: {components}\n"));
            let wanted: Vec<_> =
                (!rule.is_empty()).then(|| (rule, path.to_owned(), help.to_owned())).into_iter().collect();
            assert_eq!(found, wanted, "{components}");
        }
    }

    #[test]
    fn every_fault_of_reading_has_a_page() {
        for rule in RULES {
            assert!(lint::find(rule).is_some(), "{rule}");
        }
    }
}
