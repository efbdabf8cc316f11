//! A view of a run while it runs: per app what is done, and a step in flight. It is for a person at a
//! terminal, and leaves nothing behind when the results come.

use std::collections::{BTreeMap, BTreeSet};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::apply::Seen;
use crate::model::change::{Change, ChangeId};
use crate::model::name::AppName;
use crate::model::plan::Plan;
use crate::render::Colour;
use crate::render::outcomes;

/// The view: a line per app.
#[derive(Debug)]
pub struct Progress {
    lines: MultiProgress,
    apps: BTreeMap<AppName, AppLine>,
}

#[derive(Debug)]
struct AppLine {
    bar: ProgressBar,
    ended: BTreeSet<ChangeId>,
    /// In the order in which they began.
    in_flight: Vec<(ChangeId, String)>,
}

impl Progress {
    /// A view of what a plan is to change, drawn on stderr.
    pub fn of(plan: &Plan) -> Self {
        Self::on(plan, ProgressDrawTarget::stderr())
    }

    fn on(plan: &Plan, target: ProgressDrawTarget) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        let mut totals: BTreeMap<&AppName, u64> = BTreeMap::new();
        for change in &plan.body.changes {
            *totals.entry(&change.app).or_default() += 1;
        }
        let widest = totals.keys().map(|app| app.as_str().len()).max();
        let template = format!(
            "{{prefix:{}}} {{pos}}/{{len}} {{wide_msg}}",
            widest.unwrap_or(0)
        );
        let style = ProgressStyle::with_template(&template).expect("it names known keys only");
        let line = |(app, total): (&AppName, u64)| {
            let bar = lines.add(ProgressBar::new(total).with_style(style.clone()));
            bar.set_prefix(app.to_string());
            let line = AppLine {
                bar,
                ended: BTreeSet::new(),
                in_flight: Vec::new(),
            };
            (app.clone(), line)
        };
        let apps = totals.into_iter().map(line).collect();
        Self { lines, apps }
    }

    /// Takes in what a run does.
    pub fn see(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Opened { .. } => {}
            Seen::Begun(change) => self.update(change, |line| {
                let words = outcomes::in_flight(change, Colour::Plain);
                line.in_flight.push((change.id.clone(), words));
            }),
            Seen::Ended(change, _) => self.update(change, |line| {
                line.ended.insert(change.id.clone());
                line.in_flight.retain(|(id, _)| *id != change.id);
            }),
        }
    }

    fn update(&mut self, change: &Change, edit: impl FnOnce(&mut AppLine)) {
        let Some(line) = self.apps.get_mut(&change.app) else {
            return;
        };
        edit(line);
        let words = line.in_flight.first().map(|(_, words)| words.clone());
        line.bar.set_message(words.unwrap_or_default());
        line.bar.set_position(line.ended.len() as u64);
    }

    /// Says something above the view.
    pub fn aside(&self, say: impl FnOnce()) {
        self.lines.suspend(say);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        for line in self.apps.values() {
            line.bar.finish_and_clear();
        }
        // A screen that is gone needs no clearing.
        let _ = self.lines.clear();
    }
}
