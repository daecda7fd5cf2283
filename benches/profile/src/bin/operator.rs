//! The whole command, with a profile of what it allocates where. A process that is told `PROFILE_AFTER` so many seconds
//! writes it then, as heap-PID.json where it runs, and goes on without: `make bench PROGRAM=… OBJECTS=1000`.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use waops::commands::Cli;

#[global_allocator]
static ALLOCATED: dhat::Alloc = dhat::Alloc;

fn main() -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let after = std::env::var("PROFILE_AFTER").ok().and_then(|after| after.parse().ok());
    let is_operator = std::env::args().nth(1).is_some_and(|command| command == "operator");
    if let Some(after) = after.filter(|_| is_operator) {
        let file = format!("heap-{}.json", std::process::id());
        let profiler = dhat::Profiler::builder().file_name(file).trim_backtraces(Some(24)).build();
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(after));
            drop(profiler);
        });
    }
    match Cli::read(std::env::args_os()) {
        Ok(cli) => cli.run(),
        Err(error) => error.exit(),
    }
}
