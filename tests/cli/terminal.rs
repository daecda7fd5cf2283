//! On a terminal: what people see there, and what becomes of their answer.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{Folder, Simulator, code};
use crate::trouble::signal;

/// How wide a terminal is, where nothing else is said.
const COLUMNS: u16 = 80;
/// Nothing here takes longer, or it is broken.
const DEADLINE: Duration = Duration::from_secs(120);

#[test]
fn apply_asks_and_does_what_is_answered() {
    let (simulator, folder) = (Simulator::start(""), Folder::new());
    folder.code("poster", "shop", "Hello!");
    for (answer, exits, said, made) in
        [("n", 1, "waops: nothing was changed", 0), ("y", 0, "Applied: 1 as declared.", 1)]
    {
        let mut terminal = Terminal::start(folder.command(&simulator, &["apply", "--timeout", "60s"]));
        terminal.until("Apply this? [y/N]");
        assert_eq!(simulator.texts().len(), 0, "nobody has answered yet");
        terminal.answer(answer);
        assert_eq!(terminal.end(), Some(exits), "{}", terminal.text());
        assert!(terminal.text().contains(said), "{}", terminal.text());
        assert_eq!(simulator.texts().len(), made, "{answer}");
    }
}

#[test]
fn whoever_wants_no_colours_sees_none() {
    for (wish, wants, reason) in [("", true, "no wish"), ("1", false, "on neither stream")] {
        let (simulator, folder) = (Simulator::start(""), Folder::new());
        folder.code("poster", "shop", "Hello!");
        let mut command = folder.command(&simulator, &["apply", "-y", "--timeout", "60s"]);
        command.env("NO_COLOR", wish);
        let mut terminal = Terminal::start(command);
        assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
        assert_eq!(terminal.screen.colours > 0, wants, "{reason}: {}", terminal.text());
    }
}

/// An apply that takes so long that there is an estimate: with it, the words are longest.
fn slow_apply() -> (Simulator, Folder, Terminal) {
    let simulator = Simulator::start(
        "settings: {limits: false}\nfaults: [{operation: \"POST message_qrdls\", fault: {latency: {ms: 1000}}, \
         probability: 1}]\n",
    );
    let folder = Folder::new();
    let one = |number: u32| code(&format!("code-{number}"), "shop", &format!("Hello {number}."));
    folder.write("codes.yaml", &(0..250).map(one).collect::<Vec<String>>().join("---\n"));
    let mut command = folder.command(&simulator, &["apply", "-y", "--timeout", "90s"]);
    command.env("WAOPS_CALL", "30s");
    let terminal = Terminal::start(command);
    (simulator, folder, terminal)
}

#[test]
fn the_bar_stays_in_one_row_and_is_gone_at_the_end() {
    let (_simulator, _folder, mut terminal) = slow_apply();
    terminal.until(" left");
    let screen = terminal.text();
    let bars: Vec<&str> = screen.lines().filter(|row| row.contains(" at rest")).collect();
    assert!(bars.len() == 1 && bars[0].starts_with('[') && bars[0].ends_with(" left"), "{bars:#?}");
    assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
    let screen = terminal.text();
    assert!(screen.contains("Applied: 250 as declared."), "{screen}");
    assert!(!screen.contains(" at rest"), "a bar is left behind: {screen}");
}

#[test]
fn ctrl_c_takes_the_bar_away_before_it_says_that_it_ends() {
    let (_simulator, _folder, mut terminal) = slow_apply();
    terminal.until(" at rest");
    signal(&terminal.child, "-INT");
    assert_eq!(terminal.end(), Some(1), "{}", terminal.text());
    let screen = terminal.text();
    assert!(screen.lines().any(|row| row.starts_with("waops: stopping: ")), "{screen}");
    assert!(!screen.contains(" at rest"), "a bar is left behind: {screen}");
}

/// What is on the screen at the end of the demo.
fn demo(columns: u16) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.arg("demo");
    let mut terminal = Terminal::wide(command, columns);
    assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
    let screen = terminal.text();
    let tables = screen.lines().filter(|row| row.trim_start().starts_with("KIND")).count();
    assert_eq!(tables, screen.matches("$ waops apply").count(), "one table for each apply: {screen}");
    screen
}

#[test]
fn the_demo_tells_its_story_with_one_table_for_each_apply() {
    let screen = demo(COLUMNS);
    let mut rest = &screen[..];
    for words in [
        "Plan: 3 to create.",
        "$ waops apply -f .",
        "InReview",
        "Applied: 3 as declared.",
        "https://wa.me/message/",
        "$ waops apply -f . --wait approved",
        "Approved",
        "$ echo '  approve: ",
        "previousCodes remembers",
        "is the same",
        "Plan: nothing to do, 3 unchanged.",
        "Your turn.",
    ] {
        let at = rest.find(words).unwrap_or_else(|| panic!("{words} is not in\n{rest}"));
        rest = &rest[at + words.len()..];
    }
}

