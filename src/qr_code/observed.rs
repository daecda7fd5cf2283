//! What a provider has of a QR code.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::api::ImageFormat;
use crate::template::content::short_sha256;

/// A QR code as the provider has it. The answer to a create or an update has the same shape, but vendors'
/// samples echo other texts and formats than were asked for: of such an answer believe code and links,
/// and the rest when a list says it (providers.md, trap 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The code, which is its only identity.
    pub code: Code,
    /// The phone number it belongs to, where the answer says so.
    pub phone: Option<String>,
    /// The message that stands ready in the chat.
    pub message: String,
    /// The link that opens the chat.
    pub link: Option<String>,
    /// The provider's own image. It expires or changes: never compare it.
    pub image_url: Option<String>,
    /// When that image expires, as far as its link tells.
    pub image_expires: Option<Timestamp>,
    /// How the provider's own image is drawn.
    pub image_format: Option<ImageFormat>,
}

/// A code as a provider wrote it. Never empty, so no update can lose its code on the way and create
/// another one (providers.md, trap 6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Arc<str>);

impl Code {
    /// The code in a provider's answer or in a manifest, without blanks around it; none where there is none.
    pub fn parse(text: &str) -> Option<Code> {
        let code = text.trim();
        let fits = (1..=64).contains(&code.len()) && code.chars().all(|c| c.is_ascii_graphic());
        fits.then(|| Code(code.into()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hash of a code's content, for `approve: <code>@<hash>`, of which the first eight digits suffice.
/// The image is no content: waops draws it from the link.
pub fn content_hash(message: &str) -> String {
    short_sha256(message.as_bytes())
}

/// A text without what a provider may change in passing: blanks and case.
pub fn likeness(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// When a signed link expires: Meta's CDN says it in `oe`, as hexadecimal Unix time.
pub(crate) fn expiry(url: &str) -> Option<Timestamp> {
    let (_, query) = url.split_once('?')?;
    let digits = query.split('&').find_map(|pair| pair.strip_prefix("oe="))?;
    Timestamp::from_second(i64::from_str_radix(digits, 16).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_never_empty_and_never_ends_in_a_newline() {
        assert_eq!(Code::parse("D9AA3***\n").unwrap().as_str(), "D9AA3***");
        for nothing in ["", "\n", "A B", "kö", &"A".repeat(65)] {
            assert_eq!(Code::parse(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_signed_link_tells_when_it_expires() {
        let link = |oe: &str| {
            format!("https://scontent.xx.fbcdn.net/m1/v/t6/x?ccb=10-5&oh=00_AfA&oe={oe}&_nc_sid=1")
        };
        assert_eq!(expiry(&link("64550A9E")).unwrap().to_string(), "2023-05-05T13:54:38Z");
        for none in ["http://img.png", &link(""), &link("zz"), &link("ffffffffffffffff")] {
            assert_eq!(expiry(none), None, "{none}");
        }
    }

    #[test]
    fn the_hash_is_what_approve_takes() {
        let hash = content_hash("Hi! I saw your poster");
        assert_eq!(hash.len(), 16);
        assert!(hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')));
        assert_ne!(hash, content_hash("Hi! I saw your poster!"));
    }
}
