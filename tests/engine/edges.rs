//! What rarely happens: clocks that jump, lists that lack too much, heirs that do not come, quotas that are shared.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use waops::api::{
    AccountLimits, CONFIRM_ABSENCE_ANNOTATION, Claim, Kind, WhatsAppAccountSpec, WhatsAppQrCodeStatus,
};
use waops::clock::{self, Virtual};
use waops::engine::driver::{Driver, Settings};
use waops::engine::object::{Object, Spec};
use waops::inside::Inside;
use waops::plan::claim::Written;
use waops::plan::facts::{Cause, Key};
use waops::simulator::tenants::{AccessKey, Space};
use waops::simulator::{Scenario, Simulator, sandbox};
use waops::store::memory::{Declared, Memory, Wanted};

use crate::session::{alibaba_spec, secret};
use crate::world::{BEGIN, paused};
use crate::{House, account_key, alibaba_code, declared, meta_code, order, qr_key};

impl House {
    /// Changes an account, as a person does.
    fn account(&self, name: &str, change: impl FnOnce(&mut WhatsAppAccountSpec), confirm: Option<String>) {
        let mut spec = self.store.account(&account_key(name)).unwrap().spec.clone();
        change(&mut spec);
        let declared = declared(Kind::Account, name, Wanted::Account(Box::new(spec)));
        self.store.apply(Declared { confirm_absence: confirm, ..declared }, clock::timestamp());
    }

    fn account_reason(&self, name: &str) -> String {
        let account = self.store.account(&account_key(name)).unwrap();
        account.status.conditions.first().map(|ready| ready.reason.to_string()).unwrap_or_default()
    }

    /// Codes of which somebody deletes all at the provider.
    async fn robbed(name: &str, code: fn(&str) -> Value, drift: &str) -> (Self, Vec<Key>) {
        let house = Self::new().await;
        house.account(name, |spec| spec.drift_check_interval = Some(drift.to_owned()), None);
        let keys: Vec<Key> =
            (0..14).map(|n| house.qr(&format!("poster-{n}"), code(&format!("Hello {n}")))).collect();
        for key in &keys {
            house.reaches(key, "Live").await;
        }
        let phone = if name == "meta" { sandbox::PHONE_NUMBER_ID } else { sandbox::PHONE_NUMBER };
        let gone = json!({"deleteCode": {"provider": name, "phone": phone}});
        house.inside.simulator().change(&serde_json::from_value(gone).unwrap(), clock::timestamp());
        for key in &keys {
            house.reaches(key, "AccountSuspicious").await;
        }
        (house, keys)
    }
}

/// The digits that a message asks to be confirmed.
fn digits(message: &str) -> String {
    let line = format!("{CONFIRM_ABSENCE_ANNOTATION}: \"");
    message.split(&line).nth(1).and_then(|rest| rest.split('"').next()).expect(message).to_owned()
}

#[test]
fn claim_09_a_great_loss_is_believed_once_a_person_confirms_it() {
    for (name, code) in [("meta", meta_code as fn(&str) -> Value), ("alibaba", alibaba_code)] {
        paused(async {
            let (house, keys) = House::robbed(name, code, "6h").await;
            house.minutes(1).await;
            assert_eq!(house.account_reason(name), "AccountSuspicious");
            let message = house.message(&keys[0]);
            assert!(
                message.contains("lacks 14 of 14 codes") && message.contains("agree for 6h"),
                "{message}"
            );
            house.account(name, |_| {}, Some("0badc0de".to_owned()));
            house.minutes(30).await;
            assert_eq!((house.live().len(), house.reason(&keys[0])), (0, "AccountSuspicious".to_owned()));
            house.account(name, |_| {}, Some(digits(&message)));
            house.minutes(10).await;
            for key in &keys {
                assert_eq!(house.reason(key), "Live", "{}", house.message(key));
            }
            assert_eq!(house.live().len(), 14);
            assert_eq!(house.account_reason(name), "Connected");
        });
    }
}

