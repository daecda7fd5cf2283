//! The traps of providers.md part D that concern what the providers do, each under its number. Traps of the
//! client alone (24, 25, 29) have no test here, nor have webhooks, which the simulator does not send (parts of 40
//! and 41).

mod qr_codes;
mod templates;
mod wire;

use serde_json::json;

use crate::support::{World, qrdls};

const DAY: i64 = 86_400;

fn meta_code(world: &mut World, text: &str) -> String {
    world.post(&qrdls(), json!({ "prefilled_message": text }))["code"].as_str().unwrap().to_owned()
}
