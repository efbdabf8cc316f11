//! Looks at what was observed and planned through the eyes of whoever starts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::desired;
use crate::model::account::Status;
use crate::model::change::{Action, Change};
use crate::model::desired::{Closing, Desired, Want};
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::observation::{AccountRef, Completeness, Observation, Observed, Reading};
use crate::model::person::Person;
use crate::model::plan::Body;
use crate::model::withheld::{Impediment, Withheld, WithheldState};
use crate::plan::look::links;
use crate::plan::matching::{self, Links, PeopleIndex};
use crate::reports::find::tag;

use super::{
    AppReadiness, Away, Employment, FORMAT, Hire, Manager, Next, Readiness, Standing, State, Todo,
    Value,
};

/// How long a first day lasts: whoever began no longer ago is still looked at.
const FIRST_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is looked at: the files, the apps, and the plan that was made of both.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The files.
    pub config: &'a Config,
    /// What they say now.
    pub desired: &'a Desired,
    /// What the apps said.
    pub observed: &'a Observed,
    /// What the last snapshot remembers.
    pub history: &'a History,
    /// What must change, and what stands in the way.
    pub plan: &'a Body,
    /// The same without a rollout's limits, if there are any: what whoever is outside of them lacks.
    pub whole: Option<&'a Body>,
}

/// How ready everything is for whoever starts within a time, their first day included; or for these
/// people (by index), whenever they start or started.
pub fn readiness(look: Look<'_>, within: SignedDuration, people: &BTreeSet<usize>) -> Readiness {
    let now = look.desired.as_of;
    let until = now.saturating_add(within).unwrap_or(Timestamp::MAX);
    let index = PeopleIndex::new(look.config);
    let links = links(look.config, look.history, look.observed);
    let mut hires: Vec<(Timestamp, Hire)> = Vec::new();
    let mut next: Option<(Timestamp, Next)> = None;
    for person in 0..look.config.people.len() {
        let start = look.start(person);
        let soon = start.as_ref().is_some_and(|start| start.begins <= until);
        if people.contains(&person) || (people.is_empty() && soon) {
            let moment = start.as_ref().map_or(now, |start| start.begins.max(now));
            let hire = Candidate::new(look, person, moment, (&index, &links)).hire(start.as_ref());
            hires.push((start.map_or(moment, |start| start.begins), hire));
        } else if let Some(start) = start.filter(|_| people.is_empty()) {
            later(&mut next, &start, &look.config.people[person]);
        }
    }
    hires.sort_by_cached_key(|(begins, hire)| {
        (
            *begins,
            hire.person.name.raw().to_lowercase(),
            hire.person.id.clone(),
        )
    });
    let hires: Vec<Hire> = hires.into_iter().map(|(_, hire)| hire).collect();
    let unread = look.observed.values().filter_map(|reading| match reading {
        Reading::Unread(failure) => Some(failure.clone()),
        Reading::Read(_) => None,
    });
    let zone = &look.config.organisation.time_zone;
    Readiness {
        format: FORMAT.to_owned(),
        as_of: now,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        until: people.is_empty().then_some(until),
        hires,
        next: next.map(|(_, next)| next),
        unread: unread.collect(),
    }
}

/// Takes in somebody who starts after the time that is asked for.
fn later(next: &mut Option<(Timestamp, Next)>, start: &Start, person: &Person) {
    match next {
        Some((begins, _)) if *begins < start.begins => {}
        Some((begins, first)) if *begins == start.begins => first.people.push(tag(person)),
        _ => {
            let (on, people) = (person.periods[start.period].from, vec![tag(person)]);
            *next = Some((start.begins, Next { on, people }));
        }
    }
}

/// A first day.
struct Start {
    /// Index of the period that it begins.
    period: usize,
    begins: Timestamp,
}

impl Look<'_> {
    /// The first day of a person that is to come, or lasts. A move is none.
    fn start(&self, person: usize) -> Option<Start> {
        let moment = &self.desired.people[person];
        let current = moment.current.as_ref();
        let current = current.map(|current| (current.period, current.began));
        let lasts = current.filter(|(_, began)| {
            began
                .saturating_add(FIRST_DAY)
                .is_ok_and(|end| self.desired.as_of < end)
        });
        let next = moment.next.as_ref().map(|next| (next.period, next.begins));
        let periods = &self.config.people[person].periods;
        let first = |(period, _): &(usize, Timestamp)| {
            let before = period
                .checked_sub(1)
                .and_then(|before| periods[before].until);
            before.and_then(|day| day.tomorrow().ok()) != Some(periods[*period].from)
        };
        let (period, begins) = lasts.filter(first).or(next.filter(first))?;
        Some(Start { period, begins })
    }
}

