//! How far everything is, while it is done: a bar on a terminal, plain lines elsewhere. On standard error, since standard
//! output is for answers.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::lines::need_you;
use super::out::{self, Paint};
use crate::engine::happening::{Happening, Witness};
use crate::local::drive::Beat;
use crate::plan::facts::Key;
use crate::plan::reason::Progress as Progressing;
use crate::plan::step::{Call, Released};
use crate::plan::words::printable;

/// How wide the bar is.
pub(super) const WIDTH: usize = 30;
/// How often a plain line says that something is still under way.
pub(super) const REMIND: Duration = Duration::from_secs(15);
/// Before this, no estimate is worth a word.
const YOUNG: Duration = Duration::from_secs(2);

/// Shows progress until it is dropped.
#[derive(Debug)]
pub struct Progress {
    lines: Receiver<String>,
    is_terminal: bool,
    reminded: Duration,
}

impl Progress {
    /// Shows what a driver tells that hears with the witness.
    pub fn new() -> (Self, Witness) {
        let (sender, lines) = channel();
        let is_terminal = stderr().is_terminal();
        let paint = Paint(out::colours_on(&stderr()));
        let witness = Witness::new(move |key, happening| {
            if let Some(line) = line(key, happening, paint) {
                // Nobody looks any more: there is nothing to do.
                let _ = sender.send(line);
            }
        });
        (Self { lines, is_terminal, reminded: Duration::ZERO }, witness)
    }

    /// The same in lines alone, for who has no end.
    pub fn lines() -> (Self, Witness) {
        let (mut progress, witness) = Self::new();
        progress.is_terminal = false;
        (progress, witness)
    }

    /// Shows what happened since.
    pub fn drain(&self) {
        self.lines.try_iter().for_each(|line| eprintln!("{line}"));
    }

    /// Says something.
    pub fn say(&self, text: &str) {
        self.drain();
        eprintln!("waops: {}", text.trim_end());
    }

    /// Shows what happened since, and how far everything is.
    pub fn beat(&mut self, beat: Beat) {
        let mut out = stderr().lock();
        let lines: Vec<String> = self.lines.try_iter().collect();
        let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
        for line in &lines {
            let _ = writeln!(out, "{clear}{line}");
        }
        if self.is_terminal {
            let _ = write!(out, "\r\x1b[K{}", bar(beat));
        } else if lines.is_empty() && beat.elapsed >= self.reminded + REMIND {
            let _ = writeln!(out, "{}", counts(beat));
        }
        if !lines.is_empty() || beat.elapsed >= self.reminded + REMIND {
            self.reminded = beat.elapsed;
        }
        let _ = out.flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_terminal {
            eprint!("\r\x1b[K");
        }
    }
}

/// One line about what happened; what is only bookkeeping has none.
pub fn line(key: &Key, happening: &Happening<'_>, paint: Paint) -> Option<String> {
    let (sign, colour, what) = match happening {
        Happening::Moved { reason, message, .. } => {
            let (sign, colour) = match reason.progress() {
                Progressing::Ready => ("✓", "32"),
                Progressing::Reconciling | Progressing::Held => ("…", "36"),
                Progressing::Stalled => ("!", "1;31"),
            };
            // What needs somebody is told in full at the end.
            let moving = reason.progress() == Progressing::Reconciling;
            (sign, colour, if moving { printable(message) } else { reason.page().title.to_owned() })
        }
        Happening::Called { outcome: Err(error), .. } => ("…", "33", printable(&error.to_string())),
        Happening::Unwritten(why) => ("…", "33", printable(why)),
        Happening::Released(why, left) => ("-", "31", released(why, *left)),
        Happening::Called { call: Call::Update(from), outcome: Ok(to) } if from != to => {
            ("~", "33", format!("changed; {} is now {}", printable(from), printable(to)))
        }
        Happening::Called { call: Call::Update(_) | Call::Set(_) | Call::Revive(_), .. } => {
            ("~", "33", "changed".to_owned())
        }
        // What was made tells how it stands in a moment.
        Happening::Called { .. } | Happening::Kept(_) | Happening::Turned(_) => return None,
    };
    Some(format!("{} {key}: {what}", paint.with(colour, sign)))
}

fn released(why: &Released, left: Option<&str>) -> String {
    let what = match why {
        Released::Deleted => "deleted".to_owned(),
        Released::Nothing => "forgotten; there was nothing".to_owned(),
        Released::Inherited(heir) => format!("handed over to {heir}"),
        _ => "let go".to_owned(),
    };
    match left {
        Some(left) => format!("{what}; {} stays at the provider", printable(left)),
        None => what,
    }
}

/// The bar.
pub fn bar(beat: Beat) -> String {
    let full = (WIDTH * beat.resting).checked_div(beat.all).unwrap_or(WIDTH);
    format!("[{}{}] {}", "█".repeat(full), "░".repeat(WIDTH.saturating_sub(full)), counts(beat))
}

fn counts(beat: Beat) -> String {
    let mut parts = vec![format!("{} of {} at rest", beat.resting, beat.all)];
    if beat.stopped > 0 {
        parts.push(need_you(beat.stopped));
    }
    if beat.busy > 0 {
        parts.push(format!("{} under way", beat.busy));
    }
    parts.extend(left(beat).map(|left| format!("about {} left", rounded(left))));
    parts.join(", ")
}

/// How long it still takes, if it goes on as it went.
fn left(beat: Beat) -> Option<Duration> {
    remaining(beat.resting, beat.all, beat.elapsed)
}

pub(super) fn remaining(done: usize, all: usize, elapsed: Duration) -> Option<Duration> {
    let (done, rest) = (u32::try_from(done).ok()?, u32::try_from(all.saturating_sub(done)).ok()?);
    (elapsed > YOUNG && done > 0 && rest > 0).then(|| (elapsed / done).saturating_mul(rest))
}

pub(super) fn rounded(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..=89 => format!("{} s", seconds.max(1)),
        seconds @ 90..=7199 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1800) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_far_and_how_long() {
        let beat = |resting, seconds| Beat {
            resting,
            stopped: 2,
            all: 200,
            busy: 64,
            elapsed: Duration::from_secs(seconds),
        };
        for (beat, want, reason) in [
            (beat(0, 1), "0 of 200 at rest, 2 need you, 64 under way", "nobody knows yet"),
            (beat(100, 60), "100 of 200 at rest, 2 need you, 64 under way, about 60 s left", "half of it"),
            (beat(20, 600), "20 of 200 at rest, 2 need you, 64 under way, about 90 min left", "a quota"),
            (beat(200, 60), "200 of 200 at rest, 2 need you, 64 under way", "nothing is left"),
        ] {
            assert!(bar(beat).ends_with(want), "{reason}: {}", bar(beat));
        }
        assert_eq!(bar(beat(100, 60)).matches('█').count(), WIDTH / 2);
        assert_eq!(bar(Beat::default()).matches('█').count(), WIDTH, "nothing to do is done");
    }
}
