//! `sandbox`: serves the simulated apps alone, or starts them anew.

use std::io;

use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

use crate::base::Clock;
use crate::render::{Line, Role, Screen};

use super::arguments::{Global, SandboxCommand, SandboxOptions};
use super::exit::Exit;
use super::lock;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;
use crate::state::Place;

/// Serves until interrupted, or resets.
pub async fn run(
    global: &Global,
    options: &SandboxOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    match options.command {
        Some(SandboxCommand::Reset) => reset(global, terminal).await,
        None => serve(global, options.port.unwrap_or(0), terminal).await,
    }
}

async fn serve(global: &Global, port: u16, terminal: &Terminal) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let spec = world::spec(&global.folder)?;
    let sandbox = world::sandbox(
        &config,
        &spec,
        &global.folder,
        port,
        Clock::frozen(spec.clock),
    )
    .await?;
    let mut screen = Screen::new(terminal.width());
    for app in config.apps.keys() {
        let (url, token) = (
            sandbox.url(app.as_str()).unwrap_or_default(),
            sandbox.token(app.as_str()),
        );
        let line = Line::default()
            .cell(Role::Strong, app.as_str())
            .own(Role::Text, "  ")
            .cell(Role::Text, url);
        // The sandbox's tokens are no secrets: they open nothing else.
        screen.line(
            line.own(Role::Quiet, "  token ")
                .cell(Role::Quiet, token.expose_secret()),
        );
    }
    terminal.result(&screen);
    terminal.say("Serving until interrupted.");
    tokio::signal::ctrl_c().await.map_err(Trouble::Runtime)?;
    Ok(Exit::Done)
}

async fn reset(global: &Global, terminal: &Terminal) -> Result<Exit, Trouble> {
    let spec = world::spec(&global.folder)?;
    let clock = Clock::frozen(spec.clock);
    crate::sandbox::reset(&world::data(&global.folder), clock).await?;
    let path = world::rehearsal_state(&global.folder);
    // A rehearsal that runs must not lose its state under its feet.
    let _lock = match path.try_exists() {
        Ok(true) => {
            let place = Place::folder(&path);
            Some(lock::acquire(&place, clock, SignedDuration::ZERO).await?)
        }
        _ => None,
    };
    match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Trouble::Remove { path, error });
        }
        _ => {}
    }
    terminal.say("The simulated apps start anew, and the snapshots of rehearsals are gone.");
    Ok(Exit::Done)
}
