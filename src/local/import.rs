//! An import into a folder: what is there is read, and Ctrl-C ends it between two files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::interrupt::Interrupts;
use super::workspace::{Options, Workspace};
use crate::api::Kind;
use crate::check;
use crate::import::report::{News, Report, Request};
use crate::import::survey::Survey;
use crate::lint::Severity;
use crate::provider::session::Ways;
use crate::render::imported::holds;
use crate::store::folder::{self, Refused};

/// What to import.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The account: its name, or namespace and name.
    pub account: String,
    /// Phone numbers or their ids; none for all of them.
    pub phones: Vec<String>,
    /// QR codes or templates; none for both.
    pub kinds: BTreeSet<Kind>,
    /// Where manifests go; none for the folder of the manifests.
    pub out: Option<PathBuf>,
}

/// Imports; what it came to, and where the manifests are.
pub async fn run(
    options: &Options,
    wanted: Wanted,
    tell: &mut dyn FnMut(News<'_>),
) -> Result<(Report, PathBuf), Refused> {
    let out = match (wanted.out, &options.manifests.paths[..]) {
        (Some(out), _) => out,
        (None, [one]) if one.is_dir() => one.clone(),
        (None, _) => {
            let why = "say with --out where the manifests go: --filename is not one folder".to_owned();
            return Err(Refused::Wrong(why));
        }
    };
    if out.exists() && !out.is_dir() {
        return Err(Refused::Wrong(format!("{} is a file; --out wants a folder", out.display())));
    }
    let mut known = options.clone();
    if declares(&out, &known.manifests.paths)? {
        known.manifests.paths.push(out.clone());
    }
    let workspace = Workspace::look(&known, folder::read(&known.manifests)?)?;
    let ways = Ways::open(options.environment.clone(), None).map_err(|error| {
        Refused::Wrong(format!(
            "cannot call providers: {error}; check WAOPS_ALIBABA_ENDPOINT and WAOPS_META_ENDPOINT"
        ))
    })?;
    let kinds = if wanted.kinds.is_empty() { [Kind::QrCode, Kind::Template].into() } else { wanted.kinds };
    let request = Request {
        account: wanted.account,
        phones: wanted.phones,
        kinds,
        out: out.clone(),
        namespace: options.manifests.namespace().to_owned(),
    };
    let survey = Survey::open(&workspace, ways, request).await.map_err(Refused::Wrong)?;
    let interrupts =
        Interrupts::listen().map_err(|error| Refused::Wrong(format!("cannot listen: {error}")))?;
    let mut report = Report::default();
    // Looks change nothing, so those in flight are simply left.
    let ended = tokio::select! {
        biased;
        () = interrupts.times(1) => Some("interrupted".to_owned()),
        done = survey.run(&mut report, tell) => match done {
            // Nothing came of it, so there is nothing to go on with.
            Err(why) if report.written.is_empty() => return Err(Refused::Wrong(why)),
            done => done.err(),
        },
    };
    report.ended = ended;
    report.calls = survey.calls();
    Ok((report, out))
}

/// Whether a folder has manifests that are not among the others: those of an import before. Files that are no manifests
/// of ours do not concern us.
fn declares(out: &Path, paths: &[PathBuf]) -> Result<bool, Refused> {
    if !out.is_dir() || paths.iter().any(|path| holds(path, out)) {
        return Ok(false);
    }
    let (report, manifests) = check::read(&check::Options { paths: vec![out.to_owned()], provider: None });
    let broken = report
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error && finding.rule.id != "manifest-empty");
    if broken { Err(Refused::Findings(Box::new(report))) } else { Ok(!manifests.is_empty()) }
}
