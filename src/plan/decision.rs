//! A line that decides ([`Step::Blocked`](super::step::Step::Blocked)), as the change of an object that it is.

use serde_json::{Value as Json, json};

use crate::api::GROUP;
use crate::manifest::documents;

/// A decision that a person can make.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The line, ready to be pasted.
    pub line: String,
    /// Where it goes.
    pub part: Part,
    field: String,
    value: Json,
}

/// Where a decision goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Into the spec of the object that waits.
    Spec,
    /// Into the spec of its account.
    AccountSpec,
    /// Among the annotations of its account.
    AccountAnnotations,
}

impl Decision {
    /// What a line decides; none where it is none of ours.
    pub fn of(line: &str) -> Option<Self> {
        let document = documents(line).next()?.ok()?;
        let Json::Object(fields) = document.root.to_json() else { return None };
        let (field, value) = fields.into_iter().next()?;
        let part = match field.as_str() {
            field if field.starts_with(GROUP) => Part::AccountAnnotations,
            "confirmDeletions" => Part::AccountSpec,
            _ => Part::Spec,
        };
        Some(Self { line: line.to_owned(), part, field, value })
    }

    /// The change, as a merge patch of the object that it goes into.
    pub fn patch(&self) -> Json {
        let Self { field, value, .. } = self;
        match self.part {
            Part::Spec | Part::AccountSpec => json!({"spec": {field: value}}),
            Part::AccountAnnotations => json!({"metadata": {"annotations": {field: value}}}),
        }
    }

    /// The fields around the line, from outside.
    pub fn within(&self) -> &'static str {
        match self.part {
            Part::Spec | Part::AccountSpec => "spec",
            Part::AccountAnnotations => "metadata.annotations",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_what_it_changes() {
        for (line, part, patch, reason) in [
            (
                "approve: D9II3ABC@3f2a9c1d",
                Part::Spec,
                json!({"spec": {"approve": "D9II3ABC@3f2a9c1d"}}),
                "one change of one code",
            ),
            (
                "policies: {update: Automatic}",
                Part::Spec,
                json!({"spec": {"policies": {"update": "Automatic"}}}),
                "a policy, beside the others",
            ),
            (
                "adopt: {code: \"12345678901234\"}",
                Part::Spec,
                json!({"spec": {"adopt": {"code": "12345678901234"}}}),
                "digits alone are a code, too",
            ),
            (
                "confirmDeletions: {upTo: 40}",
                Part::AccountSpec,
                json!({"spec": {"confirmDeletions": {"upTo": 40}}}),
                "deletions are confirmed on the account",
            ),
            (
                "waops.dev/confirm-absence: \"12345678\"",
                Part::AccountAnnotations,
                json!({"metadata": {"annotations": {"waops.dev/confirm-absence": "12345678"}}}),
                "an annotation is a text",
            ),
        ] {
            let decision = Decision::of(line).unwrap();
            assert_eq!(
                (decision.part, decision.patch(), decision.line.as_str()),
                (part, patch, line),
                "{reason}"
            );
        }
        for line in ["", "approve", "- approve: A", "approve: {", "[]"] {
            assert_eq!(Decision::of(line), None, "{line}");
        }
    }
}
