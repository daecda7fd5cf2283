//! `waops comment`: one comment, brought up to date, never repeated.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::forge::{Forge, TOKEN};
use crate::support::Said;

const MARKER: &str = "<!-- waops:plan:default -->";

/// A run in the CI of a platform.
fn comment(forge: &Forge, platform: &str, body: &str, token: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.arg("comment").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match platform {
        "github" => command
            .envs([
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_REPOSITORY", "shop/texts"),
                ("GITHUB_REF", "refs/pull/5/merge"),
            ])
            .envs([("GITHUB_API_URL", forge.url.as_str()), ("GITHUB_TOKEN", token)]),
        _ => command
            .envs([("GITLAB_CI", "true"), ("CI_PROJECT_ID", "42"), ("CI_MERGE_REQUEST_IID", "5")])
            .envs([("CI_API_V4_URL", forge.url.as_str()), ("GITLAB_TOKEN", token)]),
    };
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    Said::of(&child.wait_with_output().unwrap())
}

#[test]
fn one_comment_is_made_and_then_brought_up_to_date() {
    for platform in ["github", "gitlab"] {
        let forge = Forge::start();
        // Beyond the first pages, and beside what others wrote.
        for n in 0..230 {
            forge.say("ana", &format!("comment {n}"));
        }
        forge.say("ana", &format!("{MARKER}\nmine, forged"));
        forge.say("waops[bot]", "<!-- waops:plan:staging -->\nanother environment");
        forge.say("waops[bot]", &format!("> {MARKER}\nquoted"));
        let body = |text: &str| format!("{MARKER}\n{text}\n");
        comment(&forge, platform, &body("one"), TOKEN).ends(0).says(&["was made"]);
        comment(&forge, platform, &body("one"), TOKEN).ends(0).says(&["says this already"]);
        comment(&forge, platform, &body("two"), TOKEN).ends(0).says(&["brought up to date"]);
        let comments = forge.comments();
        assert_eq!(comments.len(), 234, "{platform}");
        assert_eq!(comments[233], ("waops[bot]".to_owned(), body("two")), "{platform}");
        assert_eq!(
            comments[230].1,
            format!("{MARKER}\nmine, forged"),
            "{platform}: nobody's words are replaced"
        );
        assert_eq!(comments[231].1, "<!-- waops:plan:staging -->\nanother environment", "{platform}");
        assert_eq!(forge.writes().len(), 2, "{platform}: {:?}", forge.writes());
        // Two runs at the same moment made one each: one of them stays.
        forge.say("waops[bot]", &body("two, again"));
        comment(&forge, platform, &body("three"), TOKEN).ends(0);
        let mine: Vec<_> =
            forge.comments().into_iter().filter(|(_, text)| text.starts_with(MARKER)).collect();
        assert_eq!(mine.len(), 2, "{platform}: {mine:?}");
        assert_eq!(mine[1].1, body("three"), "{platform}");
    }
}

#[test]
fn the_token_of_a_workflow_that_may_not_ask_who_it_is_will_do() {
    let forge = Forge::start();
    forge.shelf.lock().unwrap().anonymous = true;
    forge.say("ana", &format!("{MARKER}\nforged"));
    for text in ["one", "two"] {
        comment(&forge, "github", &format!("{MARKER}\n{text}\n"), TOKEN).ends(0);
    }
    assert_eq!(forge.comments().len(), 2, "{:?}", forge.comments());
}

#[test]
fn an_answer_that_was_lost_makes_no_second_comment() {
    for platform in ["github", "gitlab"] {
        let forge = Forge::start();
        forge.shelf.lock().unwrap().stumbles = 1;
        comment(&forge, platform, &format!("{MARKER}\none\n"), TOKEN).ends(0);
        assert_eq!(forge.comments().len(), 1, "{platform}");
    }
}

#[test]
fn what_another_run_deletes_at_the_same_moment_is_no_mistake() {
    for platform in ["github", "gitlab"] {
        for (deleted, said, reason) in [
            (vec![1], "brought up to date", "the second of two"),
            (vec![0], "was made", "the one that stays, while ours deletes the other"),
            (vec![0, 1], "was made", "both"),
        ] {
            let forge = Forge::start();
            for _ in 0..2 {
                forge.say("waops[bot]", &format!("{MARKER}\none\n"));
            }
            forge.shelf.lock().unwrap().deleted_meanwhile = deleted;
            let two = format!("{MARKER}\ntwo\n");
            comment(&forge, platform, &two, TOKEN).ends(0).says(&[said]);
            let comments = forge.comments();
            assert_eq!(comments.len(), 1, "{platform}, {reason}: {comments:?}");
            assert_eq!(comments[0].1, two, "{platform}, {reason}");
        }
        // Where there is no pull request, looking again does not help, and that is said.
        let mut forge = Forge::start();
        forge.url.push_str("/elsewhere");
        let body = format!("{MARKER}\none\n");
        comment(&forge, platform, &body, TOKEN).ends(1).says(&["there is no pull request 5"]);
    }
}

#[test]
fn what_stands_in_the_way_is_said() {
    for platform in ["github", "gitlab"] {
        let forge = Forge::start();
        let body = format!("{MARKER}\none\n");
        forge.shelf.lock().unwrap().read_only = true;
        let said = comment(&forge, platform, &body, TOKEN).ends(3).says(&["no permission to comment"]);
        let remedy = if platform == "github" { "pull-requests: write" } else { "GITLAB_TOKEN" };
        let said = said.says(&[remedy]);
        assert!(!said.err.contains(TOKEN), "{platform}: {said:?}");
        forge.shelf.lock().unwrap().read_only = false;
        let said = comment(&forge, platform, &body, "ghs_wrong").ends(1).says(&["the token is wrong"]);
        assert!(!said.err.contains("ghs_wrong"), "{platform}: {said:?}");
        comment(&forge, platform, "anything", TOKEN).ends(1).says(&["no comment of `waops plan"]);
        comment(&forge, platform, &body, "").ends(1).says(&["is not set"]);
        let most = if platform == "github" { 65_536 } else { 1_000_000 };
        let fill = |length: usize| format!("{MARKER}\n{}", "ü".repeat(length - MARKER.len() - 1));
        comment(&forge, platform, &fill(most + 1), TOKEN).ends(1).says(&["--limit"]);
        assert_eq!(forge.comments(), [], "{platform}");
        comment(&forge, platform, &fill(most), TOKEN).ends(0);
        assert_eq!(forge.comments()[0].1.chars().count(), most, "{platform}: to the last character");
    }
    let nobody = Forge { url: "http://127.0.0.1:9".into(), shelf: Forge::start().shelf };
    // Four attempts, with pauses between them.
    comment(&nobody, "github", &format!("{MARKER}\none\n"), TOKEN)
        .ends(1)
        .says(&["127.0.0.1 cannot be reached"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.arg("comment").env_clear().stdin(Stdio::null());
    Said::of(&command.output().unwrap()).ends(1);
    let output =
        Command::new(env!("CARGO_BIN_EXE_waops")).args(["plan", "--comment-id", "a--b"]).output().unwrap();
    Said::of(&output).ends(1).says(&["letters, digits"]);
}