#[test]
fn claim_09_lists_agree_for_the_interval_of_their_account() {
    paused(async {
        let (house, keys) = House::robbed("meta", meta_code, "4h").await;
        // Another account of the same business looks more often.
        let mut spec = house.store.account(&account_key("meta")).unwrap().spec.clone();
        spec.drift_check_interval = Some("5m".to_owned());
        house
            .store
            .apply(declared(Kind::Account, "busy", Wanted::Account(Box::new(spec))), clock::timestamp());
        let mut code = meta_code("Hello from the other");
        code["accountRef"] = json!({"name": "busy"});
        house.qr("busy", code);
        house.hours(3).await;
        assert_eq!((house.live().len(), house.reason(&keys[0])), (0, "AccountSuspicious".to_owned()));
        house.hours(6).await;
        assert_eq!((house.live().len(), house.reason(&keys[0])), (15, "Live".to_owned()));
    });
}

#[test]
fn claim_09_what_another_process_made_counts_as_known_to_the_next_list() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", alibaba_code("Hello"));
        house.reaches(&key, "Live").await;
        let ours = house.object(&key);
        house.store.delete(&key, Cause::Person, clock::timestamp());
        house.gone(&key).await;
        house.minutes(30).await;
        // As another process has written it; the lists, which were empty before, lack its code.
        let mut theirs = Object::clone(&ours);
        let claim = theirs.annotation.says().unwrap();
        let claim = Claim { code: Some("YABTHEIRS".to_owned()), ..Claim::clone(claim) };
        theirs.annotation = Written::Says(Arc::new(claim));
        if let Spec::QrCode(_, status) = &mut theirs.spec {
            **status = WhatsAppQrCodeStatus::default();
        }
        house.store.restore(&theirs, clock::timestamp());
        house.reaches(&key, "AccountSuspicious").await;
        let message = house.message(&key);
        assert!(message.contains("lacks 1 of 1 codes") && message.contains("YABTHEIRS"), "{message}");
        assert!(house.live().is_empty(), "nothing is made beside what may well be there");
        house.reaches(&key, "Live").await;
        assert_eq!(house.live().len(), 1, "lists agreed for long enough");
    });
}

#[test]
fn claim_09_one_list_after_a_refused_delete_proves_nothing() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", alibaba_code("Hello"));
        house.reaches(&key, "Live").await;
        for (operation, fault) in [
            ("DeletePhoneMessageQrdl", json!("permissionWithdrawn")),
            ("ListPhoneMessageQrdl", json!({"partialList": {"keep": 0}})),
        ] {
            let rule = json!({"operation": operation, "fault": fault, "times": 1});
            house.fault(rule);
        }
        house.store.delete(&key, Cause::Person, clock::timestamp());
        house.gone(&key).await;
        assert_eq!(house.live(), [], "it was let go while its code lives");
        assert_eq!(house.calls("DeletePhoneMessageQrdl"), 2, "refused, and made again");
    });
}

