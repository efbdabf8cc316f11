//! `report`: what the runs came to, in figures; and reports of their own. They are made from the state
//! and the files: no app is asked, and no credential resolved.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Config;
use crate::model::snapshot::RunEnd;
use crate::render::{figures as page, html, json};
use crate::reports::figures::{Collector, Ran, Report};
use crate::state::{history, tombstone};

use super::against::{self, Which};
use super::arguments::Global;
use super::exit::Exit;
use super::leaver::{self, LeaverOptions};
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world;

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// From when on: a day (its start) or an instant; from the first run if absent
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,

    /// Until when: a day (its end) or an instant; until now if absent
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,

    #[command(subcommand)]
    pub command: Option<ReportCommand>,
}

/// How to print figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// For a browser: one page with plots, without network.
    Html,
    /// For machines.
    Json,
}

/// Reports of their own.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Certify what became of a leaver's accounts: when each door closed, by which run, what was read
    /// back, and what remains
    Leaver(LeaverOptions),
}

/// Reports.
pub async fn run(
    global: &Global,
    options: &ReportOptions,
    terminal: &Terminal,
) -> Result<Exit, Trouble> {
    if let Some(ReportCommand::Leaver(options)) = &options.command {
        return leaver::run(global, options, terminal).await;
    }
    let (config, store) = world::remembered(global, terminal).await?;
    let clock = world::clock(global)?;
    let since = options.since.as_deref();
    let since = since
        .map(|text| world::instant(&config, Some(text), clock))
        .transpose()?;
    let until = match &options.until {
        Some(text) => {
            end(&config, text).map_or_else(|| world::instant(&config, Some(text), clock), Ok)?
        }
        // What ended this very moment counts.
        None => next(clock.started()),
    };
    let last = against::find(&store, Which::Latest, &config.organisation.time_zone).await?;
    let observed = against::readings(&store, &last, &config).await?;
    let mut collector = Collector::new(&config, since, until);
    for run in history::runs(&store).await? {
        if let Some(past) = history::run(&store, &run).await? {
            let ran = Ran {
                run: past.run(),
                started: past.opened.started,
                closed: past
                    .record()
                    .is_some_and(|record| record.end == RunEnd::Closed),
                plan: &past.plan,
            };
            collector.take(ran, past.outcomes());
        }
    }
    let report = Report {
        pruned: tombstone::until(&store).await?,
        ..collector.report(since, &observed)
    };
    print(&report, options, terminal);
    Ok(Exit::Done)
}

/// The end of a day, where organisations' days end.
fn end(config: &Config, text: &str) -> Option<Timestamp> {
    let next = text.parse::<Date>().ok()?.tomorrow().ok()?;
    let zone = config.organisation.time_zone.clone();
    next.to_zoned(zone).ok().map(|at| at.timestamp())
}

fn next(at: Timestamp) -> Timestamp {
    at.saturating_add(jiff::SignedDuration::from_nanos(1))
        .unwrap_or(at)
}

fn print(report: &Report, options: &ReportOptions, terminal: &Terminal) {
    match options.format {
        ReportFormat::Text => terminal.result(&page::text(report, terminal.width())),
        ReportFormat::Html => terminal.data(&html::figures(report)),
        ReportFormat::Json => terminal.data(&json::figures(report, json::Layout::Pretty)),
    }
}
