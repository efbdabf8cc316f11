//! Looks through the readings of all apps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::nearest::nearest;
use crate::base::{Foreign, Site};
use crate::config::Config;
use crate::desired::release_day;
use crate::model::account::{LinkRule, Status};
use crate::model::app::KindIndex;
use crate::model::change::PersonTag;
use crate::model::desired::{Closing, Desired, Want};
use crate::model::history::History;
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{
    AccountRef, Completeness, Holding, Observation, Observed, Reading,
};
use crate::model::person::{Period, fold_email};
use crate::model::reason::{Reason, Why};
use crate::plan::matching::{Links, Owner, PeopleIndex, link};
use crate::plan::privileged::{self, Standing};
use crate::reports::explain::{AppFacts, Wanted, facts};
use crate::reports::find::tag;

use super::{
    Access, Account, Answer, AppAnswer, Carried, Closed, FORMAT, Filter, Held, KindAnswer, Origins,
    Sought, Unknown, Whose,
};

/// How many values are suggested in place of one that is not known.
const SUGGESTED: usize = 3;

/// Who has what, as far as it is asked for. A snapshot's readings that it carried forward are named.
pub fn access(
    config: &Config,
    desired: &Desired,
    observed: &Observed,
    history: &History,
    (source, carried): (Origins, &BTreeMap<AppName, Carried>),
    filter: &Filter,
) -> Access {
    let people = PeopleIndex::new(config);
    let mut access = Access {
        format: FORMAT,
        as_of: desired.as_of,
        time_zone: config
            .organisation
            .time_zone
            .iana_name()
            .unwrap_or("UTC")
            .to_owned(),
        source,
        apps: Vec::new(),
        unknown: Vec::new(),
        accounts: Vec::new(),
    };
    for (index, name) in desired.apps.iter().enumerate() {
        let Some(reading) = observed.get(name).filter(|_| filter.asks(name)) else {
            continue;
        };
        let answer = match reading {
            Reading::Unread(failure) => Answer::Unread {
                failure: failure.clone(),
            },
            Reading::Read(observation) => {
                let settings = &config.apps[name];
                let remembered = history.apps.get(name);
                let view = View {
                    config,
                    desired,
                    history,
                    index,
                    name,
                    links: link(name, settings, observation, remembered, &people),
                    observation,
                    source,
                    carried: carried.get(name),
                };
                access.accounts.extend(view.accounts(filter));
                let sought = filter.entitlements.iter();
                access
                    .unknown
                    .extend(sought.filter_map(|sought| view.unknown(sought)));
                view.answer()
            }
        };
        access.apps.push(AppAnswer {
            app: name.clone(),
            answer,
        });
    }
    order(&mut access.accounts);
    access
}

/// People who hold something privileged first, accounts of nobody last.
fn order(accounts: &mut [Account]) {
    let powerful = accounts
        .iter()
        .filter(|account| account.holds.iter().any(|held| held.privileged));
    let powerful: BTreeSet<Option<PersonId>> = powerful.map(id).collect();
    accounts.sort_by_cached_key(|account| {
        let person = account.whose.person();
        (
            person.is_none(),
            !powerful.contains(&id(account)),
            person.map(|person| (person.name.raw().to_lowercase(), person.id.clone())),
            account.app.clone(),
            account.account.clone(),
        )
    });
}

fn id(account: &Account) -> Option<PersonId> {
    account.whose.person().map(|person| person.id.clone())
}

impl Filter {
    /// True if an account of an app may be what is asked for.
    pub fn asks(&self, app: &AppName) -> bool {
        let sought = self.entitlements.iter().map(|sought| &sought.app);
        (self.apps.is_empty() || self.apps.contains(app))
            && (self.entitlements.is_empty() || sought.into_iter().any(|sought| sought == app))
    }

    fn of(&self, whose: &Whose) -> bool {
        let person = whose.person();
        self.people.is_empty() || person.is_some_and(|person| self.people.contains(&person.id))
    }

    fn holds(&self, app: &AppName, held: &Held) -> bool {
        let fits = |sought: &Sought| {
            sought.app == *app
                && sought.kind == held.kind
                && (sought.value.as_ref()).is_none_or(|value| value == held.value.raw())
        };
        self.entitlements.is_empty() || self.entitlements.iter().any(fits)
    }
}

/// One app.
struct View<'a> {
    config: &'a Config,
    desired: &'a Desired,
    history: &'a History,
    /// Its index in [`Desired::apps`].
    index: usize,
    name: &'a AppName,
    links: Links,
    observation: &'a Observation,
    source: Origins,
    /// The reading is of an earlier run.
    carried: Option<&'a Carried>,
}

