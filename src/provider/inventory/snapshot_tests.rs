//! Claims 8 and 9 as tables: what comes in, and what is believed then.

use super::*;

const RULES: Rules =
    Rules { settle: Duration::from_secs(60), drift: Duration::from_secs(600), exact_reads: false };

fn at(seconds: u64) -> Moment {
    Duration::from_secs(seconds)
}

fn whole(keys: impl IntoIterator<Item = u32>) -> Listed<u32, &'static str> {
    let entries: Vec<_> = keys.into_iter().map(|key| (key, "listed")).collect();
    Listed { seen: entries.len(), total: Some(entries.len()), reach: Reach::Whole, entries }
}

/// Knows these keys from a complete list at 0 s.
fn knowing(keys: impl IntoIterator<Item = u32>) -> Snapshot<u32, &'static str> {
    let mut snapshot = Snapshot::new(RULES);
    assert_eq!(snapshot.list(whole(keys), at(0)), Judgement::Complete);
    snapshot
}

/// Writes from 10 s to 20 s.
fn wrote(snapshot: &mut Snapshot<u32, &'static str>, act: Act<u32>, outcome: Outcome<u32, &'static str>) {
    let id = snapshot.begin(act);
    snapshot.finish(id, outcome, at(20));
}

#[test]
fn claim_08_an_own_write_holds_against_lists_that_started_before_it_finished() {
    let create = (Act::Create, Outcome::Exists(9, "ours"));
    let update = (Act::Update(1), Outcome::Exists(1, "ours"));
    let rotate = (Act::Update(1), Outcome::Exists(9, "ours"));
    let delete = (Act::Delete(1), Outcome::Gone(1));
    let refused = (Act::Delete(1), Outcome::Refused);
    let unclear = (Act::Delete(1), Outcome::Unclear);
    let cases = [
        (create.clone(), 15, vec![1], 9, Some("ours"), "the list started before the create finished"),
        (create.clone(), 79, vec![1], 9, Some("ours"), "the list lags behind the answer"),
        (create.clone(), 80, vec![1], 9, Some("ours"), "to the last moment"),
        (create.clone(), 81, vec![1], 9, None, "somebody deleted it since"),
        (create, 81, vec![1, 9], 9, Some("listed"), "the list knows it now"),
        (update.clone(), 15, vec![1], 1, Some("ours"), "the list has the old text"),
        (update.clone(), 81, vec![1], 1, Some("listed"), "somebody changed it back"),
        (update, 15, vec![2], 1, Some("ours"), "not hidden either"),
        (rotate.clone(), 15, vec![1], 9, Some("ours"), "the new code"),
        (rotate, 15, vec![1], 1, Some("listed"), "the old one is for lists to tell"),
        (delete.clone(), 15, vec![1], 1, None, "not resurrected"),
        (delete.clone(), 80, vec![1], 1, None, "nor by a list that lags"),
        (delete, 81, vec![1], 1, Some("listed"), "it is really there again"),
        (refused, 15, vec![1], 1, Some("listed"), "nothing changed"),
        (unclear.clone(), 80, vec![2], 1, Some("listed"), "it may still be executed"),
        (unclear, 81, vec![2], 1, None, "now a list can tell"),
    ];
    for ((act, outcome), started, listed, key, want, reason) in cases {
        let mut snapshot = knowing([1, 2]);
        wrote(&mut snapshot, act, outcome);
        snapshot.list(whole(listed), at(started));
        assert_eq!(snapshot.get(&key).copied(), want, "{reason}");
    }
}

#[test]
fn claim_08_after_an_unclear_write_what_is_shown_is_news() {
    for (begun, started, want, reason) in [
        (Act::Update(1), 15, "before", "the list started while nobody could know"),
        (Act::Update(1), 20, "after", "the list started when the call was over"),
        (Act::Delete(1), 21, "after", "it is there as long as it is shown"),
    ] {
        let mut snapshot = Snapshot::new(RULES);
        snapshot.list(Listed { entries: vec![(1, "before")], ..whole([1]) }, at(0));
        wrote(&mut snapshot, begun.clone(), Outcome::Unclear);
        snapshot.list(Listed { entries: vec![(1, "after")], ..whole([1]) }, at(started));
        assert_eq!(snapshot.get(&1), Some(&want), "{begun:?}: {reason}");
        let mut snapshot = knowing([1]);
        wrote(&mut snapshot, begun, Outcome::Unclear);
        snapshot.read(1, Some("after"), at(started), at(started + 1));
        assert_eq!(*snapshot.get(&1).unwrap() == "after", want == "after", "an exact read: {reason}");
    }
    let mut snapshot = knowing([1]);
    wrote(&mut snapshot, Act::Update(1), Outcome::Unclear);
    let update = snapshot.begin(Act::Update(1));
    snapshot.list(Listed { entries: vec![(1, "after")], ..whole([1]) }, at(30));
    assert_eq!(snapshot.get(&1), Some(&"listed"), "another one is under way");
    snapshot.finish(update, Outcome::Exists(1, "ours"), at(40));
    snapshot.list(Listed { entries: vec![(1, "after")], ..whole([1]) }, at(41));
    assert_eq!(snapshot.get(&1), Some(&"ours"), "an answer is better than a list that lags");
}

