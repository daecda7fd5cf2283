//! `waops probe`

use std::time::Duration;

use clap::Args;
use reqwest::{Client, Url};
use tokio::time::{Instant, sleep, timeout};

use crate::plan::words::cut;
use crate::render::out;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before it is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// An answer is shown up to so many bytes.
const SHOWN: usize = 4096;

/// Ask a running operator whether it works, and show what it says is missing.
///
/// For `helm test`, and for images that hold nothing but waops. Exit code: 0 when the answer is 200, else 1.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  waops probe
  waops probe http://waops.waops.svc:8080/readyz --wait 60s")]
pub(super) struct Arguments {
    /// Where to ask: /readyz or /healthz of an operator
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:8080/readyz")]
    url: Url,
    /// Ask again for so long, until the answer is 200
    #[arg(long, value_name = "DURATION", value_parser = super::operator::period)]
    wait: Option<Duration>,
}

impl Arguments {
    pub(super) fn run(self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(self.probe())
    }

    async fn probe(self) -> Result<(), String> {
        let end = Instant::now() + self.wait.unwrap_or_default();
        // It is asked by its address in the cluster: a proxy for the providers knows nothing of it.
        let client = Client::builder().no_proxy().build().map_err(|error| format!("cannot ask: {error}"))?;
        loop {
            let why = match timeout(PATIENCE, ask(&client, &self.url)).await {
                Ok(Ok(answer)) => return out::line(answer.trim_end()),
                Ok(Err(why)) => why,
                Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
            };
            if Instant::now() >= end {
                return Err(format!("{}: {why}", self.url));
            }
            sleep(AGAIN).await;
        }
    }
}

/// What was answered; why it is no good.
async fn ask(client: &Client, url: &Url) -> Result<String, String> {
    let whole = |error: reqwest::Error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{}{cause}", error.without_url())
    };
    let answer = client.get(url.clone()).send().await.map_err(whole)?;
    let status = answer.status();
    let text = cut(&answer.text().await.map_err(whole)?, SHOWN);
    if status.is_success() { Ok(text) } else { Err(format!("{status}\n{}", text.trim_end())) }
}
