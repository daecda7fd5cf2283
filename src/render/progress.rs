//! How far everything is, while it is done: a bar on a terminal, plain lines elsewhere. On standard error, since standard
//! output is for answers.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::lines::need_you;
use super::out::{self, Paint};
use crate::engine::happening::{Happening, Witness};
use crate::local::drive::{Beat, News};
use crate::plan::facts::Key;
use crate::plan::reason::Progress as Progressing;
use crate::plan::step::{Call, Released};
use crate::plan::words::printable;

/// How wide the bar is, where there is room.
const WIDTH: usize = 30;
/// What is around it: brackets, and the blank before the words.
const FRAME: usize = 3;
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
    /// How many objects rested when it began; none as long as nobody has counted.
    before: Option<usize>,
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
        (Self { lines, is_terminal, reminded: Duration::ZERO, before: None }, witness)
    }

    /// The same in lines alone, for who has no end.
    pub fn lines() -> (Self, Witness) {
        let (mut progress, witness) = Self::new();
        progress.is_terminal = false;
        (progress, witness)
    }

    /// Shows what happened since.
    pub fn drain(&self) {
        self.lines.try_iter().for_each(|line| eprintln!("{}{line}", self.clear()));
    }

    /// Says something.
    pub fn say(&self, text: &str) {
        self.drain();
        eprintln!("{}waops: {}", self.clear(), text.trim_end());
    }

    /// Shows what is told.
    pub fn tell(&mut self, news: News) {
        match news {
            News::Beat(beat) => self.beat(beat),
            News::Stopping { calls, grace } => self.say(&stopping(calls, grace)),
        }
    }

    /// Shows what happened since, and how far everything is.
    fn beat(&mut self, beat: Beat) {
        let before = *self.before.get_or_insert(beat.resting);
        let mut err = stderr().lock();
        let lines: Vec<String> = self.lines.try_iter().collect();
        let clear = self.clear();
        for line in &lines {
            let _ = writeln!(err, "{clear}{line}");
        }
        let counts = counts(beat, before);
        if self.is_terminal {
            let _ = write!(err, "{clear}{}", bar(beat.resting, beat.all, &counts, out::row()));
        } else if lines.is_empty() && beat.elapsed >= self.reminded + REMIND {
            let _ = writeln!(err, "{counts}");
        }
        if !lines.is_empty() || beat.elapsed >= self.reminded + REMIND {
            self.reminded = beat.elapsed;
        }
        let _ = err.flush();
    }

    /// What takes the bar away.
    fn clear(&self) -> &'static str {
        if self.is_terminal { "\r\x1b[K" } else { "" }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        eprint!("{}", self.clear());
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
        Happening::Released { why, left, .. } => ("-", "31", released(why, *left)),
        Happening::Called { call: Call::Update(from), outcome: Ok(to) } if from != to => {
            ("~", "33", format!("changed; {} is now {}", printable(from), printable(to)))
        }
        Happening::Called { call: Call::Update(_) | Call::Set(_) | Call::Revive(_), .. } => {
            ("~", "33", "changed".to_owned())
        }
        // The object itself is let go once it is certain, and tells no more of what it had.
        Happening::Called { call: Call::Delete(it), outcome: Ok(_) } => {
            ("-", "31", format!("{} is deleted at the provider", printable(it)))
        }
        // What was made tells how it stands in a moment.
        Happening::Called { .. } | Happening::Kept(_) | Happening::Turned(_) => return None,
    };
    Some(format!("{} {key}: {what}", paint.with(colour, sign)))
}

fn released(why: &Released, left: Option<&str>) -> String {
    let what = match why {
        Released::Deleted => "deleted".to_owned(),
        Released::Nothing => "forgotten; nothing of it is at the provider".to_owned(),
        Released::Inherited(heir) => format!("handed over to {heir}"),
        _ => "let go".to_owned(),
    };
    match left {
        Some(left) => format!("{what}; {} stays at the provider", printable(left)),
        None => what,
    }
}

/// A bar and the words beside it, in one row of at most so many characters. The words matter more: the bar makes room for
/// them.
pub(super) fn bar(done: usize, all: usize, words: &str, row: usize) -> String {
    let width = row.saturating_sub(FRAME + words.chars().count()).min(WIDTH);
    let full = (width * done).checked_div(all).unwrap_or(width);
    let bar = format!("[{}{}] {words}", "█".repeat(full), "░".repeat(width.saturating_sub(full)));
    cut(&bar, row)
}

/// So much of a text as has room in one row. Colours take no room, and all of them stay: what was begun is ended.
pub fn cut(text: &str, row: usize) -> String {
    let (mut room, mut is_colour) = (row, false);
    let stays = |c: &char| {
        is_colour |= *c == '\x1b';
        if is_colour {
            is_colour = *c != 'm';
            return true;
        }
        let fits = room > 0;
        room = room.saturating_sub(1);
        fits
    };
    text.chars().filter(stays).collect()
}

