//! Where the time goes: a flame graph of the loop, and the functions that were seen most. Samples come from a timer of the
//! process, so no hardware counter is needed.

use std::collections::HashMap;
use std::fs::File;

fn main() {
    let path = std::env::args().nth(1).expect("where to: a file.svg");
    let guard = pprof::ProfilerGuardBuilder::default()
        .frequency(997)
        .blocklist(&["libc", "libgcc", "pthread", "vdso"])
        .build()
        .expect("a timer");
    profile::make_and_look(10_000, 3);
    let report = guard.report().build().expect("samples");
    report.flamegraph(File::create(&path).expect("the file")).expect("a graph");

    let mut by_itself: HashMap<String, isize> = HashMap::new();
    let mut all = 0;
    for (frames, count) in &report.data {
        let leaf = frames.frames.first().and_then(|symbols| symbols.first());
        *by_itself.entry(leaf.map(ToString::to_string).unwrap_or_default()).or_default() += count;
        all += count;
    }
    let mut by_itself: Vec<_> = by_itself.into_iter().collect();
    by_itself.sort_by_key(|(_, count)| -count);
    println!("{all} samples; seen on top, per cent:");
    for (name, count) in by_itself.iter().take(25) {
        println!("{:>6.1}  {name}", *count as f64 * 100.0 / all as f64);
    }
}
