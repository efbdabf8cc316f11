//! `state`: what is done to the state itself.

use jiff::SignedDuration;
use tokio::sync::watch;

use crate::apply::{Seen, Setting};
use crate::model::history::History;
use crate::model::observation::Reading;
use crate::plan::{beginning, plan};
use crate::render::snapshots;
use crate::state::{Lock, Store, past, snapshot};

use super::arguments::{Global, StateCommand};
use super::exit::Exit;
use super::lock::{self, Idle};
use super::plan::{LIFETIME, circumstances, incomplete};
use super::snapshot::accounts;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{self, World};
use super::{environment, provenance, prune};

/// Does what is asked.
pub async fn run(
    global: &Global,
    command: &StateCommand,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    match command {
        StateCommand::Init { reason } => init(global, reason, terminal).await,
        StateCommand::Unlock => unlock(global, terminal).await,
        StateCommand::Prune(options) => prune::run(global, options, terminal).await,
    }
}

async fn unlock(global: &Global, terminal: &Terminal) -> Result<Exit, Trouble> {
    let config = world::load(global, terminal)?;
    let place = world::state(global, &config);
    let freed = Lock::free(&place, world::clock(global)?).await?;
    terminal.say(&match freed.map(|freed| freed.owner) {
        Some(Some(owner)) => format!(
            "{place} is unlocked. It was locked by {owner}: if that run still lives, it stops \
             once it cannot renew its lease."
        ),
        Some(None) => format!("{place} is unlocked. What locked it was no lease."),
        None => format!("{place} is not locked by a lease."),
    });
    Ok(Exit::Done)
}

/// Begins the chain of snapshots (R25).
async fn init(global: &Global, reason: &str, terminal: &Terminal) -> Result<Exit, Trouble> {
    let world = World::open(global, terminal).await?;
    let clock = world.context.clock();
    let lock = lock::acquire(&world.state, clock, SignedDuration::ZERO).await?;
    let idle = Idle::with(&lock, None);
    let ended = begin(global, reason, terminal, &world).await;
    lock.release().await;
    drop(idle);
    ended
}

/// Reads all apps and records what they hold. What the files say of it waits for a review still.
async fn begin(
    global: &Global,
    reason: &str,
    terminal: &Terminal,
    world: &World,
) -> Result<Exit, Trouble> {
    let store = Store::at(&world.state)?;
    if !snapshot::serials(&store).await?.is_empty() {
        return Err(Trouble::Begun("snapshots"));
    }
    if !past::since_last_snapshot(&store).await?.is_empty() {
        return Err(Trouble::Begun("a run"));
    }
    let history = History::default();
    let requests = world.requests(&history);
    let observed = terminal.watched(&requests, &world.context).await;
    let desired = crate::desired::at(&world.config, world.context.clock().started());
    let circumstances = circumstances(world, LIFETIME, Vec::new(), global);
    let planned = plan(&world.config, &desired, &observed, &history, &circumstances);
    if incomplete(&planned) {
        for reading in observed.values() {
            if let Reading::Unread(failure) = reading {
                terminal.failure(failure);
            }
        }
        terminal.say("Nothing was written: a chain begins with all that there is.");
        return Ok(Exit::Incomplete);
    }
    let signer = world::signer(&world.config)?;
    let setting = Setting {
        config: &world.config,
        desired: &desired,
        history,
        overrides: &[],
        requests: &requests,
        context: &world.context,
        store: &store,
        actor: environment::actor().into(),
        commit: circumstances.commit.clone(),
        mandate: None,
        provenance: provenance::of(&global.folder, &planned.body).await,
        signer: signer.as_ref(),
    };
    let approved = beginning(planned, reason.into());
    let (_go_on, stop) = watch::channel(false);
    let mut seen = |_: Seen<'_>| {};
    let run = crate::apply::run(&approved, &setting, &observed, &[], &stop, &mut seen);
    let finished = run.await?;
    terminal.calls(&finished.calls);
    let first = &finished.snapshot;
    let accounts = accounts(&store, first, &world.config).await?;
    let width = terminal.width();
    terminal.result(&snapshots::show(
        first.digest,
        &first.manifest,
        &accounts,
        width,
    ));
    Ok(Exit::Done)
}
