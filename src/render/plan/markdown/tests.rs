use std::sync::Arc;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;
use crate::api::{Claim, Kind};
use crate::plan::facts::Key;
use crate::plan::reason::Reason;
use crate::plan::step::{Call, Note, Plan, Step};

fn planned(name: &str, plan: Plan) -> Planned {
    let key = Key::new(Kind::QrCode, "marketing", name);
    Planned { key, place: Some(format!("{name}.yaml:3:1")), plan, existed: true, verified: true }
}

/// A printed code that would die, and waits for leave.
fn deadly(name: &str, code: &str) -> Planned {
    let step = Step::Blocked { how: vec![format!("approve: {code}@3f2a9c1d")] };
    let mut plan = Plan::new(step, Reason::ApprovalNeeded, "the new message would kill it");
    plan.consequences.push(Consequence::KillsPrintedCode(code.into()));
    plan.differences.push(difference_of("prefilledMessage", "Menu", "The menu"));
    planned(name, plan)
}

fn made(name: &str, text: &str) -> Planned {
    let call = Step::Call { call: Call::Create, claim: Arc::new(Claim::default()) };
    let mut plan = Plan::new(call, Reason::Creating, "a code is made");
    plan.differences.push(Difference { field: "prefilledMessage".into(), from: None, to: Some(text.into()) });
    Planned { existed: false, ..planned(name, plan) }
}

fn difference_of(field: &str, from: &str, to: &str) -> Difference {
    Difference { field: field.into(), from: Some(from.into()), to: Some(to.into()) }
}

fn page(objects: &[Planned], limit: usize) -> Page {
    markdown(objects, &[], &Setting::default(), &Comment { id: "default", limit })
}

#[test]
fn a_comment_says_first_what_it_costs_and_then_what_to_do() {
    let mut edit = planned("order", Plan::new(Step::Nothing, Reason::Live, ""));
    edit.plan.step = Step::Call { call: Call::Update("7".into()), claim: Arc::default() };
    edit.plan.reason = Reason::Updating;
    edit.plan.consequences = vec![
        Consequence::ReentersReview,
        Consequence::SpendsEdit { used: 3, of: 10 },
        Consequence::LocksName { until: "2026-05-12T10:00:00Z".parse().unwrap() },
    ];
    let quiet = planned("door", Plan::new(Step::Nothing, Reason::Live, "it is live"));
    let text = page(&[quiet, edit, made("poster", "Hi!\nYou"), deadly("menu", "D9II3ABC")], GITHUB).text;
    let want = r"<!-- waops:plan:default -->
### waops plan

**1 to create, 1 to change, 1 blocked, 1 unchanged.**

#### What it costs

- <code>WhatsAppQrCode marketing/menu</code> (blocked, a change waits for your approval (ApprovalNeeded)): <b>kills the printed code D9II3ABC: whatever carries it stops working</b>
- <code>WhatsAppQrCode marketing/order</code> (change): <b>re-enters review: it cannot be sent until it is approved again</b>; <b>uses edit 3 of 10</b>; <b>the name is locked until 12 May 2026</b>

#### What you decide

<code>WhatsAppQrCode marketing/menu</code> in <code>menu.yaml&#58;3&#58;1</code>: to go on, add this line

```yaml
approve: D9II3ABC@3f2a9c1d
```


| | object | what happens | what it costs |
|---|---|---|---|
";
    assert!(text.starts_with(want), "{text}");
    let diff = "```diff\n  prefilledMessage\n+ Hi!\n+ You\n```";
    assert!(text.contains(diff), "{text}");
    assert!(!text.contains("marketing/door"), "what stays as it is, is counted");
}