/// One person on the day that counts for them.
struct Candidate<'a> {
    look: Look<'a>,
    /// Index in the configuration.
    index: usize,
    person: &'a Person,
    /// What the files want of them on that day: they are the only one in it.
    then: Desired,
    people: &'a PeopleIndex<'a>,
    links: &'a BTreeMap<AppName, Links>,
}

impl<'a> Candidate<'a> {
    fn new(
        look: Look<'a>,
        index: usize,
        moment: Timestamp,
        (people, links): (&'a PeopleIndex<'a>, &'a BTreeMap<AppName, Links>),
    ) -> Self {
        let mut candidate = Self {
            look,
            index,
            person: &look.config.people[index],
            then: desired::of(look.config, moment, &[index]),
            people,
            links,
        };
        if let Some(whole) = look.whole.filter(|_| candidate.is_outside()) {
            candidate.look.plan = whole;
        }
        candidate
    }

    fn hire(&self, start: Option<&Start>) -> Hire {
        let apps: Vec<AppReadiness> = (0..self.then.apps.len())
            .filter_map(|app| self.app(app))
            .collect();
        let todo = self.everywhere();
        let own = if todo.is_empty() {
            Standing::Ready
        } else {
            Standing::NotReady
        };
        let standing = apps.iter().map(|app| app.standing).fold(own, Standing::max);
        let organisation = self.look.config.organisation.time_zone.iana_name();
        let zone = self.person.time_zone.as_deref().or(organisation);
        Hire {
            person: tag(self.person),
            email: self.person.email.clone(),
            entry: self.look.config.sources.locate(self.person.site),
            employment: self.employment(start),
            time_zone: zone.unwrap_or("UTC").to_owned(),
            manager: self.manager(),
            leave: self.then.people[0].leave.map(away),
            standing,
            todo,
            apps,
        }
    }

    fn employment(&self, start: Option<&Start>) -> Employment {
        let current = self.look.desired.people[self.index].current.as_ref();
        match (start, current) {
            (Some(start), _) => {
                let period = &self.person.periods[start.period];
                Employment::Starts {
                    on: period.from,
                    begins: start.begins,
                    returns: start.period > 0,
                    job_code: period.job_code.clone(),
                }
            }
            (None, Some(current)) => {
                let period = &self.person.periods[current.period];
                Employment::Works {
                    since: period.from,
                    job_code: period.job_code.clone(),
                }
            }
            (None, None) => Employment::Gone,
        }
    }

    fn manager(&self) -> Option<Manager> {
        let period = self.then.people[0].current.as_ref()?.period;
        let id = self.person.periods[period].manager.as_ref()?;
        let index = self.people.by_id(id.as_str())?;
        let manager = &self.look.config.people[index];
        Some(Manager {
            person: tag(manager),
            email: manager.email.clone(),
            leave: self.look.desired.people[index].leave.map(away),
        })
    }

    /// What stands in the way wherever they go.
    fn everywhere(&self) -> Vec<Todo> {
        let mut todo: Vec<Todo> = self.withheld(None).map(settle).collect();
        let said = |one: &Todo| {
            matches!(
                one,
                Todo::Settle {
                    why: Impediment::Entry { .. },
                    ..
                }
            )
        };
        // A plan tells of an entry only once it is due; whoever looks ahead wants to mend it now.
        if let Some(problem) = self
            .person
            .problem
            .as_ref()
            .filter(|_| !todo.iter().any(said))
        {
            todo.push(Todo::Settle {
                state: WithheldState::Held,
                why: Impediment::Entry {
                    code: problem.code.to_owned(),
                    message: problem.message.clone(),
                },
                at: Some(self.look.config.sources.locate(problem.site)),
            });
        }
        todo
    }

    /// What the plan does not do for them in an app, or anywhere.
    fn withheld(&self, app: Option<&AppName>) -> impl Iterator<Item = &'a Withheld> {
        let id = &self.person.id;
        let app = app.cloned();
        self.look.plan.withheld.iter().filter(move |item| {
            item.app == app && item.person.as_ref().is_some_and(|person| person.id == *id)
        })
    }

