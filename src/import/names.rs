//! Names of objects: readable, the same at every import, and never two the same.
//!
//! | of | wish | where two have it |
//! |---|---|---|
//! | a template | `order-shipped-en-us` | `order-shipped-en-us-3f2a9c1d` |
//! | a QR code | `hi-i-saw-your-poster` | `hi-i-saw-your-poster-aned2t5qru7hg1` |
//!
//! Everybody whose wish somebody else has gets the longer name, so that no name depends on an order.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::content::short_sha256;

/// A label's length, so that the name fits wherever Kubernetes takes one.
const LONGEST: usize = 63;
/// So much of a message makes a name.
const MESSAGE: usize = 48;

/// What an object would like to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    name: String,
    /// What tells it from others with the same wish.
    mark: String,
    /// Who it is, for the last way out.
    identity: String,
}

impl Wish {
    /// Of a template: its name and its language.
    pub fn template(name: &str, language: &str) -> Self {
        let identity = format!("{name} {}", crate::template::spelled(language));
        let wish = slug(&format!("{name}-{language}"), usize::MAX);
        let (name, mark) = (wish, short_sha256(identity.as_bytes()).chars().take(8).collect());
        Self { name, mark, identity }
    }

    /// Of a QR code: the beginning of its message. Without letters that a name can have, its code.
    pub fn code(code: &str, message: &str) -> Self {
        let mark = slug(code, usize::MAX);
        let wish = slug(message, MESSAGE);
        let name = if wish.chars().filter(char::is_ascii_lowercase).count() < 2 {
            format!("code-{mark}")
        } else {
            wish
        };
        Self { name, mark, identity: code.to_owned() }
    }

    /// The names it can have, best first.
    fn names(&self) -> [String; 3] {
        let hash = short_sha256(self.identity.as_bytes());
        let plain =
            if self.name.len() > LONGEST { joined(&self.name, &self.mark) } else { self.name.clone() };
        [plain, joined(&self.name, &self.mark), joined(&self.name, &hash)]
    }
}

/// A name for each wish, in their order. `taken` are those that others have.
pub fn choose(wishes: &[Wish], taken: &BTreeSet<String>) -> Vec<String> {
    let candidates: Vec<[String; 3]> = wishes.iter().map(Wish::names).collect();
    let mut contested: BTreeMap<&str, usize> = BTreeMap::new();
    for names in &candidates {
        // What one would have only at a pinch is left to it.
        let distinct: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        for name in distinct {
            *contested.entry(name).or_default() += 1;
        }
    }
    let free = |name: &&String| !taken.contains(*name) && contested.get(name.as_str()) == Some(&1);
    let chosen = candidates.iter().map(|names| names.iter().find(free).unwrap_or(&names[2]).clone());
    chosen.collect()
}

/// Both, cut so that they fit.
fn joined(name: &str, mark: &str) -> String {
    let mark: String = mark.chars().take(LONGEST - 2).collect();
    let room = LONGEST - mark.len() - 1;
    let head: String = name.chars().take(room).collect();
    format!("{}-{mark}", head.trim_end_matches('-'))
}

/// A text as part of a name: small letters and digits, everything else a dash. Cut between words, if it must be.
fn slug(text: &str, longest: usize) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        match plain(letter) {
            Some(plain) => slug.push_str(plain),
            None if letter.is_ascii_alphanumeric() => slug.push(letter.to_ascii_lowercase()),
            // An apostrophe is inside a word.
            None if matches!(letter, '\'' | '’') => {}
            None if slug.is_empty() || slug.ends_with('-') => {}
            None => slug.push('-'),
        }
    }
    let mut slug = slug.trim_end_matches('-');
    if slug.len() > longest {
        let cut = &slug[..=longest];
        slug = cut.rfind('-').filter(|at| *at > longest / 2).map_or(&cut[..longest], |at| &cut[..at]);
    }
    slug.trim_end_matches('-').to_owned()
}

/// Letters of Latin alphabets without what English lacks.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
        'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' | 'Œ' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ą' => "a",
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => "e",
        'ğ' | 'Ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'İ' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'Ò' | 'Ó' | 'Ô' | 'Õ' => "o",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'Ś' | 'Š' | 'Ş' => "s",
        'ù' | 'ú' | 'û' | 'ů' | 'Ù' | 'Ú' | 'Û' | 'Ů' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chosen(wishes: &[Wish], taken: &[&str]) -> Vec<String> {
        choose(wishes, &taken.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn names_say_what_an_object_is() {
        for (wish, want, reason) in [
            (Wish::template("order_shipped", "en_US"), "order-shipped-en-us", "name and language"),
            (Wish::template("__a__b__", "de"), "a-b-de", "no dash at an end, none twice"),
            (Wish::code("ANED2T5QRU7HG1", "Hi! I saw your poster"), "hi-i-saw-your-poster", "the message"),
            (Wish::code("A1", "I'd like Größe Ł"), "id-like-groesse-l", "letters that English lacks"),
            (Wish::code("ANED2T5QRU7HG1", "你好，我想订一张桌子"), "code-aned2t5qru7hg1", "nothing to read"),
            (Wish::code("A1", "7"), "code-a1", "a digit alone says nothing"),
            (
                Wish::code("A1", "Hello! I would like to know more about the winter coats in your window"),
                "hello-i-would-like-to-know-more-about-the-winter",
                "cut between words",
            ),
        ] {
            assert_eq!(chosen(&[wish], &[]), [want], "{reason}");
        }
        let long = &chosen(&[Wish::template(&"a".repeat(512), "en")], &[])[0];
        assert!(long.len() == 63 && long.starts_with("aaaa"), "{long}");
    }

    #[test]
    fn who_shares_a_wish_gets_a_longer_name_whatever_the_order() {
        let (one, other) = (Wish::code("AAA", "Hello!"), Wish::code("BBB", "hello"));
        assert_eq!(chosen(&[one.clone(), other.clone()], &[]), ["hello-aaa", "hello-bbb"]);
        assert_eq!(chosen(&[other, one.clone()], &[]), ["hello-bbb", "hello-aaa"]);
        assert_eq!(chosen(std::slice::from_ref(&one), &["hello"]), ["hello-aaa"], "a person has the name");
        let short = short_sha256(b"AAA");
        assert_eq!(chosen(&[one], &["hello", "hello-aaa"]), [format!("hello-{short}")]);
        let breton = [Wish::template("a_pt", "br"), Wish::template("a", "pt_BR")];
        let names = chosen(&breton, &[]);
        assert!(names[0] != names[1] && names.iter().all(|name| name.starts_with("a-pt-br-")), "{names:?}");
    }

    proptest! {
        #[test]
        fn names_are_names_and_never_two_the_same(
            codes in proptest::collection::btree_map("[A-Za-z0-9]{1,14}", "\\PC{0,60}", 1..20),
            taken in proptest::collection::btree_set("[a-z]{1,4}", 0..5),
        ) {
            let wishes: Vec<Wish> = codes.iter().map(|(code, text)| Wish::code(code, text)).collect();
            let names = choose(&wishes, &taken);
            for name in &names {
                prop_assert!(name.len() <= LONGEST && !name.starts_with('-') && !name.ends_with('-'), "{}", name);
                prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
                prop_assert!(!taken.contains(name));
            }
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        }
    }
}
