//! Writing without what says nothing: both vendors take a missing field for "not set", and neither
//! promises to take a null or an empty list for it.

use serde_json::Value;

/// The value without nulls, empty lists and empty objects. Empty strings stay: somebody wrote them.
pub(crate) fn sparse(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, field)| (name, sparse(field)));
            Value::Object(fields.filter(|(_, field)| says_something(field)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sparse).filter(says_something).collect()),
        other => other,
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_says_something_stays() {
        let value = json!({"a": null, "b": [], "c": {"d": null}, "e": "", "f": false, "g": [null, {}, 1]});
        assert_eq!(sparse(value), json!({"e": "", "f": false, "g": [1]}));
    }
}
