//! Follows one person through all that runs did and snapshots remember.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::base::Foreign;
use crate::config::{AppConfig, Config};
use crate::desired;
use crate::model::account::{AccountKind, Status};
use crate::model::change::{AccountTag, Action, Change, PersonTag};
use crate::model::desired::Desired;
use crate::model::history::{RememberedApp, RememberedPerson};
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{AccountRef, Completeness, Observation, Observed, Reading};
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::reason::Why;
use crate::model::snapshot::{Manifest, ReadingRecord};
use crate::plan::matching::{Links, Owner, tag};
use crate::state::{PastRun, Snapshot};

use super::{
    Account, AnswersFor, Certificate, Closing, Ended, Evidence, FORMAT, Found, Gap, Held, Known,
    ReadBack, Step,
};

/// The last snapshot, with what it holds of the apps.
#[derive(Clone, Copy, Debug)]
pub struct Last<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// Its readings, as far as the files still name the apps.
    pub observed: &'a Observed,
    /// The snapshots up to this one were pruned.
    pub pruned: Option<u64>,
}

/// What is found out about one person, piece by piece.
#[derive(Debug)]
pub struct Trail {
    person: PersonTag,
    ids: Vec<PersonId>,
    ended: Ended,
    /// Where an account may be theirs.
    gaps: Vec<Gap>,
    /// By app and vendor id.
    accounts: BTreeMap<(AppName, String), Traces>,
}

/// What is known of one account besides what its app says.
#[derive(Debug, Default)]
struct Traces {
    login: Foreign,
    closing: Option<Closing>,
    /// Since which reading it is seen closed.
    inactive_since: Option<Timestamp>,
}

impl Trail {
    /// Begins with a person and the ids that they had before.
    pub fn new(person: PersonTag, previous: &[PersonId]) -> Self {
        let mut ids = previous.to_vec();
        ids.push(person.id.clone());
        Self {
            person,
            ids,
            ended: Ended::default(),
            gaps: Vec::new(),
            accounts: BTreeMap::new(),
        }
    }

    /// Takes in one run; runs come in their order. `snapshot` is the one that names it.
    pub fn run(&mut self, run: &PastRun, snapshot: Option<u64>) {
        let withheld = run.plan.withheld.iter().flat_map(|item| &item.changes);
        for change in run.plan.changes.iter().chain(withheld) {
            self.meant(change);
        }
        for (change, step) in run.outcomes() {
            self.did(change, step, run, snapshot);
        }
    }

    fn is_theirs(&self, change: &Change) -> bool {
        let person = change.person.as_ref();
        person.is_some_and(|person| self.ids.contains(&person.id))
    }

    /// What a plan said of them, whether or not it was done: whose an account is, and when they left.
    fn meant(&mut self, change: &Change) {
        if !self.is_theirs(change) {
            return;
        }
        if let Some(account) = &change.account {
            self.traces(&change.app, account);
        }
        for reason in &change.reasons {
            match reason.why {
                Why::Left { last_day } | Why::Released { last_day } => {
                    self.ended.last_day = Some(last_day);
                }
                Why::AccessEnded { at } | Why::Ordered { at, .. } => self.ended.at = Some(at),
                _ => {}
            }
        }
    }

    fn did(&mut self, change: &Change, step: &StepOutcome, run: &PastRun, snapshot: Option<u64>) {
        if !self.is_theirs(change) {
            return;
        }
        let made = match &step.outcome {
            Outcome::Done { vendor_id } | Outcome::AlreadySo { vendor_id } => vendor_id.as_ref(),
            _ => None,
        };
        let made = made.zip(change.action.makes()).map(|(id, new)| AccountTag {
            vendor_id: id.clone(),
            login: new.login.as_str().into(),
        });
        let Some(account) = change.account.clone().or(made) else {
            return;
        };
        let traces = self.traces(&change.app, &account);
        match (&change.action, &step.outcome) {
            (Action::Deactivate { .. }, Outcome::Done { .. }) => {
                let step = Step {
                    run: run.run().clone(),
                    change: change.id.clone(),
                    actor: run.opened.actor.clone(),
                    commit: run.opened.commit.clone(),
                    plan: run.opened.plan,
                    journal: run.record().map(|record| record.journal),
                    snapshot,
                    request_id: step.request_id.clone(),
                }
                .at(step.ended);
                traces.closing = Some(step);
            }
            (Action::Deactivate { .. }, Outcome::AlreadySo { .. }) => {
                let seen = step.ended;
                traces.closing.get_or_insert(Closing::Others { seen });
            }
            // Whoever comes back has an open door again.
            (
                Action::Create(_)
                | Action::Reactivate
                | Action::Await { .. }
                | Action::Invite { .. },
                outcome,
            ) if outcome.is_good() => {
                traces.closing = None;
                traces.inactive_since = None;
            }
            _ => {}
        }
    }

