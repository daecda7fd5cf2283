//! A QR code in the terminal, and what is to be drawn of an object.

use std::fmt::Write;

use super::out::Paint;
use crate::engine::object::{Object, Spec};
use crate::plan::words::printable;
use crate::qr_image::QrImage;

/// White on black, by the colours of the 256 that no theme changes.
const LIGHT_ON_DARK: &str = "38;5;231;48;5;16";

/// What is drawn of an object.
#[derive(Debug)]
pub struct Drawing {
    /// The code.
    pub image: QrImage,
    /// What it opens.
    pub link: String,
    /// What should be known before it is printed.
    pub warning: Option<String>,
    name: String,
    message: String,
}

impl Drawing {
    /// The code of an object.
    pub fn of(object: &Object) -> Result<Self, String> {
        let key = &object.key;
        let Spec::QrCode(spec, status) = &object.spec else {
            return Err(format!("{key} has no QR code, or cannot be read"));
        };
        let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
        let is_current = status.observed_generation == Some(object.meta.generation);
        let stands = match ready {
            Some(ready) if is_current => format!("{}: {}", ready.reason, ready.message),
            Some(_) => "the manifest was changed since waops last looked at it".to_owned(),
            None => "waops has not looked at it yet".to_owned(),
        };
        let link = status.deep_link_url.clone().filter(|_| status.code.is_some());
        let link = link.ok_or_else(|| format!("{key} has no code to draw yet; {}", printable(&stands)))?;
        let image =
            QrImage::of(&link).ok_or_else(|| format!("the link of {key} is too long for a QR code"))?;
        let is_well = is_current && ready.is_some_and(|ready| ready.status == "True");
        let warning = if object.meta.deleting.is_some() {
            Some(format!("{key} is to be deleted, and its code with it"))
        } else {
            let stands = printable(&stands);
            (!is_well).then(|| {
                format!("{key} is not as its manifest says: {stands}; what is drawn is its code of now")
            })
        };
        let message = spec.prefilled_message.clone();
        Ok(Self { image, link, warning, name: key.to_string(), message })
    }

    /// For a screen, with what it is.
    pub fn terminal(&self, colours: bool) -> String {
        let message = if self.warning.is_some() {
            String::new()
        } else {
            format!("\n\"{}\"", printable(&self.message))
        };
        let paint = Paint(colours);
        let link = paint.with("36", &printable(&self.link));
        format!("{}{link}\n{}{message}\n", terminal(&self.image, colours), paint.bold(&self.name))
    }
}

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