fn stopping(calls: usize, grace: Duration) -> String {
    let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    format!("stopping: {calls} in flight, which may take {} s; Ctrl-C again ends at once", grace.as_secs())
}

fn counts(beat: Beat, before: usize) -> String {
    let mut parts = vec![format!("{} of {} at rest", beat.resting, beat.all)];
    if beat.stopped > 0 {
        parts.push(need_you(beat.stopped));
    }
    if beat.busy > 0 {
        parts.push(format!("{} under way", beat.busy));
    }
    parts.extend(left(beat, before).map(|left| format!("about {} left", rounded(left))));
    parts.join(", ")
}

/// How long it still takes, if it goes on as it went. What rested before took no time.
fn left(beat: Beat, before: usize) -> Option<Duration> {
    remaining(beat.resting.saturating_sub(before), beat.all.saturating_sub(before), beat.elapsed)
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
    use crate::api::Kind;

    fn beat(resting: usize, all: usize, seconds: u64) -> Beat {
        Beat { resting, stopped: 2, all, busy: 64, elapsed: Duration::from_secs(seconds) }
    }

    #[test]
    fn it_says_how_far_and_how_long() {
        for (beat, want, reason) in [
            (beat(0, 200, 1), "0 of 200 at rest, 2 need you, 64 under way", "nobody knows yet"),
            (
                beat(100, 200, 60),
                "100 of 200 at rest, 2 need you, 64 under way, about 60 s left",
                "half of it",
            ),
            (beat(20, 200, 600), "20 of 200 at rest, 2 need you, 64 under way, about 90 min left", "a quota"),
            (beat(200, 200, 60), "200 of 200 at rest, 2 need you, 64 under way", "nothing is left"),
        ] {
            assert_eq!(counts(beat, 0), want, "{reason}");
        }
    }

    #[test]
    fn what_rested_before_says_nothing_of_how_long_it_takes() {
        let left = |resting, seconds| left(beat(resting, 10_000, seconds), 9_000).map(rounded);
        assert_eq!(left(9_000, 10), None, "nothing was done yet");
        assert_eq!(left(8_999, 10), None, "one that rested moves again");
        assert_eq!(left(9_050, 10).as_deref(), Some("3 min"), "950 at five a second");
        assert_eq!(left(9_500, 100).as_deref(), Some("2 min"), "as long again");
    }

    #[test]
    fn a_deletion_says_what_was_deleted() {
        let key = Key::new(Kind::QrCode, "shop", "poster");
        let said = |happening: &Happening<'_>| line(&key, happening, Paint(false));
        let call = Call::Delete("VXYI6SUOBGTCZ1".to_owned());
        assert_eq!(
            said(&Happening::Called { call: &call, outcome: Ok("VXYI6SUOBGTCZ1") }).as_deref(),
            Some("- WhatsAppQrCode shop/poster: VXYI6SUOBGTCZ1 is deleted at the provider")
        );
        let (why, uid) = (Released::Nothing, "1".into());
        assert_eq!(
            said(&Happening::Released { why: &why, left: None, uid: &uid }).as_deref(),
            Some("- WhatsAppQrCode shop/poster: forgotten; nothing of it is at the provider"),
            "whether it was deleted or never there"
        );
    }

    #[test]
    fn the_bar_stays_in_its_row() {
        let words = counts(beat(100, 200, 60), 0);
        let full = |bar: &str| bar.matches('█').count();
        let wide = bar(100, 200, &words, 120);
        assert_eq!((wide.chars().count(), full(&wide)), (FRAME + WIDTH + words.len(), WIDTH / 2));
        let usual = bar(100, 200, &words, 80);
        assert!(usual.ends_with(&words), "the bar makes room: {usual}");
        assert_eq!((usual.chars().count(), full(&usual)), (80, (80 - FRAME - words.len()) / 2));
        for row in 0..120 {
            let bar = bar(100, 200, &words, row);
            assert!(bar.chars().count() <= row, "{row}: {bar}");
        }
        assert_eq!(full(&bar(0, 0, "", 80)), WIDTH, "nothing to do is done");
    }

    #[test]
    fn colours_take_no_room() {
        let text = format!("{} {}", Paint(true).with("31", "False"), Paint(true).with("1", "Live"));
        for (row, want) in [
            (0, "\x1b[31m\x1b[0m\x1b[1m\x1b[0m"),
            (3, "\x1b[31mFal\x1b[0m\x1b[1m\x1b[0m"),
            (7, "\x1b[31mFalse\x1b[0m \x1b[1mL\x1b[0m"),
            (10, &*text),
        ] {
            assert_eq!(cut(&text, row), want, "{row}");
        }
    }
}
