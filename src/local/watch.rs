//! Following a folder: what is there, and what the manifests in it are, as long as they can be read.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::manifest::{Origin, sources};

/// How the files of a folder look from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(BTreeMap<PathBuf, Option<(SystemTime, u64)>>);

/// How the files of these paths look now. Changes of less than a file's time or length go unnoticed, and there are none:
/// editors, Git and `cp` set the time.
pub fn fingerprint(paths: &[PathBuf]) -> Fingerprint {
    let mut files = BTreeMap::new();
    for found in sources(paths) {
        let path = match found {
            Ok(source) => match source.origin {
                Origin::File(path) => path,
                Origin::Stdin => continue,
            },
            // A file that cannot be found is a change, too.
            Err(refusal) => refusal.path,
        };
        let looks = fs::metadata(&path).ok().and_then(|file| Some((file.modified().ok()?, file.len())));
        files.insert(path, looks);
    }
    Fingerprint(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_in_a_folder_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let file = folder.path().join("a.yaml");
        let empty = fingerprint(&paths);
        fs::write(&file, "a: 1").unwrap();
        let one = fingerprint(&paths);
        assert_ne!(one, empty, "a new file");
        assert_eq!(fingerprint(&paths), one, "nothing happened");
        fs::write(folder.path().join("notes.txt"), "?").unwrap();
        assert_eq!(fingerprint(&paths), one, "what is no manifest is nobody's business");
        fs::write(&file, "a: 12").unwrap();
        assert_ne!(fingerprint(&paths), one, "another text");
        fs::remove_file(&file).unwrap();
        assert_eq!(fingerprint(&paths), empty, "gone again");
    }
}
