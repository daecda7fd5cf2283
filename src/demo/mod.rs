//! `waops demo`: the real engine over HTTP against both providers, simulated in this process. It tells one story from the first
//! plan to the last, and leaves nothing behind.
//!
//! - [`story`]: what happens. [`scene`]: the folder, the simulator and the commands. [`screen`]: what is seen of it.

mod scene;
mod screen;
mod story;

use std::process::ExitCode;

use crate::local::interrupt::Interrupts;
use scene::Scene;
use screen::Screen;

/// Tells the story. An error is one of ours: nothing here can fail but what is wrong with waops.
pub async fn run() -> Result<ExitCode, String> {
    let interrupts = Interrupts::listen().map_err(|error| format!("cannot listen: {error}"))?;
    let scene = Scene::build().await.map_err(|error| format!("cannot set the scene: {error}"))?;
    let screen = Screen::new();
    // Whoever has seen enough leaves nothing behind either.
    tokio::select! {
        biased;
        () = interrupts.times(1) => Ok(ExitCode::FAILURE),
        told = story::tell(&scene, &screen) => told.map(|()| ExitCode::SUCCESS),
    }
}