    fn changes(&self, app: &AppName) -> Vec<&'a Change> {
        let theirs = |change: &&Change| {
            let person = change.person.as_ref();
            change.app == *app && person.is_some_and(|person| person.id == self.person.id)
        };
        self.look.plan.changes.iter().filter(theirs).collect()
    }

    /// One app, if they are to have it on that day.
    fn app(&self, index: usize) -> Option<AppReadiness> {
        let name = &self.then.apps[index];
        let settings = &self.look.config.apps[name];
        let paused = match self.then.want(0, index) {
            Want::Account { .. } => false,
            Want::Closed(Closing::Leave(_)) => true,
            Want::NotYet { .. } | Want::Closed(Closing::Left(_)) | Want::Nothing => return None,
        };
        let blank = AppReadiness {
            app: name.clone(),
            owner: settings.owner.clone(),
            made_by: settings.provisioned_by.as_ref().map(|by| by.app.clone()),
            state: State::NotKnown,
            standing: Standing::NotKnown,
            account: None,
            holds: Vec::new(),
            lacks: Vec::new(),
            todo: Vec::new(),
        };
        Some(match self.look.observed.get(name) {
            Some(Reading::Read(observation)) => self.seen(index, paused, observation, blank),
            Some(Reading::Unread(failure)) => AppReadiness {
                todo: vec![Todo::Read {
                    failure: Some(failure.clone()),
                    lacks: None,
                }],
                ..blank
            },
            None => blank,
        })
    }

    /// What an app that was read says.
    fn seen(
        &self,
        index: usize,
        paused: bool,
        observation: &Observation,
        blank: AppReadiness,
    ) -> AppReadiness {
        let settings = &self.look.config.apps[&blank.app];
        let main = self
            .links
            .get(&blank.app)
            .and_then(|links| links.main(self.index));
        let account = main.map(|(main, _)| observation.account(main));
        let changes = self.changes(&blank.app);
        let withheld: Vec<&Withheld> = self.withheld(Some(&blank.app)).collect();
        let opened = changes.iter().any(|change| change.opens());
        let stops = |item: &&Withheld| item.state != WithheldState::Waiting;
        let stuck = !opened && withheld.iter().any(stops);
        let unsure = withheld
            .iter()
            .any(|item| matches!(item.why, Impediment::IncompleteReading { .. }));
        let want = self.look.desired.want(self.index, index);
        let opens = match want {
            Want::NotYet { opens } => Some(opens),
            _ => self.opens(index),
        };
        let state = match account.map(|account| account.status()) {
            _ if paused => State::OnLeave,
            // It is open, and no run looked yet whether it holds what they are to have.
            Some(Status::Active)
                if let Want::NotYet { opens } = want
                    && !account.is_some_and(|account| self.was_wanted(&blank.app, account)) =>
            {
                State::Later { opens }
            }
            Some(Status::Active) => State::Active,
            Some(Status::Pending) => State::Pending,
            None if unsure || in_doubt(observation) => State::NotKnown,
            Some(Status::Inactive) | None if stuck => State::Blocked,
            Some(Status::Inactive) if opens.is_none() => State::Inactive,
            None | Some(Status::Inactive) => {
                opens.map_or(State::Missing, |opens| State::Later { opens })
            }
        };
        let mut todo: Vec<Todo> = withheld.iter().map(|item| settle(item)).collect();
        if !changes.is_empty() && self.is_outside() {
            todo.push(Todo::OutOfScope);
        } else if !changes.is_empty() {
            todo.insert(
                0,
                Todo::Apply {
                    changes: changes.iter().map(|&change| change.clone()).collect(),
                },
            );
        }
        let absent = matches!(state, State::Missing | State::Inactive);
        if todo.is_empty() && absent && self.is_outside() {
            todo.push(Todo::OutOfScope);
        }
        if state == State::NotKnown && todo.is_empty() {
            todo.push(Todo::Read {
                failure: None,
                lacks: doubt(observation),
            });
        }
        let withheld = withheld.iter().flat_map(|item| &item.changes);
        let due = changes.into_iter().chain(withheld);
        let mut found = AppReadiness {
            standing: Standing::Ready,
            account: account.map(matching::tag),
            holds: account
                .map(|account| holds(observation, settings, account))
                .unwrap_or_default(),
            lacks: due
                .filter_map(gives)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            todo,
            state,
            ..blank
        };
        found.standing = standing(&found);
        found
    }

    /// True for an account that a run of ours made or brought to what they were to have.
    fn was_wanted(&self, app: &AppName, account: AccountRef<'_>) -> bool {
        let remembered = self.look.history.apps.get(app);
        let memory = remembered.and_then(|app| app.memories.get(account.vendor_id().raw()));
        memory.is_some_and(|memory| memory.desired)
    }

    /// When provisioning for the next period opens in an app, if that is still to come.
    fn opens(&self, app: usize) -> Option<Timestamp> {
        let next = self.look.desired.people[self.index].next.as_ref()?;
        let opens = next.opens[self.look.desired.leads[app]];
        (opens > self.look.desired.as_of).then_some(opens)
    }

    /// True if the rollout leaves them alone on that day (R6).
    fn is_outside(&self) -> bool {
        let moment = &self.then.people[0];
        let period = moment
            .current
            .as_ref()
            .map(|current| &self.person.periods[current.period]);
        let rollout = self.look.config.rollout.as_ref();
        rollout
            .zip(period)
            .is_some_and(|(rollout, period)| !rollout.includes(self.person, period))
    }
}

