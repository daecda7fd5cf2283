//! Samples of media headers, which are sent before a template and do not keep for long.

use serde_json::{Value, json};
use waops::inside::Inside;
use waops::plan::facts::Key;
use waops::simulator::{Scenario, Simulator};
use waops::store::memory::Memory;

use crate::world::paused;
use crate::{House, order};

const SUBMIT: &str = "POST message_templates";
const TEN_MINUTES: i64 = 600_000;

impl House {
    /// At a provider that takes an upload for so long.
    async fn forgetting(upload_lifetime_ms: i64) -> Self {
        let mut scenario = Scenario::default();
        scenario.settings.meta.upload_lifetime_ms = upload_lifetime_ms;
        Self::with(Memory::new("here"), Inside::new(Simulator::new(scenario))).await
    }

    fn pictured(&self, name: &str, picture: &str) -> Key {
        let mut spec: Value = order("meta", name, "en_US");
        let url = format!("https://shop.example.com/{picture}.png");
        spec["components"]["header"] = json!({"format": "IMAGE", "url": url});
        self.template(&name.replace('_', "-"), spec)
    }
}

#[test]
fn who_waits_for_the_quota_of_an_hour_sends_a_sample_that_is_new() {
    paused(async {
        let house = House::forgetting(TEN_MINUTES).await;
        let one = |number: u32| house.pictured(&format!("order_{number}"), &number.to_string());
        let all: Vec<Key> = (0..150).map(one).collect();
        house.minutes(5).await;
        assert!(house.calls(SUBMIT) < 150, "some wait for the next hour");
        for key in &all {
            house.reaches(key, "Approved").await;
        }
        assert_eq!(house.calls(SUBMIT), 150, "none was refused");
    });
}

#[test]
fn a_sample_that_is_refused_after_a_while_is_uploaded_again_once() {
    for (lifetime, end) in [(TEN_MINUTES, "Approved"), (0, "Refused")] {
        paused(async {
            let house = House::forgetting(lifetime).await;
            let first = house.pictured("order", "parcel");
            house.reaches(&first, end).await;
            assert_eq!(house.calls(SUBMIT), 1, "{end}: a new one that is refused is not to blame");
            house.minutes(20).await;
            let second = house.pictured("order_again", "parcel");
            house.reaches(&second, end).await;
            house.hours(6).await;
            assert_eq!((house.calls(SUBMIT), house.reason(&second).as_str()), (3, end));
        });
    }
}