#[test]
fn claim_20_a_confirmation_that_is_taken_back_stops_what_was_not_sent_yet() {
    paused(async {
        let house = House::new().await;
        let keys: Vec<Key> =
            (0..40).map(|n| house.qr(&format!("poster-{n}"), alibaba_code(&format!("Hello {n}")))).collect();
        for key in &keys {
            house.reaches(key, "Live").await;
        }
        for key in &keys {
            house.store.delete(key, Cause::Person, clock::timestamp());
        }
        house.reaches(&keys[0], "DeletionHeld").await;
        let confirm = |up_to: Option<i32>| {
            let confirmed = up_to.map(|up_to| waops::api::ConfirmDeletions { up_to });
            house.account("alibaba", |spec| spec.confirm_deletions = confirmed, None);
        };
        confirm(Some(40));
        while house.live().len() > 35 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        confirm(None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let left = house.live().len();
        assert!(left > 20, "{left} of 40 are left a minute later");
    });
}

#[test]
fn claim_20_what_went_by_another_account_of_the_same_provider_counts() {
    paused(async {
        let house = House::new().await;
        let spec = house.store.account(&account_key("meta")).unwrap().spec.clone();
        let branch = declared(Kind::Account, "branch", Wanted::Account(Box::new(spec)));
        house.store.apply(branch, clock::timestamp());
        let code = |account: &str, n: i32| {
            let mut code = meta_code(&format!("Hello {n} from {account}"));
            code["accountRef"] = json!({"name": account});
            house.qr(&format!("{account}-{n}"), code)
        };
        let [main, branch] =
            ["meta", "branch"].map(|account| (0..10).map(|n| code(account, n)).collect::<Vec<Key>>());
        for key in main.iter().chain(&branch) {
            house.reaches(key, "Live").await;
        }
        for key in &main {
            house.store.delete(key, Cause::Person, clock::timestamp());
        }
        for key in &main {
            house.gone(key).await;
        }
        for key in &branch {
            house.store.delete(key, Cause::Person, clock::timestamp());
        }
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(house.reason(&branch[0]), "DeletionHeld", "{}", house.message(&branch[0]));
        assert!(house.message(&branch[0]).contains("upTo: 20"), "{}", house.message(&branch[0]));
        assert_eq!(house.live().len(), 10, "twenty within ten minutes are more than ten");
        let confirmed = Some(waops::api::ConfirmDeletions { up_to: 20 });
        house.account("branch", |spec| spec.confirm_deletions = confirmed, None);
        for key in &branch {
            house.gone(key).await;
        }
    });
}

#[test]
fn claim_07_what_one_has_inherited_another_does_not_inherit_for_its_new_text() {
    paused(async {
        let house = House::new().await;
        let old = house.qr("poster", meta_code("Hello"));
        house.reaches(&old, "Live").await;
        let code = house.code(&old);
        house.store.delete(&old, Cause::Person, clock::timestamp());
        let heir = house.qr("flyer", meta_code("Hello"));
        // At Meta a change of text keeps the code, so this one could have it as well.
        house.qr("poster", meta_code("Hello you"));
        let other = house.qr("banner", meta_code("Hello you"));
        for key in [&heir, &other] {
            house.reaches(key, "Live").await;
        }
        house.gone(&old).await;
        let claims = |key: &Key| house.object(key).annotation.says().map_or(0, |claim| claim.n);
        assert_eq!((house.code(&heir), claims(&heir)), (code, 1), "who wants what it says has it");
        assert_eq!(claims(&other), 1, "made once, and never inherited");
        assert_eq!(house.live().len(), 2);
    });
}

#[test]
fn claim_15_copies_of_one_that_is_gone_claim_nothing() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", meta_code("Hello"));
        house.reaches(&key, "Live").await;
        house.minutes(5).await;
        let copies = ["flyer", "banner"].map(|name| {
            let mut copy = Object::clone(&house.object(&key));
            copy.key = qr_key(name);
            house.store.restore(&copy, clock::timestamp());
            copy.key
        });
        for copy in &copies {
            house.reaches(copy, "Copied").await;
        }
        house.store.delete(&key, Cause::Namespace, clock::timestamp());
        house.gone(&key).await;
        let reasons = || BTreeSet::from(copies.each_ref().map(|copy| house.reason(copy)));
        let asked = BTreeSet::from(["AdoptionNeeded", "Taken"].map(str::to_owned));
        house.until("one is asked, and the other waits for it", || reasons() == asked).await;
        assert_eq!(house.live().len(), 1, "the code that is there is asked about, and no second one made");
    });
}

#[test]
fn claim_15_what_another_inherited_does_not_come_back_with_a_manifest_that_names_no_account() {
    paused(async {
        let house = House::new().await;
        let poster = house.qr("poster", meta_code("Hello"));
        house.reaches(&poster, "Live").await;
        house.minutes(5).await;
        let backup = house.object(&poster).annotation.clone();
        house.store.delete(&poster, Cause::Person, clock::timestamp());
        let flyer = house.qr("flyer", meta_code("Hello"));
        house.gone(&poster).await;
        let wanted = Wanted::Garbled("it has no account".to_owned());
        let restored = Declared { claim: Some(backup), ..declared(Kind::QrCode, "poster", wanted) };
        house.store.apply(restored, clock::timestamp());
        house.reaches(&poster, "Invalid").await;
        let code = |key: &Key| house.object(key).annotation.says().and_then(|claim| claim.code.clone());
        assert_eq!(code(&poster), None, "{:?}", house.object(&poster).annotation);
        house.store.delete(&poster, Cause::Person, clock::timestamp());
        house.gone(&poster).await;
        assert_eq!(house.live().len(), 1, "the code of another died");
        assert!(code(&flyer).is_some());
    });
}

