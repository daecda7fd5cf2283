//! The images behind the links: real, scannable, and gone after a while.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::encoding::hex;
use super::request::{Request, Response};
use super::time::Time;
use crate::qr_image::QrImage;

/// The two formats both vendors know (vendor-docs: `GenerateQrImage`, `generate_qr_image`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Format {
    Png,
    Svg,
}

impl Format {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "PNG" => Some(Self::Png),
            "SVG" => Some(Self::Svg),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
        }
    }
}

/// What a scanned code opens (vendor-docs/meta-message_qrdls.txt, `deep_link_url`).
pub(crate) fn deep_link(code: &str) -> String {
    format!("https://wa.me/message/{code}")
}

/// A signed link, in the shape of Meta's: `oe` is the end of its life in hexadecimal seconds
/// (providers.md B2).
pub(crate) fn link(base: &str, seed: u64, code: &str, format: Format, expires: Time) -> String {
    let path = format!("/m1/v/t6/{code}.{}", format.name().to_ascii_lowercase());
    let end = format!("{:08X}", expires.unix_seconds());
    let seal = seal(seed, &path, &end);
    format!("{base}{path}?ccb=10-5&oh=00_{seal}&oe={end}&_nc_sid=f36290")
}

fn seal(seed: u64, path: &str, end: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&seed.to_be_bytes()) else { return String::new() };
    mac.update(path.as_bytes());
    mac.update(end.as_bytes());
    hex(&mac.finalize().into_bytes()[..12])
}

/// Whether a path belongs to the images.
pub(crate) fn is_image(path: &str) -> bool {
    path.starts_with("/m1/v/t6/")
}

/// Serves a link. A CDN does not know whether the code still lives, only whether the link does.
pub(crate) fn serve(request: &Request, seed: u64, now: Time) -> Response {
    let pairs = request.query_pairs();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let end = value("oe");
    if value("oh") != format!("00_{}", seal(seed, &request.path, end)) {
        return Response::new(403, "text/plain", "Bad URL hash");
    }
    if i64::from_str_radix(end, 16).is_ok_and(|end| end <= now.unix_seconds()) {
        return Response::new(403, "text/plain", "URL signature expired");
    }
    let name = request.path.rsplit('/').next().unwrap_or_default();
    let (code, extension) = name.split_once('.').unwrap_or((name, ""));
    let format = Format::parse(&extension.to_ascii_uppercase());
    match (format, QrImage::of(&deep_link(code))) {
        (Some(Format::Png), Some(image)) => Response::new(200, "image/png", image.png()),
        (Some(Format::Svg), Some(image)) => Response::new(200, "image/svg+xml", image.svg()),
        _ => Response::new(404, "text/plain", "not an image"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr_image::scan;

    #[test]
    fn links_open_images_that_scanners_read() {
        let link = link("", 7, "ANED2T5QRU7HG1", Format::Png, Time(2_000_000));
        let answer = serve(&Request::new("GET", &link), 7, Time(1_999_000));
        assert_eq!((answer.status, answer.head("content-type")), (200, Some("image/png")));
        assert_eq!(scan::png(&answer.body), "https://wa.me/message/ANED2T5QRU7HG1");
    }

    #[test]
    fn links_end_and_cannot_be_forged() {
        let link = link("", 7, "A", Format::Svg, Time(2_000_000));
        assert!(link.contains("&oe=000007D0&"), "{link}");
        for (link, now, status, reason) in [
            (link.clone(), 1_999_999, 200, "a second before its end"),
            (link.clone(), 2_000_000, 403, "at its end"),
            (link.replace("000007D0", "7FFFFFFF"), 0, 403, "with another end"),
            (link.replace("/A.", "/B."), 0, 403, "of another code"),
            (link.replace("oh=", "no="), 0, 403, "without its hash"),
        ] {
            assert_eq!(serve(&Request::new("GET", &link), 7, Time(now)).status, status, "{reason}");
        }
    }
}
