//! What changed outside of provisor since the last snapshot, three ways: what that said, what the
//! apps say, and what the next plan does about the difference.

mod next;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::base::Foreign;
use crate::config::Config;
use crate::model::account::AccountKind;
use crate::model::change::Change;
use crate::model::desired::Desired;
use crate::model::history::History;
use crate::model::name::{AppName, PersonId, RunId};
use crate::model::observation::{Observed, Reading};
use crate::model::plan::{AppSummary, Body};
use crate::model::withheld::{Impediment, WithheldState};
use crate::reports::difference::{self, End, Entry, Explanation, Past, What, Worth};
use crate::reports::find::tag;
use crate::state::{PastRun, Snapshot};

/// The kind and version of the data.
pub const FORMAT: &str = "provisor.drift/1";

/// What changed outside of provisor since the last snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Drift {
    /// The kind and version of the data.
    pub format: &'static str,
    /// The organisation's time zone: an IANA name.
    pub time_zone: String,
    /// The moment of the plan.
    pub as_of: Timestamp,
    /// The last snapshot.
    pub since: End,
    /// What could be compared of each app.
    pub apps: Vec<Compared>,
    /// What somebody else changed: by person, then app; what is nobody's last.
    pub entries: Vec<Drifted>,
    /// What is no drift: a run of ours did it since, or somebody accepted an invitation.
    pub explained: Vec<Entry>,
    /// The runs of ours since the last snapshot: they died before they left one, or are under way.
    pub runs: Vec<Unrecorded>,
}

/// What could be compared of one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Compared {
    /// The app.
    pub app: AppName,
    /// In the last snapshot.
    pub then: Worth,
    /// Now.
    pub now: Worth,
    /// What of it could not be read now; absent if all was.
    pub incomplete: Option<Foreign>,
    /// How many differences are none that anybody knows of, since only one of the two asked: the
    /// files name other values than they did.
    pub unasked: usize,
}

/// A run of ours that no snapshot names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unrecorded {
    /// Which.
    pub run: RunId,
    /// When it began.
    pub started: Timestamp,
    /// Who ran it, as the machine told.
    pub actor: Foreign,
}

/// One thing that somebody else changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Drifted {
    /// What, of which account, and whose that is.
    #[serde(flatten)]
    pub entry: Entry,
    /// Only an approval may give it (R12).
    pub privileged: bool,
    /// What the next plan does about it.
    pub next: Next,
}

/// What the next plan does about drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "plan")]
pub enum Next {
    /// It brings back what was.
    Undone {
        /// The step.
        change: Box<Change>,
        /// `apply --due` takes it too; otherwise it waits for an `apply`.
        due: bool,
    },
    /// It brings what the files say now, which is neither.
    Replaced {
        /// The step.
        change: Box<Change>,
    },
    /// It would, and something stands in the way.
    Withheld {
        /// Held, blocked, waiting, ..
        state: WithheldState,
        /// What stands in the way.
        why: Box<Impediment>,
    },
    /// The files say so too.
    Agreed {
        /// The step that takes it over, if one does.
        change: Option<Box<Change>>,
    },
    /// It leaves it alone.
    Left {
        /// Why.
        why: Left,
    },
}

/// Why the next plan leaves something alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Left {
    /// The account is nobody's in the files (R5).
    Unmanaged,
    /// The files protect the account (R5).
    Protected,
    /// The files list the account as something else than somebody's main one (R5).
    Listed {
        /// As what.
        kind: AccountKind,
    },
    /// The account is not its person's main one.
    Second,
    /// Its person is no longer in the files.
    Gone,
    /// Its person is outside of the rollout (R6).
    OutOfScope,
    /// No profile of its person names the app (R4).
    Surplus,
    /// Its person has not begun there yet.
    NotYet,
    /// The account is closed, and what it keeps is released later (R2).
    Closed,
    /// No profile, extra or past run names the value (R10).
    Unnamed,
    /// Of this kind, provisor takes away only what it gave (R10).
    NotGiven,
    /// A rule, a sync or another group makes it (R10).
    Inherited,
    /// It is not ours to write there, or the files say nothing of it (R15).
    NotOurs,
    /// Nothing in the plan is about it.
    NotPlanned,
}

/// What drift is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The files.
    pub config: &'a Config,
    /// What they say now.
    pub desired: &'a Desired,
    /// What the last snapshot remembers, with what runs did since.
    pub history: &'a History,
    /// What the apps say.
    pub observed: &'a Observed,
    /// The next plan.
    pub plan: &'a Body,
}