#[test]
fn claim_16_a_template_that_is_renamed_in_its_manifest_is_not_taken_for_the_new_one() {
    paused(async {
        let house = House::new().await;
        let key = house.template("order", order("meta", "order", "en_US"));
        house.reaches(&key, "Approved").await;
        for (name, language) in [("order_v2", "en_US"), ("order", "es")] {
            house.template("order", order("meta", name, language));
            house.reaches(&key, "AccountChanged").await;
            let message = house.message(&key);
            let both = format!("it has the template order/en_US, and this is {name}/{language}");
            assert!(message.contains(&both), "{message}");
            house.template("order", order("meta", "order", "en_US"));
            house.reaches(&key, "Approved").await;
        }
        assert_eq!(house.calls("POST message_templates"), 1, "nothing else was made");
        house.store.delete(&key, Cause::Person, clock::timestamp());
        house.gone(&key).await;
    });
}

#[test]
fn claim_21_a_template_goes_whatever_its_manifest_says_by_then() {
    for account in ["meta", "alibaba"] {
        paused(async {
            let house = House::new().await;
            let mut spec = order(account, "order", "en_US");
            let key = house.template("order", spec.clone());
            house.reaches(&key, "Approved").await;
            // As after an update of waops, whose rules forbid what those before allowed.
            spec["components"]["header"] = json!({"format": "PRODUCT"});
            house.template("order", spec);
            house.reaches(&key, "Invalid").await;
            house.store.delete(&key, Cause::Person, clock::timestamp());
            house.gone(&key).await;
            let journal = house.inside.simulator().journal(0);
            let deletes = journal.iter().filter(|entry| entry.operation.to_lowercase().contains("delete"));
            assert_eq!(deletes.count(), 1, "it was left behind at {account}");
        });
    }
}

#[test]
fn claim_07_a_template_is_inherited_from_a_manifest_that_nobody_understands() {
    for account in ["meta", "alibaba"] {
        paused(async {
            let house = House::new().await;
            let good = order(account, "order", "en_US");
            let old = house.template("old", good.clone());
            house.reaches(&old, "Approved").await;
            let mut bad = good.clone();
            bad["components"]["header"] = json!({"format": "PRODUCT"});
            house.template("old", bad);
            house.reaches(&old, "Invalid").await;
            // Mended in a file of another name: it is applied first, and what it replaces is pruned a little later.
            let heir = house.template("new", good);
            house.reaches(&heir, "Taken").await;
            house.minutes(1).await;
            house.store.delete(&old, Cause::Person, clock::timestamp());
            house.gone(&old).await;
            house.reaches(&heir, "Approved").await;
            let journal = house.inside.simulator().journal(0);
            let deletes = journal.iter().filter(|entry| entry.operation.to_lowercase().contains("delete"));
            assert_eq!(deletes.count(), 0, "its name is locked at {account} for weeks");
        });
    }
}

