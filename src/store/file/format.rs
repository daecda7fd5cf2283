//! The bytes of a state: JSON with one object on each line, so that people can read it and a write costs only the lines
//! that changed.
//!
//! ```text
//! {"waops":"state","format":1,"writtenBy":"0.1.0","installation":"…","folder":"…","revision":17,"objects":[
//! {"kind":"WhatsAppQrCode","namespace":"marketing","name":"poster",…},
//! {"kind":"WhatsAppTemplate",…}
//! ],"checksum":"sha256:…"}
//! ```

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The newest format we read, and the one we write.
pub(super) const FORMAT: u32 = 1;
const OPENS: &str = ",\"objects\":[";
const CLOSES: &str = "],\"checksum\":\"sha256:";

/// What a state says of itself.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    /// Says what the file is; always `state`.
    pub(super) waops: String,
    pub(super) format: u32,
    pub(super) written_by: String,
    pub(super) installation: String,
    /// Where the state lay when it was written: a copy is told from a folder that moved by whether this still is there.
    pub(super) folder: String,
    /// The version of the newest write.
    pub(super) revision: u64,
}

/// One object, as it is written.
#[derive(Debug)]
pub(super) struct Line {
    json: Box<[u8]>,
    hash: [u8; 32],
}

/// What is wrong with the bytes of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A newer waops wrote it, with this format.
    Newer { by: String, format: u32 },
    /// It is not what was written; how, to follow the name of the file.
    Damaged(String),
}

impl Line {
    pub(super) fn new(json: Vec<u8>) -> Self {
        Self { hash: Sha256::digest(&json).into(), json: json.into() }
    }
}

impl Header {
    fn line(&self) -> io::Result<String> {
        let json = serde_json::to_string(self)?;
        Ok(format!("{}{OPENS}", json.strip_suffix('}').unwrap_or(&json)))
    }
}

/// Writes a state.
pub(super) fn write<'a>(
    out: &mut dyn Write,
    header: &Header,
    lines: impl Iterator<Item = &'a Line>,
) -> io::Result<()> {
    let header = header.line()?;
    let mut sum = Sum::new(header.as_bytes());
    out.write_all(header.as_bytes())?;
    for (index, line) in lines.enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        out.write_all(&line.json)?;
        sum.add(&line.hash);
    }
    writeln!(out, "\n{CLOSES}{}\"}}", sum.end())
}

/// Reads a state: what it says of itself, and its objects. Every byte counts.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, Vec<&[u8]>), Flaw> {
    let damaged = |what: &str| Err(Flaw::Damaged(what.to_owned()));
    if bytes.is_empty() {
        return damaged("is empty");
    }
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let Some(header) = header(first) else {
        return damaged("does not begin as a state does: it was cut off, damaged or edited");
    };
    if header.format > FORMAT {
        return Err(Flaw::Newer { by: header.written_by, format: header.format });
    }
    // A whole file ends with a line break, after which there is nothing.
    let mut rest: Vec<&[u8]> = lines.collect();
    let cut_off = |objects: usize| {
        let what = format!("was cut off after {objects} objects: a full disk, or an unfinished copy");
        Err(Flaw::Damaged(what))
    };
    let count = rest.len();
    let (Some(b""), Some(last)) = (rest.pop(), rest.pop()) else { return cut_off(count.saturating_sub(1)) };
    let Some(written) = last.strip_prefix(CLOSES.as_bytes()) else { return cut_off(rest.len()) };
    let mut sum = Sum::new(first);
    let commas = rest.len().saturating_sub(1);
    for (index, line) in rest.iter_mut().enumerate() {
        if index < commas {
            *line = line.strip_suffix(b",").unwrap_or(line);
        }
        sum.add(&Sha256::digest(*line).into());
    }
    if written != format!("{}\"}}", sum.end()).as_bytes() {
        return damaged("was edited or damaged after waops wrote it: its checksum does not match");
    }
    Ok((header, rest))
}

fn header(line: &[u8]) -> Option<Header> {
    let open = line.strip_suffix(OPENS.as_bytes())?;
    let header: Header = serde_json::from_slice(&[open, b"}"].concat()).ok()?;
    (header.waops == "state").then_some(header)
}

/// The checksum of a whole state, made of those of its lines.
struct Sum(Sha256);

impl Sum {
    fn new(header: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(Sha256::digest(header)))
    }

    fn add(&mut self, line: &[u8; 32]) {
        self.0.update(line);
    }

    fn end(self) -> String {
        self.0.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
