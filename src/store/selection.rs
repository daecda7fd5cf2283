//! Objects as people name them on a command line: `KIND/NAME` or `KIND/NAMESPACE/NAME`.

use std::str::FromStr;

use crate::api::Kind;
use crate::plan::facts::Key;

/// What somebody wrote to name an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    kind: Kind,
    namespace: Option<String>,
    name: String,
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` names no object; write KIND/NAME or KIND/NAMESPACE/NAME, such as waqr/poster")
        };
        let (kind, rest) = text.split_once('/').ok_or_else(wrong)?;
        let kind = kind_of(kind).ok_or_else(|| {
            let kinds = Kind::ALL.map(|kind| format!("{} ({})", kind.name(), kind.short_name()));
            format!("there is no kind `{kind}`; the kinds are {}", kinds.join(", "))
        })?;
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name),
            None => (None, rest),
        };
        if name.is_empty() || name.contains('/') || namespace.as_deref() == Some("") {
            return Err(wrong());
        }
        Ok(Self { kind, namespace, name: name.to_owned() })
    }
}

impl Selection {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The one object that is meant.
    pub fn find<'a>(&self, keys: impl Iterator<Item = &'a Key>) -> Result<&'a Key, String> {
        let is_meant = |key: &&Key| {
            key.kind == self.kind
                && *key.name == *self.name
                && self.namespace.as_ref().is_none_or(|namespace| **namespace == *key.namespace)
        };
        let found: Vec<&Key> = keys.filter(is_meant).collect();
        match found[..] {
            [key] => Ok(key),
            [] => Err(self.missing("here")),
            _ => {
                let each: Vec<String> = found.iter().map(|key| key.selection()).collect();
                Err(format!("{} is in several namespaces; write {}", self.text(), each.join(" or ")))
            }
        }
    }

    /// The object that is meant, where its namespace stands in it or is known otherwise.
    pub fn key(&self, namespace: Option<&str>) -> Option<Key> {
        let namespace = self.namespace.as_deref().or(namespace)?;
        Some(Key::new(self.kind, namespace, self.name.as_str()))
    }

    /// That it is not there, and what to do.
    pub fn missing(&self, place: &str) -> String {
        format!("there is no {} {place}; `waops status` shows what there is", self.text())
    }

    fn text(&self) -> String {
        let Self { kind, namespace, name } = self;
        let namespace = namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{} {namespace}{name}", kind.name())
    }
}

/// As kubectl has it: the kind in any case, its plural, or its short name.
fn kind_of(text: &str) -> Option<Kind> {
    let text = text.to_ascii_lowercase();
    let text = text.strip_suffix(".waops.dev").unwrap_or(&text);
    Kind::ALL.into_iter().find(|kind| {
        let name = kind.name().to_ascii_lowercase();
        text == kind.short_name() || text == name || text.strip_suffix('s') == Some(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: Kind, namespace: &str, name: &str) -> Key {
        Key::new(kind, namespace, name)
    }

    #[test]
    fn an_object_is_found_by_what_people_write() {
        let keys = [
            key(Kind::QrCode, "marketing", "poster"),
            key(Kind::QrCode, "sales", "poster"),
            key(Kind::Template, "sales", "poster"),
        ];
        let cases = [
            ("waqr/sales/poster", Ok(&keys[1]), "the short name"),
            ("WhatsAppQrCode/marketing/poster", Ok(&keys[0]), "the kind"),
            ("whatsapptemplates.waops.dev/poster", Ok(&keys[2]), "as `kubectl get -o name` prints it"),
            ("waqr/poster", Err("waqr/marketing/poster or waqr/sales/poster"), "it is in two namespaces"),
            ("waqr/flyer", Err("no WhatsAppQrCode flyer here"), "it is not there"),
            ("waqr/none/poster", Err("no WhatsAppQrCode none/poster"), "it is not there"),
            ("poster", Err("KIND/NAME"), "no kind"),
            ("waqr/", Err("KIND/NAME"), "no name"),
            ("waqr//poster", Err("KIND/NAME"), "no namespace"),
            ("waqr/a/b/c", Err("KIND/NAME"), "too much"),
            ("pod/poster", Err("the kinds are"), "another kind"),
        ];
        for (text, wanted, reason) in cases {
            let found = text.parse::<Selection>().and_then(|selection| selection.find(keys.iter()));
            match (found, wanted) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{text}: {reason}"),
                (Err(said), Err(wanted)) => assert!(said.contains(wanted), "{text}: {reason}: {said}"),
                (found, _) => panic!("{text}: {reason}: {found:?}"),
            }
        }
    }
}