/// The wall clock is set, and somebody looks at once.
async fn set(house: &House, wall: &Virtual, key: &Key, hours: i64) {
    wall.jump(SignedDuration::from_hours(hours));
    house.voice.say(waops::engine::runner::Word::Look(key.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[test]
fn claim_05_a_clock_set_forward_gives_a_provider_no_less_time() {
    paused(async {
        let house = House::new().await;
        let wall = Virtual::start(BEGIN);
        let rule = json!({"operation": "POST message_qrdls", "fault": "timeoutAfter", "times": 1});
        house.fault(rule);
        let key = house.qr("poster", meta_code("Hello"));
        tokio::time::sleep(Duration::from_secs(5)).await;
        set(&house, &wall, &key, 1).await;
        house.reaches(&key, "Resolving").await;
        let lists = || {
            let journal = house.inside.simulator().journal(0);
            journal.iter().filter(|entry| entry.operation == "GET message_qrdls").count()
        };
        let before = lists();
        for _ in 0..5 {
            house.voice.say(waops::engine::runner::Word::Look(key.clone()));
            tokio::time::sleep(Duration::from_secs(8)).await;
        }
        assert_eq!((lists(), house.reason(&key)), (before, "Resolving".to_owned()), "asked before its time");
        house.hours(1).await;
        assert_eq!(
            (house.live().len(), house.reason(&key)),
            (1, "Live".to_owned()),
            "{}",
            house.message(&key)
        );
    });
}

#[test]
fn claim_05_what_cannot_be_ones_own_is_left_to_who_can_have_made_it() {
    paused(async {
        let house = House::new().await;
        let rule = json!({"operation": "POST message_qrdls", "fault": "lostResponse", "times": 2});
        house.fault(rule);
        let one_of_two = |suspend: bool| {
            let rest = json!({"duplicates": "Allow", "policies": {"adoption": "Never"}, "suspend": suspend});
            let mut spec = meta_code("Hello");
            spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            spec
        };
        let first = house.qr("poster", one_of_two(false));
        house.reaches(&first, "Resolving").await;
        // It keeps its open call, and the code of it was there before the call of the other.
        house.qr("poster", one_of_two(true));
        house.reaches(&first, "Suspended").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let second = house.qr("flyer", one_of_two(false));
        house.reaches(&second, "Live").await;
        house.qr("poster", one_of_two(false));
        house.reaches(&first, "Live").await;
        assert_eq!(house.calls("POST message_qrdls"), 2, "each was made once");
        assert_ne!(house.code(&first), house.code(&second));
    });
}

#[test]
fn claim_05_what_a_lagging_list_lacked_was_there_before() {
    paused(async {
        let house = House::new().await;
        let flyer = house.qr("flyer", meta_code("Old"));
        house.reaches(&flyer, "Live").await;
        house.change(json!({"addCode": {"provider": "meta", "phone": sandbox::PHONE_NUMBER_ID,
            "message": "Hello", "code": "FOREIGN0000001"}}));
        // Its list shows what somebody else has just made; the next one lags.
        let banner = house.qr("banner", meta_code("New"));
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(house.reason(&banner), "Live");
        for rule in [
            json!({"operation": "GET message_qrdls", "fault": {"staleList": {"ms": 30_000}}, "times": 1}),
            json!({"operation": "POST message_qrdls", "fault": "timeoutBefore", "times": 1}),
        ] {
            house.fault(rule);
        }
        let mut spec = meta_code("Hello");
        spec["policies"] = json!({"adoption": "Never"});
        let poster = house.qr("poster", spec);
        house.reaches(&poster, "Resolving").await;
        house.reaches(&poster, "Live").await;
        assert_ne!(
            house.code(&poster).as_deref(),
            Some("FOREIGN0000001"),
            "somebody else's was taken for ours"
        );
    });
}

#[test]
fn claim_11_what_was_replaced_is_its_owners_until_it_is_deleted() {
    paused(async {
        let house = House::new().await;
        let flyer = house.qr("flyer", alibaba_code("Hello"));
        house.reaches(&flyer, "Live").await;
        let before = house.code(&flyer);
        for rule in [
            json!({"operation": "UpdatePhoneMessageQrdl", "fault": "oldCodeStays", "times": 1}),
            json!({"operation": "DeletePhoneMessageQrdl", "fault": "timeoutBefore", "times": 1}),
        ] {
            house.fault(rule);
        }
        house.approved("flyer", alibaba_code("Hello you")).await;
        house.until("the old one is being deleted", || house.calls("DeletePhoneMessageQrdl") == 1).await;
        let poster = house.qr("poster", alibaba_code("Hello"));
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(house.reason(&poster), "Live", "nobody is asked to take over what dies any moment");
        assert_ne!(house.code(&poster), before);
        house.reaches(&flyer, "Live").await;
        house.until("the old one is gone", || house.live().len() == 2).await;
    });
}

#[test]
fn claim_11_what_was_there_before_a_change_did_not_come_of_it() {
    paused(async {
        let house = House::new().await;
        let flyer = house.qr("flyer", alibaba_code("Hello"));
        house.reaches(&flyer, "Live").await;
        let rule = json!({"operation": "UpdatePhoneMessageQrdl", "fault": "timeoutBefore", "times": 1});
        house.fault(rule);
        // After the last list, and before the change.
        house.change(json!({"addCode": {"provider": "alibaba", "phone": sandbox::PHONE_NUMBER,
            "message": "Hello you", "code": "FOREIGN0000001"}}));
        house.approved("flyer", alibaba_code("Hello you")).await;
        house.reaches(&flyer, "Resolving").await;
        house.reaches(&flyer, "Live").await;
        assert_ne!(
            house.code(&flyer).as_deref(),
            Some("FOREIGN0000001"),
            "somebody else's was taken for ours"
        );
    });
}

#[test]
fn claim_05_a_clock_set_back_makes_nobody_wait_for_it() {
    paused(async {
        // The clock of the providers' limits is not ours to set.
        let mut scenario = Scenario::default();
        scenario.settings.limits = false;
        let house = House::with(Memory::new("here"), Inside::new(Simulator::new(scenario))).await;
        let wall = Virtual::start(BEGIN);
        let rule = json!({"operation": "POST message_qrdls", "fault": "lostResponse", "times": 1});
        house.fault(rule);
        let unclear = house.qr("poster", meta_code("Hello"));
        let rule = json!({"operation": "CreatePhoneMessageQrdl", "fault": {"serverError": {"status": 503}}, "times": 8});
        house.fault(rule);
        let failing = house.qr("flyer", alibaba_code("Hello"));
        house.reaches(&unclear, "Resolving").await;
        wall.jump(SignedDuration::from_hours(-24 * 365));
        house.minutes(30).await;
        for key in [&unclear, &failing] {
            assert_eq!(house.reason(key), "Live", "{}", house.message(key));
        }
        assert_eq!(house.live().len(), 2);
        house.store.delete(&unclear, Cause::Person, clock::timestamp());
        house.minutes(1).await;
        wall.jump(SignedDuration::from_hours(-24 * 365));
        house.minutes(15).await;
        assert!(house.store.object(&unclear).is_none(), "{}", house.message(&unclear));
    });
}

#[test]
fn claim_09_a_clock_set_back_delays_no_second_list() {
    paused(async {
        // The clock of the providers' limits is not ours to set.
        let mut scenario = Scenario::default();
        scenario.settings.limits = false;
        let house = House::with(Memory::new("here"), Inside::new(Simulator::new(scenario))).await;
        let wall = Virtual::start(BEGIN);
        let keys =
            ["poster", "flyer"].map(|name| house.qr(name, alibaba_code(&format!("Hello from the {name}"))));
        for key in &keys {
            house.reaches(key, "Live").await;
        }
        let [key, _] = keys;
        let code = house.code(&key).unwrap();
        let gone = json!({"provider": "alibaba", "phone": sandbox::PHONE_NUMBER, "code": code});
        house.change(json!({"deleteCode": gone}));
        for _ in 0..3600 {
            if house.reason(&key) == "Missing" {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(house.reason(&key), "Missing", "{}", house.message(&key));
        wall.jump(SignedDuration::from_hours(-24 * 365));
        house.minutes(30).await;
        assert_eq!(house.reason(&key), "Live", "{}", house.message(&key));
        assert_ne!(house.code(&key), Some(code));
    });
}

#[test]
fn claim_09_a_list_is_as_old_as_it_is_whatever_the_clock_says() {
    paused(async {
        let house = House::new().await;
        let wall = Virtual::start(BEGIN);
        let key = house.qr("poster", meta_code("Hello"));
        house.qr("other", meta_code("Hello too"));
        house.reaches(&key, "Live").await;
        house.minutes(5).await;
        let code = house.code(&key).unwrap();
        let phone = sandbox::PHONE_NUMBER_ID;
        // Set back by a day, the last list would look new for a day.
        set(&house, &wall, &key, -24).await;
        house.change(json!({"deleteCode": {"provider": "meta", "phone": phone, "code": code}}));
        house.minutes(25).await;
        assert_ne!(house.code(&key), Some(code), "{}", house.message(&key));
        assert_eq!(house.reason(&key), "Live");
    });
}

#[test]
fn claim_07_a_delete_waits_for_its_heir_and_not_for_ever() {
    paused(async {
        let house = House::new().await;
        let old = house.qr("poster", meta_code("Hello"));
        house.reaches(&old, "Live").await;
        let mut held = meta_code("Hello");
        held["suspend"] = json!(true);
        house.qr("flyer", held);
        house.store.delete(&old, Cause::Person, clock::timestamp());
        house.reaches(&old, "DeletionBlocked").await;
        let message = house.message(&old);
        assert!(message.contains("shop/flyer") && message.contains("see what holds that one"), "{message}");
        house.hours(24).await;
        assert_eq!(house.live().len(), 1, "a printed code does not die for that");
        house.qr("flyer", meta_code("Hello"));
        house.gone(&old).await;
        house.reaches(&qr_key("flyer"), "Live").await;
        assert_eq!(house.live().len(), 1);
    });
}

#[test]
fn who_is_held_still_stays_as_it_was() {
    paused(async {
        let house = House::new().await;
        let key = house.qr("poster", meta_code("Hello"));
        house.reaches(&key, "Live").await;
        let mut held = meta_code("Hello");
        held["suspend"] = json!(true);
        house.qr("poster", held.clone());
        house.reaches(&key, "Suspended").await;
        let said = house.message(&key);
        assert!(said.starts_with("Ready=True Suspended") && !said.contains("Stalled"), "{said}");
        held["prefilledMessage"] = json!("Hello you");
        house.qr("poster", held);
        house.minutes(1).await;
        let said = house.message(&key);
        assert!(said.starts_with("Ready=False Suspended") && !said.contains("Stalled"), "{said}");
        house.qr("poster", meta_code("Hello you"));
        house.reaches(&key, "Live").await;
        house.account("meta", |spec| spec.suspend = Some(true), None);
        house.reaches(&key, "Suspended").await;
        assert!(house.message(&key).starts_with("Ready=True Suspended"), "{}", house.message(&key));
    });
}

#[test]
fn accounts_of_one_owner_spend_one_quota() {
    paused(async {
        // Two customers of one Alibaba Cloud account, each with a key of its own.
        let mut scenario = Scenario::default();
        let owner = &mut scenario.alibaba[0];
        owner.spaces.push(Space { id: "cams-other".to_owned(), phones: vec!["4930901821".to_owned()] });
        owner.keys.push(AccessKey { id: "LTAI5tOther".to_owned(), ..owner.keys[0].clone() });
        let house = House::with(Memory::new("here"), Inside::new(Simulator::new(scenario))).await;
        let mut spec = alibaba_spec();
        let alibaba = spec.alibaba.as_mut().unwrap();
        alibaba.cust_space_id = Some("cams-other".to_owned());
        alibaba.credentials.secret_ref.as_mut().unwrap().name = "other".to_owned();
        let keys = [("accessKeyId", "LTAI5tOther"), ("accessKeySecret", sandbox::ACCESS_KEY_SECRET)];
        house.store.set_secret("shop", "other", Some(secret(&keys)));
        house
            .store
            .apply(declared(Kind::Account, "other", Wanted::Account(Box::new(spec))), clock::timestamp());
        let mut all = Vec::new();
        for number in 0..60 {
            all.push(house.qr(&format!("own-{number}"), alibaba_code(&format!("Hello {number}"))));
            let mut code = alibaba_code(&format!("Hello {number}"));
            code["accountRef"] = json!({"name": "other"});
            code["phoneNumber"] = json!("+4930901821");
            all.push(house.qr(&format!("other-{number}"), code));
        }
        for key in &all {
            house.reaches(key, "Live").await;
        }
        let journal = house.inside.simulator().journal(0);
        let refused: Vec<_> = journal.iter().filter(|entry| entry.answer.contains("Throttl")).collect();
        assert!(refused.is_empty(), "the quota of the owner was overdrawn: {refused:?}");
    });
}

#[test]
fn templates_that_wait_for_their_quota_keep_no_code_waiting() {
    paused(async {
        let house = House::new().await;
        let one = |number: u32| {
            house.template(&format!("order-{number}"), order("meta", &format!("order_{number}"), "en_US"))
        };
        let all: Vec<Key> = (0..200).map(one).collect();
        house.minutes(5).await;
        let submitted = || house.calls("POST message_templates");
        assert!((50..200).contains(&submitted()), "the quota of an hour: {}", submitted());
        let code = house.qr("poster", meta_code("Hello"));
        house.minutes(2).await;
        assert_eq!(house.reason(&code), "Live", "{}", house.message(&code));
        assert!(submitted() < 200);
        for key in &all {
            house.reaches(key, "Approved").await;
        }
    });
}

#[test]
fn a_call_that_is_refused_again_and_again_is_tried_ever_more_rarely_although_lists_succeed() {
    paused(async {
        let house = House::new().await;
        let rule = json!({"operation": "POST message_qrdls", "fault": "permissionWithdrawn"});
        house.fault(rule);
        let key = house.qr("poster", meta_code("Hello"));
        house.reaches(&key, "ProviderSaysWait").await;
        house.minutes(12 * 60).await;
        let tried = house.calls("POST message_qrdls");
        // After five minutes, ten, twenty, forty, and then every hour.
        assert!((10..=16).contains(&tried), "{tried} calls in twelve hours");
        assert!(house.calls("GET message_qrdls") >= tried, "each after a fresh list");
    });
}

#[test]
fn claim_01_a_permit_that_was_long_in_coming_is_spent_on_a_young_list() {
    paused(async {
        let house = House::new().await;
        let one = AccountLimits { requests_per_second: Some(1), ..AccountLimits::default() };
        house.account("alibaba", |spec| spec.limits = Some(one), None);
        house.minutes(1).await;
        let name = |number: usize| format!("order_{number}");
        let template = |number: usize| {
            house.template(&format!("order-{number}"), order("alibaba", &name(number), "en_US"))
        };
        let keys: Vec<Key> = (0..100).map(template).collect();
        for key in &keys {
            house.until("it is submitted", || matches!(&*house.reason(key), "InReview" | "Approved")).await;
        }
        let journal = house.inside.simulator().journal(0);
        let (mut listed, mut lists, mut oldest) = (0, 0, 0);
        for entry in &journal {
            let is_first_page =
                entry.query.iter().any(|(_, value)| value.contains("\"Index\":1,\"Size\":100"));
            if entry.operation == "ListChatappTemplate" && is_first_page {
                (listed, lists) = (entry.at.0, lists + 1);
            } else if entry.operation == "CreateChatappTemplate" {
                oldest = oldest.max(entry.at.0 - listed);
            }
        }
        assert!(oldest < 40_000, "a create went out on a list of {oldest} ms");
        assert!(lists < 20, "{lists} lists, where several creates can share one");
    });
}

#[test]
fn what_changed_in_the_store_since_everything_was_read_is_read_the_next_time() {
    paused(async {
        let house = House::new().await;
        let store = Arc::new(house.store.clone());
        let driver = Driver::new(store, crate::ways(&house.inside), Settings::default());
        let before = driver.load().await.unwrap();
        assert_eq!(driver.load().await.unwrap(), before);
        let key = house.qr("poster", meta_code("Hello"));
        assert!(driver.load().await.unwrap().contains(&key), "nobody told of it");
        house.store.delete(&key, Cause::Person, clock::timestamp());
        house.gone(&key).await;
        assert!(!driver.load().await.unwrap().contains(&key), "nor that it went");
    });
}
