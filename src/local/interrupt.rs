//! Ctrl-C, and the SIGTERM of whoever manages processes.

use std::io;

use tokio::sync::watch;

/// How often somebody asked to end.
#[derive(Clone, Debug)]
pub struct Interrupts(watch::Receiver<usize>);

impl Interrupts {
    /// Listens from now on. Needs a runtime.
    pub fn listen() -> io::Result<Self> {
        let (sender, receiver) = watch::channel(0);
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let (mut interrupt, mut terminate) =
                (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    sender.send_modify(|count| *count += 1);
                }
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                sender.send_modify(|count| *count += 1);
            }
        });
        Ok(Self(receiver))
    }

    /// Nobody can interrupt.
    pub fn never() -> Self {
        Self(watch::channel(0).1)
    }

    /// Waits until somebody has asked so often.
    pub async fn times(&self, count: usize) {
        if self.0.clone().wait_for(|asked| *asked >= count).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