    /// Takes in what a snapshot remembers of an app; snapshots come in their order.
    pub fn app(&mut self, app: &AppName, remembered: &RememberedApp) {
        for (vendor_id, memory) in &remembered.memories {
            if memory
                .person
                .as_ref()
                .is_some_and(|person| self.ids.contains(person))
            {
                let account = AccountTag {
                    vendor_id: vendor_id.as_str().into(),
                    login: Foreign::default(),
                };
                self.traces(app, &account).inactive_since = memory.inactive_since;
            }
        }
    }

    /// Takes in whose the accounts of the last readings are: also of those that no run ever meant to
    /// change.
    pub fn links(
        &mut self,
        config: &Config,
        observed: &Observed,
        links: &BTreeMap<AppName, Links>,
    ) {
        let people = &config.people;
        let Some(index) = people.iter().position(|one| one.id == self.person.id) else {
            return;
        };
        for (app, links) in links {
            let Some(Reading::Read(observation)) = observed.get(app) else {
                continue;
            };
            for (account, owner) in observation.accounts().zip(&links.owners) {
                if matches!(owner, Owner::Person(person, _) if *person == index) {
                    self.traces(app, &tag(account));
                }
            }
            if links.conflicts.contains_key(&index) {
                let why = "an account of it may be theirs, and nobody decided whose it is";
                self.gaps.push(Gap {
                    app: app.clone(),
                    why: why.to_owned(),
                });
            }
        }
    }

    /// Takes in what a snapshot remembers of them; snapshots come in their order.
    pub fn person(&mut self, known: &RememberedPerson, manifest: &Manifest) {
        if !known.name.is_empty() {
            self.person.name = known.name.clone();
        }
        if self.ended.at != known.until {
            self.ended = Ended {
                at: known.until,
                last_day: None,
                known_since: known.until.map(|_| Known {
                    snapshot: manifest.serial,
                    written: manifest.written,
                    commit: manifest.commit.clone(),
                }),
            };
        }
    }

    fn traces(&mut self, app: &AppName, account: &AccountTag) -> &mut Traces {
        let key = (app.clone(), account.vendor_id.raw().to_owned());
        let traces = self.accounts.entry(key).or_default();
        if !account.login.is_empty() {
            traces.login = account.login.clone();
        }
        traces
    }

