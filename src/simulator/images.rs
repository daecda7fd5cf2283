//! The images behind the links: real, scannable, and gone after a while.

use hmac::{Hmac, KeyInit, Mac};
use qrcode::{Color, EcLevel, QrCode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::encoding::hex;
use super::request::{Request, Response};
use super::time::Time;

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
    match (format, Modules::of(&deep_link(code))) {
        (Some(Format::Png), Some(modules)) => Response::new(200, "image/png", modules.png()),
        (Some(Format::Svg), Some(modules)) => Response::new(200, "image/svg+xml", modules.svg()),
        _ => Response::new(404, "text/plain", "not an image"),
    }
}

/// Dark and light squares with the quiet zone around them that the standard asks for.
struct Modules {
    width: usize,
    dark: Vec<bool>,
}

impl Modules {
    const QUIET: usize = 4;
    const PIXELS: usize = 8;

    fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width: code.width(), dark })
    }

    fn side(&self) -> usize {
        self.width + 2 * Self::QUIET
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(Self::QUIET).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.width + x).copied().unwrap_or(false),
            _ => false,
        }
    }

    fn svg(&self) -> String {
        use std::fmt::Write as _;
        let side = self.side();
        let mut path = String::new();
        for y in 0..side {
            for x in (0..side).filter(|x| self.is_dark(*x, y)) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
        )
    }

    /// One bit per pixel and no compression: the file is 12 kB, and thirty lines spare a dependency.
    fn png(&self) -> Vec<u8> {
        let pixels = self.side() * Self::PIXELS;
        let mut rows = Vec::new();
        for y in 0..pixels {
            rows.push(0); // no filter
            let light = |x: usize| x < pixels && !self.is_dark(x / Self::PIXELS, y / Self::PIXELS);
            rows.extend(
                (0..pixels.div_ceil(8))
                    .map(|byte| (0..8).fold(0_u8, |bits, bit| bits << 1 | u8::from(light(byte * 8 + bit)))),
            );
        }
        let side = u32::try_from(pixels).unwrap_or(0).to_be_bytes();
        let mut header = [side, side].concat();
        header.extend([1, 0, 0, 0, 0]); // depth 1, greyscale
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        file.extend(chunk(*b"IHDR", &header));
        file.extend(chunk(*b"IDAT", &stored(&rows)));
        file.extend(chunk(*b"IEND", &[]));
        file
    }
}

/// A zlib stream that only stores (RFC 1950, RFC 1951 section 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff).count();
    for (index, block) in data.chunks(0xffff).enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(index + 1 == blocks));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [&kind, data].concat();
    let crc = !content.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[..], &content, &crc.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(png: &[u8]) -> String {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bits = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bits).unwrap();
        let (width, height) = (frame.width as usize, frame.height as usize);
        let pixel = |x: usize, y: usize| bits[y * frame.line_size + x / 8] >> (7 - x % 8) & 1;
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixel(x, y) * u8::MAX);
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn links_open_images_that_scanners_read() {
        let link = link("", 7, "ANED2T5QRU7HG1", Format::Png, Time(2_000_000));
        let answer = serve(&Request::new("GET", &link), 7, Time(1_999_000));
        assert_eq!((answer.status, answer.head("content-type")), (200, Some("image/png")));
        assert_eq!(scan(&answer.body), "https://wa.me/message/ANED2T5QRU7HG1");
    }

    #[test]
    fn svg_draws_the_same_squares() {
        let modules = Modules::of("x").unwrap();
        let svg = modules.svg();
        let dark = modules.dark.iter().filter(|dark| **dark).count();
        assert_eq!(svg.matches("h1v1h-1z").count(), dark);
        assert!(svg.contains("viewBox=\"0 0 29 29\""), "{svg}");
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
