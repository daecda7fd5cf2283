//! One file, or standard input, to text.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use super::{
    fault::{FILE_NOT_FOUND, FILE_UNREADABLE, Fault},
    text::{MAX_BYTES, decode, too_large},
};

/// Where manifests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

/// A file that was found and can be read when its turn comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it comes from; its display is its name in findings.
    pub origin: Origin,
}

impl Source {
    /// Reads the whole file, and never more of it than [`MAX_BYTES`].
    pub fn read(&self) -> Result<String, Fault> {
        match &self.origin {
            Origin::Stdin => read_bounded(io::stdin().lock(), 0),
            Origin::File(path) => {
                let (file, size) = File::open(path)
                    .and_then(|file| file.metadata().map(|metadata| (file, metadata.len())))
                    .map_err(|error| unreadable(&error))?;
                read_bounded(file, size)
            }
        }
    }
}

/// The size is a hint: a pipe has none, and a file may grow while it is read.
fn read_bounded(reader: impl Read, size: u64) -> Result<String, Fault> {
    if size > MAX_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_BYTES) { decode(bytes) } else { Err(too_large()) }
}

/// What the operating system says, in words with a remedy.
pub(super) fn unreadable(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Fault::new(
            FILE_NOT_FOUND,
            "no such file or folder",
            "check the path; it is relative to where you are",
        ),
        io::ErrorKind::PermissionDenied => Fault::new(
            FILE_UNREADABLE,
            "no permission to read it",
            "give yourself permission, or name other paths",
        ),
        _ => Fault::new(FILE_UNREADABLE, format!("cannot be read: {error}"), "check the path and the disk"),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("<stdin>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fault::FILE_TOO_LARGE, *};

    #[test]
    fn no_more_is_read_than_the_limit_and_one_byte() {
        struct Endless(u64);
        impl Read for &mut Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(b' ');
                self.0 += u64::try_from(buffer.len()).unwrap();
                Ok(buffer.len())
            }
        }
        let mut endless = Endless(0);
        assert_eq!(read_bounded(&mut endless, 0).unwrap_err().rule, FILE_TOO_LARGE, "a pipe without an end");
        assert_eq!(endless.0, MAX_BYTES + 1);
        let mut unread = Endless(0);
        assert_eq!(
            read_bounded(&mut unread, MAX_BYTES + 1).unwrap_err().rule,
            FILE_TOO_LARGE,
            "a large file"
        );
        assert_eq!(unread.0, 0, "is refused before it is read");
        let full = io::repeat(b' ').take(MAX_BYTES);
        assert_eq!(
            read_bounded(full, MAX_BYTES).map(|text| text.len()),
            Ok(16 << 20),
            "the limit itself is fine"
        );
    }

    #[test]
    fn a_file_that_went_away_is_a_fault() {
        let source = Source { origin: Origin::File("/nowhere/at/all.yaml".into()) };
        assert_eq!(source.read().unwrap_err().rule, FILE_NOT_FOUND);
    }
}
