//! Whose account it is (R7, R8): the strongest rule that matches decides, and nothing is guessed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::base::Foreign;
use crate::config::{AppConfig, Config};
use crate::model::account::{LinkRule, Status};
use crate::model::change::{AccountTag, PersonTag};
use crate::model::history::RememberedApp;
use crate::model::name::{AppName, PersonId};
use crate::model::observation::{AccountIndex, AccountRef, Observation};
use crate::model::person::{Person, fold_email};
use crate::model::withheld::Impediment;

use super::listed::Listed;

pub use super::people::PeopleIndex;

/// Whose one account is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's in the files.
    #[default]
    Nobody,
    /// A person's, by index.
    Person(usize, LinkRule),
    /// Somebody's who is remembered but no longer in the files.
    Gone(PersonId),
    /// Not a person's main one: `accounts.toml` lists it, by index in the configuration.
    Listed(usize),
    /// Several rules or people contradict each other; see [`Links::conflicts`].
    Contested,
}

/// Whose the accounts of one app are.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Per account, in the order of the observation.
    pub owners: Vec<Owner>,
    /// Per person, the main account of whoever has exactly one by the strongest rule.
    main: Vec<Option<(AccountIndex, LinkRule)>>,
    /// The accounts of people who are remembered but no longer in the files.
    pub gone: BTreeMap<PersonId, Vec<AccountIndex>>,
    /// What stands in the way of planning for a person here, by person.
    pub conflicts: BTreeMap<usize, Vec<Impediment>>,
}

impl Links {
    /// The main account of a person who has exactly one by the strongest rule, and that rule.
    pub fn main(&self, person: usize) -> Option<(AccountIndex, LinkRule)> {
        self.main.get(person).copied().flatten()
    }
}

/// Links one app's accounts to people.
pub fn link(
    app: &AppName,
    settings: &AppConfig,
    observation: &Observation,
    remembered: Option<&RememberedApp>,
    people: &PeopleIndex<'_>,
) -> Links {
    let matcher = Matcher {
        people,
        logins: configured_logins(app, settings, people.config),
        template: settings.login != "{email}",
        cascaded: settings.provisioned_by.is_some(),
        linked: linked(observation, remembered),
        listed: Listed::of(people.config, app),
    };
    let mut links = Links {
        owners: Vec::with_capacity(observation.len()),
        main: vec![None; people.config.people.len()],
        ..Links::default()
    };
    let mut claims: Vec<(usize, LinkRule, AccountIndex)> = Vec::new();
    let mut doubts: Vec<(usize, Impediment)> = Vec::new();
    let mut taken: Vec<(usize, Impediment)> = Vec::new();
    for account in observation.accounts() {
        if let Some(entry) = matcher.listed.find(account) {
            taken.extend(matcher.whose_login(account));
            links.owners.push(Owner::Listed(entry));
            continue;
        }
        let verdict = matcher.owner(account);
        for (person, impediment) in verdict.conflicts {
            links.conflicts.entry(person).or_default().push(impediment);
        }
        doubts.extend(verdict.doubts);
        match &verdict.owner {
            Owner::Person(person, rule) => claims.push((*person, *rule, account.index())),
            Owner::Gone(id) => links
                .gone
                .entry(id.clone())
                .or_default()
                .push(account.index()),
            Owner::Nobody | Owner::Listed(_) | Owner::Contested => {}
        }
        links.owners.push(verdict.owner);
    }
    settle(claims, observation, &mut links);
    // Whoever has an account by link or HR id does not need the one that has their address too.
    for (person, impediment) in doubts {
        let certain = links
            .main(person)
            .is_some_and(|(_, rule)| rule <= LinkRule::HrId);
        if !certain {
            links.conflicts.entry(person).or_default().push(impediment);
        }
    }
    for (person, impediment) in taken {
        if links.main(person).is_none() {
            links.conflicts.entry(person).or_default().push(impediment);
        }
    }
    matcher.shared_logins(&mut links);
    links
}

/// Gives each person the one account that the strongest rule names; more than one that is open is
/// a question for a human (R8). Of several by the same rule, the only open one is it.
fn settle(
    mut claims: Vec<(usize, LinkRule, AccountIndex)>,
    observation: &Observation,
    links: &mut Links,
) {
    // Most have one, and there is nothing to decide.
    let mut several: HashSet<usize> = HashSet::new();
    for (person, rule, account) in &claims {
        let main = &mut links.main[*person];
        if main.is_some() {
            several.insert(*person);
        }
        *main = Some((*account, *rule));
    }
    claims.retain(|(person, ..)| several.contains(person));
    claims.sort_unstable();
    for claims in claims.chunk_by(|a, b| a.0 == b.0) {
        let (person, rule, first) = claims[0];
        let account = |claim: &(usize, LinkRule, AccountIndex)| observation.account(claim.2);
        let open =
            |claim: &&(usize, LinkRule, AccountIndex)| account(claim).status() != Status::Inactive;
        let strongest = claims.iter().filter(|claim| claim.1 == rule);
        let main = if strongest.clone().count() == 1 {
            Some(first)
        } else {
            let mut strongest = strongest.filter(open);
            strongest
                .next()
                .filter(|_| strongest.next().is_none())
                .map(|claim| claim.2)
        };
        links.main[person] = main.map(|main| (main, rule));
        let others_open = claims
            .iter()
            .filter(open)
            .any(|claim| Some(claim.2) != main);
        if main.is_none() || others_open {
            let accounts = claims.iter().map(account);
            let accounts = accounts
                .map(|account| (tag(account), account.status()))
                .collect();
            let impediment = Impediment::SeveralAccounts { accounts };
            links.conflicts.entry(person).or_default().push(impediment);
        }
    }
}