#[test]
fn claim_08_no_list_touches_what_is_being_written() {
    let mut snapshot = knowing([1, 2]);
    let update = snapshot.begin(Act::Update(1));
    snapshot.list(whole([2]), at(30));
    assert_eq!(snapshot.get(&1), Some(&"listed"), "a rotation under way hides the old code for a moment");
    assert!(!snapshot.believed_absent(&1));
    snapshot.finish(update, Outcome::Refused, at(40));
    snapshot.list(whole([2]), at(50));
    assert_eq!(snapshot.get(&1), None, "now lists decide again");
    assert!(snapshot.believed_absent(&1));
}

#[test]
fn claim_08_an_older_list_that_arrives_late_says_nothing() {
    let mut snapshot = knowing([1]);
    assert_eq!(snapshot.list(whole([2]), at(50)), Judgement::Complete);
    assert_eq!(snapshot.list(whole([1]), at(40)), Judgement::Outdated);
    assert_eq!((snapshot.get(&1), snapshot.get(&2)), (None, Some(&"listed")));
}

#[test]
fn claim_09_absence_needs_a_complete_list() {
    let full = || whole([2, 3]);
    let twice = Listed { entries: vec![(2, "listed"), (2, "listed")], ..full() };
    let with_viber = Listed { seen: 3, total: Some(3), ..full() };
    for (list, want, reason) in [
        (full(), true, "complete"),
        (Listed { total: None, ..full() }, true, "no total to match"),
        (with_viber, true, "templates of other channels count too"),
        (Listed { total: Some(3), ..full() }, false, "the provider says that there is one more"),
        (Listed { total: Some(1), ..full() }, false, "or one less: something moves"),
        (Listed { reach: Reach::Newest, ..full() }, false, "only the newest"),
        (twice, false, "one came twice, so pages shifted and another did not come"),
    ] {
        let mut snapshot = knowing([1, 2]);
        let judgement = snapshot.list(list, at(100));
        assert_eq!(judgement == Judgement::Complete, want, "{reason}");
        assert_eq!((snapshot.believed_absent(&1), snapshot.complete()), (want, want), "{reason}");
        assert_eq!(snapshot.get(&1).is_none(), want, "{reason}");
    }
    let unlisted = Snapshot::<u32, ()>::new(RULES);
    assert!(!unlisted.believed_absent(&1), "nothing was listed at all");
}

#[test]
fn claim_05_what_a_lagging_list_lacks_may_be_there() {
    let faded =
        |snapshot: &Snapshot<u32, &'static str>| snapshot.faded("listed").copied().collect::<Vec<_>>();
    let mut snapshot = knowing([1, 2]);
    snapshot.list(whole([2]), at(100));
    assert_eq!((faded(&snapshot), snapshot.get(&1)), (vec![1], None), "what is made now is not the one");
    snapshot.list(whole([2]), at(160));
    assert_eq!(faded(&snapshot), [1], "for as long as a list may lag");
    snapshot.list(whole([2]), at(161));
    assert!(faded(&snapshot).is_empty(), "and no longer");
    let mut snapshot = knowing([1]);
    wrote(&mut snapshot, Act::Delete(1), Outcome::Gone(1));
    snapshot.list(whole([]), at(100));
    assert!(faded(&snapshot).is_empty(), "what we deleted is gone");
}

#[test]
fn claim_09_a_delete_of_ours_meanwhile_spoils_a_list() {
    for (outcome, started, want, reason) in [
        (Outcome::Gone(5), 20, false, "it finished after the list started"),
        (Outcome::Gone(5), 21, true, "the list started after it"),
        (Outcome::Refused, 15, true, "it had no effect"),
        (Outcome::Unclear, 80, false, "it may still be executed"),
        (Outcome::Unclear, 81, true, "it is settled"),
    ] {
        let mut snapshot = knowing([1, 2, 5]);
        wrote(&mut snapshot, Act::Delete(5), outcome.clone());
        snapshot.list(whole([2]), at(started));
        assert_eq!(snapshot.believed_absent(&1), want, "{outcome:?}: {reason}");
    }
    let mut snapshot = knowing([1, 2, 5]);
    snapshot.begin(Act::Delete(5));
    assert_eq!(snapshot.list(whole([2]), at(30)), Judgement::Incomplete, "it is still under way");
}