#[test]
fn no_line_is_to_go_into_a_file_that_is_rendered_anew() {
    let menu = deadly("menu", "D9II3ABC");
    let setting = Setting { rendered: [menu.key.clone()].into(), ..Setting::default() };
    let comment = Comment { id: "default", limit: GITHUB };
    let text = markdown(&[menu, deadly("door", "D7AA1XYZ")], &[], &setting, &comment).text;
    for want in [
        "<code>menu.yaml&#58;3&#58;1</code>: to go on, add this line to what that file is rendered from",
        "<code>door.yaml&#58;3&#58;1</code>: to go on, add this line\n",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[test]
fn warnings_leave_room_for_what_they_warn_of() {
    let warnings = (0..12).map(|n| format!("{n}: {}", r#"{"a":"b"}"#.repeat(100))).collect();
    let setting = Setting { warnings, ..Setting::default() };
    for limit in [LEAST, 8_000, GITHUB] {
        let comment = Comment { id: "default", limit };
        let Page { text, lost } = markdown(&[deadly("menu", "D9II3ABC")], &[], &setting, &comment);
        assert!(text.len() <= limit, "{} of {limit}: {text}", text.len());
        assert_eq!(lost, 0, "{limit}: {text}");
        for want in ["approve: D9II3ABC@3f2a9c1d\n", "more warnings"] {
            assert!(text.contains(want), "{limit}: {want}: {text}");
        }
    }
}

#[test]
fn the_same_plan_makes_the_same_comment_in_any_order() {
    let objects = [deadly("b", "B"), made("a", "x"), made("c", "y"), deadly("a2", "A")];
    let reversed: Vec<Planned> = objects.iter().rev().cloned().collect();
    assert_eq!(page(&objects, GITHUB), page(&reversed, GITHUB));
}

#[test]
fn a_huge_plan_is_cut_and_never_where_it_is_dangerous() {
    let text = "x".repeat(1_500);
    let mut objects: Vec<Planned> = (0..2_000).map(|n| made(&format!("code-{n}"), &text)).collect();
    objects.extend((0..100).map(|n| deadly(&format!("zz-{n}"), &format!("CODE{n}"))));
    for limit in [30_000, GITHUB, GITLAB] {
        let page = page(&objects, limit);
        assert!(page.text.len() <= limit, "{} of {limit}", page.text.len());
        assert_eq!(page.lost, 0);
        for n in 0..100 {
            assert!(page.text.contains(&format!("approve: CODE{n}@3f2a9c1d\n")), "{limit}: CODE{n}");
        }
        // What is there and what is counted are everything.
        let rows = page.text.lines().filter(|line| line.starts_with("| <code>")).count();
        let cut = page.text.lines().find_map(|line| {
            line.strip_prefix("… and ")?.strip_suffix(" more objects, cut for want of room.")
        });
        assert_eq!(rows + cut.map_or(0, |cut| cut.parse::<usize>().unwrap()), 2_100, "{limit}");
        assert!(rows > 10, "{limit}: {rows}");
    }
}

#[test]
fn what_does_not_fit_even_alone_is_said_at_the_top() {
    let objects: Vec<Planned> = (0..3_000).map(|n| deadly(&format!("code-{n}"), &format!("C{n}"))).collect();
    let page = page(&objects, GITHUB);
    assert!(page.lost > 1_000 && page.text.len() <= GITHUB, "{} {}", page.lost, page.text.len());
    assert!(page.lost <= objects.len(), "each counts once: {}", page.lost);
    let head: String = page.text.lines().take(6).collect();
    assert!(head.contains(&format!("**{} changes", page.lost)) && head.contains("Do not"), "{head}");
}

/// Everything that a reader sees outside of code, and everything that would do more than be read.
fn outside_of_code(text: &str) -> (String, Vec<String>) {
    let (mut shown, mut active) = (String::new(), Vec::new());
    let (mut code, mut block) = (0_i32, false);
    let mut folds = 0_i32;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) if code == 0 && !block => shown.push_str(&text),
            Event::Start(Tag::CodeBlock(_)) => block = true,
            Event::End(TagEnd::CodeBlock) => block = false,
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_))) => {
                active.push(format!("{tag:?}"));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for tag in html.split_inclusive('>').map(str::trim).filter(|tag| !tag.is_empty()) {
                    let name = tag.rsplit('<').next().unwrap_or_default();
                    match name {
                        "code>" => code += 1,
                        "/code>" => code -= 1,
                        "details>" => folds += 1,
                        "/details>" => folds -= 1,
                        "summary>" | "/summary>" | "br>" | "b>" | "/b>" | "!-- waops:plan:default -->" => {}
                        // Within a summary, which is HTML, the text of a name.
                        _ if code > 0 => {}
                        other => active.push(other.to_owned()),
                    }
                }
            }
            _ => {}
        }
    }
    if (code, folds) != (0, 0) {
        active.push(format!("unbalanced: {code} {folds}"));
    }
    (shown, active)
}

