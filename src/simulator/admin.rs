//! The admin API: to look and to interfere. It has a port of its own and never meets the vendors' paths.
//!
//! | call | does |
//! |---|---|
//! | `GET /journal?after=N` | the calls so far, secrets left out |
//! | `GET /calls` | how often each operation was called, however long ago |
//! | `DELETE /journal` | forgets both |
//! | `GET /objects` | QR codes and templates as they are |
//! | `POST /clock {"advanceSeconds": 86400}` | lets time pass for reviews, locks, links and budgets |
//! | `POST /changes` | a change made by somebody else, the verdict of a review among them |
//! | `GET`, `POST`, `DELETE /faults` | what goes wrong from now on |
//! | `PUT /reviews` | the rules for reviews to come |
//! | `GET`, `PUT /settings` | the switches; `PUT` takes those that change |
//! | `POST /reset` | back to the beginning of the scenario |

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::objects::Template;
use super::request::{Request, Response};
use super::time::SECOND;
use super::{Change, FaultRule, ReviewRule, Simulator};

impl Simulator {
    /// Answers a call to the admin API.
    pub fn admin(&mut self, request: &Request, now: Timestamp) -> Response {
        self.revision = self.revision.wrapping_add(1);
        self.catch_up(self.clock(now, 0));
        match self.administer(request, now) {
            Ok(value) => Response::json(200, &value),
            Err(Failure::Unknown) => Response::json(404, &json!({ "error": "no such call", "calls": CALLS })),
            Err(Failure::Wrong(message)) => Response::json(400, &json!({ "error": message })),
        }
    }

    fn administer(&mut self, request: &Request, now: Timestamp) -> Result<Value, Failure> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/journal") => {
                let pairs = request.query_pairs();
                let after = pairs.iter().find(|(name, _)| name == "after");
                let after = after.and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
                Ok(json!({ "calls": self.journal(after) }))
            }
            ("GET", "/calls") => Ok(json!(self.journal.counts())),
            ("DELETE", "/journal") => {
                self.journal.clear();
                Ok(json!({}))
            }
            ("GET", "/objects") => Ok(self.objects()),
            ("POST", "/clock") => {
                let body: Map<String, Value> = read(request)?;
                let seconds = body.get("advanceSeconds").and_then(Value::as_i64);
                let seconds =
                    seconds.ok_or_else(|| Failure::Wrong("advanceSeconds is missing".to_owned()))?;
                self.advance(seconds.saturating_mul(SECOND));
                self.catch_up(self.clock(now, 0));
                Ok(json!({ "now": self.clock(now, 0).now.iso() }))
            }
            ("POST", "/changes") => {
                let change: Change = read(request)?;
                Ok(json!({ "changed": self.change(&change, now) }))
            }
            ("GET", "/faults") => Ok(json!({ "faults": self.state.faults })),
            ("POST", "/faults") => {
                let fault: FaultRule = read(request)?;
                self.inject(fault);
                Ok(json!({ "faults": self.state.faults }))
            }
            ("DELETE", "/faults") => {
                self.state.faults.clear();
                Ok(json!({}))
            }
            ("PUT", "/reviews") => {
                let rules: Vec<ReviewRule> = read(request)?;
                self.state.reviews = rules;
                Ok(json!({}))
            }
            ("GET", "/settings") => self.settings_value(),
            ("PUT", "/settings") => {
                let mut settings = self.settings_value()?;
                merge(&mut settings, &read(request)?);
                self.state.settings = serde_json::from_value(settings).map_err(wrong)?;
                self.settings_value()
            }
            ("POST", "/reset") => {
                self.reset();
                Ok(json!({}))
            }
            _ => Err(Failure::Unknown),
        }
    }

    fn settings_value(&self) -> Result<Value, Failure> {
        serde_json::to_value(&self.state.settings).map_err(wrong)
    }

    /// Everything that lives, by its owner.
    pub fn objects(&self) -> Value {
        let mut codes = Map::new();
        for (owner, shelf) in self.state.codes() {
            codes.insert(owner.clone(), shelf.live().map(|code| json!(code)).collect());
        }
        let mut templates = Map::new();
        for (owner, shelf) in &self.state.templates {
            templates
                .insert(owner.clone(), shelf.live().map(|template: &Template| json!(template)).collect());
        }
        json!({ "codes": codes, "templates": templates })
    }
}

const CALLS: &[&str] =
    &["/journal", "/calls", "/objects", "/clock", "/changes", "/faults", "/reviews", "/settings", "/reset"];

enum Failure {
    Unknown,
    Wrong(String),
}

#[allow(clippy::needless_pass_by_value)] // so that it fits into map_err
fn wrong(error: serde_json::Error) -> Failure {
    Failure::Wrong(error.to_string())
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    serde_json::from_slice(&request.body).map_err(wrong)
}

/// Puts the values of one object over those of another, level by level.
fn merge(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                merge(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => below.clone_from(above),
    }
}