#[test]
fn claim_09_absence_needs_an_exact_read_where_there_is_one() {
    let mut snapshot = Snapshot::new(Rules { exact_reads: true, ..RULES });
    snapshot.list(whole([1, 2]), at(0));
    snapshot.read(1, None, at(5), at(6));
    assert!(!snapshot.believed_absent(&1), "the list had it");
    snapshot.list(whole([2]), at(10));
    assert!(snapshot.believed_absent(&1), "both agree");
    assert!(!snapshot.believed_absent(&3), "nobody read it");
    snapshot.read(1, Some("read"), at(20), at(25));
    assert_eq!((snapshot.get(&1), snapshot.believed_absent(&1)), (Some(&"read"), false));
    snapshot.list(whole([2]), at(22));
    assert_eq!(snapshot.get(&1), Some(&"read"), "the list started before the read ended");
    snapshot.list(whole([2]), at(30));
    assert!(!snapshot.believed_absent(&1), "it was seen since the read that did not find it");
    let update = snapshot.begin(Act::Update(2));
    snapshot.finish(update, Outcome::Exists(2, "ours"), at(40));
    snapshot.read(2, None, at(41), at(42));
    assert!(!snapshot.believed_absent(&2), "an exact read may lag too");
}

#[test]
fn claim_09_the_answer_to_our_own_delete_is_proof() {
    let mut snapshot = Snapshot::<u32, &str>::new(Rules { exact_reads: true, ..RULES });
    wrote(&mut snapshot, Act::Delete(1), Outcome::Gone(1));
    assert!(snapshot.believed_absent(&1));
}

#[test]
fn claim_09_a_great_loss_is_believed_when_lists_agree_or_a_person_does() {
    // Lists of 20 known keys: at a time, up to which key; and whether key 20 is absent then.
    for (lists, want, reason) in [
        (vec![(10, 0)], false, "an empty list"),
        (vec![(10, 9)], false, "eleven are gone"),
        (vec![(10, 10)], true, "ten may go"),
        (vec![(10, 0), (609, 0)], false, "not long enough"),
        (vec![(10, 0), (610, 0)], true, "two lists agree for the drift interval"),
        (vec![(10, 0), (300, 20), (610, 0)], false, "they came back meanwhile"),
        (vec![(10, 0), (300, 5), (610, 5)], false, "the second began another loss"),
        (vec![(10, 0), (300, 5), (900, 5)], true, "which then lasted"),
        (vec![(10, 5), (300, 15)], true, "most came back, the rest is an ordinary loss"),
    ] {
        let mut snapshot = knowing(1..=20);
        for (started, last) in lists {
            let judgement = snapshot.list(whole(1..=last), at(started));
            assert_eq!(judgement == Judgement::Suspicious, snapshot.suspicion().is_some(), "{reason}");
            assert_eq!(judgement == Judgement::Complete, snapshot.complete(), "{reason}");
        }
        assert_eq!(snapshot.believed_absent(&20), want, "{reason}");
        assert_eq!(snapshot.get(&20).is_none(), want, "{reason}");
    }
    let mut snapshot = knowing(1..=20);
    snapshot.list(whole([]), at(10));
    assert!(!snapshot.believed_absent(&99), "nothing at all counts as absent");
    snapshot.confirm();
    assert!(snapshot.believed_absent(&20) && snapshot.is_empty() && snapshot.complete());
}

#[test]
fn claim_09_strangers_do_not_make_a_loss_look_small() {
    let mut snapshot = knowing(1..=20);
    assert_eq!(snapshot.list(whole(1..=9), at(10)), Judgement::Suspicious);
    assert_eq!(snapshot.list(whole((1..=9).chain(100..300)), at(20)), Judgement::Suspicious);
}

#[test]
fn claim_09_what_one_list_shows_is_not_missing_for_the_next() {
    let mut snapshot = knowing(1..=20);
    snapshot.list(whole([1]), at(10));
    let partial = Listed { reach: Reach::Newest, ..whole([20]) };
    assert_eq!(snapshot.list(partial, at(300)), Judgement::Incomplete);
    assert_eq!(snapshot.list(whole([1]), at(610)), Judgement::Suspicious, "they did not agree");
}

#[test]
fn claim_09_a_restart_does_not_make_an_empty_list_true() {
    let mut snapshot = Snapshot::new(RULES);
    snapshot.expect([1, 2]);
    assert_eq!(snapshot.list(whole([]), at(10)), Judgement::Suspicious);
    assert!(!snapshot.believed_absent(&1));
    assert_eq!(snapshot.list(whole([1]), at(20)), Judgement::Complete);
    assert!(snapshot.believed_absent(&2), "one of two may go");
}

