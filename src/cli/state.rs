//! `state`: what is done to the state itself.

use crate::state::Lock;

use super::arguments::{Global, StateCommand};
use super::exit::Exit;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Does what is asked.
pub async fn run(
    global: &Global,
    command: &StateCommand,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let place = world::state(global, &config);
    let clock = world::clock(global)?;
    match command {
        StateCommand::Unlock => {
            let freed = Lock::free(&place, clock).await?;
            terminal.say(&match freed.map(|freed| freed.owner) {
                Some(Some(owner)) => format!(
                    "{place} is unlocked. It was locked by {owner}: if that run still lives, it \
                     stops once it cannot renew its lease."
                ),
                Some(None) => format!("{place} is unlocked. What locked it was no lease."),
                None => format!("{place} is not locked by a lease."),
            });
            Ok(Exit::Done)
        }
    }
}