/// An account as changes name it.
pub fn tag(account: AccountRef<'_>) -> AccountTag {
    AccountTag {
        vendor_id: account.vendor_id().to_owned(),
        login: account.login().to_owned(),
    }
}

/// A person as changes name one.
pub fn person_tag(person: &Person) -> PersonTag {
    PersonTag {
        id: person.id.clone(),
        name: person.display_name(),
    }
}

/// The login that a person should have in an app: the one their entry names, or the template's.
pub fn login<'a>(person: &'a Person, app: &AppName, template: &str) -> Cow<'a, str> {
    if let Some(login) = person.logins.get(app) {
        return Cow::Borrowed(login.raw());
    }
    let email = person.email.raw();
    if template == "{email}" {
        return Cow::Borrowed(email);
    }
    let local = email.split_once('@').map_or(email, |(local, _)| local);
    let login = template
        .replace("{email}", email)
        .replace("{email_local}", local)
        .replace("{id}", person.id.as_str());
    Cow::Owned(login)
}

/// The logins that the files say, folded, where they say more than "the email".
fn configured_logins(
    app: &AppName,
    settings: &AppConfig,
    config: &Config,
) -> HashMap<String, Vec<usize>> {
    let mut logins: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, person) in config.people.iter().enumerate() {
        if settings.login != "{email}" || person.logins.contains_key(app) {
            logins
                .entry(fold_email(&login(person, app, &settings.login)))
                .or_default()
                .push(index);
        }
    }
    logins
}

/// Per account of the observation, the person to whom it was linked. Both are sorted by vendor id,
/// so that one walk joins them.
fn linked<'a>(
    observation: &Observation,
    remembered: Option<&'a RememberedApp>,
) -> Vec<Option<&'a PersonId>> {
    let Some(remembered) = remembered else {
        return vec![None; observation.len()];
    };
    let mut past = remembered.memories.iter().peekable();
    let links = observation.accounts().map(|account| {
        let id = account.vendor_id().into_raw();
        loop {
            let (earlier, memory) = past.peek()?;
            let order = earlier.as_str().cmp(id);
            if order == Ordering::Greater {
                return None;
            }
            let person = memory.person.as_ref();
            past.next();
            if order == Ordering::Equal {
                return person;
            }
        }
    });
    links.collect()
}

struct Matcher<'a> {
    people: &'a PeopleIndex<'a>,
    logins: HashMap<String, Vec<usize>>,
    /// Logins follow a template, so that a login is not an email.
    template: bool,
    /// Another app makes the accounts, and what they store for an HR id is that app's.
    cascaded: bool,
    linked: Vec<Option<&'a PersonId>>,
    listed: Listed<'a>,
}

#[derive(Default)]
struct Verdict {
    owner: Owner,
    /// What stands in a person's way.
    conflicts: Vec<(usize, Impediment)>,
    /// What stands in the way of a person who has no certain account elsewhere.
    doubts: Vec<(usize, Impediment)>,
}

