//! Who is kept, and how.

use serde_json::json;

use super::*;
use crate::api::{Claim, Kind, WhatsAppQrCodeStatus};
use crate::engine::object::{Meta, Spec};
use crate::plan::claim::Written;

fn object(name: &str, version: &str) -> Event {
    let claim = Claim {
        installation: "us".into(),
        uid: name.into(),
        account: "shop/account".into(),
        identity: "meta/1".into(),
        phone: Some("phone".into()),
        ..Claim::default()
    };
    let spec =
        json!({"accountRef": {"name": "account"}, "phoneNumber": "+4930901820", "prefilledMessage": name});
    let ready = json!({
        "type": "Ready", "status": "True", "reason": "Live", "message": "the code is live",
        "lastTransitionTime": "2026-05-01T10:00:00Z",
    });
    let status = WhatsAppQrCodeStatus {
        conditions: vec![serde_json::from_value(ready).unwrap()],
        claim: Some(Arc::new(claim.clone())),
        ..Default::default()
    };
    Event::Object(Box::new(Object {
        key: Key::new(Kind::QrCode, "shop", name),
        meta: Meta {
            uid: name.into(),
            version: version.into(),
            generation: 1,
            created: Timestamp::UNIX_EPOCH,
            deleting: None,
            held: true,
            asked: None,
        },
        spec: Spec::QrCode(Box::new(serde_json::from_value(spec).unwrap()), Box::new(status)),
        annotation: Written::Says(Arc::new(claim)),
    }))
}

#[test]
fn objects_share_their_words() {
    let mut world = World::default();
    for (name, version) in [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")] {
        world.observe(object(name, version));
    }
    let entries: Vec<&Entry> = world.objects().map(|(_, entry)| entry).collect();
    let words = |entry: &Entry| {
        let claim = entry.claim().unwrap();
        let [ready] = entry.object.conditions() else { panic!("one condition") };
        let in_condition = [&ready.type_, &ready.status, &ready.reason, &ready.message];
        let in_claim = [&claim.installation, &claim.account, &claim.identity, claim.phone.as_ref().unwrap()];
        [in_condition, in_claim].map(|words| words.map(|word| word.as_ptr()))
    };
    assert_eq!(words(entries[0]), words(entries[1]));
    for entry in entries {
        assert_eq!(entry.object.meta.uid.as_ptr(), entry.claim().unwrap().uid.as_ptr());
        assert_eq!(entry.claims().map(Arc::as_ptr).collect::<BTreeSet<_>>().len(), 1, "one claim, not two");
    }
}
