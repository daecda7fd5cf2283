//! QR codes drawn: as SVG for print, as PNG for screens. Pure; what is drawn of a link today is drawn of it in ten years.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Dark and light squares with the quiet zone around them that the standard asks for (ISO/IEC 18004).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrImage {
    width: usize,
    dark: Vec<bool>,
}

impl QrImage {
    /// How many squares stay light on each side.
    const QUIET: usize = 4;
    /// How many pixels of a PNG a square is wide.
    const PIXELS: usize = 8;

    /// The squares of a text; none where it is too long for a QR code. Level M survives a loss of 15 %: scratches and
    /// folds of a poster.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width: code.width(), dark })
    }

    /// How many squares it is wide and high, the quiet zone included.
    pub fn side(&self) -> usize {
        self.width + 2 * Self::QUIET
    }

    /// Whether a square is dark; what is outside is light.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(Self::QUIET).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.width + x).copied().unwrap_or(false),
            _ => false,
        }
    }

    /// Vector graphics. Neighbours are drawn as one, so that no printer leaves a hairline between them.
    pub fn svg(&self) -> String {
        let side = self.side();
        let mut path = String::new();
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let run = (x..side).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
        )
    }

    /// Pixels. One bit for each and no compression: the file is 12 kB, and thirty lines spare a dependency.
    pub fn png(&self) -> Vec<u8> {
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

/// What a scanner reads, for tests.
#[cfg(test)]
pub(crate) mod scan {
    /// Reads squares.
    pub(crate) fn squares(width: usize, height: usize, dark: impl Fn(usize, usize) -> bool) -> String {
        const SCALE: usize = 4;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * SCALE, height * SCALE, |x, y| {
            if dark(x / SCALE, y / SCALE) { 0 } else { u8::MAX }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "codes in the picture");
        grids[0].decode().unwrap().1
    }

    /// Reads a PNG.
    pub(crate) fn png(png: &[u8]) -> String {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bits = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bits).unwrap();
        let (width, height) = (frame.width as usize, frame.height as usize);
        squares(width, height, |x, y| bits[y * frame.line_size + x / 8] >> (7 - x % 8) & 1 == 0)
    }

    /// Reads an SVG of ours.
    pub(crate) fn svg(svg: &str) -> String {
        let between = |from: &str, to: &str| svg.split_once(from).unwrap().1.split_once(to).unwrap().0;
        let side: usize = between("viewBox=\"0 0 ", " ").parse().unwrap();
        let mut dark = vec![false; side * side];
        for run in between("d=\"M", "z\"").split("zM") {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (length, rest) = rest.split_once('v').unwrap();
            assert_eq!(rest, format!("1h-{length}"), "a closed run");
            let start = y.parse::<usize>().unwrap() * side + x.parse::<usize>().unwrap();
            dark[start..start + length.parse::<usize>().unwrap()].fill(true);
        }
        squares(side, side, |x, y| dark[y * side + x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://wa.me/message/ANED2T5QRU7HG1";

    #[test]
    fn scanners_read_what_is_drawn() {
        let image = QrImage::of(LINK).unwrap();
        assert_eq!(scan::svg(&image.svg()), LINK);
        assert_eq!(scan::png(&image.png()), LINK);
    }

    #[test]
    fn a_stain_does_no_harm() {
        let image = QrImage::of(LINK).unwrap();
        let side = image.side();
        // As large as level M survives here and level L does not; it spares the patterns that no level protects.
        let stain = |x: usize, y: usize| x > side - 15 && (14..20).contains(&y);
        let read = scan::squares(side, side, |x, y| image.is_dark(x, y) && !stain(x, y));
        assert_eq!(read, LINK);
    }

    #[test]
    fn the_quiet_zone_is_kept() {
        let image = QrImage::of(LINK).unwrap();
        let side = image.side();
        let quiet = |at: usize| at < 4 || at >= side - 4;
        let spots = (0..side).flat_map(|x| (0..side).map(move |y| (x, y)));
        assert!(spots.filter(|(x, y)| quiet(*x) || quiet(*y)).all(|(x, y)| !image.is_dark(x, y)));
        assert!(image.is_dark(4, 4), "and no wider than asked for");
    }

    #[test]
    fn a_text_that_no_code_holds_is_none() {
        assert_eq!(QrImage::of(&"x".repeat(3_000)), None);
    }
}