impl View<'_> {
    fn answer(&self) -> Answer {
        let kinds = &self.config.apps[self.name].description.entitlements;
        let kinds = kinds.iter().zip(&self.observation.kinds);
        Answer::Read {
            at: self.observation.fetched_at,
            carried: self.carried.cloned(),
            accounts: self.observation.completeness.clone(),
            kinds: kinds
                .map(|(kind, holders)| KindAnswer {
                    kind: kind.name.to_string(),
                    holders: holders.clone(),
                })
                .collect(),
        }
    }

    fn accounts(&self, filter: &Filter) -> impl Iterator<Item = Account> {
        let accounts = self.observation.accounts().zip(&self.links.owners);
        accounts.filter_map(|(account, owner)| {
            let whose = self.whose(account, owner);
            if !filter.of(&whose) {
                return None;
            }
            let mut found = self.account(account, owner, whose);
            found.holds.retain(|held| filter.holds(self.name, held));
            let asked = filter.entitlements.is_empty() || !found.holds.is_empty();
            asked.then_some(found)
        })
    }

    fn whose(&self, account: AccountRef<'_>, owner: &Owner) -> Whose {
        match owner {
            Owner::Person(person, rule) => Whose::Human {
                person: tag(&self.config.people[*person]),
                link: *rule,
                gone: false,
            },
            Owner::Gone(id) => Whose::Human {
                person: self.remembered(id),
                link: LinkRule::Snapshot,
                gone: true,
            },
            Owner::Listed(index) => {
                let listed = &self.config.accounts[*index];
                let mut people = self.config.people.iter();
                let owner = people.find(|person| person.id == listed.owner);
                Whose::Listed {
                    listed: listed.kind,
                    person: owner.map_or_else(|| self.remembered(&listed.owner), tag),
                    purpose: listed.purpose.clone(),
                    review: listed.review,
                }
            }
            Owner::Nobody if self.protects(account) => Whose::Protected,
            Owner::Nobody => Whose::Unmanaged,
            Owner::Contested => Whose::Contested,
        }
    }

    /// Somebody who is no longer in the files.
    fn remembered(&self, id: &PersonId) -> PersonTag {
        let person = self.history.people.get(id);
        PersonTag {
            id: id.clone(),
            name: person.map(|person| person.name.clone()).unwrap_or_default(),
        }
    }

    fn protects(&self, account: AccountRef<'_>) -> bool {
        let protected = &self.config.apps[self.name].protected;
        let is = |text: &str| protected.contains(&fold_email(text));
        !protected.is_empty() && (is(account.login().raw()) || is(account.vendor_id().raw()))
    }

    fn account(&self, account: AccountRef<'_>, owner: &Owner, whose: Whose) -> Account {
        let facts = self.facts(account, owner);
        let because = match (&facts, owner) {
            (Some(facts), _) => facts.named_by.clone(),
            (None, Owner::Listed(index)) => vec![self.listed(self.config.accounts[*index].site)],
            (None, _) => Vec::new(),
        };
        let person = match owner {
            Owner::Person(person, _) => Some(*person),
            _ => None,
        };
        let holdings = account.holdings().iter();
        let mut holds: Vec<Held> = holdings
            .map(|holding| self.held(*holding, person, facts.as_ref()))
            .collect();
        holds.sort_by(|a, b| {
            let key = |held: &Held| (Reverse(held.privileged), held.because.is_empty());
            let name = |held: &Held| (held.kind.clone(), held.value.clone());
            (key(a), name(a)).cmp(&(key(b), name(b)))
        });
        Account {
            app: self.name.clone(),
            account: crate::plan::matching::tag(account),
            email: account.email().to_owned(),
            status: account.status(),
            closed: self.closed(account, owner),
            carried_from: self.carried.map(|carried| carried.from),
            whose,
            because,
            holds,
        }
    }

    /// What the files want of a person's main account; nothing of any other.
    fn facts(&self, account: AccountRef<'_>, owner: &Owner) -> Option<AppFacts> {
        let Owner::Person(person, _) = owner else {
            return None;
        };
        let facts = (self.is_main(account, *person))
            .then(|| facts(self.config, self.desired, *person, self.index));
        facts.filter(|facts| matches!(facts.want, Wanted::Account { .. }))
    }

    /// Whether an account is closed as it is to be: nothing that it holds gives anybody access.
    fn closed(&self, account: AccountRef<'_>, owner: &Owner) -> Option<Closed> {
        if account.status() != Status::Inactive {
            return None;
        }
        let kept_until = match owner {
            Owner::Person(index, _) => match self.desired.want(*index, self.index) {
                Want::Account { .. } if self.is_main(account, *index) => return None,
                Want::Closed(Closing::Left(left)) if !left.released => {
                    release_day(self.config, &self.config.people[*index], left.since)
                }
                _ => None,
            },
            Owner::Gone(_) => None,
            Owner::Listed(_) | Owner::Nobody | Owner::Contested => return None,
        };
        Some(Closed { kept_until })
    }

    fn is_main(&self, account: AccountRef<'_>, person: usize) -> bool {
        let main = self.links.main(person);
        main.is_some_and(|(main, _)| main == account.index())
    }

    fn listed(&self, site: Site) -> Reason {
        Reason {
            why: Why::Entry,
            at: Some(self.config.sources.locate(site)),
        }
    }

    fn held(&self, holding: Holding, person: Option<usize>, facts: Option<&AppFacts>) -> Held {
        let settings = &self.config.apps[self.name];
        let value = self.observation.value(holding.value);
        let level = self.observation.level(holding);
        let kind = settings.description.kind(value.kind);
        let level_text = level.map(Foreign::into_raw);
        let said = facts.and_then(|facts| {
            facts.holds.iter().find(|held| {
                held.kind == kind.name
                    && held.value == value.name.raw()
                    && held.level.as_deref() == level_text
            })
        });
        let standing = person.and_then(|index| {
            let period = self.period(index)?;
            let what = (value.kind, value.name.raw(), level_text);
            let (config, now) = (self.config, self.desired.as_of);
            let person = &config.people[index];
            Some(privileged::standing(
                config, self.name, person, period, what, now,
            ))
        });
        let approved_until = match standing {
            Some(Standing::Approved { until, .. }) => Some(until),
            _ => None,
        };
        Held {
            kind: kind.name.to_string(),
            value: value.name.to_owned(),
            level: level.map(|level| level.to_owned()),
            origin: holding.origin,
            privileged: settings.is_privileged(value.kind, value.name.raw(), level_text),
            approved_until,
            because: said.map(|held| held.reasons.clone()).unwrap_or_default(),
        }
    }

    /// The period that runs, or is next.
    fn period(&self, person: usize) -> Option<&Period> {
        let moment = &self.desired.people[person];
        let current = moment.current.as_ref().map(|current| current.period);
        let index = current.or(moment.next.as_ref().map(|next| next.period))?;
        Some(&self.config.people[person].periods[index])
    }

    /// What there is to say of a value that is sought and of which the reading tells nothing: that
    /// nobody holds it may be concluded only if somebody asked.
    fn unknown(&self, sought: &Sought) -> Option<Unknown> {
        let value = sought.value.as_ref().filter(|_| sought.app == *self.name)?;
        let description = &self.config.apps[self.name].description;
        let (kind, _) = description.entitlement(&sought.kind)?;
        let exists = self.observation.value_named(kind, value);
        let held = || {
            let mut accounts = self.observation.accounts();
            accounts.any(|account| {
                let mut holdings = account.holdings().iter();
                holdings.any(|holding| Some(holding.value) == exists)
            })
        };
        let told = match &self.observation.kinds[usize::from(kind.0)] {
            Completeness::Complete => true,
            Completeness::NamedOnly => self.was_asked(kind, value) || held(),
            Completeness::Incomplete(_) => exists.is_some(),
        };
        if told && exists.is_some() {
            return None;
        }
        let catalogue = self.observation.catalogue();
        let names: Vec<&str> = catalogue
            .filter(|(_, known)| known.kind == kind && exists.is_none())
            .map(|(_, known)| known.name.into_raw())
            .collect();
        let near = nearest(value, names, SUGGESTED);
        Some(Unknown {
            sought: sought.clone(),
            told,
            nearest: near.into_iter().map(Foreign::from).collect(),
        })
    }

    /// True if the reading was to cover who holds a value. Live, what is sought always is; then, what
    /// the files had named, and what only an approval gave by the same files.
    fn was_asked(&self, kind: KindIndex, value: &str) -> bool {
        let settings = &self.config.apps[self.name];
        let same_files = match self.source {
            Origins::Apps => return true,
            Origins::Snapshot { same_files, .. } => same_files,
        };
        let remembered = self.history.apps.get(self.name);
        let named = remembered.and_then(|app| {
            let kind = settings.description.kind(kind);
            app.named.get(kind.name.as_ref())
        });
        named.is_some_and(|named| named.contains(value))
            || (same_files && settings.privileged_values(kind).any(|one| one == value))
    }
}
