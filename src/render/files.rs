//! Files by the names that platforms know them by.

use std::path::{Component, Path, PathBuf};

/// The folder we run in. Where the system does not say, relative paths are still told as they are.
pub fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A file as a platform finds it among what a pull request changes: named from the top of its repository, whatever folder
/// we run in. Outside of any it is named from here, and what lies elsewhere by its whole path.
pub(super) fn from_top(file: &Path, here: &Path) -> PathBuf {
    let whole = plain(&here.join(file));
    let top = whole.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let top = top.map_or_else(|| plain(here), Path::to_owned);
    let below = whole.strip_prefix(top).map(Path::to_owned);
    below.unwrap_or(whole)
}

/// The path without `.` and `..`, as far as words alone tell.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, component| {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_top_of_their_repository() {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path();
        let top = outside.join("repository");
        std::fs::create_dir_all(top.join(".git")).unwrap();
        let [within, beside] =
            ["repository/shop/a.yaml", "b/a.yaml"].map(|path| outside.join(path).display().to_string());
        for (file, here, expected, why) in [
            ("a.yaml", "repository", "a.yaml", "at the top"),
            ("./shop/../a.yaml", "repository", "a.yaml", "the way does not matter"),
            ("./a.yaml", "repository/shop/texts", "shop/texts/a.yaml", "a step may run in a subfolder"),
            ("../a.yaml", "repository/shop", "a.yaml", "and name what lies beside it"),
            (within.as_str(), "", "shop/a.yaml", "a whole path, from anywhere"),
            ("repository/a.yaml", "", "a.yaml", "a repository below us"),
            ("./a.yaml", "elsewhere", "a.yaml", "no repository"),
            (beside.as_str(), "elsewhere", beside.as_str(), "neither in one nor here"),
        ] {
            let named = from_top(Path::new(file), &outside.join(here));
            assert_eq!(named, Path::new(expected), "{why}");
        }
    }
}
