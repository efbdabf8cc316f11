//! `state prune`: forgets what old snapshots hold of people, and keeps the digests.

use clap::Args;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::base::count::count;
use crate::plan::WINDOW;
use crate::render::prune as page;
use crate::state::prune::{Doomed, bury, remove, survey};
use crate::state::verify::{Anchor, verify};
use crate::state::{Lock, Store};

use super::allow;
use super::apply::{agreed, can_ask};
use super::arguments::Global;
use super::environment;
use super::exit::Exit;
use super::lock::{self, Idle};
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Options of `state prune`.
#[derive(Debug, Args)]
pub struct PruneOptions {
    /// Prune the snapshots that were written before this day begins, in the organisation's time zone;
    /// never the last one
    #[arg(long, value_name = "DATE")]
    pub before: Date,

    /// Why; kept in the tombstone
    #[arg(long, value_name = "WHY", value_parser = allow::reason)]
    pub reason: String,

    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Prunes, under the lock.
pub async fn run(
    global: &Global,
    options: &PruneOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    if !options.yes && !can_ask(terminal) {
        return Err(Trouble::NobodyToAsk);
    }
    let config = world::load(global, terminal)?;
    let place = world::state(global, &config);
    let clock = world::clock(global)?;
    let zone = config.organisation.time_zone.clone();
    let before = options.before.to_zoned(zone);
    let before = before.map_err(|_| Trouble::AsOf(options.before.to_string()))?;
    let store = Store::at(&place)?;
    let lock = lock::acquire(&place, clock, SignedDuration::ZERO).await?;
    let idle = Idle::with(&lock, None);
    let ended = async {
        // Whoever prunes what was touched removes the traces.
        let verified = verify(&store, &Anchor::default()).await?;
        if !verified.is_sound() {
            return Err(Trouble::Unsound);
        }
        let window = clock.now().checked_sub(WINDOW).unwrap_or_default();
        let doomed = survey(&store, before.timestamp(), window).await?;
        let doomed = doomed.ok_or(Trouble::NoSnapshotYet)?;
        if doomed.is_empty() {
            terminal.say("There is nothing to prune.");
            return Ok(Exit::Done);
        }
        terminal.result(&page::doomed(&doomed, terminal.width()));
        let question = "Prune? Nothing brings it back.";
        if !options.yes && !agreed(question, terminal) {
            terminal.say("Nothing was pruned.");
            return Ok(Exit::Unfinished);
        }
        if !doomed.is_named() {
            let (actor, reason) = (environment::actor(), options.reason.as_str());
            bury(&store, &doomed, clock.now(), actor.into(), reason.into()).await?;
        }
        removed(&store, &doomed, &lock, terminal).await
    }
    .await;
    lock.release().await;
    drop(idle);
    ended
}

async fn removed(
    store: &Store,
    doomed: &Doomed,
    lock: &Lock,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    if remove(store, doomed, || !lock::is_lost(lock)).await? {
        let objects = doomed.objects.len() + doomed.left_objects.len();
        let runs = doomed.runs.len() + doomed.left_runs.len();
        terminal.say(&format!(
            "Pruned {} and {}.",
            count(objects, "object"),
            count(runs, "run")
        ));
        return Ok(Exit::Done);
    }
    terminal.insist("Somebody else may have the lock by now: prune again to finish.");
    Ok(Exit::Unfinished)
}
