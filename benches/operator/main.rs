//! What the operator costs on a real control plane: as many QR codes as asked for, from the first apply until all are
//! ready, settled, at rest and after a restart; and beside it, in the same run, the bound: a bare loop that makes the
//! same writes with the same client. Providers are simulated without limits, except where an edit must overtake a
//! thousand creates. Run by `make bench`; `WAOPS_BENCH_OBJECTS=1000` takes fewer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a bench that cannot go on says where

mod bound;
#[path = "../../tests/support/control_plane.rs"]
mod control_plane;
mod edits;
mod objects;
mod process;
mod stage;

use std::time::{Duration, Instant};

use objects::{ACCOUNTS, declare, namespace};
use stage::Stage;

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let asked = std::env::var("WAOPS_BENCH_OBJECTS").unwrap_or_else(|_| "1000,10000".to_owned());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        println!("load before: {}", process::load());
        for count in asked.split(',').filter_map(|count| count.parse().ok()) {
            many(count).await;
        }
        edits::overtake().await;
        println!("load after: {}", process::load());
    });
}

async fn many(count: usize) {
    let stage = Stage::start("settings: {limits: false}").await;
    let name = format!("codes-{count}");
    namespace(&stage.client, &name).await;
    objects::accounts(&stage.client, &name).await;
    let mut operator = stage.operator(&name);
    operator
        .until("the accounts are connected", |m| m.objects("WhatsAppAccount", "Connected") == ACCOUNTS)
        .await;
    let small = operator.memory();

    println!("\n{count} QR codes on {ACCOUNTS} accounts");
    let (start, events) = (Instant::now(), stage.event_writes().await);
    let cpu = operator.cpu();
    let declared = declare(&stage.client, &name, 0..count).await;
    operator.until("all are ready", |m| m.objects("WhatsAppQrCode", "Live") == count).await;
    let ready = start.elapsed();
    stage.writes_reach(&name, 4 * count).await;
    operator.until("all rest", process::Metrics::rests).await;
    let settled = start.elapsed();
    let (cpu, writes) = (operator.cpu().saturating_sub(cpu), stage.writes(&name) - count);
    let metrics = operator.metrics().await;
    line("declared", declared, "");
    line("until all are ready", ready, "");
    line("until all are settled", settled, &format!("{:.1} s of CPU", cpu.as_secs_f64()));
    println!("  writes per object                  {:>8.3}", each(writes, count));
    println!(
        "  events per object                  {:>8.3}",
        each(stage.event_writes().await - events, count)
    );
    println!(
        "  provider calls per object          {:>8.3}   {}",
        each(metrics.calls(), count),
        metrics.calls_by_operation()
    );
    println!("  memory before, at most             {:>8} {} MB", small.now, operator.memory().most);

    tokio::time::sleep(Duration::from_secs(10)).await;
    let (rest, calls, writes) = (operator.cpu(), operator.metrics().await.calls(), stage.writes(&name));
    tokio::time::sleep(Duration::from_secs(20)).await;
    let idle = operator.cpu().saturating_sub(rest).as_secs_f64() / 20.0 * 100.0;
    println!("  memory settled                     {:>8} MB", operator.memory().now);
    println!(
        "  CPU at rest                        {idle:>8.2} %   {} calls, {} writes in 20 s",
        operator.metrics().await.calls() - calls,
        stage.writes(&name) - writes
    );

    drop(operator);
    let (start, writes) = (Instant::now(), stage.writes(&name));
    let mut operator = stage.operator(&name);
    operator
        .until("all rest again", |m| {
            m.objects("WhatsAppQrCode", "Live") == count && m.rests() && m.looked(count)
        })
        .await;
    let restarted = start.elapsed();
    let metrics = operator.metrics().await;
    line(
        "restart until all rest",
        restarted,
        &format!("{} calls, {} writes", metrics.calls(), stage.writes(&name) - writes),
    );
    println!(
        "  calls of the restart               {:>8}   {}",
        metrics.calls(),
        metrics.calls_by_operation()
    );
    let memory = operator.memory();
    println!("  memory restarted, at most          {:>8} {} MB", memory.now, memory.most);
    drop(operator);

    let bound = bound::run(&stage.client, &format!("bound-{count}"), count).await;
    line("bound: until all are ready", bound.ready, "declared, and two patches each");
    line("bound: until all are settled", bound.settled, "one patch more each");
    println!("  ready, of the bound                {:>8.2}", ready.as_secs_f64() / bound.ready.as_secs_f64());
    println!(
        "  settled, of the bound              {:>8.2}",
        settled.as_secs_f64() / bound.settled.as_secs_f64()
    );
}

fn line(what: &str, time: Duration, more: &str) {
    println!("  {what:<34} {:>8.2} s {more}", time.as_secs_f64());
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn each(count: usize, objects: usize) -> f64 {
    count as f64 / objects as f64
}
