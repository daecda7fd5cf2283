//! What is allocated where, and what a process at rest keeps: a profile for <https://nnethercote.github.io/dh_view/dh_view.html>.

#[global_allocator]
static ALLOCATED: dhat::Alloc = dhat::Alloc;

fn main() {
    let path = std::env::args().nth(1).expect("where to: a file.json");
    let profiler = dhat::Profiler::builder().file_name(path).trim_backtraces(Some(16)).build();
    profile::stay(2_000, || {
        let stats = dhat::HeapStats::get();
        println!(
            "at rest {} kB in {} blocks, the simulator and its store among them; most {} kB; in all {} MB",
            stats.curr_bytes / 1000,
            stats.curr_blocks,
            stats.max_bytes / 1000,
            stats.total_bytes / 1_000_000
        );
        // What is alive now is what is asked for: it ends here.
        drop(profiler);
    });
}
