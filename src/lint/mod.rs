//! What a manifest must satisfy: rules with ids, severities and words, and the checks that find who
//! breaks them.
//!
//! Pure: typed specs go in, [`Finding`]s with field [`Path`](crate::manifest::Path)s come out; lines and
//! columns are the reader's. An error is what a provider certainly refuses; where documents disagree or
//! only quality suffers, it is a warning. What lives in production is never an error.

/// Declares the rules of one topic, each with the name that its check uses, and the list of them.
macro_rules! rules {
    ($($visibility:vis $name:ident = $rule:expr;)*) => {
        $($visibility static $name: $crate::lint::Rule = $rule;)*
        pub(in crate::lint) static RULES: &[&$crate::lint::Rule] = &[$(&$name),*];
    };
}

mod account;
mod buttons;
mod crd;
mod finding;
mod language;
mod links;
mod marketing;
mod media;
mod notation;
mod one_provider;
mod one_time_code;
mod placement;
mod qr_code;
pub mod reading;
mod registry;
mod rule;
pub mod schema;
mod set;
mod summary;
mod template;
mod text;
mod variables;
mod walk;

pub use account::account;
pub use finding::{Finding, quote};
pub use qr_code::qr_code;
pub use registry::{all, find};
pub use rule::{Checked, Provider, ProviderKind, Rule, Severity};
pub use set::{Between, providers, set};
pub use summary::{Spec, Summary};
pub use template::template;
