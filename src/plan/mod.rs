//! What to do about one object, and what it will cost: pure functions from facts to one step.
//!
//! ```text
//! Subject + Desired ┐
//! Claim, peers      ├─▶ qr_code::plan ──▶ Plan { step, reason, consequences, differences, notes }
//! Account, policies │   template::plan          │
//! Seen, memory, now ┘                           ▼
//!                               the driver acts, `waops plan` shows, the status says why
//! ```
//!
//! - [`facts`]: what is known of an object, its account and its neighbours.
//! - [`step`]: what can come out.
//! - [`reason`]: the closed list of states that conditions, events and people speak of.
//! - [`claim`]: which of an object's copies of its claim holds, whose it is, and how claims change.
//! - [`policy`]: what account and object allow, resolved.
//! - [`deletions`]: how many deletions at once are believed (claims.md 20).
//! - [`absence`]: what is asked about lists that are too empty to be true (claims.md 9).
//! - [`decision`]: a line that decides, as the change that it is.
//! - [`qr_code`], [`template`]: the two kinds.
//! - [`status`]: what an object's status says of it. [`words`]: what people read.
//!
//! Nothing here knows a client, a clock or a file. The same facts give the same step, which is what makes ten
//! thousand simulated crashes a second possible, and `waops plan` and the operator of one mind (claims.md 22).

pub mod absence;
pub mod claim;
pub mod decision;
pub mod deletions;
pub mod facts;
pub mod policy;
pub mod qr_code;
pub mod reason;
pub mod status;
pub mod step;
pub mod template;
pub mod words;
