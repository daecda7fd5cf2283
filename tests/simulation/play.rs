//! One seed, from its first manifest to its last judgement.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use waops::clock::{self, Virtual};

use super::ear::Ear;
use super::judge::{everybody_rests, final_judgement, in_review, is_told_to_wait, plans_nothing, rests};
use super::ledger::Figures;
use super::people::People;
use super::process::{Process, Start};
use super::shop::pause;
use super::stage::{About, BEGIN, Counts, Stage};

thread_local! {
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// How long everything has to come to rest once nothing goes wrong any more.
const REST: Duration = Duration::from_secs(2 * 3600);
/// Who rests does nothing for so long.
const STILL: Duration = Duration::from_secs(5 * 60);
/// How long nothing may happen after the rest, in minutes: mostly, now and then, and in stories that go on for hours, in
/// which what comes back every hour shows; and how many of a thousand are such.
const QUIET: [(u64, u64); 3] = [(820, 12), (150, 25), (30, 50)];
const HOURS: u64 = 50;
/// Somebody whom a provider told to wait tries so often at most while nothing else happens, with so many writes each.
const TRIES: u64 = 2;
const WRITES: u64 = 4;
/// The lists of a story: two phone numbers and the templates, at two providers.
const LISTS: u64 = 6;
const NAMES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

/// What became of a seed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) violations: Vec<String>,
    pub(crate) counts: Counts,
    pub(crate) story: Vec<String>,
}

/// Notes panics instead of printing them: a loop contains them, and a story must not.
pub(crate) fn listen_for_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if clock::timestamp().duration_since(BEGIN).abs() < SignedDuration::from_hours(48) {
            PANICS.with_borrow_mut(|panics| panics.push(info.to_string()));
        } else {
            before(info);
        }
    }));
}

/// The story that is being told, for whoever loses patience.
static LAST: Mutex<Option<Arc<Stage>>> = Mutex::new(None);

/// A story that goes round in circles at one moment never ends: after so long this says where it stands, and ends all.
pub(crate) fn lose_patience(after: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(after);
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let story = last.map(|stage| stage.story()).unwrap_or_default();
        story.iter().skip(story.len().saturating_sub(120)).for_each(|line| println!("{line}"));
        println!("a story does not end");
        std::process::exit(2);
    });
}

/// Plays one seed.
pub(crate) fn play(seed: u64, told: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let stage = runtime.block_on(async {
        let wall = Virtual::start(BEGIN);
        let stage = Stage::new(seed, told);
        if told {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(stage.clone());
        }
        let _ear = tracing::subscriber::set_default(Ear::new(stage.clone(), told));
        story(&stage, &wall).await;
        PANICS.with_borrow_mut(|panics| {
            for panic in panics.drain(..) {
                stage.broken("nothing panics", || panic);
            }
        });
        stage
    });
    drop(runtime);
    stage.count("seed");
    let violations = std::mem::take(&mut stage.ledger().violations);
    let counts = std::mem::take(&mut *stage.counts());
    Outcome { violations, counts, story: stage.story() }
}

async fn story(stage: &Arc<Stage>, wall: &Virtual) {
    let mut people = People::new(stage);
    let mut house = House { stage: stage.clone(), processes: Vec::new(), born: 0 };
    house.begin();
    let deeds = 6 + stage.fate.below(16);
    // A text is written anew several times before there is anything to take back.
    let deeds = if stage.about == About::Texts { 2 * deeds } else { deeds };
    for _ in 0..deeds {
        // Who inherits is decided within seconds: whoever changes their mind must be as fast.
        let (hurried, slow) = if stage.about == About::Heirs { (8, 9) } else { (4, 8) };
        let length = match stage.fate.below(10) {
            draw if draw < hurried => stage.fate.millis(0, 2_000),
            draw if draw < slow => stage.fate.millis(2_000, 40_000),
            _ => stage.fate.millis(40_000, 250_000),
        };
        pause(length).await;
        house.turn();
        people.act(wall);
    }
    pause(stage.fate.millis(0, 60_000)).await;
    stage.peace();
    people.leave();
    house.peace();
    let minutes = stage.fate.weighed(&QUIET);
    let quiet = Duration::from_secs(minutes * 60);
    let is_long = minutes >= HOURS;
    rest(stage, &mut people, is_long).await;
    stage.ledger().calm = true;
    house.only_one();
    pause(if is_long { quiet } else { people.looked_at() }).await;
    let (before, told, reviewed) = (stage.ledger().figures, told_to_wait(stage), in_review(stage));
    pause(quiet).await;
    let after = stage.ledger().figures;
    quiet_judgement(stage, quiet, (before, after), told.max(told_to_wait(stage)), reviewed);
    final_judgement(stage);
    plans(stage, &house).await;
    for (fault, times) in stage.inside.simulator().struck() {
        *stage.counts().entry(format!("fault {fault}")).or_default() += times;
    }
}