#[test]
fn a_terminal_that_is_narrower_than_the_table_of_the_demo_cuts_it() {
    demo(40);
}

/// A command on a terminal. It ends with the test.
struct Terminal {
    child: Child,
    keyboard: File,
    shown: Receiver<Vec<u8>>,
    screen: Screen,
    deadline: Instant,
}

impl Terminal {
    fn start(command: Command) -> Self {
        Self::wide(command, COLUMNS)
    }

    fn wide(mut command: Command, columns: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::<u8>::new()).unwrap();
        let theirs = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        command.stdin(theirs.try_clone().unwrap()).stdout(theirs.try_clone().unwrap()).stderr(theirs);
        // What the surroundings say is about another terminal.
        for name in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE"] {
            if command.get_envs().all(|(set, _)| set != name) {
                command.env_remove(name);
            }
        }
        let child = command.spawn().unwrap();
        let keyboard = File::from(ours);
        let mut wire = keyboard.try_clone().unwrap();
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end is an error on Linux, and nothing elsewhere.
            while let Ok(read @ 1..) = wire.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = Screen { columns: usize::from(columns), ..Screen::default() };
        Self { child, keyboard, shown, screen, deadline: Instant::now() + DEADLINE }
    }

    /// Looks until the row that is being written has these words.
    #[track_caller]
    fn until(&mut self, words: &str) {
        let has = |row: &Vec<char>| row.iter().collect::<String>().contains(words);
        while !self.screen.rows.get(self.screen.row).is_some_and(has) {
            assert!(self.look(), "it ended without {words}:\n{}", self.text());
        }
    }

    /// Types a line.
    fn answer(&mut self, line: &str) {
        writeln!(self.keyboard, "{line}").unwrap();
    }

    /// Looks until it has ended; its exit code.
    fn end(&mut self) -> Option<i32> {
        while self.look() {}
        self.child.wait().unwrap().code()
    }

    /// Waits for something to be shown; false where nothing comes any more.
    #[track_caller]
    fn look(&mut self) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.shown.recv_timeout(left) {
            Ok(bytes) => self.screen.show(&bytes),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => panic!("it hangs:\n{}", self.text()),
        }
        true
    }

    /// What is on the screen, with all that has scrolled out of it.
    fn text(&self) -> String {
        let rows: Vec<String> = self.screen.rows.iter().map(|row| row.iter().collect()).collect();
        rows.join("\n")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does what terminals do with the few sequences that we write.
#[derive(Default)]
struct Screen {
    columns: usize,
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// How often the colour was changed.
    colours: usize,
    /// A sequence that has begun, without its escape character.
    sequence: Option<String>,
    /// The beginning of a character.
    rest: Vec<u8>,
}

impl Screen {
    fn show(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text: Vec<u8> = self.rest.drain(..whole).collect();
        String::from_utf8(text).unwrap().chars().for_each(|c| self.put(c));
    }

    fn put(&mut self, c: char) {
        if let Some(mut sequence) = self.sequence.take() {
            sequence.push(c);
            if c.is_ascii_alphabetic() {
                self.obey(&sequence);
            } else {
                self.sequence = Some(sequence);
            }
            return;
        }
        match c {
            '\x1b' => self.sequence = Some(String::new()),
            '\r' => self.column = 0,
            '\n' => self.row += 1,
            _ => self.print(c),
        }
    }

    fn print(&mut self, c: char) {
        if self.column == self.columns {
            (self.row, self.column) = (self.row + 1, 0);
        }
        if self.rows.len() <= self.row {
            self.rows.resize(self.row + 1, Vec::new());
        }
        let row = &mut self.rows[self.row];
        if row.len() <= self.column {
            row.resize(self.column + 1, ' ');
        }
        row[self.column] = c;
        self.column += 1;
    }

    fn obey(&mut self, sequence: &str) {
        match sequence.split_at(sequence.len() - 1) {
            ("[", "K") => self.clear(),
            ("[", "J") => {
                self.clear();
                self.rows.truncate(self.row + 1);
            }
            (up, "A") => self.row -= up[1..].parse::<usize>().unwrap(),
            (_, "m") => self.colours += 1,
            _ => panic!("no sequence that anybody should write: {sequence}"),
        }
    }

    /// Clears the rest of the row.
    fn clear(&mut self) {
        if let Some(row) = self.rows.get_mut(self.row) {
            row.truncate(self.column);
        }
    }
}
