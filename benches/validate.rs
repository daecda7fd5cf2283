//! `waops validate` over 10,000 templates in 1,000 files, beside the bound: the same parser draining its events
//! over the same files, on as many threads. Run by `make bench`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use granit_parser::Parser;
use waops::check;
use waops::manifest::documents;

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

    let (mut ratios, mut tree_ratios) = (Vec::new(), Vec::new());
    let (mut bounds, mut trees, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let bound = timed(|| on_all_cores(&files, drain));
        let tree = timed(|| on_all_cores(&files, build));
        let options = check::Options { paths: vec![folder.path().to_owned()], provider: None };
        let report = &mut check::Report::default();
        let time = timed(|| *report = check::run(&options));
        assert_eq!(report.manifests, FILES * EACH + 1, "every template and the account");
        assert_eq!(report.findings.len(), 0, "{:?}", report.findings.first());
        ratios.push(time.as_secs_f64() / bound.as_secs_f64());
        tree_ratios.push(tree.as_secs_f64() / bound.as_secs_f64());
        bounds.push(bound);
        trees.push(tree);
        whole.push(time);
    }
    println!("bound: draining the parser   {:>8.1} ms", median(&mut bounds).as_secs_f64() * 1e3);
    let tree = median(&mut trees).as_secs_f64() * 1e3;
    println!("trees with places            {tree:>8.1} ms, {}", spread(&mut tree_ratios));
    let time = median(&mut whole).as_secs_f64() * 1e3;
    println!("waops validate               {time:>8.1} ms, {}; aim: at most 2.5", spread(&mut ratios));
    println!("peak memory of the command   {:>8.1} MB; aim: under 150", peak_memory(folder.path()));
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

fn drain(text: &str) {
    let options = granit_parser::options! { emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        black_box(event.expect("a manifest is YAML"));
    }
}

fn build(text: &str) {
    for document in documents(text) {
        black_box(document.expect("a manifest is YAML"));
    }
}

fn on_all_cores(files: &[PathBuf], work: fn(&str)) {
    let share = files.len().div_ceil(threads());
    thread::scope(|scope| {
        for part in files.chunks(share) {
            scope.spawn(move || {
                for file in part {
                    work(&fs::read_to_string(file).expect("a manifest can be read"));
                }
            });
        }
    });
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn spread(ratios: &mut [f64]) -> String {
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    format!("{:.2} times the bound ({least:.2} to {most:.2})", ratios[ratios.len() / 2])
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