impl Matcher<'_> {
    fn owner(&self, account: AccountRef<'_>) -> Verdict {
        let linked = self.linked[account.index().0 as usize];
        let hr_id = self.hr_id(account);
        let by_link = linked.map(|id| (id, self.people.by_id(id.as_str())));
        let by_hr_id = (!hr_id.is_empty()).then(|| match by_link {
            Some((id, person)) if id.as_str() == hr_id.raw() => person,
            _ => self.people.by_id(hr_id.raw()),
        });
        let owner = match (by_link, by_hr_id) {
            (Some((_, Some(person))), Some(other)) if other != Some(person) => {
                return self.contradicting_ids(account, person, other);
            }
            // The person of the link is gone; the HR id names somebody who is here.
            (Some((id, None)), Some(Some(other))) => {
                return Verdict {
                    owner: Owner::Contested,
                    conflicts: vec![(other, self.contradiction(account, Some(id.clone())))],
                    ..Verdict::default()
                };
            }
            (Some((_, Some(person))), _) => Owner::Person(person, LinkRule::Snapshot),
            (Some((id, None)), _) => Owner::Gone(id.clone()),
            (None, Some(Some(person))) => Owner::Person(person, LinkRule::HrId),
            (None, Some(None)) => Owner::Nobody,
            (None, None) => return self.by_weaker(account, self.by_text(account)),
        };
        if matches!(owner, Owner::Person(person, _) if self.is_called_as(account, person)) {
            return Verdict {
                owner,
                ..Verdict::default()
            };
        }
        // What a link or an HR id gives to one, a login or an email does not give to another (R7).
        let named = self
            .by_text(account)
            .into_iter()
            .flat_map(|(_, people)| people);
        let theirs = match &owner {
            Owner::Person(person, _) => Some(self.people.config.people[*person].id.clone()),
            Owner::Gone(id) => Some(id.clone()),
            Owner::Nobody | Owner::Listed(_) | Owner::Contested => None,
        };
        let others =
            named.filter(|other| !matches!(owner, Owner::Person(person, _) if person == *other));
        let doubts = others.map(|other| (other, self.contradiction(account, theirs.clone())));
        Verdict {
            doubts: doubts.collect(),
            conflicts: Vec::new(),
            owner,
        }
    }

    /// True where an account bears a person's address and nothing else, so that it names nobody
    /// besides. It is so of most accounts, and is told without looking anybody up.
    fn is_called_as(&self, account: AccountRef<'_>, person: usize) -> bool {
        let email = self.people.config.people[person].email.raw();
        let (login, address) = (account.login().into_raw(), account.email().into_raw());
        self.people.distinct
            && self.logins.is_empty()
            && login == email
            && (address.is_empty() || address == email)
    }

    /// Whose main account is to be called as this one, which is listed, is: none can be made.
    fn whose_login(&self, account: AccountRef<'_>) -> Vec<(usize, Impediment)> {
        let login = folded(account.login());
        let people = match self.logins.get(login.as_ref()) {
            Some(people) => people.clone(),
            None if self.template => Vec::new(),
            None => self
                .people
                .emails
                .get(login.as_ref())
                .copied()
                .into_iter()
                .collect(),
        };
        let listed = |person| {
            let account = tag(account);
            (person, Impediment::Listed { account })
        };
        people.into_iter().map(listed).collect()
    }

    /// Whom the account's login and emails name, by the strongest of those rules.
    fn by_text(&self, account: AccountRef<'_>) -> Option<(LinkRule, Vec<usize>)> {
        let login = folded(account.login());
        if let Some(people) = self.logins.get(login.as_ref()) {
            return Some((LinkRule::Login, people.clone()));
        }
        let email = folded(account.email());
        let mut addresses = Vec::with_capacity(2);
        if login.contains('@') && !self.template && login != email {
            addresses.push(login);
        }
        if !email.is_empty() {
            addresses.push(email);
        }
        self.people.by_email(&addresses)
    }

    fn by_weaker(&self, account: AccountRef<'_>, found: Option<(LinkRule, Vec<usize>)>) -> Verdict {
        match found {
            None => Verdict::default(),
            Some((rule, people)) if people.len() == 1 => Verdict {
                owner: Owner::Person(people[0], rule),
                ..Verdict::default()
            },
            Some((_, people)) => {
                let impediment = Impediment::SeveralPeople {
                    account: tag(account),
                    people: self.tags(&people),
                };
                let conflicts = people.iter().map(|person| (*person, impediment.clone()));
                Verdict {
                    owner: Owner::Contested,
                    conflicts: conflicts.collect(),
                    ..Verdict::default()
                }
            }
        }
    }

    /// The link names a person who is here, and the HR id another, or one whom nobody knows.
    fn contradicting_ids(
        &self,
        account: AccountRef<'_>,
        person: usize,
        other: Option<usize>,
    ) -> Verdict {
        let id = |index: usize| self.people.config.people[index].id.clone();
        let mut conflicts = vec![(person, self.contradiction(account, other.map(id)))];
        conflicts.extend(other.map(|other| (other, self.contradiction(account, Some(id(person))))));
        Verdict {
            owner: Owner::Contested,
            conflicts,
            ..Verdict::default()
        }
    }

    /// Holds people to whom the files give one login: only one of them can have it.
    fn shared_logins(&self, links: &mut Links) {
        for (login, people) in self.logins.iter().filter(|(_, people)| people.len() > 1) {
            for person in people {
                let (login, people) = (login.clone(), self.tags(people));
                let impediment = Impediment::SharedLogin { login, people };
                links.conflicts.entry(*person).or_default().push(impediment);
            }
        }
    }

    fn tags(&self, people: &[usize]) -> Vec<PersonTag> {
        people
            .iter()
            .map(|person| person_tag(&self.people.config.people[*person]))
            .collect()
    }

    fn contradiction(&self, account: AccountRef<'_>, owner: Option<PersonId>) -> Impediment {
        Impediment::Contradiction {
            account: tag(account),
            hr_id: self.hr_id(account).to_owned(),
            owner,
        }
    }

    /// The HR id that an account stores; empty if none.
    fn hr_id<'a>(&self, account: AccountRef<'a>) -> Foreign<&'a str> {
        if self.cascaded {
            return Foreign::new("");
        }
        account.hr_id()
    }
}

/// The form in which addresses are compared, without a copy where it is so already.
fn folded(text: Foreign<&str>) -> Cow<'_, str> {
    if text
        .raw()
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@.-_+".contains(&byte))
    {
        return Cow::Borrowed(text.into_raw());
    }
    Cow::Owned(fold_email(text.raw()))
}
