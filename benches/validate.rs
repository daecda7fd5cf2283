//! `waops validate` over 10,000 templates in 1,000 files, beside the bound: the same parser draining its events
//! over the same files, on as many threads. Run by `make bench`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use granit_parser::Parser;
use waops::check;

const FILES: usize = 1_000;
const EACH: usize = 10;
const RUNS: usize = 7;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = write_manifests(folder.path());
    let files = files(folder.path());
    println!(
        "{} templates in {FILES} files, {} kB; {RUNS} runs, {} threads",
        FILES * EACH,
        bytes / 1024,
        threads()
    );

    let mut ratios = Vec::new();
    let (mut bounds, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let bound = timed(|| drain(&files));
        let options = check::Options { paths: vec![folder.path().to_owned()], provider: None };
        let report = &mut check::Report::default();
        let time = timed(|| *report = check::run(&options));
        assert_eq!(report.manifests, FILES * EACH + 1, "every template and the account");
        assert_eq!(report.findings.len(), 0, "{:?}", report.findings.first());
        ratios.push(time.as_secs_f64() / bound.as_secs_f64());
        bounds.push(bound);
        whole.push(time);
    }
    ratios.sort_by(f64::total_cmp);
    bounds.sort();
    whole.sort();
    println!("bound: draining the parser   {:>8.1} ms", bounds[RUNS / 2].as_secs_f64() * 1e3);
    println!("waops validate               {:>8.1} ms", whole[RUNS / 2].as_secs_f64() * 1e3);
    println!(
        "ratio                        {:>8.2}    ({:.2} to {:.2}; aim: at most 2.5)",
        ratios[RUNS / 2],
        ratios[0],
        ratios[RUNS - 1]
    );
    println!("peak memory of the command   {:>8.1} MB (aim: under 150)", peak_memory(folder.path()));
}

fn write_manifests(folder: &Path) -> usize {
    let mut bytes = 0;
    for file in 0..FILES {
        let documents: Vec<String> = (0..EACH).map(|each| manifest(file * EACH + each)).collect();
        let text = documents.join("---\n");
        bytes += text.len();
        fs::write(folder.join(format!("templates-{file:04}.yaml")), text).expect("a manifest is written");
    }
    let account = "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppAccount\nmetadata: {name: shop}\nspec:\n  meta:\n    businessAccountId: \"102290129340398\"\n    appId: \"684477648739411\"\n    credentials: {secretRef: {name: shop}}\n";
    fs::write(folder.join("account.yaml"), account).expect("the account is written");
    bytes
}

fn manifest(number: usize) -> String {
    format!(
        r#"apiVersion: waops.dev/v1alpha1
kind: WhatsAppTemplate
metadata:
  name: order-shipped-{number}
  labels: {{team: growth, app.kubernetes.io/part-of: shop}}
spec:
  accountRef: {{name: shop}}
  name: order_shipped_{number}
  language: en_US
  category: UTILITY
  components:
    header: {{format: TEXT, text: "Order {{{{order_id}}}} is on its way"}}
    body:
      text: |-
        Hello {{{{name}}}}, your order left our warehouse this morning.
        It arrives on {{{{day}}}} between nine and noon, and you can follow it with the button below.
    footer: {{text: "Your shop on the corner"}}
    buttons:
      - {{type: URL, text: Track, url: "https://shop.example/track/{{{{order_id}}}}"}}
      - type: PHONE_NUMBER
        text: Call us
        phoneNumber: "+4930901820"
  examples:
    order_id: "A1{number}"
    name: Ana
    day: Monday
  messageSendTtlSeconds: 3600
"#
    )
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn drain(files: &[PathBuf]) {
    let share = files.len().div_ceil(threads());
    thread::scope(|scope| {
        for part in files.chunks(share) {
            scope.spawn(move || {
                for file in part {
                    let text = fs::read_to_string(file).expect("a manifest can be read");
                    let options = granit_parser::options! { emit_comments: false };
                    for event in Parser::new_from_str_with_options(&text, options) {
                        std::hint::black_box(event.expect("a manifest is YAML"));
                    }
                }
            });
        }
    });
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The kernel's own high-water mark, read until the command ends.
fn peak_memory(folder: &Path) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    let mut child =
        command.args(["validate", "-f"]).arg(folder).stdout(Stdio::null()).spawn().expect("waops starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().expect("waops can be waited for").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = mark.and_then(|mark| mark.split_whitespace().next()?.parse::<f64>().ok());
        peak = peak.max(kilobytes.unwrap_or_default() / 1024.0);
    }
    peak
}
