//! `waops validate`: from files to findings with their places.
//!
//! ```text
//! files ─manifest─▶ Node ─schema─▶ misfits
//!                        └─serde─▶ typed ─lint─▶ findings ─┐
//!                                   └─▶ Summary ─ lint::set ┴─▶ Report
//! ```
//! One document is in memory at a time for each thread; what stays of it is its findings and a summary.

mod document;
mod fit;
mod landmarks;
mod metadata;
mod misread;
mod report;
mod schema;
mod shape;
mod similar;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{iter, thread};

pub use document::Manifest;
pub use fit::Misfit;
pub use metadata::{is_label, is_subdomain};
pub use report::{Located, Report};
pub use schema::Schema;
pub use similar::similar;

use crate::lint::{self, Between, ProviderKind};
use crate::manifest::{self, Origin, Refusal, Source, documents};
use document::Checked;

/// What to check, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Files, folders and `-`.
    pub paths: Vec<PathBuf>,
    /// The provider of manifests whose account stands in none of the files.
    pub provider: Option<ProviderKind>,
}

/// Checks files and everything between them.
pub fn run(options: &Options) -> Report {
    check(options, false).0
}

/// Checks in the same way, and hands out what was checked: each document of our kinds, each Secret and Namespace.
pub fn read(options: &Options) -> (Report, Vec<Manifest>) {
    check(options, true)
}

/// Checks a text that lies in no file yet, by itself, and hands out what it holds.
pub fn text(name: &str, text: &str, provider: Option<ProviderKind>) -> (Report, Vec<Manifest>) {
    let mut checked = Checked { keeps: true, ..Checked::new(name.to_owned()) };
    documents(text).for_each(|document| checked.document(document));
    let manifests = std::mem::take(&mut checked.kept);
    let providers = vec![provider; checked.landmarks.len()];
    let mut report = Report::default();
    report.absorb(checked, &providers);
    (report, manifests)
}

fn check(options: &Options, keeps: bool) -> (Report, Vec<Manifest>) {
    let mut report = Report::default();
    let mut sources = Vec::new();
    for found in manifest::sources(&options.paths) {
        match found {
            Ok(source) => sources.push(source),
            Err(Refusal { path, fault }) => report.refuse(path.display().to_string(), fault),
        }
    }
    let mut files: Vec<Checked> = in_parallel(&sources, |source| check_file(source, keeps));
    for path in &options.paths {
        let mine = sources.iter().zip(&files).filter(|(source, _)| lies_in(source, path));
        if mine.map(|(_, file)| file.manifests + file.findings.len()).sum::<usize>() == 0 {
            report.expected_something(path);
        }
    }
    // Between files, manifests are counted through; `owners` leads back from there.
    let mut summaries = Vec::new();
    let mut owners = Vec::new();
    for (index, file) in files.iter_mut().enumerate() {
        owners.extend((0..file.summaries.len()).map(|manifest| (index, manifest)));
        summaries.append(&mut file.summaries);
    }
    let manifests = files.iter_mut().flat_map(|file| std::mem::take(&mut file.kept)).collect();
    let providers = lint::providers(&summaries);
    for Between { manifest, mut finding, other } in lint::set(&summaries) {
        if let Some((file, other)) = other.map(|other| owners[other])
            && let Some(place) = files[file].place_of(other, &finding.path)
        {
            finding.message = format!("{} ({place})", finding.message);
        }
        let (file, manifest) = owners[manifest];
        files[file].between(manifest, finding);
    }
    let mut providers = providers.into_iter();
    for file in files {
        let providers: Vec<_> = providers
            .by_ref()
            .take(file.landmarks.len())
            .map(|provider| provider.or(options.provider))
            .collect();
        report.absorb(file, &providers);
    }
    (report, manifests)
}

/// Whether a file was found through this argument of the command line.
fn lies_in(source: &Source, path: &Path) -> bool {
    match &source.origin {
        Origin::Stdin => path.as_os_str() == "-",
        Origin::File(file) => file.starts_with(path),
    }
}

fn check_file(source: &Source, keeps: bool) -> Checked {
    let mut checked = Checked { keeps, ..Checked::new(source.origin.to_string()) };
    match source.read() {
        Err(fault) => checked.unreadable(fault),
        Ok(text) => documents(&text).for_each(|document| checked.document(document)),
    }
    checked
}

/// Does the same to every item on all cores; results come in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mine = iter::from_fn(|| {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, work(item)))
                });
                let mine: Vec<_> = mine.collect();
                if let Ok(mut done) = done.lock() {
                    done.extend(mine);
                }
            });
        }
    });
    let mut results = done.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
