//! What happens.

use super::scene::{MANIFESTS, Scene};
use super::screen::{Screen, say};
use crate::local::plans::{Plans, Verdict};
use crate::local::rest::Until;
use crate::plan::step::Step;
use crate::render::files::quoted;
use crate::render::outcome::Outcome;
use crate::render::plan;
use crate::simulator::{Change, Provider, sandbox};

/// Tells it from the first plan to the last.
pub(super) async fn tell(scene: &Scene, screen: &Screen) -> Result<(), String> {
    begin(scene, screen).await?;
    deliver(scene, screen).await?;
    review(scene, screen).await?;
    reprint(scene, screen).await?;
    meddle(scene, screen).await?;
    end(scene, screen).await
}

async fn begin(scene: &Scene, screen: &Screen) -> Result<(), String> {
    let about = format!(
        "Alibaba Cloud and Meta are simulated in this process, at {}. Everything else is real: the manifests, the\n\
         engine, HTTP, the state file.",
        scene.url()
    );
    screen.scene("What is declared, and what would happen", &about).await?;
    let (name, text) = MANIFESTS[3];
    screen.command(&format!("cat {name}"))?;
    say(text.split_once('\n').map_or(text, |(_, rest)| rest))?;
    let plans = show_plan(scene, screen, "waops plan -f .").await?;
    expect(plans.verdict() == Verdict::Changes, "the first plan has nothing to do")
}

async fn deliver(scene: &Scene, screen: &Screen) -> Result<(), String> {
    screen
        .scene(
            "Make it so",
            "What is about to happen is written down before each call, so that nothing is ever made twice.",
        )
        .await?;
    screen.command("waops apply -f .")?;
    expect(
        show_apply(scene, screen, Until::Submitted).await?.is_complete(),
        "the first apply is not complete",
    )?;
    let (_, link, _) = scene.code("poster")?;
    screen
        .scene(
            "The poster's code is live",
            "Point a phone at it; this one belongs to a simulator, so nobody answers.",
        )
        .await?;
    screen.code(&link)
}

async fn review(scene: &Scene, screen: &Screen) -> Result<(), String> {
    screen
        .scene("Meta reviews the template", "It takes a while. The simulator can let six hours pass at once.")
        .await?;
    scene.pass(Scene::REVIEW);
    screen.command("waops apply -f . --wait approved")?;
    expect(show_apply(scene, screen, Until::Approved).await?.is_complete(), "the template is not approved")
}

async fn reprint(scene: &Scene, screen: &Screen) -> Result<(), String> {
    let about = "At Alibaba Cloud a new text makes a new code, and the one on the tables dies. waops does not do that in\n\
                 passing: it stops, and prints the line that approves it, for this content and once.";
    screen.scene("Somebody rewrites a text that is printed", about).await?;
    let (old, ..) = scene.code("menu")?;
    let (from, to) = ("May I see the menu?", "May I see the summer menu?");
    scene.edit("menu.yaml", |text| text.replace(from, to))?;
    let plans = show_plan(scene, screen, "waops plan -f .").await?;
    expect(plans.verdict() == Verdict::Stopped, "a printed code would die without a question")?;
    let approval = approval(&plans).ok_or("nothing says how to approve it")?;
    screen.command(&format!("echo '  {approval}' >> menu.yaml"))?;
    scene.edit("menu.yaml", |text| format!("{}\n  {approval}\n", text.trim_end()))?;
    screen.command("waops apply -f .")?;
    expect(
        show_apply(scene, screen, Until::Submitted).await?.is_complete(),
        "the approved change was not made",
    )?;
    let (new, _, before) = scene.code("menu")?;
    expect(new != old && before == [old.clone()], "the old code is forgotten")?;
    say(&format!("menu: {new} is live, and previousCodes remembers {old}. The line is spent and can go:"))?;
    screen.command("sed -i /approve/d menu.yaml")?;
    scene.edit("menu.yaml", |text| text.replace(&format!("  {approval}\n"), ""))
}

async fn meddle(scene: &Scene, screen: &Screen) -> Result<(), String> {
    screen
        .scene(
            "A colleague changes the poster's text by hand",
            "In the provider's console, past Git and past review.",
        )
        .await?;
    let (code, ..) = scene.code("poster")?;
    let change = Change::EditCode {
        provider: Provider::Meta,
        phone: sandbox::PHONE_NUMBER_ID.to_owned(),
        code: code.clone(),
        message: "Hi, is this the colleague?".to_owned(),
    };
    expect(scene.meddle(&change) == 1, "the colleague found no code")?;
    let plans = show_plan(scene, screen, "waops plan -f .").await?;
    expect(plans.verdict() == Verdict::Changes, "the drift was not found")?;
    screen.command("waops apply -f .")?;
    expect(show_apply(scene, screen, Until::Submitted).await?.is_complete(), "the drift was not corrected")?;
    expect(scene.code("poster")?.0 == code, "the poster has another code")?;
    say(&format!("poster: the text is back, and the printed code {code} is the same"))
}

async fn end(scene: &Scene, screen: &Screen) -> Result<(), String> {
    screen.scene("And now?", "What is as declared is left alone: a plan after an apply is empty.").await?;
    let plans = show_plan(scene, screen, "waops plan -f .").await?;
    expect(plans.verdict() == Verdict::Same, "the last plan is not empty")?;
    let (paint, waops) = (screen.paint(), program());
    say(&format!(
        "\n{} {} calls over HTTP, and nothing is left on this machine.\n\nYour turn. Both providers, for your own tests \
         too:\n  {waops} simulate\nIn another terminal paste what that prints, and then, in a clone of waops:\n  {waops} plan -f \
         examples/demo",
        paint.with("32", "✓"),
        scene.calls()
    ))
}

/// As it was called, since it need not be on the PATH.
fn program() -> String {
    std::env::args_os().next().map_or_else(|| "waops".to_owned(), |name| quoted(&name.to_string_lossy()))
}

async fn show_plan(scene: &Scene, screen: &Screen, command: &str) -> Result<Plans, String> {
    screen.command(command)?;
    let plans = scene.plan().await?;
    say(&plan::text(&plans.objects, false, screen.paint().0))?;
    Ok(plans)
}

async fn show_apply(scene: &Scene, screen: &Screen, until: Until) -> Result<Outcome, String> {
    let outcome = scene.apply(until, screen).await?;
    say(&outcome.text("apply", screen.paint().0))?;
    Ok(outcome)
}

/// The line that approves what is blocked.
fn approval(plans: &Plans) -> Option<String> {
    plans.objects.iter().find_map(|planned| match &planned.plan.step {
        Step::Blocked { how } => how.first().cloned(),
        _ => None,
    })
}

/// The story is only worth telling as long as it is true.
fn expect(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("the demo found a bug in waops: {otherwise}; please report it")) }
}
