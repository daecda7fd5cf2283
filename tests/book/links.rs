//! Links: in the pages as they lie in the repository, and in the book that is made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use waops::plan::reason::{Progress, Reason};

use crate::page::{Page, pages};
use crate::root;

fn is_elsewhere(link: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme))
}

/// A path without its `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
        plain
    })
}

#[test]
fn every_link_of_the_repository_leads_somewhere() {
    let own = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| Page::read(&root().join(name)));
    let mut all: Vec<Page> = own.into();
    for folder in ["docs", "examples", "charts", "tests"] {
        all.extend(pages(&root().join(folder)));
    }
    let anchors: BTreeMap<PathBuf, Vec<String>> =
        all.iter().map(|page| (page.path.clone(), page.anchors())).collect();
    let mut broken = Vec::new();
    for page in &all {
        for link in page.links().iter().filter(|link| !is_elsewhere(link)) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.path.clone()
            } else {
                plain(&page.path.parent().unwrap().join(path))
            };
            let known = anchors.get(&target);
            let has_anchor = known.is_none_or(|known| known.iter().any(|known| known == anchor));
            if !target.exists() || (!anchor.is_empty() && !has_anchor) {
                broken.push(format!("{}: {link}", page.path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn every_page_is_reached_from_the_summary_once() {
    let docs = root().join("docs");
    let summary = Page::read(&docs.join("SUMMARY.md"));
    let named: Vec<PathBuf> = summary.links().iter().map(|link| docs.join(link)).collect();
    let once: BTreeSet<&PathBuf> = named.iter().collect();
    assert_eq!(once.len(), named.len(), "a page is named twice");
    let all: Vec<PathBuf> = pages(&docs).into_iter().map(|page| page.path).collect();
    let lost: Vec<&PathBuf> =
        all.iter().filter(|path| !named.contains(path) && **path != summary.path).collect();
    assert_eq!(lost, Vec::<&PathBuf>::new(), "add them to docs/SUMMARY.md");
}

#[test]
fn every_state_has_its_row_in_the_page_for_those_in_trouble() {
    let page = Page::read(&root().join("docs/troubleshooting.md"));
    let links = page.links();
    let is_missing = |reason: &&Reason| {
        let link = format!("reference/conditions.md#{}", reason.name().to_ascii_lowercase());
        reason.progress() != Progress::Ready && !links.contains(&link)
    };
    let missing: Vec<&Reason> = Reason::ALL.iter().filter(is_missing).collect();
    assert_eq!(missing, Vec::<&Reason>::new());
}

/// The book as readers get it: every link of every page of HTML.
#[test]
fn the_book_is_made_and_every_link_in_it_leads_somewhere() {
    let made = Command::new("scripts/book.sh").current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success() && !said.contains("WARN"), "{said}");
    let book = root().join("target/book");
    let summary = Page::read(&root().join("docs/SUMMARY.md"));
    let mut broken = Vec::new();
    for link in summary.links() {
        let page = match link.strip_suffix("README.md") {
            Some(folder) => format!("{folder}index.html"),
            None => link.replace(".md", ".html"),
        };
        let path = book.join("docs").join(&page);
        let html = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
        for link in targets(&html).filter(|link| !is_elsewhere(link)) {
            let (to, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if to.is_empty() { path.clone() } else { plain(&path.parent().unwrap().join(to)) };
            let has_anchor = || {
                anchor.is_empty()
                    || fs::read_to_string(&to).is_ok_and(|html| html.contains(&format!("id=\"{anchor}\"")))
            };
            if !to.exists() || !has_anchor() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

/// What the main part of a page refers to.
fn targets(html: &str) -> impl Iterator<Item = &str> {
    let attributes = html.split("href=\"").skip(1).chain(html.split("src=\"").skip(1));
    attributes.filter_map(|rest| rest.split('"').next())
}
