//! What is seen of the story.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _, stdout};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::engine::happening::Witness;
use crate::engine::object::Object;
use crate::qr_image::QrImage;
use crate::render::out::{self, Paint};
use crate::render::{progress, qr, status};
use crate::store::Memory;

/// How long a scene stays, where somebody watches.
const PAUSE: Duration = Duration::from_millis(1_100);

/// What somebody says, beside what commands say.
pub(super) fn say(text: &str) -> Result<(), String> {
    out::line(text.trim_end())
}

/// Standard output.
#[derive(Debug)]
pub(super) struct Screen {
    paint: Paint,
    is_terminal: bool,
    scenes: Cell<u32>,
}

/// A table of all objects, drawn over itself on a terminal; lines elsewhere.
pub(super) struct Table {
    lines: Receiver<String>,
    is_terminal: bool,
    paint: Paint,
    height: Cell<usize>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { paint: Paint(out::colours()), is_terminal: stdout().is_terminal(), scenes: Cell::new(0) }
    }

    pub(super) fn paint(&self) -> Paint {
        self.paint
    }

    /// Begins a scene: its title, and what it is about.
    pub(super) async fn scene(&self, title: &str, about: &str) -> Result<(), String> {
        if self.is_terminal && self.scenes.get() > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        self.scenes.set(self.scenes.get() + 1);
        let title = self.paint.bold(&format!("{}. {title}", self.scenes.get()));
        out::line(&format!("\n{title}\n{}", self.paint.with("2", about)))
    }

    /// A command, as it would be typed.
    pub(super) fn command(&self, command: &str) -> Result<(), String> {
        out::line(&format!("\n{} {}", self.paint.with("32", "$"), self.paint.bold(command)))
    }

    /// A QR code and its link.
    pub(super) fn code(&self, link: &str) -> Result<(), String> {
        let image = QrImage::of(link).ok_or("the link is too long for a QR code")?;
        out::line(&format!("{}{}", qr::terminal(&image, self.paint.0), self.paint.with("36", link)))
    }

    /// A table that follows what a driver does.
    pub(super) fn table(&self) -> (Table, Witness) {
        let (sender, lines) = channel();
        let paint = self.paint;
        let witness = Witness::new(move |key, happening| {
            if let Some(line) = progress::line(key, happening, paint) {
                // Nobody looks any more: there is nothing to do.
                let _ = sender.send(line);
            }
        });
        (Table { lines, is_terminal: self.is_terminal, paint, height: Cell::new(0) }, witness)
    }
}

impl Table {
    /// Draws it as it is now.
    pub(super) fn draw(&self, memory: &Memory) {
        if self.is_terminal {
            let text = self.text(memory);
            let height = self.height.replace(text.lines().count());
            let mut out = stdout().lock();
            if height > 0 {
                let _ = write!(out, "\x1b[{height}A\x1b[J");
            }
            let _ = write!(out, "{text}");
            let _ = out.flush();
        } else {
            for line in self.lines.try_iter() {
                let _ = out::line(&line);
            }
        }
    }

    /// Draws it for the last time.
    pub(super) fn end(&self, memory: &Memory) {
        self.draw(memory);
        if !self.is_terminal {
            let _ = out::write(self.text(memory).as_bytes());
        }
    }

    /// Short, so that it fits on a screen and can be drawn over.
    fn text(&self, memory: &Memory) -> String {
        let objects: Vec<Object> = memory.all().1.iter().map(|object| Object::clone(object)).collect();
        let table = status::brief(status::table(&[], &objects));
        // A row that wraps is two, and the next table would be drawn over one of them.
        let row = if self.is_terminal { out::row_of_output() } else { usize::MAX };
        let mut text = String::new();
        for line in status::text(&table, self.paint.0).lines() {
            let _ = writeln!(text, "{}", progress::cut(&format!("  {line}"), row));
        }
        text
    }
}
