//! Being told to end.

use std::io;

/// Returns when the process is told to end: by Ctrl-C, or by SIGTERM as a supervisor sends it. From its first poll on,
/// neither ends the process by itself.
#[cfg(unix)]
pub(crate) async fn told_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminated.recv() => Ok(()),
    }
}

/// Returns when the process is told to end, by Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn told_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
