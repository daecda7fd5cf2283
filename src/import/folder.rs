//! The files of an import: whole or not there, and never in place of somebody else's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::draft::Draft;
use crate::api::Kind;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there.
    Written(PathBuf),
    /// Another file has its place.
    InTheWay(PathBuf),
}

/// Where the manifest of an object lies in a folder.
pub fn path(out: &Path, kind: Kind, name: &str) -> PathBuf {
    let folder = match kind {
        Kind::Account => "accounts",
        Kind::QrCode => "qr-codes",
        Kind::Template => "templates",
    };
    out.join(folder).join(format!("{name}.yaml"))
}

/// Writes a manifest. A process that is killed leaves no half of it: it appears under its name when it is whole.
pub fn put(out: &Path, draft: &Draft) -> Result<Put, String> {
    let path = path(out, draft.kind, &draft.name);
    let failed = |error: &io::Error| format!("cannot write {}: {error}", path.display());
    if fs::symlink_metadata(&path).is_ok() {
        // Whatever it is that says something else, it is not ours: a file, a folder, a link.
        let is_it = fs::read(&path).is_ok_and(|bytes| bytes == draft.text.as_bytes());
        return Ok(if is_it { Put::Written(path) } else { Put::InTheWay(path) });
    }
    let folder = path.parent().unwrap_or(out);
    // No manifest has such a name, so what a crash leaves behind disturbs nobody, and the next import takes it over.
    let draft_of = folder.join(format!(".{}.yaml.new", draft.name));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&draft_of, &draft.text))
        .and_then(|()| fs::rename(&draft_of, &path))
        .map_err(|error| failed(&error))?;
    Ok(Put::Written(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_and_replaces_nobodys() {
        let out = tempfile::tempdir().unwrap();
        let draft =
            |text: &str| Draft { kind: Kind::QrCode, name: "poster".to_owned(), text: text.to_owned() };
        let path = out.path().join("qr-codes/poster.yaml");
        assert_eq!(put(out.path(), &draft("one")), Ok(Put::Written(path.clone())));
        assert_eq!(put(out.path(), &draft("one")), Ok(Put::Written(path.clone())), "it is that already");
        assert_eq!(put(out.path(), &draft("two")), Ok(Put::InTheWay(path.clone())), "a person's");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
        fs::write(out.path().join("templates"), "a file where a folder is wanted").unwrap();
        let template = Draft { kind: Kind::Template, name: "it".to_owned(), text: String::new() };
        assert!(put(out.path(), &template).unwrap_err().contains("templates/it.yaml"));
        #[cfg(unix)]
        {
            let link = out.path().join("qr-codes/menu.yaml");
            std::os::unix::fs::symlink("/nowhere/at/all", &link).unwrap();
            let menu = Draft { name: "menu".to_owned(), ..draft("menu") };
            assert_eq!(
                put(out.path(), &menu),
                Ok(Put::InTheWay(link)),
                "a link that leads nowhere is somebody's, too"
            );
        }
    }
}