/// How ready an account is, from what is there and what is to be done.
fn standing(app: &AppReadiness) -> Standing {
    let acts = |todo: &Todo| !matches!(todo, Todo::Accept { .. });
    match app.state {
        State::Active if app.lacks.is_empty() => Standing::Ready,
        State::OnLeave => Standing::Ready,
        State::NotKnown => Standing::NotKnown,
        State::Later { .. } => Standing::Waiting,
        State::Pending if !app.todo.iter().any(acts) => Standing::Waiting,
        State::Active | State::Pending | State::Inactive | State::Missing | State::Blocked => {
            Standing::NotReady
        }
    }
}

fn away(leave: crate::model::person::Leave) -> Away {
    Away {
        from: leave.from,
        until: leave.until,
    }
}

/// What is to be done about something that a plan does not do.
fn settle(item: &Withheld) -> Todo {
    match &item.why {
        Impediment::Acceptance { since, until } => Todo::Accept {
            since: *since,
            until: *until,
        },
        Impediment::IncompleteReading { because } => Todo::Read {
            failure: None,
            lacks: Some(because.clone()),
        },
        why => Todo::Settle {
            state: item.state,
            why: why.clone(),
            at: item.at.clone(),
        },
    }
}

/// True if the reading may lack accounts, so that nobody may be said to have none (R9).
fn in_doubt(observation: &Observation) -> bool {
    doubt(observation).is_some()
}

fn doubt(observation: &Observation) -> Option<String> {
    match &observation.completeness {
        Completeness::Incomplete(because) => Some(because.clone()),
        Completeness::Complete | Completeness::NamedOnly => None,
    }
}

fn holds(
    observation: &Observation,
    settings: &crate::config::AppConfig,
    account: AccountRef<'_>,
) -> Vec<Value> {
    let holdings = account.holdings().iter().map(|holding| {
        let value = observation.value(holding.value);
        Value {
            kind: settings.description.kind(value.kind).name.to_string(),
            value: value.name.to_owned(),
            level: observation.level(*holding).map(|level| level.to_owned()),
        }
    });
    let mut holds: Vec<Value> = holdings.collect();
    holds.sort();
    holds
}

/// What a change gives.
fn gives(change: &Change) -> Option<Value> {
    match &change.action {
        Action::Grant { kind, value, level } => Some(Value {
            kind: kind.clone(),
            value: value.as_str().into(),
            level: level.as_deref().map(Into::into),
        }),
        Action::Set {
            kind, key, after, ..
        } => Some(Value {
            kind: kind.clone(),
            value: key.as_ref().unwrap_or(after).as_str().into(),
            level: key.as_ref().map(|_| after.as_str().into()),
        }),
        _ => None,
    }
}
