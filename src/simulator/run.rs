//! `waops simulate`: serves a simulator until it is interrupted, and says how to reach it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::http::{Running, ServeOptions, serve};
use super::{Scenario, Simulator};
use crate::local::interrupt::Interrupts;
use crate::manifest::{decode, documents};
use crate::render::out;

/// What `waops simulate` was asked for.
#[derive(Clone, Debug, Default)]
pub struct SimulateOptions {
    /// Where both vendors are served; a free port of the loopback by default.
    pub listen: Option<SocketAddr>,
    /// Where the admin API is served; a free port of the loopback by default.
    pub admin: Option<SocketAddr>,
    /// Replaces the seed of the scenario.
    pub seed: Option<u64>,
    /// A scenario as YAML or JSON; the sandbox by default.
    pub scenario: Option<PathBuf>,
    /// Where the state is kept between runs.
    pub state: Option<PathBuf>,
    /// Whether the vendors are served with TLS.
    pub tls: bool,
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(options: SimulateOptions) -> io::Result<()> {
    let running = start(options).await?;
    // Who has read enough of it goes on with the providers all the same.
    out::line(&greeting(&running)?).map_err(io::Error::other)?;
    Interrupts::listen()?.times(1).await;
    running.shutdown()
}

/// Reads the files and starts to serve.
pub async fn start(options: SimulateOptions) -> io::Result<Running> {
    let mut scenario = match &options.scenario {
        Some(path) => read_scenario(path)?,
        None => Scenario::default(),
    };
    scenario.seed = options.seed.unwrap_or(scenario.seed);
    let simulator = match &options.state {
        Some(path) if path.exists() => Simulator::restore(scenario, &std::fs::read(path)?)?,
        _ => Simulator::new(scenario),
    };
    let SimulateOptions { listen, admin, tls, state, .. } = options;
    serve(ServeOptions { simulator, listen, admin, tls, state }).await
}

/// YAML is read as manifests are, and JSON is YAML.
fn read_scenario(path: &Path) -> io::Result<Scenario> {
    let wrong = |message: String| io::Error::other(format!("{}: {message}", path.display()));
    let text = decode(std::fs::read(path)?).map_err(|fault| wrong(fault.to_string()))?;
    match documents(&text).next() {
        None => Ok(Scenario::default()),
        Some(Err(fault)) => Err(wrong(fault.to_string())),
        Some(Ok(document)) => {
            let mut json = document.root.to_json();
            if let Value::Object(fields) = &mut json {
                fields.retain(|_, value| !value.is_null());
            }
            serde_json::from_value(json).map_err(|error| wrong(error.to_string()))
        }
    }
}

/// What to export, so that waops and the vendors' SDKs find the first account of the scenario.
fn greeting(running: &Running) -> io::Result<String> {
    let Running { url, admin_url, certificate, .. } = running;
    let mut lines = vec![
        format!("# Both providers are simulated at {url}; look and interfere at {admin_url}"),
        format!("export WAOPS_ALIBABA_ENDPOINT={url} WAOPS_META_ENDPOINT={url}"),
    ];
    let scenario = running.simulator().scenario().clone();
    if let Some(key) = scenario.alibaba.first().and_then(|account| account.keys.first()) {
        lines.push(format!("export ALIBABA_CLOUD_ACCESS_KEY_ID={}", key.id));
        lines.push(format!("export ALIBABA_CLOUD_ACCESS_KEY_SECRET={}", key.secret));
    }
    if let Some(token) = scenario.meta.tokens.first() {
        lines.push(format!("export WHATSAPP_ACCESS_TOKEN={}", token.token));
    }
    if let Some(waba) = scenario.meta.wabas.first() {
        lines.push(format!("export WHATSAPP_BUSINESS_ACCOUNT_ID={}", waba.id));
        lines
            .extend(waba.phones.first().map(|phone| format!("export WHATSAPP_PHONE_NUMBER_ID={}", phone.id)));
    }
    if let Some(certificate) = certificate {
        let path = std::env::temp_dir().join(format!("waops-simulator-{}.pem", std::process::id()));
        std::fs::write(&path, certificate)?;
        lines.push(format!("export SSL_CERT_FILE={}", path.display()));
    }
    lines.push("# Ctrl-C ends it.".to_owned());
    Ok(lines.join("\n"))
}
