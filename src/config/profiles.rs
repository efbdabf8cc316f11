//! `profiles.toml`: who gets what.

use std::collections::BTreeMap;

use petgraph::graphmap::DiGraphMap;

use crate::base::document::did_you_mean;
use crate::base::fields::{Named, words};
use crate::base::{
    Diagnostic, Document, Field, Fields, FileId, Foreign, Form, Site, Sources, Value,
};
use crate::model::name::ProfileKey;
use crate::model::person::Employment;

use super::apps::{Catalogue, descriptions};
use super::compose::Composer;
use super::cycle::{cycles, named};
use super::name::{Alphabet, checked, invalid};
use super::settings::word;
use super::{Match, Profile, entitlements, secret};

/// All of `profiles.toml`.
pub(super) const ROOT: Fields = Fields::new(&[Field::required(
    "profiles",
    Form::Map(Named::Profile, &Form::Table(&PROFILE)),
    "One table per job code, or per name that other profiles include",
)]);
const PROFILE: Fields = Fields::new(&[
    Field::optional("description", Form::Text, "For people"),
    Field::optional(
        "includes",
        Form::List(&Form::Name(Named::Profile)),
        "Profiles that this one builds on",
    ),
    Field::optional(
        "match",
        Form::Table(&MATCH),
        "It applies to all who match, whatever their job code",
    ),
    Field::optional("apps", Form::Gives, "What it gives in each app"),
])
.planned(&["attributes", "scope"]);
const MATCH: Fields = Fields::new(&[
    Field::optional(
        "department",
        Form::List(&Form::Text),
        "One of these departments, letter by letter",
    ),
    Field::optional(
        "employment",
        Form::List(&EMPLOYED_AS),
        "One of these kinds of employment",
    ),
    Field::optional(
        "title",
        Form::List(&Form::Text),
        "One of these titles, letter by letter",
    ),
    Field::optional(
        "country",
        Form::List(&Form::Text),
        "One of these countries, letter by letter",
    ),
    Field::optional(
        "cost_centre",
        Form::List(&Form::Text),
        "One of these cost centres, letter by letter",
    ),
    Field::optional(
        "manager",
        Form::List(&Form::Name(Named::Person)),
        "One of these people is their manager: ids, letter by letter",
    ),
])
.any_of(&[
    &["department"],
    &["employment"],
    &["title"],
    &["country"],
    &["cost_centre"],
    &["manager"],
]);

/// How far includes may go: what people can still follow.
const DEEPEST: usize = 32;

/// The words of `employment`.
pub(super) const EMPLOYMENT: [(&str, Employment); 4] = [
    (Employment::ALL[0].word(), Employment::ALL[0]),
    (Employment::ALL[1].word(), Employment::ALL[1]),
    (Employment::ALL[2].word(), Employment::ALL[2]),
    (Employment::ALL[3].word(), Employment::ALL[3]),
];
const EMPLOYMENT_WORDS: [&str; 4] = words(&EMPLOYMENT);
/// A kind of employment.
pub(super) const EMPLOYED_AS: Form = Form::Word(&EMPLOYMENT_WORDS);

