//! A QR code in the terminal.

use std::fmt::Write;

use super::out::Paint;
use crate::qr_image::QrImage;

/// White on black, by the colours of the 256 that no theme changes.
const LIGHT_ON_DARK: &str = "38;5;231;48;5;16";

/// A QR code of half blocks: one character for two squares. Light squares are what is drawn, so that with colours it
/// scans on any background, and without them wherever the background is dark.
pub fn terminal(image: &QrImage, colours: bool) -> String {
    let paint = Paint(colours);
    let side = image.side();
    let mut out = String::new();
    for y in (0..side).step_by(2) {
        let row: String = (0..side)
            .map(|x| match (image.is_dark(x, y), image.is_dark(x, y + 1)) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            })
            .collect();
        let _ = writeln!(out, "{}", paint.with(LIGHT_ON_DARK, &row));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr_image::scan;

    const LINK: &str = "https://wa.me/message/ANED2T5QRU7HG1";

    #[test]
    fn a_phone_reads_it_from_the_screen() {
        let drawn = terminal(&QrImage::of(LINK).unwrap(), false);
        let rows: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let (width, height) = (rows[0].len(), rows.len() * 2);
        assert!(rows.iter().all(|row| row.len() == width), "a rectangle");
        let dark = |x: usize, y: usize| match rows[y / 2][x] {
            ' ' => true,
            '▄' => y.is_multiple_of(2),
            '▀' => !y.is_multiple_of(2),
            _ => false,
        };
        assert_eq!(scan::squares(width, height, dark), LINK);
        assert!(width <= 80, "it fits into the smallest terminal: {width}");
    }

    #[test]
    fn colours_are_set_and_ended_on_every_line() {
        let image = QrImage::of(LINK).unwrap();
        let (plain, coloured) = (terminal(&image, false), terminal(&image, true));
        for (plain, coloured) in plain.lines().zip(coloured.lines()) {
            assert_eq!(coloured, format!("\x1b[38;5;231;48;5;16m{plain}\x1b[0m"));
        }
        assert!(!plain.contains('\x1b'));
    }
}
