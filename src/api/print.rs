//! YAML for people, written. The one place that knows `serde_yaml`, which is archived: it only ever
//! sees values that waops made itself.

use serde::Serialize;

/// A value as a YAML document.
///
/// Only values of our own making come here; what cannot be written is a bug, and says so in its place.
pub fn yaml<T: Serialize>(value: &T) -> String {
    serde_yaml::to_string(value).unwrap_or_else(|error| format!("# cannot be written as YAML: {error}\n"))
}