/// Reads all profiles, and checks their includes.
pub(super) fn read(
    file: FileId,
    sources: &Sources,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<ProfileKey, Profile> {
    let text = &sources.file(file).text;
    secret::scan(file, text, 0, problems);
    Document::read(file, text, 0, problems, |document, problems| {
        all(document, catalogue, problems)
    })
}

fn all(
    document: &Document<'_>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<ProfileKey, Profile> {
    let root = document.root(&ROOT, problems);
    let mut profiles = BTreeMap::new();
    let mut includes: Vec<(ProfileKey, ProfileKey, Site)> = Vec::new();
    for (key, value) in root
        .require("profiles", problems)
        .map(|value| value.entries(problems))
        .unwrap_or_default()
    {
        let Some(name) = checked(key.name, Alphabet::ProfileKey, key.site, problems) else {
            continue;
        };
        let name = ProfileKey::from(name);
        let profile = profile(&name, key.site, &value, catalogue, &mut includes, problems);
        profiles.insert(name, profile);
    }
    includes.retain(|(_, included, site)| {
        let known = profiles.contains_key(included);
        if !known {
            problems.push(unknown_profile(
                Diagnostic::error("unknown-profile", format!("unknown profile `{included}`")),
                included.as_str(),
                *site,
                &profiles,
            ));
        }
        known
    });
    if acyclic(&includes, problems) && shallow(&profiles, &includes, problems) {
        conflicts(&profiles, catalogue, problems);
    } else {
        // What cannot be followed to its end is not followed: composing stays finite.
        for profile in profiles.values_mut() {
            profile.includes.clear();
        }
    }
    profiles
}

/// Adds the place and the hint to the report of an unknown profile.
pub(super) fn unknown_profile(
    problem: Diagnostic,
    name: &str,
    site: Site,
    profiles: &BTreeMap<ProfileKey, Profile>,
) -> Diagnostic {
    let known = profiles.keys().map(ProfileKey::as_str);
    let problem = problem.at(site, "");
    match did_you_mean(name, known) {
        Some(hint) => problem.hint(hint),
        None => problem.hint("add it to profiles.toml, or name one that is there"),
    }
}

fn profile(
    name: &ProfileKey,
    site: Site,
    value: &Value<'_>,
    catalogue: &Catalogue,
    includes: &mut Vec<(ProfileKey, ProfileKey, Site)>,
    problems: &mut Vec<Diagnostic>,
) -> Profile {
    let mut profile = Profile {
        description: None,
        includes: Vec::new(),
        matches: None,
        apps: BTreeMap::new(),
        site,
    };
    let Some(table) = value.table(&PROFILE, problems) else {
        return profile;
    };
    profile.description = table.text("description", problems).map(Foreign::from);
    if let Some(list) = table.get("includes") {
        for (other, site) in list.texts(problems) {
            let other = ProfileKey::from(other);
            includes.push((name.clone(), other.clone(), site));
            profile.includes.push(other);
        }
        profile.includes.sort_unstable();
        profile.includes.dedup();
    }
    profile.matches = table
        .get("match")
        .and_then(|value| conditions(&value, problems));
    if let Some(value) = table.get("apps") {
        let chain = std::slice::from_ref(name);
        profile.apps = entitlements::apps(&value, catalogue, chain, problems);
    }
    profile
}

fn conditions(value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<Match> {
    let table = value.table(&MATCH, problems)?;
    let employment = table.get("employment").map(|list| {
        let kinds = list.list(problems).into_iter();
        let mut kinds: Vec<_> = kinds
            .filter_map(|kind| word(&kind, &EMPLOYMENT, problems))
            .collect();
        kinds.sort_unstable();
        kinds
    });
    let mut texts = |name: &str| {
        let list = table.get(name)?.texts(problems).into_iter();
        let mut texts: Vec<_> = list.map(|(text, _)| text.trim().to_owned()).collect();
        texts.sort_unstable();
        Some(texts)
    };
    let conditions = Match {
        department: texts("department"),
        employment,
        title: texts("title"),
        country: texts("country"),
        cost_centre: texts("cost_centre"),
        manager: texts("manager"),
    };
    if conditions == Match::default() {
        problems.push(invalid(
            value.site(),
            "`match` names no condition",
            "it would give this profile to everybody: name departments or kinds of employment",
        ));
    }
    Some(conditions)
}

/// True if no profile includes itself.
fn acyclic(includes: &[(ProfileKey, ProfileKey, Site)], problems: &mut Vec<Diagnostic>) -> bool {
    let graph: DiGraphMap<&str, Site> = includes
        .iter()
        .map(|(from, to, site)| (from.as_str(), to.as_str(), *site))
        .collect();
    let cycles = cycles(&graph);
    for cycle in &cycles {
        let mut problem = Diagnostic::error(
            "include-cycle",
            format!("profiles include each other: {}", named(cycle)),
        );
        for (from, to) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            problem = problem.at(graph[(*from, *to)], format!("`{from}` includes `{to}`"));
        }
        problems.push(problem.hint("take one of these includes away"));
    }
    cycles.is_empty()
}

/// True if no chain of includes is too long to follow.
fn shallow(
    profiles: &BTreeMap<ProfileKey, Profile>,
    includes: &[(ProfileKey, ProfileKey, Site)],
    problems: &mut Vec<Diagnostic>,
) -> bool {
    let graph: DiGraphMap<&str, Site> = includes
        .iter()
        .map(|(from, to, site)| (from.as_str(), to.as_str(), *site))
        .collect();
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    let order = petgraph::algo::toposort(&graph, None).unwrap_or_default();
    for from in order.into_iter().rev() {
        let below = graph
            .neighbors(from)
            .map(|to| depths.get(to).copied().unwrap_or(0) + 1);
        depths.insert(from, below.max().unwrap_or(0));
    }
    let deep = depths.iter().find(|(_, depth)| **depth > DEEPEST);
    if let Some((name, depth)) = deep
        && let Some(profile) = profiles.get(*name)
    {
        problems.push(
            Diagnostic::error(
                "deep-includes",
                format!("the includes go {depth} profiles deep: more than {DEEPEST}"),
            )
            .at(profile.site, "")
            .hint("include fewer profiles that include others"),
        );
    }
    deep.is_none()
}

/// Composes every profile by itself, for its conflicts.
fn conflicts(
    profiles: &BTreeMap<ProfileKey, Profile>,
    catalogue: &Catalogue,
    problems: &mut Vec<Diagnostic>,
) {
    let mut composer = Composer::new(profiles, descriptions(catalogue));
    for key in profiles.keys() {
        composer.compose(std::slice::from_ref(key));
    }
    problems.extend(composer.into_conflicts());
}
