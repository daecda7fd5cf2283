//! One operation so many times, and nothing else: `run.sh` counts its instructions.

use std::hint::black_box;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use waops::api::{Claim, ImageFormat, Kind, WhatsAppQrCodeStatus};
use waops::manifest::documents;
use waops::plan::claim::{Standing, Written};
use waops::plan::deletions::Grant;
use waops::plan::facts::{Account, AccountView, Key, Memory, Presence, Subject, Times};
use waops::plan::qr_code::{Seen, Situation, plan};
use waops::plan::step::Plan;
use waops::plan::{policy, status};
use waops::provider::alibaba::credentials::Keys;
use waops::provider::alibaba::sign::{Call, Stamp, v1, v3};
use waops::provider::capabilities::META;
use waops::qr_code::{Code, Desired, Observed, Phone, content_hash};

const TEXT: &str = "Hi! I saw your poster at the station.";
const MANIFEST: &str = r#"apiVersion: waops.dev/v1alpha1
kind: WhatsAppQrCode
metadata:
  name: poster
  namespace: marketing
spec:
  accountRef: {name: shop}
  phoneNumber: "+4930901820"
  prefilledMessage: Hi! I saw your poster at the station.
  image: {format: SVG}
"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().expect("what: parse, plan, create, status, write, claim, sign-1 or sign-3");
    let times: usize = arguments.next().and_then(|times| times.parse().ok()).expect("how often");
    let scene = Scene::new();
    let settled = scene.settled();
    for _ in 0..times {
        match what.as_str() {
            "parse" => drop(black_box(documents(black_box(MANIFEST)).collect::<Vec<_>>())),
            "plan" => drop(black_box(scene.settled())),
            "create" => drop(black_box(scene.fresh())),
            "status" => drop(black_box(scene.status(&settled))),
            "write" => drop(black_box(serde_json::to_vec(&scene.written))),
            "claim" => drop(black_box(Written::annotation(Some(&scene.annotation)))),
            "sign-1" => drop(black_box(scene.sign(v1))),
            "sign-3" => drop(black_box(scene.sign(v3))),
            other => panic!("nothing is called {other}"),
        }
    }
}

/// A code that is as written, and everything that says so.
struct Scene {
    key: Key,
    standing: Standing,
    claim: Arc<Claim>,
    annotation: String,
    desired: Desired,
    own: Observed,
    written: WhatsAppQrCodeStatus,
    keys: Keys,
    now: Timestamp,
}

impl Scene {
    fn new() -> Self {
        let code = "ANED2T5QRU7HG1";
        let claim = Arc::new(Claim {
            n: 3,
            installation: "6f1e2b6c-5a0e-4c1a-9a55-0a4d3f6f0b1a".into(),
            uid: "b1946ac9-2d6e-4f0e-8c65-2f3a9e0d1c77".into(),
            object: "marketing/poster".into(),
            account: "marketing/shop".into(),
            identity: "meta/102290129340398".into(),
            phone: Some("106540352242922".into()),
            code: Some(code.into()),
            content_hash: Some(content_hash(TEXT)),
            ..Claim::default()
        });
        let mut scene = Self {
            key: Key::new(Kind::QrCode, "marketing", "poster"),
            standing: Standing::Ours { claim: claim.clone(), complete: true },
            annotation: serde_json::to_string(&*claim).expect("JSON"),
            claim,
            desired: Desired {
                phone: Phone::Number("4930901820".into()),
                message: TEXT.into(),
                image_format: ImageFormat::Svg,
                adopt: None,
                approve: None,
                duplicates_allowed: false,
            },
            own: Observed {
                code: Code::parse(code).expect("a code"),
                phone: None,
                message: TEXT.into(),
                link: Some(format!("https://wa.me/message/{code}")),
                image_url: Some(format!("https://simulator.invalid/m1/v/t6/{code}.svg?oe=6a0f")),
                image_expires: None,
                image_format: Some(ImageFormat::Svg),
            },
            written: WhatsAppQrCodeStatus::default(),
            keys: Keys::new("LTAI5tExample", "a secret that is no secret", None),
            now: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000),
        };
        scene.written = scene.status(&scene.settled());
        scene
    }

    fn settled(&self) -> Plan {
        self.planned(&self.standing, Presence::Here(&self.own))
    }

    fn fresh(&self) -> Plan {
        self.planned(&Standing::Nothing, Presence::Unknown)
    }

    fn planned(&self, standing: &Standing, own: Presence<&Observed>) -> Plan {
        let account = Account {
            identity: "meta/102290129340398",
            ready: Ok(()),
            capabilities: &META,
            take_over: None,
            deletions: Grant::Granted,
            suspicious: None,
        };
        plan(&Situation {
            subject: Subject {
                key: &self.key,
                uid: "b1946ac9-2d6e-4f0e-8c65-2f3a9e0d1c77",
                installation: "6f1e2b6c-5a0e-4c1a-9a55-0a4d3f6f0b1a",
                created: self.now,
                deleting: None,
                suspended: false,
                standing,
                account: "marketing/shop",
            },
            desired: Ok(&self.desired),
            phone: Some("106540352242922"),
            account: AccountView::Here(account),
            policies: policy::resolve(None, None),
            seen: Seen {
                listed: Some(self.now),
                own,
                adopt: Presence::Absent,
                adopt_owner: None,
                same_text: &[],
                outcome: &[],
                similar: &[],
                older_intents: 0,
                open_intents: 1,
                late: &[],
            },
            peers: &[],
            memory: &Memory::default(),
            times: Times {
                now: self.now,
                settle: SignedDuration::from_secs(60),
                drift: SignedDuration::from_secs(600),
                call: SignedDuration::from_secs(30),
                steady: Timestamp::MIN,
            },
        })
    }

    fn status(&self, plan: &Plan) -> WhatsAppQrCodeStatus {
        status::qr_code(status::QrCode {
            plan,
            previous: &self.written,
            claim: Some(&self.claim),
            own: Presence::Here(&self.own),
            output: Some(None),
            generation: 1,
            now: self.now,
        })
    }

    fn sign<T>(&self, sign: impl Fn(&Call<'_>, &Keys, &Stamp) -> T) -> T {
        let form = [("PhoneNumber", "4930901820".to_owned()), ("PrefilledMessage", TEXT.to_owned())];
        let call = Call {
            host: "cams.ap-southeast-1.aliyuncs.com",
            action: "CreateChatappQrdl",
            version: "2020-06-06",
            query: &[],
            form: &form,
        };
        sign(&call, &self.keys, &Stamp { nonce: "3156853299f313e23d1673dc12e1703d".into(), time: self.now })
    }
}