    /// What all of that comes to, as the last snapshot has it.
    pub fn certificate(
        mut self,
        config: &Config,
        desired: &Desired,
        last: Last<'_>,
    ) -> Certificate {
        let index = config
            .people
            .iter()
            .position(|person| person.id == self.person.id);
        if let Some(index) = index {
            self.by_the_files(config, desired, index);
        }
        let manifest = &last.snapshot.manifest;
        let kept_until = self.ended.at.and_then(|at| {
            let person = &config.people[index?];
            desired::release_day(config, person, at)
        });
        let accounts = std::mem::take(&mut self.accounts).into_iter();
        let accounts: Vec<Account> = accounts
            .map(|((app, vendor_id), traces)| {
                let mut account = account(config, &app, &vendor_id, traces, self.ended.at, last);
                account.kept_until = kept_until.filter(|_| !account.holds.is_empty());
                account
            })
            .collect();
        let next = index.and_then(|index| desired.people[index].next.as_ref());
        let returns = next
            .zip(index)
            .map(|(next, index)| config.people[index].periods[next.period].from);
        let mut gaps = gaps(last, &accounts, self.ended.at);
        gaps.append(&mut self.gaps);
        let zone = &config.organisation.time_zone;
        Certificate {
            format: FORMAT.to_owned(),
            organisation: config.organisation.name.clone(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            in_files: index.is_some(),
            ended: self.ended,
            returns,
            evidence: Evidence {
                snapshot: manifest.serial,
                digest: last.snapshot.digest,
                written: manifest.written,
                runs: manifest
                    .runs
                    .iter()
                    .map(|record| record.run.clone())
                    .collect(),
                actor: manifest.actor.clone(),
                commit: manifest.commit.clone(),
                configuration: manifest.configuration,
                tool: manifest.tool.clone(),
                pruned: last.pruned,
            },
            closed: gaps.is_empty() && accounts.iter().all(|account| account.state.is_closed()),
            gaps,
            accounts,
            answers_for: answers_for(config, &self.ids),
            person: self.person,
        }
    }

    /// What the files say of the end outweighs what any run believed.
    fn by_the_files(&mut self, config: &Config, desired: &Desired, index: usize) {
        self.person.name = config.people[index].display_name();
        if let Some(left) = desired.people[index].left {
            if self.ended.at != Some(left.since) {
                self.ended.known_since = None;
            }
            self.ended.at = Some(left.since);
            self.ended.last_day = Some(left.last_day);
        }
    }
}

impl Step {
    fn at(self, at: Timestamp) -> Closing {
        Closing::Run { at, step: self }
    }
}

/// The apps that were not read, or not wholly, and of which no account of theirs is known.
fn gaps(last: Last<'_>, accounts: &[Account], ended: Option<Timestamp>) -> Vec<Gap> {
    let unknown = last
        .observed
        .iter()
        .filter(|(app, _)| accounts.iter().all(|one| one.app != **app));
    let gaps = unknown.filter_map(|(app, reading)| {
        let why = match reading {
            Reading::Unread(_) => {
                match last.snapshot.manifest.apps.get(app).map(|app| &app.after) {
                    Some(ReadingRecord::Unread { why }) => why.clone(),
                    _ => "the last snapshot does not have it".to_owned(),
                }
            }
            Reading::Read(_) if is_early(last, app, ended) => {
                "it was read last before access ended".to_owned()
            }
            Reading::Read(observation) => match &observation.completeness {
                Completeness::Incomplete(why) => why.clone(),
                Completeness::Complete | Completeness::NamedOnly => return None,
            },
        };
        let app = app.clone();
        Some(Gap { app, why })
    });
    gaps.collect()
}

/// True if an app was read before access ended, and not since.
fn is_early(last: Last<'_>, app: &AppName, ended: Option<Timestamp>) -> bool {
    let record = last.snapshot.manifest.apps.get(app).map(|app| &app.after);
    let reading = record.and_then(ReadingRecord::object);
    reading
        .zip(ended)
        .is_some_and(|((_, read), ended)| read < ended)
}

/// The accounts of others for which somebody answers; their own second ones close with them.
fn answers_for(config: &Config, ids: &[PersonId]) -> Vec<AnswersFor> {
    let listed = config
        .accounts
        .iter()
        .filter(|listed| ids.contains(&listed.owner) && listed.kind != AccountKind::Admin);
    let one = |listed: &crate::config::ListedAccount| AnswersFor {
        app: listed.app.clone(),
        login: listed.login.clone(),
        kind: listed.kind,
        purpose: listed.purpose.clone(),
    };
    listed.map(one).collect()
}

fn account(
    config: &Config,
    app: &AppName,
    vendor_id: &str,
    traces: Traces,
    ended: Option<Timestamp>,
    last: Last<'_>,
) -> Account {
    let record = last.snapshot.manifest.apps.get(app).map(|app| &app.after);
    let reading = record.and_then(read_back);
    let settings = config.apps.get(app);
    let observation = match last.observed.get(app) {
        Some(Reading::Read(observation)) => Some(&**observation),
        Some(Reading::Unread(_)) | None => None,
    };
    let seen = observation.and_then(|observation| observation.find(vendor_id));
    let state = found(observation, seen, reading.as_ref(), ended);
    let login = seen
        .map(|account| account.login().to_owned())
        .filter(|login| !login.is_empty());
    let holds = match (settings, observation, seen) {
        (Some(settings), Some(observation), Some(account)) => holds(settings, observation, account),
        _ => Vec::new(),
    };
    let seen_closed = |seen| Closing::Others { seen };
    let by_reading = || match state {
        Found::Closed => traces.inactive_since.map(seen_closed),
        Found::Gone => reading.as_ref().map(|reading| reading.at).map(seen_closed),
        Found::Open { .. } | Found::NotKnown { .. } => None,
    };
    let closing = match &state {
        // What was opened again since is no closed door.
        Found::Open { .. } => None,
        _ => traces.closing.or_else(by_reading),
    };
    let tasks = settings.filter(|_| matches!(closing, Some(Closing::Run { .. })));
    let tasks = tasks
        .iter()
        .flat_map(|settings| &settings.description.leaving.tasks);
    Account {
        app: app.clone(),
        owner: settings.and_then(|settings| settings.owner.clone()),
        account: AccountTag {
            vendor_id: vendor_id.into(),
            login: login.unwrap_or(traces.login),
        },
        open_for: match (&closing, ended) {
            (Some(Closing::Run { at, .. }), Some(ended)) => {
                Some(at.duration_since(ended).as_secs().max(0))
            }
            _ => None,
        },
        tasks: tasks.map(ToString::to_string).collect(),
        state,
        reading,
        closing,
        holds,
        kept_until: None,
    }
}

fn read_back(record: &ReadingRecord) -> Option<ReadBack> {
    let (object, at) = record.object()?;
    let carried = match record {
        ReadingRecord::Carried { why, .. } => Some(why.clone()),
        ReadingRecord::Read { .. } | ReadingRecord::Unread { .. } => None,
    };
    Some(ReadBack {
        at,
        object,
        carried,
    })
}

/// What a reading says of an account. One from before the end of access says nothing of an account
/// that was open then.
fn found(
    observation: Option<&Observation>,
    seen: Option<AccountRef<'_>>,
    reading: Option<&ReadBack>,
    ended: Option<Timestamp>,
) -> Found {
    let Some(observation) = observation else {
        return Found::NotKnown {
            why: "the last snapshot has no reading of it that these files can show".to_owned(),
        };
    };
    let early = reading
        .zip(ended)
        .is_some_and(|(reading, ended)| reading.at < ended);
    let Some(account) = seen else {
        return match &observation.completeness {
            _ if early => Found::NotKnown {
                why: "it was not there when the app was read last, before access ended".to_owned(),
            },
            Completeness::Incomplete(why) => Found::NotKnown { why: why.clone() },
            Completeness::Complete | Completeness::NamedOnly => Found::Gone,
        };
    };
    match account.status() {
        Status::Inactive => Found::Closed,
        Status::Active | Status::Pending if early => Found::NotKnown {
            why: "it was open when it was read last, before access ended".to_owned(),
        },
        status => Found::Open { status },
    }
}

fn holds(settings: &AppConfig, observation: &Observation, account: AccountRef<'_>) -> Vec<Held> {
    let held = account.holdings().iter().map(|holding| {
        let value = observation.value(holding.value);
        let kind = settings.description.kind(value.kind);
        let keeps = kind
            .seats
            .as_ref()
            .is_some_and(|seats| !seats.freed_by_leaving);
        Held {
            kind: kind.name.to_string(),
            value: value.name.to_owned(),
            level: observation.level(*holding).map(|level| level.to_owned()),
            seat: kind
                .pool(value.name.raw())
                .filter(|_| keeps)
                .map(str::to_owned),
        }
    });
    let mut held: Vec<Held> = held.collect();
    held.sort();
    held
}