#[test]
fn claim_09_what_another_process_made_does_not_make_an_empty_list_true() {
    let mut snapshot = Snapshot::new(RULES);
    assert_eq!(snapshot.list(whole([]), at(10)), Judgement::Complete);
    snapshot.expect([7]);
    assert!(!snapshot.believed_absent(&7), "no list was asked");
    assert_eq!(snapshot.list(whole([]), at(20)), Judgement::Suspicious);
    assert!(!snapshot.believed_absent(&7));
    assert_eq!(snapshot.list(whole([]), at(20) + RULES.drift), Judgement::Complete);
    assert!(snapshot.believed_absent(&7), "lists agreed for long enough");
    wrote(&mut snapshot, Act::Delete(8), Outcome::Gone(8));
    snapshot.expect([8]);
    assert!(snapshot.believed_absent(&8), "our own delete knows better than a claim");
}

#[test]
fn our_own_deletes_are_no_loss() {
    let mut snapshot = knowing(1..=20);
    for key in 1..=20 {
        wrote(&mut snapshot, Act::Delete(key), Outcome::Gone(key));
    }
    assert_eq!(snapshot.list(whole([]), at(90)), Judgement::Complete);
}

#[test]
fn claim_01_a_list_counts_from_when_it_started() {
    let mut snapshot = knowing([1]);
    assert!(!snapshot.needs(at(0), Reach::Whole) && snapshot.needs(at(1), Reach::Newest));
    snapshot.list(Listed { reach: Reach::Newest, ..whole([1]) }, at(50));
    assert!(!snapshot.needs(at(50), Reach::Newest), "enough before a create");
    assert!(snapshot.needs(at(50), Reach::Whole), "and no proof of absence");
    assert_eq!((snapshot.age(at(80)), Snapshot::<u32, ()>::new(RULES).age(at(80))), (Some(at(30)), None));
}

#[test]
fn claim_01_a_page_of_our_own_creates_is_no_known_page() {
    let mut snapshot = knowing([1]);
    wrote(&mut snapshot, Act::Create, Outcome::Exists(9, "ours"));
    assert_eq!(*snapshot.listed(), BTreeSet::from([1]), "a stranger may stand behind ours");
    snapshot.list(Listed { reach: Reach::Newest, ..whole([8, 9]) }, at(30));
    assert_eq!(*snapshot.listed(), BTreeSet::from([1, 8, 9]));
    assert_eq!(snapshot.reach(Reach::Newest), Reach::Newest);
    let first = Snapshot::<u32, ()>::new(RULES);
    assert_eq!(first.reach(Reach::Newest), Reach::Whole, "there is no known page yet");
}

#[test]
fn live_codes_are_found_by_their_exact_text() {
    let code = |key: &str, message: &str| {
        let code = qr_code::Code::parse(key).unwrap();
        let (message, link) = (message.to_owned(), None);
        let (image_url, image_expires, image_format) = (None, None, None);
        let phone = None;
        let observed = qr_code::Observed {
            code: code.clone(),
            phone,
            message,
            link,
            image_url,
            image_expires,
            image_format,
        };
        (code, observed)
    };
    let entries = vec![code("A", "Hi"), code("B", "Hi"), code("C", "Hi ")];
    let mut snapshot = Snapshot::new(RULES);
    snapshot.list(Listed { entries, reach: Reach::Whole, seen: 3, total: None }, at(0));
    let live: Vec<_> = snapshot.live("Hi").map(|code| code.code.as_str()).collect();
    assert_eq!(live, ["A", "B"]);
    let alike = |snapshot: &Snapshot<_, qr_code::Observed>| {
        let alike: Vec<_> = snapshot.alike("hi").map(|code| code.code.as_str().to_owned()).collect();
        alike.join(" ")
    };
    assert_eq!(alike(&snapshot), "A B C", "similar ones");
    let (b, said) = code("B", "Bye");
    let update = snapshot.begin(Act::Update(b.clone()));
    snapshot.finish(update, Outcome::Exists(b.clone(), said), at(10));
    assert_eq!(alike(&snapshot), "A C", "one says something else now");
    let (a, _) = code("A", "");
    let delete = snapshot.begin(Act::Delete(a.clone()));
    snapshot.finish(delete, Outcome::Gone(a), at(10));
    assert_eq!(alike(&snapshot), "C", "one is gone");
    let entries = vec![code("B", "Hi"), code("D", "hi")];
    snapshot.list(Listed { entries, reach: Reach::Whole, seen: 2, total: None }, at(100));
    assert_eq!(alike(&snapshot), "B D", "one came back, one is new, and one is lost");
}

/// So that the tables and properties need no texts.
mod bare {
    use super::Alike;

    impl Alike for () {
        fn likeness(&self) -> String {
            String::new()
        }
    }

    impl Alike for u32 {
        fn likeness(&self) -> String {
            self.to_string()
        }
    }

    impl Alike for &'static str {
        fn likeness(&self) -> String {
            (*self).to_owned()
        }
    }
}