/// An app that both the last snapshot and now tell of.
#[derive(Debug)]
pub struct Pair<'a> {
    /// What the two readings differ in; absent where that is nothing.
    pub reading: Option<difference::Reading>,
    /// The runs of ours since the first of the two readings.
    pub runs: Vec<&'a PastRun>,
}

/// Tells what changed outside of provisor. `pairs` are the apps that can be compared, `past` the runs
/// that no snapshot names.
pub fn drift(
    ground: &Ground<'_>,
    since: &Snapshot,
    pairs: &BTreeMap<AppName, Pair<'_>>,
    past: &[PastRun],
) -> Drift {
    let names = names(ground);
    let plans = next::Plans::new(ground);
    let (mut drifted, mut explained) = (Vec::new(), Vec::new());
    let mut unasked: BTreeMap<&AppName, usize> = BTreeMap::new();
    for (app, pair) in pairs {
        let runs = Past::of(pair.runs.iter().copied());
        let changes = pair.reading.iter();
        let changes = changes.flat_map(|reading| difference::changes(app, reading, &names, &runs));
        // Whose an account is, is concluded by us from the rest, which is told.
        for entry in changes.filter(|entry| entry.what != What::Owner) {
            match entry.explained {
                Explanation::NotRead => *unasked.entry(app).or_default() += 1,
                Explanation::Nothing | Explanation::AlreadySo(_) => {
                    drifted.push(plans.with_person(entry));
                }
                Explanation::Run(_) | Explanation::Begun { .. } | Explanation::Acceptance => {
                    explained.push(entry);
                }
            }
        }
    }
    difference::order(&mut drifted);
    difference::order(&mut explained);
    let entries = drifted.into_iter().map(|entry| Drifted {
        privileged: plans.is_privileged(&entry),
        next: plans.next(&entry),
        entry,
    });
    let zone = ground.config.organisation.time_zone.iana_name();
    Drift {
        format: FORMAT,
        time_zone: zone.unwrap_or("UTC").to_owned(),
        as_of: ground.plan.as_of,
        since: difference::end(since),
        apps: compared(ground, since, &unasked),
        entries: entries.collect(),
        explained,
        runs: past.iter().map(unrecorded).collect(),
    }
}

/// What everybody is called: as the files say, or else as the last snapshot remembers.
fn names(ground: &Ground<'_>) -> BTreeMap<PersonId, Foreign> {
    let remembered = ground.history.people.values();
    let remembered = remembered.map(|person| (person.id.clone(), person.name.clone()));
    let current = ground.config.people.iter().map(tag);
    let current = current.map(|person| (person.id, person.name));
    remembered.chain(current).collect()
}

fn compared(
    ground: &Ground<'_>,
    since: &Snapshot,
    unasked: &BTreeMap<&AppName, usize>,
) -> Vec<Compared> {
    let apps = ground.observed.iter().map(|(app, reading)| {
        let then = since.manifest.apps.get(app).map(|readings| &readings.after);
        let (now, incomplete) = match (reading, ground.plan.apps.get(app)) {
            (Reading::Unread(failure), _) => {
                let why = failure.to_string().into();
                (Worth::Unread { why }, None)
            }
            (Reading::Read(read), summary) => {
                let incomplete = match summary {
                    Some(AppSummary::Read { incomplete, .. }) => incomplete.clone(),
                    _ => None,
                };
                let at = read.fetched_at;
                (Worth::Read { at }, incomplete.map(Foreign::from))
            }
        };
        Compared {
            app: app.clone(),
            then: difference::worth(then),
            now,
            incomplete,
            unasked: unasked.get(app).copied().unwrap_or_default(),
        }
    });
    apps.collect()
}

fn unrecorded(run: &PastRun) -> Unrecorded {
    Unrecorded {
        run: run.run().clone(),
        started: run.opened.started,
        actor: run.opened.actor.clone(),
    }
}

impl Drift {
    /// True if an app could not be read, or not to its end, now (R21).
    pub fn is_incomplete(&self) -> bool {
        self.apps.iter().any(Compared::is_incomplete)
    }
}

impl Compared {
    /// True if the app could not be read, or not to its end, now.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.now, Worth::Unread { .. }) || self.incomplete.is_some()
    }
}

/// The schema of the data.
pub fn schema(title: &str) -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.root_schema_for::<Drift>();
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}