/// Waits until everybody rests and was looked at once more, or until everybody should.
async fn rest(stage: &Stage, people: &mut People, is_long: bool) {
    let begun = tokio::time::Instant::now();
    let mut before: Option<Figures> = None;
    while begun.elapsed() < REST {
        pause(STILL).await;
        people.keep_accounts();
        let now = stage.ledger().figures;
        let mut is_still = false;
        // Until the first of these, two processes and a clock that was set back may have spent more than each of them knew.
        if let Some(before) = before.replace(now) {
            budgets_are_kept(stage, before, now);
            is_still = (now.calls, now.store_writes) == (before.calls, before.store_writes);
        }
        if !is_long && is_still && begun.elapsed() >= people.looked_at() && everybody_rests(stage) {
            return;
        }
    }
}

/// How many are told by a provider to wait.
fn told_to_wait(stage: &Stage) -> u64 {
    let (_, objects) = stage.store.all();
    objects.iter().filter(|object| is_told_to_wait(object)).count() as u64
}

/// Asks what would be done about everybody who rests.
async fn plans(stage: &Stage, house: &House) {
    let Some(process) = house.processes.first() else { return };
    let (_, objects) = stage.store.all();
    for object in objects.iter().filter(|object| rests(object) && !is_told_to_wait(object)) {
        // Whoever plans may be told to try again.
        if let Ok(Some(plan)) = Box::pin(process.driver.plan(&object.key)).await {
            stage.count("planned");
            plans_nothing(stage, object, &plan);
        }
    }
}

/// No provider refuses a call because there were too many.
fn budgets_are_kept(stage: &Stage, before: Figures, after: Figures) {
    if after.throttled != before.throttled {
        stage.broken("budgets are kept", || {
            format!("{} calls were throttled", after.throttled - before.throttled)
        });
    }
}

/// With nothing to do nothing is done, and what is looked at costs pages and not objects.
fn quiet_judgement(
    stage: &Stage,
    quiet: Duration,
    (before, after): (Figures, Figures),
    told: u64,
    reviewed: u64,
) {
    let (calls, writes) = (after.calls - before.calls, after.store_writes - before.store_writes);
    if calls > told * TRIES {
        stage.broken("with nothing to do nothing is done (promise 5)", || {
            format!("{calls} calls while {told} are told to wait")
        });
    }
    // That a review is over is news.
    let decided = reviewed.saturating_sub(in_review(stage));
    if writes > calls * WRITES + decided {
        stage.broken("with nothing to do nothing is written (promise 4)", || {
            format!("{writes} writes for {calls} calls")
        });
    }
    budgets_are_kept(stage, before, after);
    let reads = after.reads - before.reads;
    let minutes = quiet.as_secs() / 60;
    let polled = reviewed.max(in_review(stage));
    let most = (minutes / 5 + 1) * LISTS + (minutes + 1) * polled + calls * WRITES;
    if reads > most {
        stage.broken("what is compared costs pages, not objects (promise 4)", || {
            format!("{reads} reads in {minutes} minutes, {polled} in review, at most {most}")
        });
    }
}

/// The processes that run.
struct House {
    stage: Arc<Stage>,
    processes: Vec<Process>,
    born: usize,
}

impl House {
    fn begin(&mut self) {
        let fate = &self.stage.fate;
        let moments = fate.permille(700).then(|| {
            let most = *fate.pick(&[20, 60, 150, 500]).unwrap_or(&60);
            1 + fate.below(most)
        });
        let who = NAMES[self.born % NAMES.len()];
        self.born += 1;
        self.processes.push(Process::start(&self.stage, &Start { who, moments }));
    }

    /// Whoever died may come back; one that lives may hand over, be stopped or be killed.
    fn turn(&mut self) {
        self.processes.retain(|process| !process.is_over());
        let stage = self.stage.clone();
        if self.processes.is_empty() {
            if stage.fate.permille(850) {
                self.begin();
            }
            return;
        }
        if self.processes.len() > 1 {
            if stage.fate.permille(500) {
                let old = self.processes.remove(0);
                stage.count("process handed over");
                old.kill();
            }
            return;
        }
        // Two that decide who inherits, each by what it has heard.
        let overlapping = if stage.about == About::Heirs { 25 } else { 8 };
        let draw = stage.fate.below(100);
        if draw < overlapping {
            let lasts = SignedDuration::from_millis(stage.fate.below(15_000).cast_signed() - 3_000);
            self.processes[0].lease_until(Some(clock::timestamp() + lasts));
            stage.say("world", || format!("{} loses its lease in {lasts:?}", self.processes[0].who));
            self.begin();
        } else if draw < overlapping + 5 {
            self.processes[0].stop();
        } else if draw < overlapping + 11 {
            stage.say("world", || format!("{} is killed", self.processes[0].who));
            self.processes[0].kill();
        }
    }

    fn peace(&mut self) {
        let (on, over): (Vec<_>, Vec<_>) = self.processes.drain(..).partition(Process::goes_on);
        over.iter().for_each(Process::kill);
        self.processes = on;
        if let Some(newest) = self.processes.pop() {
            newest.life.spare();
            newest.lease_until(None);
            self.processes.drain(..).for_each(|old| old.kill());
            self.processes.push(newest);
        } else {
            self.begin();
            self.processes[0].life.spare();
        }
    }

    /// Sometimes everything is known only to the store.
    fn only_one(&mut self) {
        if self.stage.fate.permille(500) {
            self.stage.say("world", || "everything is started anew".to_owned());
            self.processes.drain(..).for_each(|old| old.kill());
            self.begin();
            self.processes[0].life.spare();
        }
    }
}
