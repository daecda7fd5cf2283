//! One-time-code buttons that come back as links:
//! `https://www.whatsapp.com/otp/code/?otp_type=ONE_TAP&cta_display_name=Autofill&package_name=com.example.shop&`
//! `signature_hash=K8a%2FAINcGX7&code=otp{{1}}`.

/// What a one-time-code button that comes back as a link still says.
pub(super) struct OtpLink {
    /// The type of the button.
    pub(super) kind: String,
    /// One of the apps that may take the code; there may be more.
    pub(super) app: Option<(String, String)>,
    /// What stands on the button that fills in.
    pub(super) autofill_text: Option<String>,
}

/// Reads the link; none where it is another one.
pub(super) fn otp_link(url: &str) -> Option<OtpLink> {
    let (base, query) = url.split_once('?')?;
    let field = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.filter(|value| !value.is_empty())
    };
    let kind = field("otp_type")?.to_ascii_uppercase();
    let app = field("package_name").zip(field("signature_hash"));
    base.contains("whatsapp.com/otp").then(|| OtpLink {
        kind,
        // A signature hash can have a plus of its own.
        app: app.map(|(package, hash)| (unescaped(package), unescaped(hash))),
        autofill_text: field("cta_display_name").map(|text| unescaped(&text.replace('+', " "))),
    })
}

/// A part of a query without its percent signs; as it is where they make no sense.
fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_tells_its_kind_and_one_app() {
        let link = otp_link(
            "https://www.whatsapp.com/otp/code/?otp_type=one_tap&cta_display_name=Fill+it%20in&\
             package_name=com.example.shop&signature_hash=K8a%2FAIN+GX7&code=otp{{1}}",
        )
        .unwrap();
        assert_eq!(link.kind, "ONE_TAP");
        assert_eq!(link.app, Some(("com.example.shop".to_owned(), "K8a/AIN+GX7".to_owned())));
        assert_eq!(link.autofill_text.as_deref(), Some("Fill it in"));
        let plain = otp_link("https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp123%zz").unwrap();
        assert_eq!((plain.kind.as_str(), plain.app), ("COPY_CODE", None));
        for other in ["https://shop.example/otp?otp_type=ONE_TAP", "https://www.whatsapp.com/otp/code/", ""] {
            assert!(otp_link(other).is_none(), "{other}");
        }
        assert_eq!(unescaped("100%"), "100%");
        assert_eq!(unescaped("%ff"), "%ff", "no text");
    }
}
