//! What can only be seen over all people: duplicates, references, cycles of managers, and
//! conflicts between the profiles that they have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use petgraph::graphmap::DiGraphMap;

use crate::base::document::did_you_mean;
use crate::base::{Diagnostic, Site};
use crate::model::name::{PersonId, ProfileKey};
use crate::model::person::Person;

use super::apps::{Catalogue, descriptions};
use super::compose::{Composer, profiles_of};
use super::cycle::{cycles, knots, named};
use super::people::Draft;
use super::pieces::Entries;
use super::profiles::unknown_profile;
use super::{Extra, Profile};

/// Hints cost time for each known name: a file full of mistakes gets no more than this many
/// comparisons.
const COMPARISONS: usize = 20_000;

/// Days times people up to which cycles of managers are sought day by day.
const LARGEST_KNOT: usize = 1_000_000;

/// Checks people against each other and against the profiles; answers those that are sound, sorted
/// by id.
pub(super) fn people(
    mut entries: Entries,
    profiles: Option<&BTreeMap<ProfileKey, Profile>>,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<Person>, Vec<Extra>) {
    let drafts = &mut entries.drafts;
    drafts.sort_by(|a, b| (&a.id, a.id_site).cmp(&(&b.id, b.id_site)));
    duplicate_ids(drafts, problems);
    duplicate_emails(drafts, problems);
    if let Some(profiles) = profiles {
        unknown_job_codes(drafts, profiles, problems);
    }
    unknown_managers(drafts, problems);
    manager_cycles(drafts, problems);
    let mut suggestions = Suggestions::default();
    for (extra, site) in &entries.extras {
        if find(drafts, &extra.person).is_none() {
            let hint = suggestions.person(&extra.person, drafts);
            problems.push(
                Diagnostic::error(
                    "unknown-person",
                    format!("nobody has the id `{}`", extra.person),
                )
                .at(*site, "")
                .hint(hint.unwrap_or_else(|| "name the `id` of an entry of people".into())),
            );
        }
    }
    entries
        .extras
        .sort_by(|(a, _), (b, _)| (&a.person, a.site).cmp(&(&b.person, b.site)));
    let people = entries.drafts.into_iter().filter_map(|draft| draft.person);
    let extras = entries.extras.into_iter().map(|(extra, _)| extra);
    (people.collect(), extras.collect())
}

fn find(drafts: &[Draft], id: &PersonId) -> Option<usize> {
    drafts.binary_search_by(|draft| draft.id.cmp(id)).ok()
}

/// Reports a problem of one person and marks them, unless they have one already.
fn hold(draft: &mut Draft, problem: Diagnostic, problems: &mut Vec<Diagnostic>) {
    if let Some(person) = &mut draft.person {
        let site = person.site;
        person
            .problem
            .get_or_insert_with(|| Box::new(super::people::problem(&problem, site)));
    }
    problems.push(problem);
}

fn duplicate_ids(drafts: &[Draft], problems: &mut Vec<Diagnostic>) {
    for same in drafts.chunk_by(|a, b| a.id == b.id) {
        for again in &same[1..] {
            problems.push(
                Diagnostic::error(
                    "duplicate-id",
                    format!("two people have the id `{}`", again.id),
                )
                .at(again.id_site, "again here")
                .at(same[0].id_site, "first here")
                .hint("an HR id belongs to one person for ever"),
            );
        }
    }
    let mut former: HashMap<&PersonId, &Draft> = HashMap::new();
    for draft in drafts {
        let past = draft.person.iter().flat_map(|person| &person.previous_ids);
        for past in past.filter(|past| **past != draft.id) {
            if let Some(other) = find(drafts, past) {
                problems.push(
                    Diagnostic::error(
                        "duplicate-id",
                        format!(
                            "the id `{past}` of `{}`'s past is another person's",
                            draft.id
                        ),
                    )
                    .at(draft.id_site, "their past id")
                    .at(drafts[other].id_site, "is this person's")
                    .hint("an HR id belongs to one person for ever"),
                );
            } else if let Some(other) = former.insert(past, draft)
                && other.id != draft.id
            {
                problems.push(
                    Diagnostic::error(
                        "duplicate-id",
                        format!("two people have the past id `{past}`"),
                    )
                    .at(draft.id_site, "again here")
                    .at(other.id_site, "first here")
                    .hint("an HR id belongs to one person for ever"),
                );
            }
        }
    }
}

fn duplicate_emails(drafts: &[Draft], problems: &mut Vec<Diagnostic>) {
    let mut emails: Vec<(&str, Site)> = drafts
        .iter()
        .filter_map(|draft| draft.email.as_ref())
        .map(|(email, site)| (email.as_str(), *site))
        .collect();
    emails.sort_unstable();
    for same in emails.chunk_by(|a, b| a.0 == b.0) {
        for (_, site) in &same[1..] {
            problems.push(
                Diagnostic::error("duplicate-email", "two people have the same email")
                    .at(*site, "again here")
                    .at(same[0].1, "first here")
                    .hint("a former address belongs in `previous_emails`"),
            );
        }
    }
}

