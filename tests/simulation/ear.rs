//! What the loop says of itself.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use waops::clock;

use super::stage::Stage;

/// Hears warnings; and what is planned, where the story is told.
pub(crate) struct Ear {
    stage: Arc<Stage>,
    level: Level,
}

impl Ear {
    pub(crate) fn new(stage: Arc<Stage>, told: bool) -> Self {
        Self { stage, level: if told { Level::DEBUG } else { Level::WARN } }
    }
}

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && metadata.target().starts_with("waops")
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(self.level.into())
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut words = Words(String::new());
        event.record(&mut words);
        if words.0.contains("no rest after") {
            self.stage.count("no rest after so many steps");
            // Two processes and bad lists may undo each other for a while; nothing may turn in circles at one moment.
            let now = clock::timestamp();
            let (again, calm) = {
                let mut ledger = self.stage.ledger();
                let again = ledger.restless.insert(words.0.clone(), now) == Some(now);
                (again, ledger.calm)
            };
            if again || calm {
                self.stage.broken("it comes to rest", || words.0.clone());
            }
        }
        self.stage.say("log", || words.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
