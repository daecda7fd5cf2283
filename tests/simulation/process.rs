//! One process of waops: a loop over the store, which can die at any moment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use waops::engine::driver::{Driver, Settings};
use waops::engine::happening::{Happening, Witness};
use waops::engine::runner::{Runner, Voice, Word};
use waops::provider::deadline::Deadline;
use waops::provider::error::{Class, Effect};
use waops::provider::session::Ways;

use super::ledger::short;
use super::life::Life;
use super::shop::Shop;
use super::stage::Stage;
use super::wire::Wire;

/// A process, alive or dead.
pub(crate) struct Process {
    pub(crate) life: Arc<Life>,
    pub(crate) who: &'static str,
    /// Who can be asked what would be done.
    pub(crate) driver: Arc<Driver<Shop>>,
    voice: Voice,
    task: JoinHandle<()>,
    lease: Arc<Mutex<Option<Timestamp>>>,
    stopping: bool,
}

/// How a process is started.
pub(crate) struct Start {
    pub(crate) who: &'static str,
    /// After so many moments it dies.
    pub(crate) moments: Option<u64>,
}

impl Process {
    pub(crate) fn start(stage: &Arc<Stage>, start: &Start) -> Self {
        let Start { who, moments } = *start;
        let lease: Arc<Mutex<Option<Timestamp>>> = Arc::default();
        let life = Arc::new(Life::new(moments));
        stage.say(who, || format!("starts; dies after {moments:?} moments"));
        let shop = Shop::new(stage.clone(), life.clone(), who);
        let wire = Wire { stage: stage.clone(), life: life.clone(), who, lease: lease.clone() };
        let ways = Ways::through(Arc::new(wire), Arc::new(|_| None));
        let driver =
            Driver::new(Arc::new(shop), ways, Settings::default()).heard_by(witness(stage, &life, who));
        let until = lease.clone();
        let driver = Arc::new(driver.under(Arc::new(move || {
            let until = *until.lock().unwrap_or_else(PoisonError::into_inner);
            until.map(|until| Deadline::at(SystemTime::from(until)))
        })));
        let (runner, voice) = Runner::new(driver.clone());
        let task = tokio::spawn(live(stage.clone(), life.clone(), driver.clone(), runner, voice.clone()));
        Self { life, who, driver, voice, task, lease, stopping: false }
    }

    /// It may write until then, and no longer; without end where there is no time.
    pub(crate) fn lease_until(&self, until: Option<Timestamp>) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Asks it to end; it has so long for that.
    pub(crate) fn stop(&mut self) {
        self.stopping = true;
        self.voice.say(Word::Stop);
    }

    /// Whether it goes on.
    pub(crate) fn goes_on(&self) -> bool {
        !self.stopping && !self.is_over() && !self.life.is_over()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    pub(crate) fn kill(&self) {
        self.life.end();
        self.task.abort();
    }
}

async fn live(
    stage: Arc<Stage>,
    life: Arc<Life>,
    driver: Arc<Driver<Shop>>,
    mut runner: Runner<Shop>,
    voice: Voice,
) {
    let mut events = stage.store.subscribe();
    let follow = async {
        while let Some(event) = events.next().await {
            let late = stage.weather().stale_events;
            if stage.disk.permille(late) {
                tokio::time::sleep(stage.disk.millis(1, 4_000)).await;
                stage.count("stale event");
            }
            if let Some(length) = stage.deaf_for() {
                tokio::time::sleep(length).await;
                stage.count("an event of a watch that hung");
            }
            voice.say(Word::Event(event));
        }
    };
    let work = async {
        loop {
            match driver.load().await {
                Ok(keys) => break runner.enqueue(keys),
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
        runner.run().await;
        stage.count("process stopped");
        runner.end(Duration::from_secs(5)).await;
        life.end();
    };
    tokio::select! {
        biased;
        () = life.over() => stage.count("process crashed"),
        () = follow => {}
        () = work => {}
    }
}

fn witness(stage: &Arc<Stage>, life: &Arc<Life>, who: &'static str) -> Witness {
    let (stage, life) = (stage.clone(), life.clone());
    Witness::new(move |key, happening| {
        if life.is_over() {
            return;
        }
        let kind = |shown: String| shown.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
        match happening {
            Happening::Called { call, outcome } => {
                let end = match outcome {
                    Ok(_) => "done".to_owned(),
                    Err(error) => format!(
                        "{} {}",
                        kind(format!("{:?}", error.class)),
                        kind(format!("{:?}", error.effect))
                    ),
                };
                stage.count(format!("call {:?} {} {end}", key.kind, kind(format!("{call:?}"))));
                if let Err(error) = outcome
                    && error.class == Class::Terminal
                    && error.effect != Effect::Unclear
                    && let Some(object) = stage.store.object(key)
                {
                    stage.ledger().refuse(&object.meta.uid);
                }
                if let Err(error) = outcome {
                    stage.say(who, || format!("{} {call:?} failed: {error}", short(key)));
                }
            }
            Happening::Kept(why) => stage.count(format!("kept {:?} {}", key.kind, kind(format!("{why:?}")))),
            Happening::Released { why, left, .. } => {
                stage.count(format!("released {:?} {}", key.kind, kind(format!("{why:?}"))));
                stage.say(who, || format!("{} released {why:?}, leaving {left:?}", short(key)));
            }
            Happening::Moved { reason, message, .. } => {
                stage.count(format!("reason {reason:?}"));
                stage.say(who, || format!("{} {reason:?}: {message}", short(key)));
            }
            Happening::Unwritten(_) | Happening::Turned(_) => {}
        }
    })
}