fn unknown_job_codes(
    drafts: &mut [Draft],
    profiles: &BTreeMap<ProfileKey, Profile>,
    problems: &mut Vec<Diagnostic>,
) {
    // One hint per mistyped word: a renamed profile is missing for everybody who had it.
    let mut hints: HashMap<ProfileKey, Diagnostic> = HashMap::new();
    for draft in drafts {
        let periods = draft.person.iter().flat_map(|person| &person.periods);
        let mut unknown: Vec<(ProfileKey, Site)> = periods
            .filter(|period| !profiles.contains_key(&period.job_code))
            .map(|period| (period.job_code.clone(), period.site))
            .collect();
        unknown.dedup_by_key(|(_, site)| *site);
        for (key, site) in unknown {
            if hints.len() > COMPARISONS / 100 {
                hints.clear();
            }
            let problem = hints.entry(key.clone()).or_insert_with(|| {
                let message = format!("unknown profile `{key}`");
                unknown_profile(
                    Diagnostic::held("unknown-profile", message),
                    key.as_str(),
                    site,
                    profiles,
                )
            });
            let mut problem = problem.clone();
            problem.labels[0].site = site;
            hold(draft, problem, problems);
        }
    }
}

fn unknown_managers(drafts: &mut [Draft], problems: &mut Vec<Diagnostic>) {
    let mut suggestions = Suggestions::default();
    for index in 0..drafts.len() {
        let Some(person) = &drafts[index].person else {
            continue;
        };
        let named = person.periods.iter().zip(&drafts[index].managers);
        let mut unknown: Vec<(PersonId, Site)> = named
            .filter_map(|(period, site)| Some((period.manager.clone()?, (*site)?)))
            .filter(|(manager, _)| find(drafts, manager).is_none())
            .collect();
        unknown.dedup_by_key(|(_, site)| *site);
        for (manager, site) in unknown {
            let hint = suggestions.person(&manager, drafts);
            let problem = Diagnostic::held(
                "unknown-manager",
                format!("no manager has the id `{manager}`"),
            )
            .at(site, "")
            .hint(hint.unwrap_or_else(|| "name the `id` of an entry of people".into()));
            hold(&mut drafts[index], problem, problems);
        }
    }
}

/// Hints that name people, as long as they are cheap.
#[derive(Debug, Default)]
struct Suggestions {
    compared: usize,
}

impl Suggestions {
    fn person(&mut self, id: &PersonId, drafts: &[Draft]) -> Option<String> {
        self.compared += drafts.len();
        if self.compared > COMPARISONS {
            return None;
        }
        did_you_mean(id.as_str(), drafts.iter().map(|draft| draft.id.as_str()))
    }
}

/// Holds everybody who is their own manager's manager, at some time.
fn manager_cycles(drafts: &mut [Draft], problems: &mut Vec<Diagnostic>) {
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let periods = draft.person.iter().flat_map(|person| &person.periods);
        for manager in periods.filter_map(|period| find(drafts, period.manager.as_ref()?)) {
            graph.add_edge(index, manager, ());
        }
    }
    let mut found: BTreeSet<Vec<usize>> = BTreeSet::new();
    for knot in knots(&graph) {
        found.extend(cycles_in_time(drafts, &knot));
    }
    for cycle in found {
        let names: Vec<String> = cycle
            .iter()
            .map(|index| drafts[*index].id.to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = format!("a cycle of managers: {}", named(&names));
        for (index, manager) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            let problem = Diagnostic::held("manager-cycle", &*message)
                .at(manager_site(&drafts[*index], &drafts[*manager].id), "")
                .hint("one of them has another manager");
            hold(&mut drafts[*index], problem, problems);
        }
    }
}

fn manager_site(draft: &Draft, manager: &PersonId) -> Site {
    let periods = draft.person.iter().flat_map(|person| &person.periods);
    periods
        .zip(&draft.managers)
        .find(|(period, _)| period.manager.as_ref() == Some(manager))
        .and_then(|(_, site)| *site)
        .unwrap_or(draft.id_site)
}

/// The cycles among people who reach each other, on any of the days on which that changes: two
/// who managed each other one after the other are none.
fn cycles_in_time(drafts: &[Draft], knot: &[usize]) -> BTreeSet<Vec<usize>> {
    let periods = || {
        knot.iter().flat_map(|index| {
            let periods = drafts[*index]
                .person
                .iter()
                .flat_map(|person| &person.periods);
            periods.map(move |period| (*index, period))
        })
    };
    let mut days: BTreeSet<Date> = periods().map(|(_, period)| period.from).collect();
    // A graph per day has its price: in a knot that nobody ties by mistake, the last days count.
    while days.len() > 1 && days.len() * knot.len() > LARGEST_KNOT {
        days.pop_first();
    }
    let mut found = BTreeSet::new();
    for day in days {
        let graph: DiGraphMap<usize, ()> = periods()
            .filter(|(_, period)| {
                period.from <= day && period.until.is_none_or(|until| day <= until)
            })
            .filter_map(|(index, period)| {
                Some((index, find(drafts, period.manager.as_ref()?)?, ()))
            })
            .collect();
        found.extend(cycles(&graph));
    }
    found
}

/// Composes every set of profiles that somebody has in some period.
pub(super) fn compositions(
    people: &[Person],
    profiles: &BTreeMap<ProfileKey, Profile>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) {
    let matching = profiles.values().any(|profile| profile.matches.is_some());
    if !matching {
        // Then everybody has one profile, and each has been composed by itself.
        return;
    }
    let mut sets: BTreeSet<Vec<ProfileKey>> = BTreeSet::new();
    for person in people {
        let periods = person.periods.iter();
        sets.extend(periods.map(|period| profiles_of(profiles, person, period)));
    }
    let mut composer = Composer::new(profiles, descriptions(catalogue));
    for set in &sets {
        composer.compose(set);
    }
    problems.extend(composer.into_conflicts());
}