/// What people have tried, and pieces that fit together badly.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@team"),
        Just("#1"),
        Just("!2"),
        Just("GH-1"),
        Just("gl-2"),
        Just("```\n"),
        Just("````"),
        Just("`"),
        Just("</details>"),
        Just("<!-- waops:plan:default -->"),
        Just("\n\n"),
        Just("\r\n"),
        Just("|"),
        Just("\\|"),
        Just("\\"),
        Just("~~~\n"),
        Just("[x](https://evil.example)"),
        Just("![x](y)"),
        Just("<img src=x>"),
        Just("&#64;team"),
        Just("https://evil.example"),
        Just("www.evil.example"),
        Just("\u{202e}"),
        Just("\u{200b}"),
        Just("-->"),
        Just("</code>"),
        Just("</summary>"),
        Just("<script>"),
        Just("| a | b |\n|---|---|\n"),
        Just("# Title\n"),
        Just("a@b.example"),
        Just("    "),
        Just("\t"),
        Just("*b*"),
        Just("[^1]: x"),
        Just("{{name}}"),
        Just("</"),
        Just("> [!NOTE]\n"),
        Just("- [x] "),
        Just("x"),
        Just("$a$"),
        Just("::error::"),
        Just("\u{85}"),
    ];
    prop_oneof![prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat()), any::<String>(),]
}

#[test]
fn no_word_of_a_sentence_becomes_an_issue() {
    for (text, want, reason) in [
        ("see GH-26", "see GH<code>&#45;</code>26", "an issue at GitHub"),
        ("see (gl-26)", "see (gl<code>&#45;</code>26)", "one at GitLab, in any case"),
        ("see #26", "see <code>&#35;</code>26", "as in every other way to write it"),
        ("GH-x, 2026-11-30, code-7", "GH-x, 2026-11-30, code-7", "what is none stays as it is"),
    ] {
        assert_eq!(super::prose(text), want, "{reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever others write, wherever it stands: the comment keeps its shape, nothing in it mentions, links or
    /// embeds anything, nothing is hidden, and the marker stands once.
    #[test]
    fn no_text_breaks_or_forges_a_comment(texts in prop::array::uniform8(nasty())) {
        let [name, place, field, from, to, message, cost, line] = texts;
        let mut object = deadly("menu", "D9II3ABC");
        object.key = Key::new(object.key.kind, object.key.namespace.clone(), name);
        object.place = Some(place);
        object.plan.message = message.clone();
        object.plan.step = Step::Blocked { how: vec![line] };
        object.plan.differences = vec![difference_of(&field, &from, &to)];
        object.plan.consequences =
            vec![Consequence::KillsPrintedCode(cost.clone()), Consequence::LeavesBehind(cost.clone())];
        object.plan.notes = vec![Note::Replaced(cost.clone()), Note::LateCode(from.clone())];
        let plain = {
            let mut plain = deadly("menu", "D9II3ABC");
            plain.plan.notes = vec![Note::Replaced("x".into()), Note::LateCode("x".into())];
            plain.plan.consequences.push(Consequence::LeavesBehind("x".into()));
            plain
        };
        let setting = |text: &str| Setting { warnings: vec![text.to_owned()], base: Some(text.to_owned()), ..Setting::default() };
        let comment = Comment { id: "default", limit: GITHUB };
        let text = markdown(&[object.clone()], &[object], &setting(&message), &comment).text;
        let (shown, active) = outside_of_code(&text);
        prop_assert_eq!(active, Vec::<String>::new(), "{}", text);
        for sign in ['@', '#', '!', '~', '<', '>', '&', '[', ']', '`', '\\', '|', '$', '%', '^'] {
            prop_assert!(!shown.contains(sign), "{sign} in {shown}: {text}");
        }
        prop_assert!(!shown.contains("GH-1") && !shown.contains("gl-2"), "{}", shown);
        prop_assert!(!shown.contains("www.") && !shown.contains("//"), "{}", shown);
        prop_assert!(text.starts_with("<!-- waops:plan:default -->\n"));
        let unseen = |c: char| (c.is_control() && c != '\n') || ('\u{200b}'..='\u{200f}').contains(&c) && c != '\u{200d}' || ('\u{202a}'..='\u{202e}').contains(&c);
        prop_assert!(!text.contains(unseen), "{text:?}");
        // The shape is that of a harmless plan.
        let harmless = markdown(std::slice::from_ref(&plain), std::slice::from_ref(&plain), &setting("x"), &comment).text;
        let shape = |text: &str| {
            let events = Parser::new_ext(text, Options::ENABLE_TABLES);
            let starts = events.filter_map(|event| match event {
                Event::Start(Tag::Paragraph) => None,
                Event::Start(tag) => Some(format!("{tag:?}")),
                _ => None,
            });
            starts.collect::<Vec<_>>()
        };
        prop_assert_eq!(shape(&text), shape(&harmless), "{}", text);
    }
}
